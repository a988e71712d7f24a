import * as z from "zod";
import type { Gateway } from "../../src/gateway/gateway.ts";
import type { CallContext } from "../../src/gateway/types.ts";
import { checklist, countDone, type Findings, firstMissing, type Step } from "../../src/jobs/onboarding.ts";
import { type EmrStepId, emrProcess } from "../../src/jobs/onboarding-emr.ts";
import { isWorkspaceUsable } from "../../src/jobs/states.ts";
import { inBoth, sayIn, type Text } from "../../src/language.ts";
import { defineTool, type ToolAnswer } from "../define.ts";
import { findingsOf, listOf, type Reads } from "./get-started-findings.ts";

export const getStarted = defineTool({
  name: "get_started",
  title: "First steps",
  description: "Show where this session runs, what is ready, and the next step to a first job. Call first when unsure.",
  toolset: "core",
  operations: ["ListWorkspaces", "ListBuckets", "ListReleaseVersions", "ListWorkspaceQueues", "ListJobRuns"],
  input: z.strictObject({}),
  async run(_input, { gateway, context }): Promise<ToolAnswer> {
    const { language } = context;
    const reads = await readAll(gateway, context);
    const found = findingsOf(reads, gateway, sayIn(language), language);
    const steps = checklist(emrProcess, found, language);
    const done = countDone(steps);
    const place = placeOf(gateway);
    const next = nextOf(reads, found);
    return {
      kind: "answer",
      summary: {
        en: `${done} of ${steps.length} steps are done. ${place.en}`,
        zh: `共 ${steps.length} 步，已完成 ${done} 步。${place.zh}`,
      },
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

function placeOf({ where }: Gateway): Text {
  return where.environment === "sandbox"
    ? {
        en: "This is the sandbox on this machine: real Spark, no account, no cost. An account differs in what a person prepares there (credentials, roles, RAM permissions, a bucket) and in that jobs cost money.",
        zh: "当前为本机沙箱：真实的 Spark，无需账号，没有费用。真实账号还需由人准备凭证、角色、RAM 权限和存储桶，且作业会产生费用。",
      }
    : {
        en: `This is the account of ${where.identity}: jobs cost money.`,
        zh: `当前为 ${where.identity} 的账号：作业会产生费用。`,
      };
}

/** A cloud that does not answer is the first thing to see to; else the first step that is missing. */
function nextOf({ workspaces }: Reads, found: Findings<EmrStepId>): Text | undefined {
  const first = firstMissing(emrProcess, found);
  if (!first) return workspaces.kind === "refused" ? inBoth(workspaces.next) : undefined;
  const todo = todoOf(first, found);
  // Nothing public shows the roles, and without them the first workspace or job fails.
  const unseen = emrProcess
    .slice(0, emrProcess.indexOf(first))
    .filter(({ id }) => (id === "service-role" || id === "job-role") && found[id].status === "unknown")
    .map(({ title }) => title);
  if (unseen.length === 0) return todo;
  const roles = { en: unseen.map(({ en }) => en).join(", "), zh: unseen.map(({ zh }) => zh).join("、") };
  return {
    en: `${todo.en}; a person looks before that whether these are there: ${roles.en}.`,
    zh: `${todo.zh.replace(/。$/, "")}；请先由人确认以下各项是否已存在：${roles.zh}。`,
  };
}

function todoOf(step: Step<EmrStepId>, found: Findings<EmrStepId>): Text {
  const { next } = found[step.id];
  if (next !== undefined) return inBoth(next);
  return step.tool === undefined ? (step.console ?? step.what) : { en: step.tool.en, zh: `下一步：${step.tool.zh}` };
}
