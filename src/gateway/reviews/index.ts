import type { Review } from "../types.ts";
import { reviewCreateWorkspace } from "./create-workspace.ts";
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
  CreateSqlStatement: reviewSql("codeContent"),
  RunKyuubiSql: reviewSql("sql"),
};

export function review(operation: string, subject: ReviewInput): Review | OverLimit {
  return reviewers[operation]?.(subject) ?? { details: [] };
}
