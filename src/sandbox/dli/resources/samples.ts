import type { DliContext } from "../context.ts";
import type { DliQueue } from "./documents.ts";
import { maximumOf, policyNow } from "./policies.ts";
import { findPool } from "./pool-state.ts";
import { queueUse } from "./use.ts";

/** What Cloud Eye shows of a queue at this moment, by its metrics' names (section 10 of the API notes). */
export type QueueSample = Readonly<Record<(typeof queueMetricNames)[number], number>>;

export const queueMetricNames = [
  "queue_cu_num",
  "queue_job_launching_num",
  "queue_job_running_num",
  "queue_job_succeed_num",
  "queue_job_failed_num",
  "queue_job_cancelled_num",
  "queue_alloc_cu_num",
  "queue_min_cu_num",
  "queue_max_cu_num",
  "queue_priority",
] as const;

export function queueSample(queue: DliQueue, context: DliContext): QueueSample {
  const use = queueUse(queue.queueName, context);
  const pool = queue.poolName === undefined ? undefined : findPool(queue.poolName, context);
  const policy = pool && policyNow(queue, context.now());
  const minCu = policy?.minCu ?? queue.cuCount;
  return {
    queue_cu_num: use.usedCu,
    queue_job_launching_num: use.launching,
    queue_job_running_num: use.running,
    queue_job_succeed_num: use.succeeded,
    queue_job_failed_num: use.failed,
    queue_job_cancelled_num: use.cancelled,
    // The queue's own minimum stays with it when it is idle.
    queue_alloc_cu_num: Math.max(use.usedCu, minCu),
    queue_min_cu_num: minCu,
    queue_max_cu_num: policy && pool ? maximumOf(policy, pool) : queue.cuCount,
    queue_priority: policy?.priority ?? 1,
  };
}
