import { badParameter, dliError, missingObject, notSupported } from "../answers.ts";
import type { DliContext } from "../context.ts";
import { findQueue } from "../resources/queue-find.ts";
import { deleteJob } from "./define.ts";
import { type FlinkJobDocument, isStopped } from "./documents.ts";
import { done, each, type FlinkHandlers, missingJob } from "./parts.ts";
import { isSavepoint, locationOf, obsFile } from "./places.ts";

export const actionHandlers: FlinkHandlers<
  | "BatchRunFlinkJobs"
  | "BatchStopFlinkJobs"
  | "BatchDeleteFlinkJobs"
  | "ExecuteFlinkJobSavepoint"
  | "ImportFlinkJobSavepoint"
> = (parts) => ({
  BatchRunFlinkJobs: ({ job_ids, resume_savepoint: resume = false }, context) =>
    each(parts, job_ids, "The request for submitting DLI jobs is delivered successfully.", (job) => {
      const refusal = whyNotRun(job, resume, context);
      if (refusal) return refusal;
      parts.supervisor.run(job.jobId, resume ? job.savepoint?.path : undefined);
      return undefined;
    }),

  // What a repeated stop answers is not public: a job that is being stopped is taken again, one that is not running is not.
  BatchStopFlinkJobs: ({ job_ids, trigger_savepoint: withSavepoint = false }) =>
    each(parts, job_ids, "The request for stopping DLI jobs is delivered successfully.", (job) => {
      if (job.state === "job_canceling") return undefined;
      const hasEnded = isStopped(job) && job.state !== "job_running_exception";
      if (hasEnded) return notSupported(`The job ${job.jobId} is ${job.state}; there is nothing to stop.`);
      parts.supervisor.stop(job.jobId, withSavepoint);
      return undefined;
    }),

  BatchDeleteFlinkJobs: ({ job_ids }, context) =>
    each(parts, job_ids, "The job is deleted successfully.", (job) => {
      deleteJob(job, parts, context);
      return undefined;
    }),

  ExecuteFlinkJobSavepoint({ job_id: jobId, savepoint_path: path = "" }, context) {
    const job = parts.documents.job(jobId);
    if (!job) return missingJob(jobId);
    const folder = obsFile(context.storageFolder, path);
    if (!folder) return badParameter("savepoint_path must be a folder of a bucket.");
    if (job.state !== "job_running") return notSupported(`The job is ${job.state}; a savepoint needs job_running.`);
    parts.supervisor.savepoint(jobId, folder);
    return { body: done };
  },

  ImportFlinkJobSavepoint({ job_id: jobId = -1, savepoint_path: sent = "" }, context) {
    const job = parts.documents.job(jobId);
    if (!job) return missingJob(jobId);
    if (!isStopped(job)) return notSupported(`The job is ${job.state}: a savepoint is imported while it is stopped.`);
    const path = obsFile(context.storageFolder, sent);
    if (!path) return badParameter("savepoint_path must be a folder of a bucket.");
    if (!isSavepoint(path)) return missingObject(`${sent} has no _metadata: it is no savepoint.`);
    const savepoint = { path, location: locationOf(context.storageFolder, path) };
    parts.documents.putJob({ ...job, savepoint, updateTime: context.now() });
    return { body: done };
  },
});

function whyNotRun(job: FlinkJobDocument, resume: boolean, context: DliContext) {
  const { definition, jobId, state } = job;
  const { queue_name: queueName } = definition;
  if (!isStopped(job)) return notSupported(`The job ${jobId} is ${state} already.`);
  if (!queueName) return dliError(400, "DLI.13024", `No queue is selected for the job ${jobId}.`);
  const queue = findQueue(queueName, context);
  if (!queue) return missingObject(`The queue ${queueName} does not exist.`);
  if (queue.queueType !== "general") return notSupported(`The queue ${queueName} is not a general queue.`);
  if (job.jobType === "flink_jar_job" ? !definition.entrypoint : !definition.sql_body) {
    return badParameter(job.jobType === "flink_jar_job" ? "The job has no entrypoint." : "The job has no sql_body.");
  }
  // From nothing instead would lose what the savepoint was taken for.
  if (resume && !job.savepoint) return missingObject(`The job ${jobId} has no savepoint to resume from.`);
  return undefined;
}
