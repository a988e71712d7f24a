import { randomUUID } from "node:crypto";
import type { DliContext } from "../context.ts";
import { type DliPool, type DliQueue, pools, queues, scaleRecords } from "./documents.ts";
import { maximumOf, policyNow } from "./policies.ts";
import { byText, storedName } from "./shared.ts";
import { queueUse } from "./use.ts";

export type PoolState = "CREATING" | "AVAILABLE" | "SCALING";

export function stateOf(pool: DliPool, now: number): PoolState {
  if (now >= pool.readyAt) return "AVAILABLE";
  return pool.originCu === 0 ? "CREATING" : "SCALING";
}

/** CUs that the pool physically has. */
export function actualCu(pool: DliPool, now: number): number {
  return now >= pool.readyAt ? pool.targetCu : pool.originCu;
}

/** As it is now: at a full hour other policies may act, and the pool goes to another size by itself. */
export function findPool(name: string, context: DliContext): DliPool | undefined {
  const pool = pools(context.store).get(storedName(name));
  return pool && rescaled(pool, context);
}

export function allPools(context: DliContext): DliPool[] {
  return pools(context.store)
    .all()
    .map((pool) => rescaled(pool, context))
    .sort(byText((pool) => pool.name));
}

export function queuesOf(poolName: string, context: DliContext): DliQueue[] {
  return queues(context.store)
    .all()
    .filter((queue) => queue.poolName === poolName)
    .sort(byText((queue) => queue.queueName));
}

/** Brings the pool on its way to the size that its bounds and queues ask for. */
export function rescaled(pool: DliPool, context: DliContext): DliPool {
  const now = context.now();
  const targetCu = wantedCu(pool, context);
  if (targetCu === pool.targetCu || stateOf(pool, now) === "CREATING") return pool;
  const originCu = actualCu(pool, now);
  const readyAt = now + context.timings.poolScaleMs;
  const changed: DliPool = { ...pool, targetCu, originCu, readyAt, updateTime: now };
  const { minCu, maxCu } = pool;
  context.store.transaction(() => {
    // A change of size that was still running leads to the new size instead.
    for (const record of scaleRecords(context.store).all()) {
      if (record.poolName === pool.name && record.recordTime > now) scaleRecords(context.store).delete(record.id);
    }
    pools(context.store).put(changed);
    scaleRecords(context.store).put({
      id: randomUUID(),
      poolName: pool.name,
      minCu,
      maxCu,
      originCu,
      targetCu,
      recordTime: readyAt,
    });
  });
  return changed;
}

/** max(min(sum of the queues' maxima, the pool's maximum), the pool's minimum) */
function wantedCu(pool: DliPool, context: DliContext): number {
  const now = context.now();
  const sum = queuesOf(pool.name, context).reduce((total, queue) => total + maximumOf(policyNow(queue, now), pool), 0);
  return Math.max(Math.min(sum, pool.maxCu), pool.minCu);
}

/**
 * How much a queue of a pool can have at all, and how much its jobs could still start with now: the other queues
 * keep what they use, and at least their minimum.
 */
export function roomInPool(queue: DliQueue, pool: DliPool, context: DliContext): { maxCu: number; freeCu: number } {
  const now = context.now();
  const others = queuesOf(pool.name, context).filter((other) => other.queueName !== queue.queueName);
  const promised = others.reduce((sum, other) => sum + policyNow(other, now).minCu, 0);
  const kept = others.reduce(
    (sum, other) => sum + Math.max(policyNow(other, now).minCu, queueUse(other.queueName, context).usedCu),
    0,
  );
  const maxCu = Math.max(0, Math.min(maximumOf(policyNow(queue, now), pool), pool.maxCu - promised));
  const { usedCu } = queueUse(queue.queueName, context);
  const freeCu = Math.max(0, Math.min(maxCu - usedCu, actualCu(pool, now) - kept - usedCu));
  return { maxCu, freeCu };
}
