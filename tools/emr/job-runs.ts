import * as z from "zod";
import { defineTool, reply } from "../define.ts";
import { jobRunId, nextToken, pageSize, queueName, workspaceId } from "./fields.ts";
import { nextOf, reasonOf, viewOfJobRun } from "./job-view.ts";
import { inState, isInState, pageOf } from "./phrases.ts";

export const getJobRun = defineTool({
  name: "get_job_run",
  title: "Job run",
  description: "Show the state of one job run, why it changed last, and its times.",
  toolset: "job",
  operations: ["GetJobRun"],
  input: z.strictObject({ workspaceId, jobRunId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("GetJobRun", input, context);
    return reply(outcome, (answer) => {
      const run = answer.jobRun ?? {};
      return {
        summary: isInState(input.jobRunId, run.state),
        data: viewOfJobRun(run),
        untrusted: reasonOf(run),
        next: nextOf(run),
      };
    });
  },
});

const states = ["Submitted", "Pending", "Running", "Success", "Failed", "Cancelling", "Cancelled"] as const;

export const listJobRuns = defineTool({
  name: "list_job_runs",
  title: "List job runs",
  description: "Find job runs of a workspace by state, name, queue or time, newest first.",
  toolset: "job",
  operations: ["ListJobRuns"],
  input: z.strictObject({
    workspaceId,
    states: z
      .array(z.enum(states))
      .optional()
      .meta({ description: "States to keep", examples: [["Failed"]] }),
    name: z
      .string()
      .max(256)
      .optional()
      .meta({ description: "Job name", examples: ["daily-etl"] }),
    queue: queueName.optional(),
    since: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/)
      // Thirteenth months and the like pass the pattern.
      .refine((text) => !Number.isNaN(Date.parse(text)), { error: "is no point in time" })
      .optional()
      .meta({ description: "Submitted at or after", examples: ["2026-01-08T00:00:00Z"] }),
    pageSize,
    nextToken,
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListJobRuns",
      {
        workspaceId: input.workspaceId,
        maxResults: input.pageSize,
        ...(input.states && { states: input.states }),
        ...(input.name !== undefined && { name: input.name }),
        ...(input.queue !== undefined && { resourceQueueId: input.queue }),
        ...(input.since !== undefined && { startTime: { startTime: Date.parse(input.since) } }),
        ...(input.nextToken !== undefined && { nextToken: input.nextToken }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      const jobRuns = (answer.jobRuns ?? []).map(viewOfJobRun);
      return {
        summary: pageOf(jobRuns.length, answer.totalCount, { en: "job runs", zh: "作业运行" }),
        data: { jobRuns, ...(answer.nextToken ? { nextToken: answer.nextToken } : {}) },
        ...(jobRuns.length > 0 && {
          next: { en: "diagnose_job_run explains a failed one.", zh: "失败的作业可用 diagnose_job_run 查明原因。" },
        }),
      };
    });
  },
});

export const cancelJobRun = defineTool({
  name: "cancel_job_run",
  title: "Cancel a job run",
  description: "Stop a submitted, pending or running job (a person approves); follows it until it has ended.",
  toolset: "job",
  operations: ["CancelJobRun", "GetJobRun"],
  input: z.strictObject({ workspaceId, jobRunId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("CancelJobRun", input, context);
    return reply(outcome, (_, { settled, observed }) => ({
      summary: settled
        ? {
            en: `${input.jobRunId} has ended: ${observed ?? "state unknown"}.`,
            zh: `${input.jobRunId} 已结束：${observed ?? "状态未知"}。`,
          }
        : {
            en: `${input.jobRunId} was told to stop and is still ${inState(observed).en}.`,
            zh: `已请求停止 ${input.jobRunId}，当前${inState(observed).zh}。`,
          },
      data: { jobRunId: input.jobRunId, state: observed, settled },
      ...(!settled && { next: { en: "wait_job_run follows it to its end.", zh: "可用 wait_job_run 等待其结束。" } }),
    }));
  },
});
