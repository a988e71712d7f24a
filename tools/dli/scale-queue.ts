import * as z from "zod";
import { changedPolicies, checkPool, type ScalingPolicy, shrinks } from "../../src/jobs/dli/pools.ts";
import { isRefused } from "../../src/jobs/problem.ts";
import { defineTool, reply, type ToolAnswer, type ToolCall } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { cu, poolName, queueName } from "./fields.ts";
import { inWords } from "./list-queues.ts";
import { isPicture, type PoolView, type QueueView, readPicture } from "./pool-picture.ts";
import { isIn, nothingChanged } from "./words.ts";

const hour = z.string().max(5);
const priority = z.number().int().min(1).max(100);

export const scaleDliQueue = defineTool({
  name: "scale_dli_queue",
  title: "Scale a pool or queue",
  description:
    "Change the CU range of a pool, or a queue's: policies in a pool, a size outside (a person approves). Says when it shrinks.",
  toolset: "inspect",
  operations: [
    "ListElasticResourcePools",
    "ListQueues",
    "ListElasticResourcePoolQueues",
    "UpdateElasticResourcePool",
    "UpdateElasticResourcePoolQueue",
    "RunQueueAction",
  ],
  input: z.strictObject({
    pool: poolName.optional().meta({ description: "Either a pool" }),
    queue: queueName.optional().meta({ description: "Or a queue" }),
    minCu: cu("New minimum").optional(),
    maxCu: cu("New maximum; of a queue outside pools its size").optional(),
    priority: priority.optional().meta({ description: "Of a queue in its pool, 100 wins" }),
    windows: z
      .array(
        z.strictObject({
          from: hour.meta({ description: "HH:00" }),
          to: hour.meta({ description: "HH:00" }),
          minCu: cu("Minimum"),
          maxCu: cu("Maximum"),
          priority: priority.default(1).meta({ description: "1 to 100" }),
        }),
      )
      .max(12)
      .optional()
      .meta({ description: "Hours of a day with other CU; replaces those that are there" }),
  }),
  async run(input, call): Promise<ToolAnswer> {
    if ((input.pool === undefined) === (input.queue === undefined)) {
      return refuseProblems(call, nothingChanged, [oneOfTwo]);
    }
    const picture = await readPicture(call, input.pool);
    if (!isPicture(picture)) return picture;
    const pool = picture.pools.find((each) =>
      input.pool === undefined ? each.queues.some(({ queue }) => queue === input.queue) : each.pool === input.pool,
    );
    if (input.pool !== undefined) {
      return pool ? scalePool(pool, input, call) : refuseProblems(call, nothingChanged, [notThere("pool", input.pool)]);
    }
    const queue = [...(pool?.queues ?? []), ...picture.lone].find((each) => each.queue === input.queue);
    if (!queue) return refuseProblems(call, nothingChanged, [notThere("queue", input.queue ?? "")]);
    return pool ? scalePolicies(pool, queue, input, call) : scaleLone(queue, input, call);
  },
});

interface Wanted {
  minCu?: number | undefined;
  maxCu?: number | undefined;
  priority?: number | undefined;
  windows?: ReadonlyArray<{ from: string; to: string; minCu: number; maxCu: number; priority: number }> | undefined;
}

async function scalePool(pool: PoolView, wanted: Wanted, call: ToolCall): Promise<ToolAnswer> {
  const minCu = wanted.minCu ?? pool.minCu ?? 0;
  const maxCu = wanted.maxCu ?? pool.maxCu ?? 0;
  const bad = checkPool({ minCu, maxCu }, pool.kind);
  if (bad) return refuseProblems(call, nothingChanged, [bad.problem]);
  const less = minCu < (pool.minCu ?? 0) || maxCu < (pool.maxCu ?? 0);
  const outcome = await call.gateway.run(
    "UpdateElasticResourcePool",
    { elastic_resource_pool_name: pool.pool, min_cu: minCu, max_cu: maxCu },
    call.context,
  );
  return reply(outcome, (_, { observed, settled }) => ({
    summary: {
      en: `Pool ${pool.pool} went from ${pool.minCu} to ${pool.maxCu} CU into ${minCu} to ${maxCu} CU${
        less ? ", which is less: its jobs may wait" : ""
      }; it ${isIn(observed).en}.`,
      zh: `资源池 ${pool.pool} 已由 ${pool.minCu} 至 ${pool.maxCu} CU 改为 ${minCu} 至 ${maxCu} CU${
        less ? "，CU 减少，其作业可能排队" : ""
      }；${isIn(observed).zh}。`,
    },
    data: { pool: pool.pool, minCu, maxCu, shrunk: less, status: observed, settled },
    ...(!settled && {
      next: {
        en: "list_dli_queues until it is AVAILABLE; no further change before.",
        zh: "请用 list_dli_queues 查看，待其变为 AVAILABLE；在此之前不要再次更改。",
      },
    }),
  }));
}

async function scalePolicies(pool: PoolView, queue: QueueView, wanted: Wanted, call: ToolCall): Promise<ToolAnswer> {
  const now = queue.policies ?? [];
  const policies = changedPolicies(now, wanted, pool.kind);
  if (isRefused(policies)) return refuseProblems(call, nothingChanged, [policies.problem]);
  const less = shrinks(now, policies);
  const said = (each: readonly ScalingPolicy[]) => each.map((policy) => inWords(policy)[call.context.language]);
  const outcome = await call.gateway.run(
    "UpdateElasticResourcePoolQueue",
    {
      elastic_resource_pool_name: pool.pool,
      queue_name: queue.queue,
      queue_scaling_policies: [...policies],
    },
    call.context,
  );
  return reply(outcome, () => ({
    summary: {
      en: `The policies of queue ${queue.queue} in ${pool.pool} were replaced${
        less ? " by smaller ones: its jobs may wait" : ""
      }. They count from the next full hour.`,
      zh: `资源池 ${pool.pool} 中队列 ${queue.queue} 的扩缩容策略已替换${
        less ? "，新策略的 CU 更少，其作业可能排队" : ""
      }。新策略从下一个整点起生效。`,
    },
    data: { queue: queue.queue, pool: pool.pool, before: said(now), after: said(policies), shrunk: less },
  }));
}

async function scaleLone(queue: QueueView, wanted: Wanted, call: ToolCall): Promise<ToolAnswer> {
  const { minCu, maxCu, priority: weight, windows } = wanted;
  const before = queue.cu ?? 0;
  if (maxCu === undefined || minCu !== undefined || weight !== undefined || windows !== undefined) {
    return refuseProblems(call, nothingChanged, [sizeAlone]);
  }
  const step = Math.abs(maxCu - before);
  if (step === 0 || step % 16 !== 0 || before === 16 || maxCu < 16 || (before === 64 && maxCu < before)) {
    return refuseProblems(call, nothingChanged, [badStep(before)]);
  }
  const less = maxCu < before;
  const outcome = await call.gateway.run(
    "RunQueueAction",
    { queue_name: queue.queue, action: less ? "scale_in" : "scale_out", cu_count: step },
    call.context,
  );
  return reply(outcome, () => ({
    summary: {
      en: `Queue ${queue.queue} was told to go from ${before} to ${maxCu} CU${less ? ", which is less: its jobs may wait" : ""}.`,
      zh: `已请求将队列 ${queue.queue} 由 ${before} CU 变更为 ${maxCu} CU${less ? "，CU 减少，其作业可能排队" : ""}。`,
    },
    data: { queue: queue.queue, cu: maxCu, shrunk: less },
    next: { en: "list_dli_queues shows the result.", zh: "list_dli_queues 可查看结果。" },
  }));
}

const oneOfTwo = {
  code: "ONE_OF_TWO",
  field: "pool",
  sentence: { en: "exactly one of pool and queue must be given.", zh: "pool 与 queue 必须且只能给出一个。" },
  allowed: "a pool or a queue",
  example: "pool_1",
};

function notThere(field: "pool" | "queue", name: string) {
  return {
    code: "NOT_THERE",
    field,
    sentence: {
      en: `there is no ${field} ${name}.`,
      zh: `不存在${field === "pool" ? "资源池" : "队列"} ${name}。`,
    },
    allowed: `a ${field} that list_dli_queues shows`,
  };
}

const sizeAlone = {
  code: "SIZE_ALONE",
  field: "maxCu",
  sentence: {
    en: "the queue is in no pool, so it has a size and no policies: give maxCu alone.",
    zh: "该队列不在资源池中，只有规格而没有策略：请只给出 maxCu。",
  },
  allowed: "maxCu alone",
  example: "64",
};

/** Rules of queues outside pools (notes 9). */
function badStep(before: number) {
  return {
    code: "STEP_INVALID",
    field: "maxCu",
    sentence: {
      en: `the queue has ${before} CU outside a pool: such queues change by multiples of 16 CU, one of 16 CU not at all, and one of 64 CU does not shrink.`,
      zh: `该队列在资源池外，有 ${before} CU：此类队列按 16 CU 的倍数变更，16 CU 的队列不能变更，64 CU 的队列不能缩容。`,
    },
    allowed: `${before} plus or minus a multiple of 16`,
    example: String(before + 16),
  };
}
