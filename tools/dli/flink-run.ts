import * as z from "zod";
import { refuse } from "../../src/gateway/refuse.ts";
import { isFlinkJobStopped, phaseOfFlinkJob } from "../../src/jobs/dli/flink-states.ts";
import { defineTool, reply, type ToolCall, type ToolResult } from "../define.ts";
import { flinkJobId } from "./flink-fields.ts";
import { type Followed, followFlinkJob, readFlinkJob, type Until } from "./flink-follow.ts";
import { lineOfFlinkJob, nextOfFlinkJob, reasonOfFlinkJob, saidOfFlinkJob } from "./flink-job-view.ts";

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
  async run({ jobId, fromSavepoint }, call): Promise<ToolResult> {
    const read = await readFlinkJob(jobId, call);
    if (!("job" in read)) return read;
    const { job } = read;
    // The state is the policy's to judge; these two the service would refuse with a bare code.
    if (!job.queue_name) {
      return refuse(
        call.gateway.where,
        "PRECONDITION_NOT_MET",
        `Flink job ${jobId} was not started: it has no queue.`,
        "update_flink_job gives it one: {queue_name}.",
      );
    }
    if (fromSavepoint && job.has_savepoint === false) {
      return refuse(
        call.gateway.where,
        "PRECONDITION_NOT_MET",
        `Flink job ${jobId} was not started: it has no savepoint to go on from.`,
        "With fromSavepoint false it starts anew.",
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
      ...told(jobId, answer, followed, isRunning ? "was started" : "was told to start"),
      next: followed?.settled ? nextOfFlinkJob(followed.job) : "wait_flink_job follows it until it runs.",
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
  async run({ jobId, savepoint }, call): Promise<ToolResult> {
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
        isStopped ? "has stopped" : "was told to stop",
      );
      const lacking = isStopped && savepoint && kept === false ? " The service shows no savepoint of it." : "";
      return {
        summary: summary + lacking,
        data: { ...data, savepointAsked: savepoint, ...(kept !== undefined && { hasSavepoint: kept }) },
        untrusted: isStopped || !followed ? untrusted : saidOfFlinkJob(followed.job),
        next: isStopped
          ? `run_flink_job with fromSavepoint ${kept === true} runs it again.`
          : followed?.settled
            ? "It runs on: what the service says of it tells why. Stop it again, or with savepoint false."
            : "wait_flink_job with until stopped follows it.",
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
  async run({ jobId }, { gateway, context }): Promise<ToolResult> {
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
          ? `Flink job ${jobId} was deleted; it is no longer listed.`
          : `Flink job ${jobId} was told to go and ${isGone === false ? "is still listed" : "was not looked for"}.`,
      data: { jobId, settled: isGone === true },
      ...(isGone !== true && { next: "list_flink_jobs shows when it is gone." }),
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
  done: string,
) {
  const [result] = Array.isArray(answer) ? answer : [];
  const said = result ? "" : " The service gave no result for it.";
  const state = followed?.job.status;
  const now = state === undefined ? "its state could not be read" : `it is ${state} now`;
  return {
    summary: `Flink job ${jobId} ${done}; ${now}.${said}`,
    data: {
      ...(followed ? lineOfFlinkJob(followed.job) : { jobId, phase: phaseOfFlinkJob(undefined) }),
      settled: followed?.settled ?? false,
      ...(result?.message ? { message: result.message } : {}),
    },
    untrusted: followed ? reasonOfFlinkJob(followed.job) : [],
  };
}
