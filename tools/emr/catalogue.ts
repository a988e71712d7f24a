import * as z from "zod";
import { defineTool, reply } from "../define.ts";
import { workspaceId } from "./fields.ts";

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
      return {
        summary: { en: `${versions.length} engine versions.`, zh: `共 ${versions.length} 个引擎版本。` },
        data: { versions },
      };
    });
  },
});

export const listCatalogs = defineTool({
  name: "list_catalogs",
  title: "List data catalogs",
  description: "List the data catalogs bound to a workspace: what SQL can name, and which provider holds it.",
  toolset: "session",
  operations: ["ListCatalogs"],
  input: z.strictObject({ workspaceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("ListCatalogs", input, context);
    return reply(outcome, (answer) => {
      const catalogs = (answer.catalogs ?? []).map((catalog) => ({
        catalogId: catalog.catalogId,
        alias: catalog.alias,
        type: catalog.catalogType,
        provider: catalog.catalogProvider,
        environments: catalog.environments,
      }));
      return {
        summary: { en: `${catalogs.length} catalogs.`, zh: `共 ${catalogs.length} 个数据目录。` },
        data: { catalogs },
      };
    });
  },
});
