import * as z from "zod";
import type { Outcome } from "../../src/gateway/types.ts";
import { isWorkspaceUsable } from "../../src/jobs/states.ts";
import { defineTool, type ToolResult } from "../define.ts";

interface Item {
  step: string;
  state: "done" | "open" | "failed";
  evidence: string;
  /** Tool call that closes an open item. */
  next?: string;
}

export const getStarted = defineTool({
  name: "get_started",
  title: "First steps",
  description: "Where this session runs, what is ready, and the next step to a first job. Call first when unsure.",
  toolset: "core",
  operations: ["ListWorkspaces", "ListBuckets", "ListReleaseVersions", "ListJobRuns"],
  input: z.strictObject({}),
  async run(_input, { gateway, context }): Promise<ToolResult> {
    const { where } = gateway;
    const [workspaces, buckets, versions] = await Promise.all([
      gateway.run("ListWorkspaces", { maxResults: 100 }, context),
      gateway.run("ListBuckets", {}, context),
      gateway.run("ListReleaseVersions", { releaseVersionStatus: "ONLINE" }, context),
    ]);
    const found = workspaces.kind === "done" ? (workspaces.value.workspaces ?? []) : [];
    const usable = found.find((workspace) => isWorkspaceUsable(workspace.workspaceStatus ?? ""));
    const jobs = usable?.workspaceId
      ? await gateway.run("ListJobRuns", { workspaceId: usable.workspaceId, maxResults: 1 }, context)
      : undefined;
    const lastJob = jobs?.kind === "done" ? jobs.value.jobRuns?.[0] : undefined;

    const items: Item[] = [
      item("cloud and credentials", workspaces, () => `${where.identity} may list workspaces in ${where.regionId}`),
      item("storage bucket", buckets, (answer) =>
        answer.buckets.length > 0 ? answer.buckets.map(({ name }) => name).join(", ") : undefined,
      ),
      item("engine versions", versions, (answer) => `${answer.releaseVersions?.length ?? 0} offered`),
      usable
        ? { step: "workspace", state: "done", evidence: `${usable.workspaceId} (${usable.workspaceName}) is RUNNING` }
        : {
            step: "workspace",
            state: "open",
            evidence: found.length > 0 ? `${found[0]?.workspaceId} is ${found[0]?.workspaceStatus}` : "there is none",
            next: found.length > 0 ? "list_workspaces until it is RUNNING" : "create_workspace",
          },
      lastJob
        ? { step: "first job", state: "done", evidence: `${lastJob.jobRunId} is ${lastJob.state}` }
        : {
            step: "first job",
            state: "open",
            evidence: "no job has run yet",
            next: "upload_program, then start_job_run and wait_job_run",
          },
    ];
    const first = items.find((each) => each.state !== "done");
    return {
      kind: "reply",
      summary: `${items.filter((each) => each.state === "done").length} of ${items.length} steps are done. ${
        where.environment === "sandbox"
          ? "This is the sandbox on this machine: real Spark, no account, no cost."
          : `This is the account of ${where.identity}: jobs cost money.`
      }`,
      data: { items },
      ...(first?.next !== undefined && { next: first.next }),
      where,
    };
  },
});

function item<T>(step: string, outcome: Outcome<T>, evidence: (value: T) => string | undefined): Item {
  if (outcome.kind === "done") {
    const seen = evidence(outcome.value);
    return seen === undefined
      ? { step, state: "open", evidence: "none found", next: "create one in the OSS console" }
      : { step, state: "done", evidence: seen };
  }
  if (outcome.kind === "ask" || outcome.kind === "awaiting")
    return { step, state: "open", evidence: "waits for an approval" };
  return { step, state: "failed", evidence: outcome.what, next: outcome.next };
}
