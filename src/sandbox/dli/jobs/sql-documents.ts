import type { SqlColumn } from "../../sql-engine.ts";
import type { Store } from "../../store.ts";
import type { SqlJobType } from "./sql-kind.ts";

/** What is remembered of SQL jobs; the rows of a result are in the job bucket. */

export type SqlStatus = "LAUNCHING" | "RUNNING" | "FINISHED" | "FAILED" | "CANCELLED";

export interface SqlTag {
  key: string;
  value: string;
}

export interface SqlJob {
  jobId: string;
  type: SqlJobType;
  mode: "async" | "sync";
  /** Lower case. */
  queue: string;
  /** What the queue has: a SQL queue works with all of it. */
  queueCu: number;
  owner: string;
  /** As it was sent: with variables, whose values may be secret. */
  statement: string;
  database: string;
  conf: readonly string[];
  tags: readonly SqlTag[];
  status: SqlStatus;
  startTime: number;
  endTime?: number;
  /** Why it failed. */
  message: string;
  /** Of a finished job with a result. */
  columns?: readonly SqlColumn[];
  resultCount?: number;
  /** Of an import or export. */
  transfer?: Transfer;
}

export interface Transfer {
  data_path: string;
  data_type: string;
  database_name?: string;
  table_name?: string;
  export_mode?: string;
  with_column_header?: boolean;
  delimiter?: string;
  quote_char?: string;
  escape_char?: string;
  date_format?: string;
  timestamp_format?: string;
  compress?: string;
}

export interface SqlJobs {
  all(): SqlJob[];
  get(jobId: string): SqlJob | undefined;
  put(job: SqlJob): void;
}

/** Only this folder writes the kind, so what is read has its shape. */
export function sqlJobsIn(store: Store): SqlJobs {
  return {
    all: () => store.all("dliSqlJob") as SqlJob[],
    get: (jobId) => store.get("dliSqlJob", jobId) as SqlJob | undefined,
    put: (job) => store.put("dliSqlJob", job.jobId, job),
  };
}

export function hasEnded(status: SqlStatus): boolean {
  return status !== "LAUNCHING" && status !== "RUNNING";
}
