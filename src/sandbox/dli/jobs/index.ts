import type { DliContext, DliHandlers } from "../context.ts";
import { type BatchOperation, createBatchHandlers } from "./batches.ts";
import type { JobLinks } from "./links.ts";
import { linksToResources } from "./links-to-resources.ts";
import { createSqlHandlers, type SqlOperation } from "./sql-jobs.ts";

export type JobOperation = BatchOperation | SqlOperation;

/** Once for each context: what runs is known to these handlers alone. */
export function createJobHandlers(context: DliContext, links: JobLinks = linksToResources): DliHandlers<JobOperation> {
  return { ...createBatchHandlers(context, links), ...createSqlHandlers(context, links) };
}
