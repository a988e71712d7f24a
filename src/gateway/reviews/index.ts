import type { Review } from "../types.ts";
import { reviewCreateWorkspace } from "./create-workspace.ts";
import { reviewCreateFlinkJob, reviewRunFlinkJobs, reviewUpdateFlinkJob } from "./dli-flink.ts";
import { reviewCreatePool, reviewUpdatePool } from "./dli-pool.ts";
import { reviewCreateQueue, reviewQueueAction, reviewUpdatePoolQueue } from "./dli-queue.ts";
import { reviewCreateSparkJob } from "./dli-spark-batch.ts";
import { reviewEditWorkspaceQueue } from "./edit-workspace-queue.ts";
import { reviewPutObject } from "./put-object.ts";
import type { OverLimit, Reviewer, ReviewInput } from "./reviewer.ts";
import { reviewSql } from "./sql.ts";
import { reviewStartJobRun } from "./start-job-run.ts";

/**
 * What a person must see of an operation beyond its facts, and the bounds it must keep.
 * Kept with the gateway and not with a tool, so that every way to an operation shows and bounds the same.
 */
const reviewers: Readonly<Record<string, Reviewer>> = {
  StartJobRun: reviewStartJobRun,
  EditWorkspaceQueue: reviewEditWorkspaceQueue,
  CreateWorkspace: reviewCreateWorkspace,
  PutObject: reviewPutObject,
  ObsPutObject: reviewPutObject,
  CreateSqlStatement: reviewSql("codeContent"),
  RunKyuubiSql: reviewSql("sql"),
  CreateSqlJob: reviewSql("sql"),
  CreateSparkJob: reviewCreateSparkJob,
  CreateElasticResourcePool: reviewCreatePool,
  CreatePeriodElasticResourcePoolOrder: reviewCreatePool,
  UpdateElasticResourcePool: reviewUpdatePool,
  UpdateElasticResourcePoolQueue: reviewUpdatePoolQueue,
  CreateQueue: reviewCreateQueue,
  RunQueueAction: reviewQueueAction,
  CreateFlinkJarJob: reviewCreateFlinkJob,
  CreateFlinkSqlJob: reviewCreateFlinkJob,
  UpdateFlinkJarJob: reviewUpdateFlinkJob,
  UpdateFlinkSqlJob: reviewUpdateFlinkJob,
  BatchRunFlinkJobs: reviewRunFlinkJobs,
};

/** What has more to show than the rule's impact and facts. */
export const reviewedOperations: readonly string[] = Object.keys(reviewers);

export function review(operation: string, subject: ReviewInput): Review | OverLimit {
  return reviewers[operation]?.(subject) ?? { details: [] };
}
