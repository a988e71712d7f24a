import type { Problem, Refused } from "../problem.ts";
import type { PoolKind } from "./sizes.ts";

/** Elastic pools, their queues and the queues' scaling policies: what the service admits (API notes 9). */
export const poolBounds = {
  standard: { leastCu: 64, mostCu: 32_000, poolStep: 16, queueStep: 16 },
  basic: { leastCu: 16, mostCu: 64, poolStep: 16, queueStep: 4 },
} as const;

/** Sizes of a queue that is in no pool. */
export const loneQueueCu = [16, 64, 256] as const;

export interface PoolRange {
  readonly minCu: number;
  readonly maxCu: number;
}

export function checkPool({ minCu, maxCu }: PoolRange, kind: PoolKind): Refused | undefined {
  const { leastCu, mostCu, poolStep } = poolBounds[kind];
  for (const [field, value] of [
    ["minCu", minCu],
    ["maxCu", maxCu],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= leastCu && value <= mostCu && value % poolStep === 0) continue;
    return refusedField(
      "POOL_SIZE_INVALID",
      field,
      `is ${value}, and a ${kind} pool has ${leastCu} to ${mostCu} CU in steps of ${poolStep}`,
      `为 ${value}，而${kind === "basic" ? "基础版" : "标准版"}资源池为 ${leastCu} 至 ${mostCu} CU，步长 ${poolStep}`,
      `${leastCu} to ${mostCu}, a multiple of ${poolStep}`,
      String(leastCu),
    );
  }
  return minCu <= maxCu ? undefined : minAboveMax(minCu, maxCu);
}

export function checkLoneQueue(cu: number): Refused | undefined {
  if (loneQueueCu.some((each) => each === cu)) return undefined;
  return refusedField(
    "QUEUE_SIZE_INVALID",
    "cu",
    `is ${cu}, and a queue outside a pool has ${loneQueueCu.join(", ")} CU`,
    `为 ${cu}，而资源池外的队列为 ${loneQueueCu.join("、")} CU`,
    loneQueueCu.join(", "),
    "16",
  );
}

/** A scaling policy as the service keeps it. */
export interface ScalingPolicy {
  readonly priority?: number;
  readonly impact_start_time?: string;
  readonly impact_stop_time?: string;
  readonly min_cu?: number;
  readonly max_cu?: number;
  readonly inherit_elastic_resource_pool_max_cu?: boolean;
}

const fullDay = { impact_start_time: "00:00", impact_stop_time: "24:00" } as const;

export function isFullDay(policy: ScalingPolicy): boolean {
  return policy.impact_start_time === fullDay.impact_start_time && policy.impact_stop_time === fullDay.impact_stop_time;
}

export interface PolicyChange {
  readonly minCu?: number | undefined;
  readonly maxCu?: number | undefined;
  readonly priority?: number | undefined;
  /** Instead of those that are there; absent: they stay. */
  readonly windows?:
    | ReadonlyArray<{ from: string; to: string; minCu: number; maxCu: number; priority: number }>
    | undefined;
}

const defaultPriority = 1;

/** The complete new set: the service replaces all of a queue's policies at once. */
export function changedPolicies(
  now: readonly ScalingPolicy[],
  change: PolicyChange,
  kind: PoolKind,
): readonly ScalingPolicy[] | Refused {
  const before = now.find(isFullDay);
  const minCu = change.minCu ?? before?.min_cu;
  const maxCu = change.maxCu ?? before?.max_cu;
  if (minCu === undefined || maxCu === undefined) {
    return refusedField(
      "FULL_DAY_MISSING",
      minCu === undefined ? "minCu" : "maxCu",
      "is missing: the queue has no full-day policy to keep, and one must be there",
      "缺失：队列没有可保留的全天策略，而该策略必须存在",
      "CU of the full-day policy",
      "16",
    );
  }
  const windows = change.windows?.map(({ from, to, ...window }) => ({
    priority: window.priority,
    impact_start_time: from,
    impact_stop_time: to,
    min_cu: window.minCu,
    max_cu: window.maxCu,
  }));
  // A maximum of its own ends following the pool's.
  const inherits = before?.inherit_elastic_resource_pool_max_cu === true && change.maxCu === undefined;
  const policies: ScalingPolicy[] = [
    {
      priority: change.priority ?? before?.priority ?? defaultPriority,
      ...fullDay,
      min_cu: minCu,
      max_cu: maxCu,
      ...(inherits && { inherit_elastic_resource_pool_max_cu: true }),
    },
    ...(windows ?? now.filter((policy) => !isFullDay(policy))),
  ];
  return checkPolicies(policies, kind) ?? policies;
}

/** What is wrong with a set of policies, whoever made it; the finer steps of basic pools hold where the kind is unknown. */
export function checkPolicies(policies: readonly ScalingPolicy[], kind: PoolKind = "basic"): Refused | undefined {
  const { queueStep } = poolBounds[kind];
  if (policies.filter(isFullDay).length !== 1) {
    return refusedField(
      "FULL_DAY_MISSING",
      "queue_scaling_policies",
      "must hold exactly one policy from 00:00 to 24:00",
      "必须且只能包含一条 00:00 至 24:00 的全天策略",
      "one full-day policy and windows that do not overlap",
    );
  }
  for (const [index, policy] of policies.entries()) {
    const { min_cu = 0, max_cu = 0, priority = defaultPriority } = policy;
    const field = `queue_scaling_policies[${index}]`;
    if (min_cu > max_cu) return minAboveMax(min_cu, max_cu, field);
    if (min_cu < 0 || min_cu % queueStep !== 0 || max_cu % queueStep !== 0) {
      return refusedField(
        "CU_STEP_INVALID",
        field,
        `does not count CU in steps of ${queueStep}`,
        `的 CU 不是 ${queueStep} 的整数倍`,
        `a multiple of ${queueStep}`,
        String(queueStep * 4),
      );
    }
    if (!(priority >= 1 && priority <= 100)) {
      return refusedField(
        "PRIORITY_INVALID",
        field,
        "has a priority beyond 1 to 100",
        "的优先级不在 1 到 100 之间",
        "1 to 100",
        "50",
      );
    }
    const [start, stop] = [hourOf(policy.impact_start_time), hourOf(policy.impact_stop_time)];
    if (start === undefined || stop === undefined || start >= stop) {
      return refusedField(
        "WINDOW_INVALID",
        field,
        "is not a window within one day, from full hour to full hour",
        "不是一天之内整点到整点的时间段",
        "HH:00 to HH:00, the first before the second",
        "08:00 to 20:00",
      );
    }
  }
  const windows = policies
    .filter((policy) => !isFullDay(policy))
    .map((policy) => [hourOf(policy.impact_start_time) ?? 0, hourOf(policy.impact_stop_time) ?? 0] as const);
  const overlap = windows.some(([start, stop], at) =>
    windows.some(([from, to], other) => other > at && start < to && from < stop),
  );
  if (!overlap) return undefined;
  return refusedField(
    "WINDOWS_OVERLAP",
    "windows",
    "overlap each other",
    "之间存在重叠",
    "windows that do not overlap",
  );
}

function hourOf(time: string | undefined): number | undefined {
  const match = /^([01]\d|2[0-4]):00$/.exec(time ?? "");
  return match ? Number(match[1]) : undefined;
}

/** The most CU a queue may take at any hour. */
export function mostCuOf(policies: readonly ScalingPolicy[], poolMaxCu: number | undefined): number | undefined {
  const each = policies.flatMap((policy) =>
    policy.inherit_elastic_resource_pool_max_cu === true ? [poolMaxCu ?? policy.max_cu ?? 0] : [policy.max_cu ?? 0],
  );
  return each.length === 0 ? undefined : Math.max(...each);
}

/** In which ways fewer CU are left than before. */
export function shrinks(now: readonly ScalingPolicy[], after: readonly ScalingPolicy[]): boolean {
  const least = (policies: readonly ScalingPolicy[]) => Math.min(...policies.map(({ min_cu = 0 }) => min_cu));
  const most = (policies: readonly ScalingPolicy[]) => mostCuOf(policies, undefined) ?? 0;
  return now.length > 0 && (most(after) < most(now) || least(after) < least(now));
}

function minAboveMax(minCu: number, maxCu: number, field = "minCu"): Refused {
  return refusedField(
    "MIN_ABOVE_MAX",
    field,
    `has at least ${minCu} CU, which is more than its most, ${maxCu}`,
    `的下限 ${minCu} CU 大于上限 ${maxCu} CU`,
    `at most ${maxCu}`,
    String(maxCu),
  );
}

function refusedField(code: string, field: string, en: string, zh: string, allowed: string, example?: string): Refused {
  const problem: Problem = {
    code,
    field,
    sentence: { en: `${field} ${en}.`, zh: `${field} ${zh}。` },
    allowed,
    ...(example !== undefined && { example }),
  };
  return { problem };
}
