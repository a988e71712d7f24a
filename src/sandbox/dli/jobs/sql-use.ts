import type { DliContext } from "../context.ts";
import type { QueueUse } from "../queue-use.ts";
import { type SqlJob, sqlJobsIn } from "./sql-documents.ts";

/** A SQL queue works on its jobs with all that it has. */
export function usedCuOf(queueName: string, context: DliContext): number {
  return inQueue(queueName, context).find(({ status }) => status === "RUNNING")?.queueCu ?? 0;
}

/** @param since counts of what ended leave out what ended before */
export function queueUse(queueName: string, context: DliContext, since = 0): QueueUse {
  const all = inQueue(queueName, context);
  const count = (status: SqlJob["status"]) =>
    all.filter((job) => job.status === status && (job.endTime ?? since) >= since).length;
  return {
    usedCu: usedCuOf(queueName, context),
    launching: count("LAUNCHING"),
    running: count("RUNNING"),
    succeeded: count("FINISHED"),
    failed: count("FAILED"),
    cancelled: count("CANCELLED"),
  };
}

function inQueue(queueName: string, context: DliContext): SqlJob[] {
  const queue = queueName.toLowerCase();
  return sqlJobsIn(context.store)
    .all()
    .filter((job) => job.queue === queue);
}
