import { badParameter, missingObject, notSupported } from "../answers.ts";
import type { DliHandlers } from "../context.ts";
import { queues, scaleRecords } from "./documents.ts";
import { describePolicy, nextFullHour, policyNow, poolProblem, readPolicies, wholeDay } from "./policies.ts";
import { findPool, queuesOf, rescaled } from "./pool-state.ts";
import { busyProblem, missingPool } from "./pools.ts";
import { findQueue, missingQueue } from "./queue-find.ts";
import { answer, pageOf, storedName, succeeded } from "./shared.ts";

const dayMs = 86_400_000;

export const poolQueueHandlers: DliHandlers<
  | "AssociateQueueToElasticResourcePool"
  | "ListElasticResourcePoolQueues"
  | "UpdateElasticResourcePoolQueue"
  | "ListElasticResourcePoolScaleRecords"
> = {
  AssociateQueueToElasticResourcePool(input, context) {
    const pool = findPool(input.elastic_resource_pool_name, context);
    if (!pool) return missingPool(input.elastic_resource_pool_name);
    const queue = findQueue(input.queue_name ?? "", context);
    if (!queue) return missingQueue(input.queue_name ?? "");
    if (queue.poolName) return notSupported(`The queue ${queue.queueName} is in a pool: ${queue.poolName}.`);
    const busy = busyProblem(pool, context);
    if (busy) return notSupported(busy);
    const policies = [wholeDay(queue.cuCount, queue.cuCount)];
    const problem = poolProblem(policies, pool, queuesOf(pool.name, context));
    if (problem) return badParameter(problem);
    queues(context.store).put({ ...queue, poolName: pool.name, policies, policiesFrom: 0, resourceMode: 1 });
    rescaled(pool, context);
    return succeeded;
  },

  ListElasticResourcePoolQueues(input, context) {
    const pool = findPool(input.elastic_resource_pool_name, context);
    if (!pool) return missingPool(input.elastic_resource_pool_name);
    const found = queuesOf(pool.name, context).filter(
      (queue) => !input.queue_name || queue.queueName.includes(storedName(input.queue_name)),
    );
    // Terraform: an offset without a limit has no effect.
    const page = input.limit === undefined ? {} : input;
    return answer("ListElasticResourcePoolQueues", {
      is_success: true,
      message: "",
      count: found.length,
      queues: pageOf(found, page).map((queue) => ({
        queue_name: queue.queueName,
        enterprise_project_id: queue.enterpriseProjectId,
        queue_type: queue.queueType,
        queue_scaling_policies: queue.policies.map((policy) => describePolicy(policy, pool)),
        owner: queue.owner,
        create_time: queue.createTime,
        engine: queue.engine,
      })),
    });
  },

  UpdateElasticResourcePoolQueue(input, context) {
    const pool = findPool(input.elastic_resource_pool_name, context);
    if (!pool) return missingPool(input.elastic_resource_pool_name);
    const queue = findQueue(input.queue_name, context);
    if (queue?.poolName !== pool.name) {
      return missingObject(`The queue ${input.queue_name} is not in the elastic resource pool ${pool.name}.`);
    }
    const read = readPolicies(input.queue_scaling_policies ?? [], pool);
    if ("problem" in read) return badParameter(read.problem);
    const others = queuesOf(pool.name, context).filter((other) => other.queueName !== queue.queueName);
    const problem = poolProblem(read.policies, pool, others);
    if (problem) return badParameter(problem);
    const now = context.now();
    const { earlierPolicies: _settled, ...rest } = queue;
    queues(context.store).put({
      ...rest,
      policies: read.policies,
      earlierPolicies: [wholeDayOf(policyNow(queue, now))],
      policiesFrom: nextFullHour(now),
    });
    return succeeded;
  },

  ListElasticResourcePoolScaleRecords(input, context) {
    const pool = findPool(input.elastic_resource_pool_name, context);
    if (!pool) return missingPool(input.elastic_resource_pool_name);
    const now = context.now();
    const { limit = 100, end_time: end = now } = input;
    const start = input.start_time ?? end - (input.end_time === undefined ? 15 : 7) * dayMs;
    if (limit < 1 || limit > 100) return badParameter("limit has to be from 1 to 100.");
    if (end > now) return badParameter("end_time must not be in the future.");
    if (start < now - 30 * dayMs) return badParameter("start_time must not be more than 30 days back.");
    if (start > end) return badParameter("start_time must not be after end_time.");
    const found = scaleRecords(context.store)
      .all()
      .filter((record) => record.poolName === pool.name && record.recordTime >= start && record.recordTime <= end)
      .filter(() => input.status !== "fail")
      .sort((a, b) => b.recordTime - a.recordTime);
    return answer("ListElasticResourcePoolScaleRecords", {
      count: found.length,
      items: pageOf(found, { ...input, limit }).map((record) => ({
        max_cu: record.maxCu,
        min_cu: record.minCu,
        current_cu: record.targetCu,
        origin_cu: record.originCu,
        target_cu: record.targetCu,
        record_time: record.recordTime,
        status: "success" as const,
        fail_reason: "",
      })),
    });
  },
};

/** What holds for the rest of this hour. */
function wholeDayOf(policy: ReturnType<typeof policyNow>) {
  return { ...policy, startHour: 0, stopHour: 24 };
}
