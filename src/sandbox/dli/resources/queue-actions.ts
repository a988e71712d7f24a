import { badParameter, type DliAnswer, notSimulated, notSupported } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { type DliQueue, queues } from "./documents.ts";
import { findQueue, missingQueue } from "./queue-find.ts";
import { answer } from "./shared.ts";
import { queueUse } from "./use.ts";

/** Between what CUs a queue outside of pools can be scaled. */
export const smallestAlone = 64;
export const largestAlone = 1024;

export const queueActionHandlers: DliHandlers<"RunQueueAction"> = {
  RunQueueAction(input, context) {
    const queue = findQueue(input.queue_name, context);
    if (!queue) return missingQueue(input.queue_name);
    if (context.now() < queue.restartingUntil) return notSupported(`The queue ${queue.queueName} is restarting.`);
    if (input.action === "restart") return restart(queue, input.force ?? false, context);
    return scale(queue, input.action === "scale_in" ? -1 : 1, input.cu_count, context);
  },
};

function restart(queue: DliQueue, force: boolean, context: DliContext): DliAnswer {
  if (queue.queueType !== "sql") return notSupported("Only queues of the type sql can be restarted.");
  const use = queueUse(queue.queueName, context);
  if (use.succeeded + use.failed + use.cancelled === 0) {
    return notSupported(`The queue ${queue.queueName} can be restarted once it has completed a job.`);
  }
  if (use.launching + use.running > 0) {
    if (force) return notSimulated("RunQueueAction with force while jobs run");
    return notSupported(`The queue ${queue.queueName} still has jobs.`);
  }
  queues(context.store).put({ ...queue, restartingUntil: context.now() + context.timings.poolScaleMs });
  return answer("RunQueueAction", { is_success: true, message: "", queue_name: queue.queueName });
}

function scale(queue: DliQueue, sign: 1 | -1, change: number | undefined, context: DliContext): DliAnswer {
  if (queue.poolName !== undefined) {
    return notSupported(`The queue ${queue.queueName} is in an elastic resource pool; change its scaling policies.`);
  }
  if (change === undefined || change < 16 || change % 16 !== 0) {
    return badParameter("cu_count has to be a multiple of 16.");
  }
  if (queue.cuCount === 16) return notSupported("A queue of 16 CUs cannot be scaled.");
  if (sign < 0 && queue.cuCount === 64) return notSupported("A queue of 64 CUs cannot be scaled in.");
  const use = queueUse(queue.queueName, context);
  if (use.running + use.succeeded + use.failed + use.cancelled === 0) {
    return notSupported(`The queue ${queue.queueName} can be scaled once it has run a job.`);
  }
  const cuCount = queue.cuCount + sign * change;
  if (cuCount < smallestAlone || cuCount > largestAlone) {
    return badParameter(`The queue can be scaled from ${smallestAlone} to ${largestAlone} CUs.`);
  }
  if (cuCount < use.usedCu) return notSupported(`The jobs of the queue use ${use.usedCu} CUs.`);
  queues(context.store).put({ ...queue, cuCount });
  return answer("RunQueueAction", { queue_name: queue.queueName, result: true });
}
