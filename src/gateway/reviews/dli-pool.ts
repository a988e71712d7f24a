import { checkPool, poolBounds } from "../../jobs/dli/pools.ts";
import type { PoolKind } from "../../jobs/dli/sizes.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import type { OverLimit, Reviewer, ReviewInput } from "./reviewer.ts";

/** A pool bills its minimum for life and may bill its maximum. */
export const reviewCreatePool: Reviewer = (subject) => {
  const { input, language } = subject;
  const range = { minCu: Number(input.min_cu), maxCu: Number(input.max_cu) };
  const kind = kindOf(input.label);
  const refused = checkPool(range, kind);
  if (refused) return { overLimit: refused.problem.sentence[language], next: `Correct ${refused.problem.field}.` };
  const over = overPoolBound(range.maxCu, subject);
  if (over) return over;
  return {
    details: [
      { label: "Pool", text: quoteForPerson(String(input.elastic_resource_pool_name)) },
      { label: "Kind", text: kind },
      { label: "CU", text: `${range.minCu} to ${range.maxCu} (1 CU = 1 vCPU and 4 GB)` },
      { label: "Billed at least", text: `${range.minCu * 24} CU-hours a day, used or not` },
      { label: "Billed at most", text: `${range.maxCu * 24} CU-hours a day` },
      { label: "Network", text: quoteForPerson(String(input.cidr_in_vpc ?? "172.16.0.0/12, the service's own")) },
    ],
    cost: { cu: range.maxCu },
  };
};

/** Before and after; fewer CU are said in words, because jobs feel them. */
export const reviewUpdatePool: Reviewer = (subject) => {
  const { input, facts, language } = subject;
  const before = { minCu: facts.bound.poolMinCu, maxCu: facts.bound.poolMaxCu };
  const after = { minCu: input.min_cu ?? before.minCu, maxCu: input.max_cu ?? before.maxCu };
  if (typeof after.minCu !== "number" || typeof after.maxCu !== "number") {
    return { overLimit: "the pool's CU could not be read", next: "Give both min_cu and max_cu." };
  }
  const range = { minCu: after.minCu, maxCu: after.maxCu };
  const current = Number(facts.context.currentCu);
  // Nothing here says which kind it is; only the smaller one has less than 64 CU.
  const refused = checkPool(range, range.minCu < poolBounds.standard.leastCu ? "basic" : "standard");
  if (refused) return { overLimit: refused.problem.sentence[language], next: `Correct ${refused.problem.field}.` };
  const over = overPoolBound(range.maxCu, subject);
  if (over) return over;
  const less = isLess(range.minCu, before.minCu) || isLess(range.maxCu, before.maxCu);
  return {
    details: [
      { label: "Pool", text: quoteForPerson(String(input.elastic_resource_pool_name)) },
      { label: "CU before", text: `${before.minCu ?? "unknown"} to ${before.maxCu ?? "unknown"}` },
      { label: "CU after", text: `${range.minCu} to ${range.maxCu}` },
      ...(less ? [{ label: "Shrinks", text: "jobs of its queues may wait or get fewer executors" }] : []),
      ...(current > range.maxCu
        ? [{ label: "Warning", text: `${current} CU are in use now, more than the new maximum` }]
        : []),
      { label: "Billed at least", text: `${range.minCu * 24} CU-hours a day, used or not` },
    ],
    cost: { cu: range.maxCu },
  };
};

function isLess(after: number, before: unknown): boolean {
  return typeof before === "number" && after < before;
}

/** `{"spec":"basic"}` is the smaller kind. */
function kindOf(label: unknown): PoolKind {
  return typeof label === "object" && label !== null && "spec" in label && label.spec === "basic"
    ? "basic"
    : "standard";
}

export function overPoolBound(cu: number, { limits }: ReviewInput): OverLimit | undefined {
  const { maxWorkspaceCu } = limits.spend;
  if (cu <= maxWorkspaceCu) return undefined;
  return {
    overLimit: `${cu} CU is more than the ${maxWorkspaceCu} CU that the policy admits for a pool or queue`,
    next: `Ask for ${maxWorkspaceCu} CU or less; a person can raise spend.maxWorkspaceCu.`,
  };
}
