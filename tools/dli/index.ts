import type { Tool } from "../define.ts";
import { listAuditRecords } from "../shared/list-audit-records.ts";
import { callOperation, searchOperations } from "../shared/operations.ts";
import { listDliConnections } from "./connections.ts";
import { createDliPool } from "./create-pool.ts";
import { createDliQueue } from "./create-queue.ts";
import { createFlinkJob } from "./flink-create.ts";
import { getFlinkJob, listFlinkJobs, waitFlinkJob } from "./flink-jobs.ts";
import { deleteFlinkJob, runFlinkJob, stopFlinkJob } from "./flink-run.ts";
import { updateFlinkScaling } from "./flink-scaling.ts";
import { updateFlinkJob } from "./flink-update.ts";
import { getStartedWithDli } from "./get-started.ts";
import { listDliQueues } from "./list-queues.ts";
import { getDliMetrics } from "./metrics.ts";
import { getDliQuotas } from "./quotas.ts";
import { scaleDliQueue } from "./scale-queue.ts";
import { cancelSparkBatch, getSparkBatch, listSparkBatches, waitSparkBatch } from "./spark-batches.ts";
import { getSparkBatchLog } from "./spark-log.ts";
import { cancelDliSql, getDliSql, runDliSql } from "./sql.ts";
import { listObsObjects, uploadToObs } from "./storage.ts";
import { submitSparkBatch } from "./submit-spark-batch.ts";
import { listDliTraces } from "./traces.ts";

/** Every tool of a profile that speaks to DLI, in the order of tools/list: the way a first session goes. */
export const dliTools: readonly Tool[] = [
  getStartedWithDli,
  listDliQueues,
  createDliPool,
  createDliQueue,
  scaleDliQueue,
  uploadToObs,
  submitSparkBatch,
  waitSparkBatch,
  getSparkBatch,
  listSparkBatches,
  getSparkBatchLog,
  cancelSparkBatch,
  runDliSql,
  getDliSql,
  cancelDliSql,
  listObsObjects,
  createFlinkJob,
  updateFlinkJob,
  runFlinkJob,
  stopFlinkJob,
  listFlinkJobs,
  getFlinkJob,
  waitFlinkJob,
  updateFlinkScaling,
  deleteFlinkJob,
  getDliMetrics,
  listDliTraces,
  listDliConnections,
  getDliQuotas,
  searchOperations,
  callOperation,
  listAuditRecords,
];
