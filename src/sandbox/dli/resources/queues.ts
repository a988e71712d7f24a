import { randomUUID } from "node:crypto";
import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { badParameter, notSupported, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { type DliPool, type DliQueue, nextNumber, queues } from "./documents.ts";
import { poolProblem, stepOf, wholeDay } from "./policies.ts";
import { findPool, queuesOf, rescaled, stateOf } from "./pool-state.ts";
import { missingPool } from "./pools.ts";
import { describeInList, describeQueue } from "./queue-describe.ts";
import { allQueues, findQueue, missingQueue } from "./queue-find.ts";
import { initialProperties } from "./queue-properties.ts";
import { quotas, quotaUsedUp } from "./quotas.ts";
import { answer, isName, matchesTagFilter, storedName, succeeded } from "./shared.ts";
import { forgetTags, putTags, tagProblem, tagsOf } from "./tag-store.ts";
import { queueUse } from "./use.ts";

export type { DliQueue } from "./documents.ts";
export { findQueue, queueRoom } from "./queue-find.ts";

export const queueHandlers: DliHandlers<"ListQueues" | "ShowQueue" | "CreateQueue" | "DeleteQueue"> = {
  ListQueues(input, context) {
    const type = input.queue_type ?? "sql";
    const found = allQueues(context)
      .filter((queue) => type === "all" || queue.queueType === type)
      .filter((queue) => matchesTagFilter(tagsOf("dli_queue", queue.resourceId, context), input.tags));
    // By name already, and sorting keeps the order of equals.
    if (input.order === "queue_name_desc") found.reverse();
    if (input.order === "cu_asc") found.sort((a, b) => a.cuCount - b.cuCount);
    if (input.order === "cu_desc") found.sort((a, b) => b.cuCount - a.cuCount);
    const size = input["page-size"] ?? 2_147_483_647;
    const page = input["current-page"] ?? 1;
    if (size < 1 || page < 1) return badParameter("page-size and current-page have to be at least 1.");
    return answer("ListQueues", {
      is_success: true,
      message: "",
      queues: found.slice((page - 1) * size, page * size).map((queue) => describeInList(queue, context)),
    });
  },

  ShowQueue(input, context) {
    const queue = findQueue(input.queue_name, context);
    if (!queue) return missingQueue(input.queue_name);
    return answer("ShowQueue", { is_success: true, message: "", ...describeQueue(queue) });
  },

  CreateQueue(input, context) {
    const name = storedName(input.queue_name ?? "");
    if (!isName(name)) return badParameter("The queue's name is invalid.");
    const problem = optionsProblem(input) ?? tagProblem(input.tags);
    if (problem) return badParameter(problem);
    const known = queues(context.store);
    if (known.get(name)) return objectExists(`The queue ${name} already exists.`);
    if (known.all().length >= quotas.QUEUE) return quotaUsedUp("queues");
    const properties = initialProperties(input.properties);
    if ("problem" in properties) return badParameter(properties.problem);
    const cuCount = input.cu_count ?? 0;

    const poolName = input.elastic_resource_pool_name;
    const pool = poolName === undefined ? undefined : findPool(poolName, context);
    if (poolName !== undefined && !pool) return missingPool(poolName);
    const sizeProblem = pool ? sizeProblemInPool(cuCount, pool, context) : sizeProblemAlone(cuCount);
    if (sizeProblem) return badParameter(sizeProblem);
    if (pool && stateOf(pool, context.now()) === "CREATING") {
      return notSupported(`The elastic resource pool ${pool.name} is CREATING; it takes no queues yet.`);
    }
    const queue = makeQueue({ ...input, name, cuCount, properties: properties.values }, pool, context);
    return answer("CreateQueue", { is_success: true, message: "", queue_name: queue.queueName });
  },

  DeleteQueue(input, context) {
    const queue = findQueue(input.queue_name, context);
    if (!queue) return missingQueue(input.queue_name);
    const { launching, running } = queueUse(queue.queueName, context);
    if (launching + running > 0) return notSupported(`The queue ${queue.queueName} still has jobs.`);
    context.store.transaction(() => {
      queues(context.store).delete(queue.queueName);
      forgetTags("dli_queue", queue.resourceId, context);
    });
    if (queue.poolName !== undefined) findPool(queue.poolName, context);
    return succeeded;
  },
};

type NewQueue = Omit<DliRequests["CreateQueue"], "properties"> & {
  name: string;
  cuCount: number;
  properties: Readonly<Record<string, string>>;
};

export function makeQueue(input: NewQueue, pool: DliPool | undefined, context: DliContext): DliQueue {
  const queue: DliQueue = {
    queueName: input.name,
    queueId: nextNumber(context.store, "queue"),
    resourceId: randomUUID(),
    queueType: input.queue_type ?? "sql",
    cuCount: input.cuCount,
    cuSpec: input.cuCount,
    ...(pool ? { poolName: pool.name } : {}),
    policies: pool ? [wholeDay(input.cuCount, input.cuCount)] : [],
    policiesFrom: 0,
    description: input.description ?? "",
    owner: context.userName,
    createTime: context.now(),
    cidrInVpc: pool?.cidrInVpc ?? "172.16.0.0/12",
    enterpriseProjectId: input.enterprise_project_id ?? "0",
    resourceMode: pool ? 1 : (input.resource_mode ?? 0),
    platform: input.platform ?? "x86_64",
    feature: input.feature ?? "basic",
    engine: input.engine ?? "spark",
    labels: readLabels(input.labels),
    properties: input.properties,
    restartingUntil: 0,
  };
  queues(context.store).put(queue);
  putTags("dli_queue", queue.resourceId, input.tags ?? [], context);
  if (pool) rescaled(pool, context);
  return queue;
}

function optionsProblem(input: DliRequests["CreateQueue"]): string | undefined {
  if ((input.charging_mode ?? 1) !== 1) return "charging_mode has to be 1.";
  if (input.engine === "hetuEngine" && (input.queue_type ?? "sql") !== "sql") {
    return "engine hetuEngine is only for queues of the type sql.";
  }
  const isDedicated = input.elastic_resource_pool_name !== undefined || input.resource_mode === 1;
  const takesAi = isDedicated && (input.platform ?? "x86_64") === "x86_64" && (input.queue_type ?? "sql") === "sql";
  return input.feature === "ai" && !takesAi
    ? "feature ai is only for dedicated x86_64 queues of the type sql."
    : undefined;
}

function sizeProblemAlone(cuCount: number): string | undefined {
  return [16, 64, 256].includes(cuCount) ? undefined : "cu_count of a queue outside of pools has to be 16, 64 or 256.";
}

function sizeProblemInPool(cuCount: number, pool: DliPool, context: DliContext): string | undefined {
  const step = stepOf(pool);
  if (cuCount < step || cuCount % step !== 0) return `cu_count has to be a multiple of ${step}.`;
  return poolProblem([wholeDay(cuCount, cuCount)], pool, queuesOf(pool.name, context));
}

/** `multi_az=2` */
function readLabels(labels: readonly unknown[] = []): Record<string, string> {
  const pairs = labels
    .filter((label) => typeof label === "string")
    .map((label) => {
      const at = label.indexOf("=");
      return at < 0 ? ([label, ""] as const) : ([label.slice(0, at), label.slice(at + 1)] as const);
    });
  return Object.fromEntries(pairs);
}
