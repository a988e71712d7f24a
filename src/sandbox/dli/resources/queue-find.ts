import { missingObject } from "../answers.ts";
import type { DliContext } from "../context.ts";
import { type DliQueue, queues } from "./documents.ts";
import { findPool, roomInPool } from "./pool-state.ts";
import { byText, storedName } from "./shared.ts";
import { queueUse } from "./use.ts";

export function findQueue(name: string, context: DliContext): DliQueue | undefined {
  return queues(context.store).get(storedName(name));
}

export function allQueues(context: DliContext): DliQueue[] {
  return queues(context.store)
    .all()
    .sort(byText((queue) => queue.queueName));
}

/**
 * What jobs can have of a queue: never more than `maxCu`, now no more than `maxCu - usedCu`. In a pool, `usedCu` also
 * counts what other queues hold of it.
 */
export function queueRoom(name: string, context: DliContext): { maxCu: number; usedCu: number } {
  const queue = findQueue(name, context);
  if (!queue) return { maxCu: 0, usedCu: 0 };
  const pool = queue.poolName === undefined ? undefined : findPool(queue.poolName, context);
  if (!pool) return { maxCu: queue.cuCount, usedCu: queueUse(queue.queueName, context).usedCu };
  const { maxCu, freeCu } = roomInPool(queue, pool, context);
  return { maxCu, usedCu: maxCu - freeCu };
}

export function missingQueue(name: string) {
  return missingObject(`The queue ${name} does not exist.`);
}
