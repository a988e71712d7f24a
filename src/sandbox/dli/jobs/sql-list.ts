import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { matchesTagFilter } from "../resources/shared.ts";
import type { SqlJob } from "./sql-documents.ts";

type Filter = DliRequests["ListSqlJobs"];

/** The filters of ListSqlJobs; all given ones must hold. */
export function matchesFilter(job: SqlJob, filter: Filter): boolean {
  const type = filter["job-type"];
  const types: readonly string[] = filter.job_types ?? [];
  return (
    (filter["job-id"] === undefined || job.jobId === filter["job-id"]) &&
    (type === undefined || type === "ALL" || job.type === type) &&
    (types.length === 0 || types.includes(job.type)) &&
    (filter["job-status"] === undefined || job.status === filter["job-status"]) &&
    (filter.queue_name === undefined || job.queue === filter.queue_name.toLowerCase()) &&
    (filter.owner === undefined || job.owner === filter.owner) &&
    (filter.start === undefined || job.startTime >= filter.start) &&
    (filter.end === undefined || job.startTime <= filter.end) &&
    (filter["engine-type"] === undefined || filter["engine-type"] === "spark") &&
    (filter.db_name === undefined || job.database === filter.db_name) &&
    (filter.table_name === undefined || job.transfer?.table_name === filter.table_name) &&
    (!filter.sql_pattern || job.statement.toLowerCase().includes(filter.sql_pattern.toLowerCase())) &&
    // The notes have the equals sign percent-encoded, and clients encode what they send once more.
    matchesTagFilter(job.tags, filter.tags?.replaceAll("%3D", "="))
  );
}

export function comparison(order: Filter["order"] = "start_time_desc", now: number): (a: SqlJob, b: SqlJob) => number {
  const key = order.startsWith("duration") ? (job: SqlJob) => durationOf(job, now) : (job: SqlJob) => job.startTime;
  const sign = order.endsWith("_asc") ? 1 : -1;
  return (a, b) => sign * (key(a) - key(b));
}

export function durationOf(job: SqlJob, now: number): number {
  return (job.endTime ?? now) - job.startTime;
}
