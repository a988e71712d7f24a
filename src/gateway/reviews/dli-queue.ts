import { checkLoneQueue, checkPolicies, mostCuOf, type ScalingPolicy } from "../../jobs/dli/pools.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import { overPoolBound } from "./dli-pool.ts";
import type { Reviewer } from "./reviewer.ts";

/** Inside a pool a queue shares what the pool bills; outside it is billed by itself. */
export const reviewCreateQueue: Reviewer = (subject) => {
  const { input, facts, language } = subject;
  const cu = Number(input.cu_count);
  const pool = input.elastic_resource_pool_name;
  const refused = pool === undefined ? checkLoneQueue(cu) : undefined;
  if (refused) return { overLimit: refused.problem.sentence[language], next: `Correct ${refused.problem.field}.` };
  const { poolMaxCu } = facts.context;
  if (pool !== undefined && typeof poolMaxCu === "number" && cu > poolMaxCu) {
    return {
      overLimit: `the queue asks for ${cu} CU and its pool has ${poolMaxCu} at most`,
      next: "Ask for less, or scale_dli_queue the pool first.",
    };
  }
  const over = overPoolBound(cu, subject);
  if (over) return over;
  return {
    details: [
      { label: "Queue", text: quoteForPerson(String(input.queue_name)) },
      {
        label: "For",
        text:
          input.queue_type === "general"
            ? "Spark and Flink jobs"
            : `SQL (${input.engine === "hetuEngine" ? "HetuEngine" : "Spark"})`,
      },
      { label: "CU", text: `${cu} (1 CU = 1 vCPU and 4 GB)` },
      pool === undefined
        ? { label: "Pool", text: "none; DLI is phasing such queues out, and releases one that idles for an hour" }
        : { label: "Pool", text: quoteForPerson(String(pool)) },
      ...(pool === undefined ? [{ label: "Billed at most", text: `${cu * 24} CU-hours a day` }] : []),
    ],
    cost: { cu },
  };
};

/** The new policies one by one; the service replaces all of them. */
export const reviewUpdatePoolQueue: Reviewer = (subject) => {
  const { input, facts, language } = subject;
  const policies = (Array.isArray(input.queue_scaling_policies) ? input.queue_scaling_policies : []) as ScalingPolicy[];
  const refused = checkPolicies(policies);
  if (refused) return { overLimit: refused.problem.sentence[language], next: `Correct ${refused.problem.field}.` };
  const most = mostCuOf(policies, numberOf(facts.context.poolMaxCu)) ?? 0;
  const over = overPoolBound(most, subject);
  if (over) return over;
  const before = numberOf(facts.context.queueMaxCu);
  return {
    details: [
      { label: "Queue", text: quoteForPerson(String(input.queue_name)) },
      ...(before === undefined ? [] : [{ label: "Most CU before", text: String(before) }]),
      ...policies.map((policy) => ({ label: windowOf(policy), text: inWords(policy) })),
      ...(before !== undefined && most < before
        ? [{ label: "Shrinks", text: "its jobs may wait or get fewer executors" }]
        : []),
    ],
    cost: { cu: most },
  };
};

/** Queues outside pools: more CU cost more, fewer make jobs wait, a restart aborts them. */
export const reviewQueueAction: Reviewer = (subject) => {
  const { input, facts } = subject;
  const queue = { label: "Queue", text: quoteForPerson(String(input.queue_name)) };
  if (input.action === "restart") {
    const running = numberOf(facts.context.runningSqlJobs);
    const what = input.force === true ? "are aborted" : "are waited for";
    return { details: [queue, { label: "Running SQL jobs", text: `${running ?? "unknown"}; they ${what}` }] };
  }
  const step = Number(input.cu_count);
  if (!(step > 0) || step % 16 !== 0) {
    return { overLimit: "cu_count is not a multiple of 16 CU", next: "Give by how many CU, for example 16." };
  }
  const before = numberOf(facts.bound.queueCu);
  if (before === undefined)
    return { overLimit: "the queue's CU could not be read", next: "Check it with list_dli_queues." };
  const after = input.action === "scale_in" ? before - step : before + step;
  if (after < 16) return { overLimit: `the queue would have ${after} CU left`, next: "Take away less." };
  const over = overPoolBound(after, subject);
  if (over) return over;
  return {
    details: [
      queue,
      { label: "CU before", text: String(before) },
      { label: "CU after", text: String(after) },
      ...(after < before ? [{ label: "Shrinks", text: "its jobs may wait or get fewer executors" }] : []),
    ],
    cost: { cu: after },
  };
};

function windowOf({ impact_start_time, impact_stop_time }: ScalingPolicy): string {
  return `${impact_start_time} to ${impact_stop_time}`;
}

function inWords(policy: ScalingPolicy): string {
  const most = policy.inherit_elastic_resource_pool_max_cu === true ? "the pool's maximum" : `${policy.max_cu}`;
  return `${policy.min_cu} to ${most} CU, priority ${policy.priority}`;
}

function numberOf(fact: unknown): number | undefined {
  return typeof fact === "number" ? fact : undefined;
}
