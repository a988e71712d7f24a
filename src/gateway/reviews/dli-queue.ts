import { checkLoneQueue, checkPolicies, mostCuOf, type ScalingPolicy } from "../../jobs/dli/pools.ts";
import { type Say, sayIn } from "../../language.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import { overPoolBound } from "./dli-pool.ts";
import { notAsItMustBe, type Reviewer } from "./reviewer.ts";

/** Inside a pool a queue shares what the pool bills; outside it is billed by itself. */
export const reviewCreateQueue: Reviewer = (subject) => {
  const { input, facts, language } = subject;
  const t = sayIn(language);
  const cu = Number(input.cu_count);
  const pool = input.elastic_resource_pool_name;
  const refused = pool === undefined ? checkLoneQueue(cu) : undefined;
  if (refused) return notAsItMustBe(refused.problem, language);
  const { poolMaxCu } = facts.context;
  if (pool !== undefined && typeof poolMaxCu === "number" && cu > poolMaxCu) {
    return {
      overLimit: t(
        `the queue asks for ${cu} CU and its pool has ${poolMaxCu} at most`,
        `队列申请 ${cu} CU，而其资源池最多为 ${poolMaxCu} CU`,
      ),
      next: t("Ask for less, or scale_dli_queue the pool first.", "请申请更少，或先用 scale_dli_queue 扩大资源池。"),
    };
  }
  const over = overPoolBound(cu, subject);
  if (over) return over;
  return {
    details: [
      { label: t("Queue", "队列"), text: quoteForPerson(String(input.queue_name)) },
      {
        label: t("For", "用途"),
        text:
          input.queue_type === "general"
            ? t("Spark and Flink jobs", "Spark 和 Flink 作业")
            : `SQL (${input.engine === "hetuEngine" ? "HetuEngine" : "Spark"})`,
      },
      { label: "CU", text: t(`${cu} (1 CU = 1 vCPU and 4 GB)`, `${cu}（每 CU 为 1 vCPU 4 GB）`) },
      pool === undefined
        ? {
            label: t("Pool", "资源池"),
            text: t(
              "none; DLI is phasing such queues out, and releases one that idles for an hour",
              "无；DLI 正在停用此类队列，空闲一小时即释放",
            ),
          }
        : { label: t("Pool", "资源池"), text: quoteForPerson(String(pool)) },
      ...(pool === undefined
        ? [{ label: t("Billed at most", "最多计费"), text: t(`${cu * 24} CU-hours a day`, `每天 ${cu * 24} CU 时`) }]
        : []),
    ],
    cost: { cu },
  };
};

/** The new policies one by one; the service replaces all of them. */
export const reviewUpdatePoolQueue: Reviewer = (subject) => {
  const { input, facts, language } = subject;
  const t = sayIn(language);
  const policies = (Array.isArray(input.queue_scaling_policies) ? input.queue_scaling_policies : []) as ScalingPolicy[];
  const refused = checkPolicies(policies);
  if (refused) return notAsItMustBe(refused.problem, language);
  const most = mostCuOf(policies, numberOf(facts.context.poolMaxCu)) ?? 0;
  const over = overPoolBound(most, subject);
  if (over) return over;
  const before = numberOf(facts.context.queueMaxCu);
  return {
    details: [
      { label: t("Queue", "队列"), text: quoteForPerson(String(input.queue_name)) },
      ...(before === undefined ? [] : [{ label: t("Most CU before", "原最大 CU"), text: String(before) }]),
      ...policies.map((policy) => ({ label: windowOf(policy, t), text: inWords(policy, t) })),
      ...(before !== undefined && most < before
        ? [
            {
              label: t("Shrinks", "缩容"),
              text: t("its jobs may wait or get fewer executors", "其作业可能排队或获得更少的执行器"),
            },
          ]
        : []),
    ],
    cost: { cu: most },
  };
};

/** Queues outside pools: more CU cost more, fewer make jobs wait, a restart aborts them. */
export const reviewQueueAction: Reviewer = (subject) => {
  const { input, facts, language } = subject;
  const t = sayIn(language);
  const queue = { label: t("Queue", "队列"), text: quoteForPerson(String(input.queue_name)) };
  if (input.action === "restart") {
    const running = numberOf(facts.context.runningSqlJobs);
    const what = input.force === true ? t("they are aborted", "将被中止") : t("they are waited for", "等待其结束");
    return {
      details: [
        queue,
        {
          label: t("Running SQL jobs", "运行中的 SQL 作业"),
          text: `${running ?? t("unknown", "未知")}${t("; ", "；")}${what}`,
        },
      ],
    };
  }
  const step = Number(input.cu_count);
  if (!(step > 0) || step % 16 !== 0) {
    return {
      overLimit: t("cu_count is not a multiple of 16 CU", "cu_count 不是 16 CU 的整数倍"),
      next: t("Give by how many CU, for example 16.", "请给出变更的 CU 数，例如 16。"),
    };
  }
  const before = numberOf(facts.bound.queueCu);
  if (before === undefined)
    return {
      overLimit: t("the queue's CU could not be read", "无法读取队列的 CU"),
      next: t("Check it with list_dli_queues.", "请用 list_dli_queues 查看。"),
    };
  const after = input.action === "scale_in" ? before - step : before + step;
  if (after < 16) {
    return {
      overLimit: t(`the queue would have ${after} CU left`, `队列将只剩 ${after} CU`),
      next: t("Take away less.", "请减少缩容的 CU 数。"),
    };
  }
  const over = overPoolBound(after, subject);
  if (over) return over;
  return {
    details: [
      queue,
      { label: t("CU before", "原 CU"), text: String(before) },
      { label: t("CU after", "新 CU"), text: String(after) },
      ...(after < before
        ? [
            {
              label: t("Shrinks", "缩容"),
              text: t("its jobs may wait or get fewer executors", "其作业可能排队或获得更少的执行器"),
            },
          ]
        : []),
    ],
    cost: { cu: after },
  };
};

function windowOf({ impact_start_time, impact_stop_time }: ScalingPolicy, t: Say): string {
  return t(`${impact_start_time} to ${impact_stop_time}`, `${impact_start_time} 至 ${impact_stop_time}`);
}

function inWords(policy: ScalingPolicy, t: Say): string {
  const most =
    policy.inherit_elastic_resource_pool_max_cu === true ? t("the pool's maximum", "资源池上限") : `${policy.max_cu}`;
  return t(
    `${policy.min_cu} to ${most} CU, priority ${policy.priority}`,
    `${policy.min_cu} 至 ${most} CU，优先级 ${policy.priority}`,
  );
}

function numberOf(fact: unknown): number | undefined {
  return typeof fact === "number" ? fact : undefined;
}
