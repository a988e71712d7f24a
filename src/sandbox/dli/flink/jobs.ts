import type { DliContext } from "../context.ts";
import type { QueueUse } from "../queue-use.ts";
import { type FlinkJobDocument, flinkDocumentsIn } from "./documents.ts";

/** What Flink jobs take of a queue, for whoever counts its CUs. */

export function usedCuOf(queueName: string, context: Pick<DliContext, "store">): number {
  return jobsOf(queueName, context).reduce((sum, job) => sum + job.heldCu, 0);
}

export function queueUse(queueName: string, context: Pick<DliContext, "store">): QueueUse {
  const jobs = jobsOf(queueName, context);
  const count = (...states: FlinkJobDocument["state"][]) => jobs.filter(({ state }) => states.includes(state)).length;
  return {
    usedCu: usedCuOf(queueName, context),
    launching: count("job_submitting"),
    running: count("job_running", "job_savepointing", "job_canceling", "job_cancel_fail"),
    succeeded: count("job_finish"),
    failed: count("job_submit_fail", "job_running_exception"),
    cancelled: count("job_cancel_success"),
  };
}

function jobsOf(queueName: string, context: Pick<DliContext, "store">): FlinkJobDocument[] {
  const name = queueName.toLowerCase();
  return flinkDocumentsIn(context.store)
    .jobs()
    .filter((job) => job.definition.queue_name === name);
}
