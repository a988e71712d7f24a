import type { Done, Outcome, Responses } from "../../src/gateway/types.ts";
import { mostCuOf, type ScalingPolicy } from "../../src/jobs/dli/pools.ts";
import type { PoolKind } from "../../src/jobs/dli/sizes.ts";
import type { ToolCall } from "../define.ts";

/** Pools and queues as the three lists of the service give them, put together. */
export interface PoolView {
  pool: string;
  status: string | undefined;
  kind: PoolKind;
  minCu: number | undefined;
  maxCu: number | undefined;
  /** CU that its jobs use now. */
  currentCu: number | undefined;
  /** CU that it has now, whether used or not. */
  actualCu: number | undefined;
  failure?: string;
  queues: QueueView[];
}

export interface QueueView {
  queue: string;
  type: string | undefined;
  cu: number | undefined;
  usedCu: number | undefined;
  /** The most it may take by its policies; its own size outside a pool. */
  maxCu: number | undefined;
  policies?: readonly ScalingPolicy[];
  restarting?: true;
}

export interface Picture {
  pools: PoolView[];
  /** In no pool. */
  lone: QueueView[];
  /** Pools whose policies could not be read. */
  withoutPolicies: string[];
  outcome: Done<unknown>;
}

type Queue = NonNullable<Responses["ListQueues"]["queues"]>[number];
type Pool = NonNullable<Responses["ListElasticResourcePools"]["elastic_resource_pools"]>[number];

type NotDone = Exclude<Outcome<unknown>, Done<unknown>>;

/** @param only one pool, with its queues */
export async function readPicture({ gateway, context }: ToolCall, only?: string): Promise<Picture | NotDone> {
  const [queues, pools] = await Promise.all([
    gateway.run("ListQueues", { queue_type: "all" }, context),
    gateway.run("ListElasticResourcePools", { limit: 100, ...(only !== undefined && { name: only }) }, context),
  ]);
  if (queues.kind !== "done") return queues;
  if (pools.kind !== "done") return pools;
  // The filter by name finds parts of names too.
  const wanted = (pools.value.elastic_resource_pools ?? []).filter(
    ({ elastic_resource_pool_name: name }) => only === undefined || name === only,
  );
  const views = await Promise.all(
    wanted.map(async (pool) => {
      const name = pool.elastic_resource_pool_name ?? "";
      const listed = await gateway.run(
        "ListElasticResourcePoolQueues",
        { elastic_resource_pool_name: name, limit: 100, offset: 0 },
        context,
      );
      const policies = listed.kind === "done" ? (listed.value.queues ?? []) : undefined;
      return {
        view: viewOfPool(pool, queues.value.queues ?? [], policies),
        lacks: policies === undefined ? [name] : [],
      };
    }),
  );
  return {
    pools: views.map(({ view }) => view),
    lone:
      only === undefined
        ? (queues.value.queues ?? [])
            .filter((queue) => !queue.elastic_resource_pool_name)
            .map((queue) => viewOfQueue(queue))
        : [],
    withoutPolicies: views.flatMap(({ lacks }) => lacks),
    outcome: pools,
  };
}

export function isPicture(value: Picture | NotDone): value is Picture {
  return "pools" in value;
}

type PoolQueues = NonNullable<Responses["ListElasticResourcePoolQueues"]["queues"]>;

function viewOfPool(pool: Pool, queues: readonly Queue[], policies: PoolQueues | undefined): PoolView {
  const name = pool.elastic_resource_pool_name ?? "";
  const inPool = queues.filter((queue) => queue.elastic_resource_pool_name === name);
  return {
    pool: name,
    status: pool.status,
    kind: pool.label?.spec === "basic" ? "basic" : "standard",
    minCu: pool.min_cu,
    maxCu: pool.max_cu,
    currentCu: pool.current_cu,
    actualCu: pool.actual_cu,
    ...(pool.fail_reason ? { failure: pool.fail_reason } : {}),
    queues: inPool.map((queue) => {
      const own = policies?.find(({ queue_name }) => queue_name === queue.queue_name)?.queue_scaling_policies;
      return viewOfQueue(queue, { policies: own ?? [], poolMaxCu: pool.max_cu });
    }),
  };
}

function viewOfQueue(
  queue: Queue,
  pool?: { policies: readonly ScalingPolicy[]; poolMaxCu: number | undefined },
): QueueView {
  return {
    queue: queue.queue_name ?? "",
    type: queue.queue_type,
    cu: queue.cu_count,
    usedCu: queue.used_cu,
    maxCu: pool ? (mostCuOf(pool.policies, pool.poolMaxCu) ?? pool.poolMaxCu) : queue.cu_count,
    ...(pool && pool.policies.length > 0 && { policies: pool.policies }),
    ...(queue.is_restarting === true && { restarting: true }),
  };
}
