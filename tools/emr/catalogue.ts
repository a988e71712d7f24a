import * as z from "zod";
import { defineTool, reply } from "../define.ts";

export const listReleaseVersions = defineTool({
  name: "list_release_versions",
  title: "List engine versions",
  description: "List the Spark engine versions a job can run on; pass one to start_job_run exactly as given.",
  toolset: "core",
  operations: ["ListReleaseVersions"],
  input: z.strictObject({
    includeOffline: z.boolean().default(false).meta({ description: "Also versions no longer offered" }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListReleaseVersions",
      input.includeOffline ? {} : { releaseVersionStatus: "ONLINE" },
      context,
    );
    return reply(outcome, (answer) => {
      const versions = (answer.releaseVersions ?? []).map((version) => ({
        releaseVersion: version.releaseVersion,
        spark: version.communityVersion,
        scala: version.scalaVersion,
        fusion: version.fusion,
        type: version.type,
        state: version.state,
      }));
      return { summary: `${versions.length} engine versions.`, data: { versions } };
    });
  },
});
