import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import type { DliPool, DliQueue, ScalingPolicy } from "./documents.ts";

/** Scaling policies of a queue in a pool (section 9 of the API notes). Hours are those of UTC. */

export type SentPolicy = NonNullable<DliRequests["UpdateElasticResourcePoolQueue"]["queue_scaling_policies"]>[number];

export const hourMs = 3_600_000;
const hours = Array.from({ length: 24 }, (_, hour) => hour);

export function wholeDay(minCu: number, maxCu: number): ScalingPolicy {
  return { priority: 1, startHour: 0, stopHour: 24, minCu, maxCu, followsPoolMaximum: false };
}

/** CUs of a pool's queues go by 16; in a basic pool by 4. */
export function stepOf(pool: DliPool): number {
  return pool.label.spec === "basic" ? 4 : 16;
}

/** What was sent as policies, or what is wrong with it in one sentence. */
export function readPolicies(
  sent: readonly SentPolicy[],
  pool: DliPool,
): { policies: readonly ScalingPolicy[] } | { problem: string } {
  const policies: ScalingPolicy[] = [];
  for (const one of sent) {
    const read = readPolicy(one, pool);
    if ("problem" in read) return read;
    policies.push(read.policy);
  }
  const days = policies.filter(isWholeDay);
  if (days.length !== 1) return { problem: "Exactly one scaling policy has to cover 00:00 to 24:00." };
  const windows = policies.filter((policy) => !isWholeDay(policy));
  const taken = new Set<number>();
  for (const hour of windows.flatMap(hoursOf)) {
    if (taken.has(hour)) return { problem: `Scaling policies overlap at ${clock(hour)}.` };
    taken.add(hour);
  }
  return { policies };
}

function readPolicy(sent: SentPolicy, pool: DliPool): { policy: ScalingPolicy } | { problem: string } {
  const startHour = readHour(sent.impact_start_time);
  const stopHour = readHour(sent.impact_stop_time);
  if (startHour === undefined || stopHour === undefined || startHour === 24 || startHour === stopHour) {
    return {
      problem: "impact_start_time and impact_stop_time have to be different full hours, such as 08:00 and 20:00.",
    };
  }
  const priority = sent.priority ?? 1;
  if (!Number.isInteger(priority) || priority < 1 || priority > 100) {
    return { problem: "priority has to be a whole number from 1 to 100." };
  }
  const step = stepOf(pool);
  const followsPoolMaximum = sent.inherit_elastic_resource_pool_max_cu ?? false;
  const minCu = sent.min_cu ?? 0;
  const maxCu = followsPoolMaximum ? pool.maxCu : (sent.max_cu ?? 0);
  if (minCu < step || minCu % step !== 0 || maxCu % step !== 0) {
    return { problem: `min_cu and max_cu have to be multiples of ${step} CUs.` };
  }
  if (maxCu < minCu) return { problem: "max_cu must not be below min_cu." };
  return { policy: { priority, startHour, stopHour, minCu, maxCu, followsPoolMaximum } };
}

/** Why these policies of one queue do not go with the pool and its other queues. */
export function poolProblem(
  policies: readonly ScalingPolicy[],
  pool: { minCu: number; maxCu: number },
  others: readonly DliQueue[],
): string | undefined {
  const largest = Math.max(...policies.map((policy) => maximumOf(policy, pool)));
  if (largest > pool.maxCu) {
    return `The queue's max_cu ${largest} is above the max_cu ${pool.maxCu} of the elastic resource pool.`;
  }
  for (const hour of hours) {
    const rest = others.reduce((sum, queue) => sum + policyAtHour(queue.policies, hour).minCu, 0);
    const sum = rest + policyAtHour(policies, hour).minCu;
    if (sum > pool.minCu) {
      return `The queues' min_cu would add up to ${sum}, above the min_cu ${pool.minCu} of the elastic resource pool.`;
    }
  }
  return undefined;
}

/** A window goes before the policy of the whole day. */
export function policyAtHour(policies: readonly ScalingPolicy[], hour: number): ScalingPolicy {
  const window = policies.find((policy) => !isWholeDay(policy) && hoursOf(policy).includes(hour));
  return window ?? policies.find(isWholeDay) ?? wholeDay(0, 0);
}

/** New policies act from the next full hour. */
export function policyNow(queue: DliQueue, now: number): ScalingPolicy {
  const policies = now < queue.policiesFrom ? (queue.earlierPolicies ?? queue.policies) : queue.policies;
  return policyAtHour(policies, new Date(now).getUTCHours());
}

export function nextFullHour(now: number): number {
  return Math.floor(now / hourMs) * hourMs + hourMs;
}

export function maximumOf(policy: ScalingPolicy, pool: { maxCu: number }): number {
  return policy.followsPoolMaximum ? pool.maxCu : policy.maxCu;
}

export function describePolicy(policy: ScalingPolicy, pool: { maxCu: number }) {
  return {
    priority: policy.priority,
    impact_start_time: clock(policy.startHour),
    impact_stop_time: clock(policy.stopHour),
    min_cu: policy.minCu,
    max_cu: maximumOf(policy, pool),
    inherit_elastic_resource_pool_max_cu: policy.followsPoolMaximum,
  };
}

function isWholeDay(policy: ScalingPolicy): boolean {
  return policy.startHour === 0 && policy.stopHour === 24;
}

/** The service's own sample has a window over midnight. */
function hoursOf(policy: ScalingPolicy): number[] {
  const { startHour, stopHour } = policy;
  return startHour < stopHour
    ? hours.filter((hour) => hour >= startHour && hour < stopHour)
    : hours.filter((hour) => hour >= startHour || hour < stopHour);
}

function readHour(text: string | undefined): number | undefined {
  const [, hour] = /^(\d\d):00$/.exec(text ?? "") ?? [];
  return hour === undefined || Number(hour) > 24 ? undefined : Number(hour);
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}
