import { randomUUID } from "node:crypto";
import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { badParameter, missingObject, notSupported, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { type DliPool, nextNumber, pools, scaleRecords } from "./documents.ts";
import { maximumOf, policyAtHour } from "./policies.ts";
import { actualCu, allPools, findPool, queuesOf, rescaled, stateOf } from "./pool-state.ts";
import { quotas, quotaUsedUp } from "./quotas.ts";
import { answer, isName, matchesTagFilter, pageOf, storedName, succeeded } from "./shared.ts";
import { forgetTags, putTags, tagProblem, tagsOf } from "./tag-store.ts";
import { queueUse } from "./use.ts";

export const poolHandlers: DliHandlers<
  "ListElasticResourcePools" | "CreateElasticResourcePool" | "UpdateElasticResourcePool" | "DeleteElasticResourcePool"
> = {
  ListElasticResourcePools(input, context) {
    const now = context.now();
    const found = allPools(context).filter(
      (pool) =>
        (!input.name || pool.name.includes(storedName(input.name))) &&
        (!input.status || stateOf(pool, now) === input.status) &&
        matchesTagFilter(tagsOf("dli_elastic_resource_pool", pool.resourceId, context), input.tags),
    );
    return answer("ListElasticResourcePools", {
      is_success: true,
      message: "",
      count: found.length,
      elastic_resource_pools: pageOf(found, input).map((pool) => describe(pool, context)),
    });
  },

  CreateElasticResourcePool(input, context) {
    const name = storedName(input.elastic_resource_pool_name ?? "");
    if (!isName(name)) return badParameter("The name of the elastic resource pool is invalid.");
    if ((input.charging_mode ?? 1) !== 1) {
      return badParameter("charging_mode has to be 1; yearly and monthly pools are ordered.");
    }
    const { min_cu: minCu = 0, max_cu: maxCu = 0, label = {} } = input;
    const problem =
      boundsProblem(minCu, maxCu, label) ??
      descriptionProblem(input.description) ??
      cidrProblem(input.cidr_in_vpc) ??
      tagProblem(input.tags);
    if (problem) return badParameter(problem);
    const known = pools(context.store);
    if (known.get(name)) return objectExists(`The elastic resource pool ${name} already exists.`);
    if (known.all().length >= quotas.ELASTIC_RESOURCE_POOL) return quotaUsedUp("elastic resource pools");
    makePool({ ...input, minCu, maxCu, name }, context);
    return answer("CreateElasticResourcePool", { is_success: true, message: "", elastic_resource_pool_name: name });
  },

  UpdateElasticResourcePool(input, context) {
    const pool = findPool(input.elastic_resource_pool_name, context);
    if (!pool) return missingPool(input.elastic_resource_pool_name);
    const busy = busyProblem(pool, context);
    if (busy) return notSupported(busy);
    const { min_cu: minCu = pool.minCu, max_cu: maxCu = pool.maxCu, description = pool.description } = input;
    const problem = boundsProblem(minCu, maxCu, pool.label) ?? descriptionProblem(description);
    if (problem) return badParameter(problem);
    const actual = actualCu(pool, context.now());
    if (minCu > actual) return badParameter(`min_cu ${minCu} is above the ${actual} CUs that the pool has now.`);
    const clash = queuesProblem({ ...pool, minCu, maxCu }, context);
    if (clash) return badParameter(clash);
    const changed = { ...pool, minCu, maxCu, description, updateTime: context.now() };
    pools(context.store).put(changed);
    rescaled(changed, context);
    return succeeded;
  },

  DeleteElasticResourcePool(input, context) {
    const pool = findPool(input.elastic_resource_pool_name, context);
    if (!pool) return missingPool(input.elastic_resource_pool_name);
    const busy = busyProblem(pool, context);
    if (busy) return notSupported(busy);
    const [queue] = queuesOf(pool.name, context);
    if (queue) return notSupported(`The elastic resource pool ${pool.name} still has the queue ${queue.queueName}.`);
    context.store.transaction(() => {
      pools(context.store).delete(pool.name);
      for (const record of scaleRecords(context.store).all()) {
        if (record.poolName === pool.name) scaleRecords(context.store).delete(record.id);
      }
      forgetTags("dli_elastic_resource_pool", pool.resourceId, context);
    });
    return succeeded;
  },
};

export function missingPool(name: string) {
  return missingObject(`The elastic resource pool ${name} does not exist.`);
}

/** Why the pool cannot be changed or deleted now. */
export function busyProblem(pool: DliPool, context: DliContext): string | undefined {
  const state = stateOf(pool, context.now());
  return state === "AVAILABLE"
    ? undefined
    : `The elastic resource pool ${pool.name} is ${state}; it cannot be changed.`;
}

type NewPool = DliRequests["CreateElasticResourcePool"] & { name: string; minCu: number; maxCu: number };

export function makePool(input: NewPool, context: DliContext): DliPool {
  const now = context.now();
  const pool: DliPool = {
    name: input.name,
    id: nextNumber(context.store, "pool"),
    resourceId: randomUUID(),
    description: input.description ?? "",
    minCu: input.minCu,
    maxCu: input.maxCu,
    originCu: 0,
    targetCu: input.minCu,
    readyAt: now + context.timings.poolReadyMs,
    cidrInVpc: input.cidr_in_vpc ?? "172.16.0.0/12",
    label: input.label ?? {},
    enterpriseProjectId: input.enterprise_project_id ?? "0",
    ipv6: input.ipv6_enable ?? false,
    owner: context.userName,
    createTime: now,
    updateTime: now,
  };
  pools(context.store).put(pool);
  putTags("dli_elastic_resource_pool", pool.resourceId, input.tags ?? [], context);
  return pool;
}

/** Section 9 of the API notes; a basic pool is the small edition. */
function boundsProblem(minCu: number, maxCu: number, label: Readonly<Record<string, string>>): string | undefined {
  const [least, most] = label.spec === "basic" ? [16, 64] : [64, 32_000];
  for (const [field, cu] of [["min_cu", minCu] as const, ["max_cu", maxCu] as const]) {
    if (cu < least || cu > most || cu % 16 !== 0) {
      return `${field} has to be a multiple of 16 from ${least} to ${most}.`;
    }
  }
  return minCu > maxCu ? "min_cu must not be above max_cu." : undefined;
}

function descriptionProblem(description: string | undefined): string | undefined {
  return (description ?? "").length > 256 ? "The description has more than 256 characters." : undefined;
}

export function cidrProblem(cidr: string | undefined): string | undefined {
  if (cidr === undefined) return undefined;
  const [, first, second, third, fourth, mask] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr) ?? [];
  const isBlock =
    mask !== undefined &&
    Number(mask) <= 32 &&
    [first, second, third, fourth].every((part) => part !== undefined && Number(part) <= 255);
  return isBlock ? undefined : `${cidr} is not a CIDR block.`;
}

/** New bounds have to go with the queues that are there. */
function queuesProblem(pool: DliPool, context: DliContext): string | undefined {
  const inside = queuesOf(pool.name, context);
  for (const queue of inside) {
    const largest = Math.max(...queue.policies.map((policy) => maximumOf(policy, pool)));
    if (largest > pool.maxCu) return `max_cu ${pool.maxCu} is below the max_cu ${largest} of queue ${queue.queueName}.`;
  }
  for (let hour = 0; hour < 24; hour++) {
    const sum = inside.reduce((total, queue) => total + policyAtHour(queue.policies, hour).minCu, 0);
    if (sum > pool.minCu) return `min_cu ${pool.minCu} is below the sum ${sum} of the queues' min_cu.`;
  }
  return undefined;
}

function describe(pool: DliPool, context: DliContext) {
  const now = context.now();
  const inside = queuesOf(pool.name, context).map((queue) => queue.queueName);
  return {
    elastic_resource_pool_name: pool.name,
    id: pool.id,
    resource_id: pool.resourceId,
    queues: inside,
    owner: pool.owner,
    description: pool.description,
    min_cu: pool.minCu,
    max_cu: pool.maxCu,
    actual_cu: actualCu(pool, now),
    current_cu: inside.reduce((sum, name) => sum + queueUse(name, context).usedCu, 0),
    cidr_in_vpc: pool.cidrInVpc,
    create_time: pool.createTime,
    update_time: pool.updateTime,
    status: stateOf(pool, now),
    fail_reason: "",
    enterprise_project_id: pool.enterpriseProjectId,
    prepay_cu: 0,
    charging_mode: 1,
    manager: "common",
    label: pool.label,
    ipv6_enable: pool.ipv6,
    ...(pool.ipv6 ? { ipv6_cidr_in_subnet: `fd00:0:0:${pool.id.toString(16)}::/64` } : {}),
  };
}
