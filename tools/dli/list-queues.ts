import * as z from "zod";
import type { ScalingPolicy } from "../../src/jobs/dli/pools.ts";
import type { Language, Text } from "../../src/language.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { poolName } from "./fields.ts";
import { isPicture, type QueueView, readPicture } from "./pool-picture.ts";

export const listDliQueues = defineTool({
  name: "list_dli_queues",
  title: "Pools and queues",
  description:
    "List elastic pools and their queues in one picture: type, status, CU used and at most, scaling policies.",
  toolset: "queue",
  operations: ["ListElasticResourcePools", "ListQueues", "ListElasticResourcePoolQueues"],
  input: z.strictObject({ pool: poolName.optional() }),
  async run(input, call): Promise<ToolAnswer> {
    const picture = await readPicture(call, input.pool);
    if (!isPicture(picture)) return picture;
    const { pools, lone, withoutPolicies, outcome } = picture;
    const queues = [...pools.flatMap((pool) => pool.queues), ...lone];
    const used = queues.reduce((sum, queue) => sum + (queue.usedCu ?? 0), 0);
    const { language } = call.context;
    return reply(outcome, () => ({
      summary: {
        en: `${counted(pools.length, "pool")}, ${counted(queues.length, "queue")}, ${used} CU in use.${
          withoutPolicies.length > 0 ? ` The policies of ${withoutPolicies.join(", ")} could not be read.` : ""
        }`,
        zh: `共 ${pools.length} 个资源池、${queues.length} 个队列，当前使用 ${used} CU。${
          withoutPolicies.length > 0 ? `无法读取资源池 ${withoutPolicies.join("、")} 的扩缩容策略。` : ""
        }`,
      },
      data: {
        pools: pools.map((pool) => ({ ...pool, queues: pool.queues.map((queue) => shown(queue, language)) })),
        ...(lone.length > 0 && { queuesOutsidePools: lone.map((queue) => shown(queue, language)) }),
      },
      next:
        queues.length === 0
          ? {
              en: "create_dli_pool, then create_dli_queue; call_operation reaches them where they are not listed.",
              zh: "先调用 create_dli_pool，再调用 create_dli_queue；未列出时可通过 call_operation 调用。",
            }
          : {
              en: "submit_spark_batch takes a queue of type general, run_dli_sql one of type sql.",
              zh: "submit_spark_batch 使用 general 队列，run_dli_sql 使用 sql 队列。",
            },
    }));
  },
});

function shown({ policies, ...queue }: QueueView, language: Language): Record<string, unknown> {
  return { ...queue, ...(policies && { policies: policies.map((policy) => inWords(policy)[language]) }) };
}

/** A policy on one line costs a third of its tokens. */
export function inWords(policy: ScalingPolicy): Text {
  const { impact_start_time: from, impact_stop_time: to, min_cu: least, max_cu: most, priority } = policy;
  return policy.inherit_elastic_resource_pool_max_cu === true
    ? {
        en: `${from}-${to}: ${least} to pool's maximum CU, priority ${priority}`,
        zh: `${from}-${to}：${least} CU 至资源池上限，优先级 ${priority}`,
      }
    : {
        en: `${from}-${to}: ${least} to ${most} CU, priority ${priority}`,
        zh: `${from}-${to}：${least} 至 ${most} CU，优先级 ${priority}`,
      };
}

function counted(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
