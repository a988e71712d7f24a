import * as z from "zod";
import { isFlinkJobStopped, phaseOfFlinkJob } from "../../src/jobs/dli/flink-states.ts";
import type { Text } from "../../src/language.ts";
import { defineTool, refuseCall, reply, type ToolAnswer, type ToolCall } from "../define.ts";
import { flinkJobId } from "./flink-fields.ts";
import { type Followed, followFlinkJob, readFlinkJob, type Until } from "./flink-follow.ts";
import {
  followsItUntilItRuns,
  lineOfFlinkJob,
  nextOfFlinkJob,
  reasonOfFlinkJob,
  saidOfFlinkJob,
} from "./flink-job-view.ts";

/**
 * One job a call, although the service takes lists: a yes then covers one price and one savepoint, the job is followed to
 * the state that counts, and an answer can never be half a success. Lists stay possible through call_operation.
 */

/** How long a call follows the job before wait_flink_job has to. */
const followSeconds = 45;

export const runFlinkJob = defineTool({
  name: "run_flink_job",
  title: "Run a Flink job",
  description:
    "Start a stopped Flink job, from its newest savepoint or anew. A person approves first and sees CU per hour and day.",
  toolset: "job",
  operations: ["BatchRunFlinkJobs", "ShowFlinkJob"],
  input: z.strictObject({
    jobId: flinkJobId,
    fromSavepoint: z.boolean().meta({ description: "true: go on from the newest savepoint; false: start anew" }),
  }),
  async run({ jobId, fromSavepoint }, call): Promise<ToolAnswer> {
    const read = await readFlinkJob(jobId, call);
    if (!("job" in read)) return read;
    const { job } = read;
    // The state is the policy's to judge; these two the service would refuse with a bare code.
    if (!job.queue_name) {
      return refuseCall(
        call,
        "PRECONDITION_NOT_MET",
        {
          en: `Flink job ${jobId} was not started: it has no queue.`,
          zh: `Flink 作业 ${jobId} 未启动：该作业没有队列。`,
        },
        {
          en: "update_flink_job gives it one: {queue_name}.",
          zh: "可用 update_flink_job 指定队列：{queue_name}。",
        },
      );
    }
    if (fromSavepoint && job.has_savepoint === false) {
      return refuseCall(
        call,
        "PRECONDITION_NOT_MET",
        {
          en: `Flink job ${jobId} was not started: it has no savepoint to go on from.`,
          zh: `Flink 作业 ${jobId} 未启动：没有可用于恢复的保存点。`,
        },
        {
          en: "With fromSavepoint false it starts anew.",
          zh: "将 fromSavepoint 设为 false 可重新开始运行。",
        },
      );
    }
    const outcome = await call.gateway.run(
      "BatchRunFlinkJobs",
      { job_ids: [jobId], resume_savepoint: fromSavepoint },
      call.context,
    );
    if (outcome.kind !== "done") return outcome;
    const followed = await follow(jobId, "running", call);
    const isRunning = followed?.settled === true && !isFlinkJobStopped(followed.job.status);
    return reply(outcome, (answer) => ({
      ...told(
        jobId,
        answer,
        followed,
        isRunning ? { en: "was started", zh: "已启动" } : { en: "was told to start", zh: "已请求启动" },
      ),
      next: followed?.settled ? nextOfFlinkJob(followed.job) : followsItUntilItRuns,
    }));
  },
});

export const stopFlinkJob = defineTool({
  name: "stop_flink_job",
  title: "Stop a Flink job",
  description:
    "Stop a Flink job, by default over a savepoint that it can go on from (a person approves); follows it until it has stopped.",
  toolset: "job",
  operations: ["BatchStopFlinkJobs", "ShowFlinkJob"],
  input: z.strictObject({
    jobId: flinkJobId,
    savepoint: z.boolean().default(true).meta({ description: "false loses what it knows since the last checkpoint" }),
  }),
  async run({ jobId, savepoint }, call): Promise<ToolAnswer> {
    const outcome = await call.gateway.run(
      "BatchStopFlinkJobs",
      { job_ids: [jobId], trigger_savepoint: savepoint },
      call.context,
    );
    if (outcome.kind !== "done") return outcome;
    const followed = await follow(jobId, "stopped", call);
    const isStopped = isFlinkJobStopped(followed?.job.status);
    const kept = followed?.job.has_savepoint;
    return reply(outcome, (answer) => {
      const { summary, data, untrusted } = told(
        jobId,
        answer,
        followed,
        isStopped ? { en: "has stopped", zh: "已停止" } : { en: "was told to stop", zh: "已请求停止" },
      );
      const lacksSavepoint = isStopped && savepoint && kept === false;
      return {
        summary: lacksSavepoint
          ? { en: `${summary.en} The service shows no savepoint of it.`, zh: `${summary.zh}服务未显示该作业的保存点。` }
          : summary,
        data: { ...data, savepointAsked: savepoint, ...(kept !== undefined && { hasSavepoint: kept }) },
        untrusted: isStopped || !followed ? untrusted : saidOfFlinkJob(followed.job),
        next: isStopped
          ? {
              en: `run_flink_job with fromSavepoint ${kept === true} runs it again.`,
              zh: `可用 run_flink_job（fromSavepoint 为 ${kept === true}）再次运行。`,
            }
          : followed?.settled
            ? {
                en: "It runs on: what the service says of it tells why. Stop it again, or with savepoint false.",
                zh: "作业仍在运行，原因见服务给出的说明（what the service says）。请再次停止，或将 savepoint 设为 false 后停止。",
              }
            : {
                en: "wait_flink_job with until stopped follows it.",
                zh: "可用 wait_flink_job（until 为 stopped）跟踪。",
              },
      };
    });
  },
});

export const deleteFlinkJob = defineTool({
  name: "delete_flink_job",
  title: "Delete a Flink job",
  description: "Delete a stopped Flink job for good, with its settings and record of savepoints (a person approves).",
  toolset: "inspect",
  operations: ["DeleteFlinkJob", "ListFlinkJobs"],
  input: z.strictObject({ jobId: flinkJobId }),
  async run({ jobId }, { gateway, context }): Promise<ToolAnswer> {
    const outcome = await gateway.run("DeleteFlinkJob", { job_id: jobId }, context);
    if (outcome.kind !== "done") return outcome;
    const name = outcome.facts.context.jobName;
    const listed =
      typeof name === "string" ? await gateway.run("ListFlinkJobs", { name, limit: 100 }, context) : undefined;
    const jobs = listed?.kind === "done" ? listed.value.job_list?.jobs : undefined;
    const isGone = jobs?.every(({ job_id }) => job_id !== jobId);
    return reply(outcome, () => ({
      summary:
        isGone === true
          ? {
              en: `Flink job ${jobId} was deleted; it is no longer listed.`,
              zh: `Flink 作业 ${jobId} 已删除，作业列表中已没有该作业。`,
            }
          : {
              en: `Flink job ${jobId} was told to go and ${isGone === false ? "is still listed" : "was not looked for"}.`,
              zh: `已请求删除 Flink 作业 ${jobId}，${isGone === false ? "但作业列表中仍有该作业" : "尚未在作业列表中核对"}。`,
            },
      data: { jobId, settled: isGone === true },
      ...(isGone !== true && {
        next: { en: "list_flink_jobs shows when it is gone.", zh: "list_flink_jobs 可查看作业是否已删除。" },
      }),
    }));
  },
});

/** Nothing, when the job could not be read again: what was sent was sent all the same. */
async function follow(jobId: number, until: Until, call: ToolCall): Promise<Followed | undefined> {
  const followed = await followFlinkJob({ jobId, until, seconds: followSeconds }, call);
  return "job" in followed ? followed : undefined;
}

/** What the service said of this very job, and where the job is now. */
function told(
  jobId: number,
  answer: ReadonlyArray<{ is_success?: unknown; message?: string }>,
  followed: Followed | undefined,
  done: Text,
) {
  const [result] = Array.isArray(answer) ? answer : [];
  const state = followed?.job.status;
  const now: Text =
    state === undefined
      ? { en: "its state could not be read", zh: "无法读取其状态" }
      : { en: `it is ${state} now`, zh: `当前状态为 ${state}` };
  return {
    summary: {
      en: `Flink job ${jobId} ${done.en}; ${now.en}.${result ? "" : " The service gave no result for it."}`,
      zh: `Flink 作业 ${jobId} ${done.zh}，${now.zh}。${result ? "" : "服务未返回该作业的结果。"}`,
    },
    data: {
      ...(followed ? lineOfFlinkJob(followed.job) : { jobId, phase: phaseOfFlinkJob(undefined) }),
      settled: followed?.settled ?? false,
      ...(result?.message ? { message: result.message } : {}),
    },
    untrusted: followed ? reasonOfFlinkJob(followed.job) : [],
  };
}
