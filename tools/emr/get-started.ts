import * as z from "zod";
import type { Gateway } from "../../src/gateway/gateway.ts";
import type { CallContext } from "../../src/gateway/types.ts";
import { checklist, countDone, type Findings, firstMissing, type Say, sayIn } from "../../src/jobs/onboarding.ts";
import { type EmrStepId, emrProcess } from "../../src/jobs/onboarding-emr.ts";
import { isWorkspaceUsable } from "../../src/jobs/states.ts";
import { defineTool, type ToolResult } from "../define.ts";
import { findingsOf, type Language, listOf, type Reads } from "./get-started-findings.ts";

export const getStarted = defineTool({
  name: "get_started",
  title: "First steps",
  description: "Show where this session runs, what is ready, and the next step to a first job. Call first when unsure.",
  toolset: "core",
  operations: ["ListWorkspaces", "ListBuckets", "ListReleaseVersions", "ListWorkspaceQueues", "ListJobRuns"],
  input: z.strictObject({}),
  async run(_input, { gateway, context }): Promise<ToolResult> {
    const { language } = context;
    const say = sayIn(language);
    const reads = await readAll(gateway, context);
    const found = findingsOf(reads, gateway, say, language);
    const steps = checklist(emrProcess, found, language);
    const done = countDone(steps);
    const next = nextOf(reads, found, say, language);
    return {
      kind: "reply",
      summary: `${say(`${done} of ${steps.length} steps are done.`, `共 ${steps.length} 步，已完成 ${done} 步。`)}${say(" ", "")}${placeOf(gateway, say)}`,
      data: { steps },
      ...(next !== undefined && { next }),
      where: gateway.where,
    };
  },
});

async function readAll(gateway: Gateway, context: CallContext): Promise<Reads> {
  const [workspaces, buckets, versions] = await Promise.all([
    gateway.run("ListWorkspaces", { maxResults: 100 }, context),
    gateway.run("ListBuckets", {}, context),
    gateway.run("ListReleaseVersions", { releaseVersionStatus: "ONLINE" }, context),
  ]);
  const usable = listOf(workspaces).find((workspace) => isWorkspaceUsable(workspace.workspaceStatus ?? ""));
  const workspaceId = usable?.workspaceId;
  if (usable === undefined || workspaceId === undefined) return { workspaces, buckets, versions };
  const [queues, jobs] = await Promise.all([
    gateway.run("ListWorkspaceQueues", { workspaceId }, context),
    gateway.run("ListJobRuns", { workspaceId, maxResults: 1 }, context),
  ]);
  return { workspaces, buckets, versions, usable, queues, jobs };
}

function placeOf({ where }: Gateway, say: Say): string {
  return where.environment === "sandbox"
    ? say(
        "This is the sandbox on this machine: real Spark, no account, no cost. An account differs in what a person prepares there (credentials, roles, RAM permissions, a bucket) and in that jobs cost money.",
        "当前为本机沙箱：真实的 Spark，无需账号，没有费用。真实账号还需由人准备凭证、角色、RAM 权限和存储桶，且作业会产生费用。",
      )
    : say(
        `This is the account of ${where.identity}: jobs cost money.`,
        `当前为 ${where.identity} 的账号：作业会产生费用。`,
      );
}

/** A cloud that does not answer is the first thing to see to; else the first step that is missing. */
function nextOf({ workspaces }: Reads, found: Findings<EmrStepId>, say: Say, language: Language): string | undefined {
  const first = firstMissing(emrProcess, found);
  if (!first) return workspaces.kind === "refused" ? workspaces.next : undefined;
  const todo = found[first.id].next ?? first.tool ?? first.console?.[language] ?? first.what[language];
  // Nothing public shows the roles, and without them the first workspace or job fails.
  const unseen = emrProcess
    .slice(0, emrProcess.indexOf(first))
    .filter(({ id }) => (id === "service-role" || id === "job-role") && found[id].status === "unknown")
    .map(({ title }) => title[language]);
  if (unseen.length === 0) return todo;
  const roles = unseen.join(say(", ", "、"));
  return `${todo}${say(`; a person looks before that whether these are there: ${roles}.`, `；请先由人确认：${roles}。`)}`;
}
