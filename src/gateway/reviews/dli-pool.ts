import { checkPool, poolBounds } from "../../jobs/dli/pools.ts";
import type { PoolKind } from "../../jobs/dli/sizes.ts";
import { sayIn } from "../../language.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import { notAsItMustBe, type OverLimit, type Reviewer, type ReviewInput } from "./reviewer.ts";

/** A pool bills its minimum for life and may bill its maximum. */
export const reviewCreatePool: Reviewer = (subject) => {
  const { input, language } = subject;
  const t = sayIn(language);
  const range = { minCu: Number(input.min_cu), maxCu: Number(input.max_cu) };
  const kind = kindOf(input.label);
  const refused = checkPool(range, kind);
  if (refused) return notAsItMustBe(refused.problem, language);
  const over = overPoolBound(range.maxCu, subject);
  if (over) return over;
  return {
    details: [
      { label: t("Pool", "资源池"), text: quoteForPerson(String(input.elastic_resource_pool_name)) },
      { label: t("Kind", "类型"), text: kind === "basic" ? t("basic", "基础版") : t("standard", "标准版") },
      {
        label: "CU",
        text: t(
          `${range.minCu} to ${range.maxCu} (1 CU = 1 vCPU and 4 GB)`,
          `${range.minCu} 至 ${range.maxCu}（1 CU = 1 vCPU 4 GB）`,
        ),
      },
      {
        label: t("Billed at least", "最少计费"),
        text: t(`${range.minCu * 24} CU-hours a day, used or not`, `每天 ${range.minCu * 24} CU 时，无论是否使用`),
      },
      {
        label: t("Billed at most", "最多计费"),
        text: t(`${range.maxCu * 24} CU-hours a day`, `每天 ${range.maxCu * 24} CU 时`),
      },
      {
        label: t("Network", "网络"),
        text: quoteForPerson(
          String(input.cidr_in_vpc ?? t("172.16.0.0/12, the service's own", "172.16.0.0/12（服务默认）")),
        ),
      },
    ],
    cost: { cu: range.maxCu },
  };
};

/** Before and after; fewer CU are said in words, because jobs feel them. */
export const reviewUpdatePool: Reviewer = (subject) => {
  const { input, facts, language } = subject;
  const t = sayIn(language);
  const before = { minCu: facts.bound.poolMinCu, maxCu: facts.bound.poolMaxCu };
  const after = { minCu: input.min_cu ?? before.minCu, maxCu: input.max_cu ?? before.maxCu };
  if (typeof after.minCu !== "number" || typeof after.maxCu !== "number") {
    return {
      overLimit: t("the pool's CU could not be read", "无法读取资源池的 CU"),
      next: t("Give both min_cu and max_cu.", "请同时给出 min_cu 和 max_cu。"),
    };
  }
  const range = { minCu: after.minCu, maxCu: after.maxCu };
  const current = Number(facts.context.currentCu);
  // Nothing here says which kind it is; only the smaller one has less than 64 CU.
  const refused = checkPool(range, range.minCu < poolBounds.standard.leastCu ? "basic" : "standard");
  if (refused) return notAsItMustBe(refused.problem, language);
  const over = overPoolBound(range.maxCu, subject);
  if (over) return over;
  const less = isLess(range.minCu, before.minCu) || isLess(range.maxCu, before.maxCu);
  return {
    details: [
      { label: t("Pool", "资源池"), text: quoteForPerson(String(input.elastic_resource_pool_name)) },
      {
        label: t("CU before", "原 CU"),
        text: t(
          `${before.minCu ?? "unknown"} to ${before.maxCu ?? "unknown"}`,
          `${before.minCu ?? "未知"} 至 ${before.maxCu ?? "未知"}`,
        ),
      },
      {
        label: t("CU after", "新 CU"),
        text: t(`${range.minCu} to ${range.maxCu}`, `${range.minCu} 至 ${range.maxCu}`),
      },
      ...(less
        ? [
            {
              label: t("Shrinks", "缩容"),
              text: t("jobs of its queues may wait or get fewer executors", "其队列中的作业可能排队或获得更少的执行器"),
            },
          ]
        : []),
      ...(current > range.maxCu
        ? [
            {
              label: t("Warning", "警告"),
              text: t(
                `${current} CU are in use now, more than the new maximum`,
                `当前使用 ${current} CU，超过新的上限`,
              ),
            },
          ]
        : []),
      {
        label: t("Billed at least", "最少计费"),
        text: t(`${range.minCu * 24} CU-hours a day, used or not`, `每天 ${range.minCu * 24} CU 时，无论是否使用`),
      },
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

export function overPoolBound(cu: number, { limits, language }: ReviewInput): OverLimit | undefined {
  const { maxWorkspaceCu } = limits.spend;
  if (cu <= maxWorkspaceCu) return undefined;
  const t = sayIn(language);
  return {
    overLimit: t(
      `${cu} CU is more than the ${maxWorkspaceCu} CU that the policy admits for a pool or queue`,
      `${cu} CU 超过策略允许的资源池或队列上限 ${maxWorkspaceCu} CU`,
    ),
    next: t(
      `Ask for ${maxWorkspaceCu} CU or less; a person can raise spend.maxWorkspaceCu.`,
      `请申请不超过 ${maxWorkspaceCu} CU；用户可提高 spend.maxWorkspaceCu。`,
    ),
  };
}
