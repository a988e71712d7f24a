import type { DliContext } from "../context.ts";
import type { QueueUse } from "../queue-use.ts";
import { type Batch, batchesIn, isEnded } from "./batch-documents.ts";

/** The CUs that batches of the queue hold: from the begin of a try to its end. */
export function usedCuOf(queueName: string, context: DliContext): number {
  return inQueue(queueName, context)
    .filter((batch) => batch.begun)
    .reduce((sum, batch) => sum + batch.size.cu, 0);
}

/** @param since counts of what ended leave out what ended before */
export function queueUse(queueName: string, context: DliContext, since = 0): QueueUse {
  const all = inQueue(queueName, context);
  const ended = all.filter((batch) => isEnded(batch.state) && (batch.endTime ?? 0) >= since);
  return {
    usedCu: usedCuOf(queueName, context),
    launching: all.filter(({ state }) => state === "starting" || state === "recovering").length,
    running: all.filter(({ state }) => state === "running").length,
    succeeded: ended.filter(({ state }) => state === "success").length,
    failed: ended.filter(({ state, cancelled }) => state === "dead" && !cancelled).length,
    cancelled: ended.filter(({ state, cancelled }) => state === "dead" && cancelled).length,
  };
}

function inQueue(queueName: string, context: DliContext): Batch[] {
  const queue = queueName.toLowerCase();
  return batchesIn(context.store)
    .all()
    .filter((batch) => batch.queue === queue);
}
