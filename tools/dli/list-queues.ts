import * as z from "zod";
import type { ScalingPolicy } from "../../src/jobs/dli/pools.ts";
import { defineTool, reply, type ToolResult } from "../define.ts";
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
  async run(input, call): Promise<ToolResult> {
    const picture = await readPicture(call, input.pool);
    if (!isPicture(picture)) return picture;
    const { pools, lone, withoutPolicies, outcome } = picture;
    const queues = [...pools.flatMap((pool) => pool.queues), ...lone];
    const used = queues.reduce((sum, queue) => sum + (queue.usedCu ?? 0), 0);
    return reply(outcome, () => ({
      summary: `${counted(pools.length, "pool")}, ${counted(queues.length, "queue")}, ${used} CU in use.${
        withoutPolicies.length > 0 ? ` The policies of ${withoutPolicies.join(", ")} could not be read.` : ""
      }`,
      data: {
        pools: pools.map((pool) => ({ ...pool, queues: pool.queues.map(shown) })),
        ...(lone.length > 0 && { queuesOutsidePools: lone.map(shown) }),
      },
      next:
        queues.length === 0
          ? "create_dli_pool, then create_dli_queue; call_operation reaches them where they are not listed."
          : "submit_spark_batch takes a queue of type general, run_dli_sql one of type sql.",
    }));
  },
});

function shown({ policies, ...queue }: QueueView): Record<string, unknown> {
  return { ...queue, ...(policies && { policies: policies.map(inWords) }) };
}

/** A policy on one line costs a third of its tokens. */
export function inWords(policy: ScalingPolicy): string {
  const most = policy.inherit_elastic_resource_pool_max_cu === true ? "pool's maximum" : policy.max_cu;
  return `${policy.impact_start_time}-${policy.impact_stop_time}: ${policy.min_cu} to ${most} CU, priority ${policy.priority}`;
}

function counted(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
