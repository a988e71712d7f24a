import type { DliContext } from "../context.ts";
import type { DliQueue } from "./documents.ts";
import { largestAlone, smallestAlone } from "./queue-actions.ts";
import { queueUse } from "./use.ts";

/** What DLI calls its versions; what runs in the sandbox is named by the documentation of the differences. */
const versions = {
  support_spark_versions: ["3.3.1"],
  default_spark_version: "3.3.1",
  support_hetu_engine_versions: ["2.1.0"],
  default_hetu_engine_version: "2.1.0",
  support_flink_sql_versions: ["1.15", "1.17"],
  default_flink_sql_version: "1.17",
  support_flink_jar_versions: ["1.15", "1.17"],
  default_flink_jar_version: "1.17",
};

/** ShowQueue alone writes four of its names with capitals. */
export function describeQueue(queue: DliQueue) {
  return {
    ...common(queue),
    queueName: queue.queueName,
    queueType: queue.queueType,
    cuCount: queue.cuCount,
    chargingMode: 1,
    resource_type: "container",
  } as const;
}

export function describeInList(queue: DliQueue, context: DliContext) {
  return {
    ...common(queue),
    queue_name: queue.queueName,
    queue_type: queue.queueType,
    cu_count: queue.cuCount,
    charging_mode: 1,
    queue_resource_type: "container",
    engine: queue.engine,
    used_cu: queueUse(queue.queueName, context).usedCu,
    cidr_in_vpc: queue.cidrInVpc,
    platform: queue.platform,
    is_restarting: context.now() < queue.restartingUntil,
    labels: JSON.stringify(queue.labels),
    feature: queue.feature,
    support_opensource_flink_versions: versions.support_flink_sql_versions,
  } as const;
}

function common(queue: DliQueue) {
  return {
    queue_id: queue.queueId,
    description: queue.description,
    owner: queue.owner,
    create_time: queue.createTime,
    resource_id: queue.resourceId,
    resource_mode: queue.resourceMode,
    enterprise_project_id: queue.enterpriseProjectId,
    cu_spec: queue.cuSpec,
    cu_scale_out_limit: queue.poolName === undefined && queue.cuCount > 16 ? largestAlone : queue.cuCount,
    cu_scale_in_limit: queue.poolName === undefined && queue.cuCount > 16 ? smallestAlone : queue.cuCount,
    ...(queue.poolName === undefined ? {} : { elastic_resource_pool_name: queue.poolName }),
    ...versions,
  };
}
