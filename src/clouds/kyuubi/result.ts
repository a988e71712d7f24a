/** Why a statement brought no result, each with a stable code. */
export type FailureCode =
  | "bad_address"
  | "not_authorised"
  | "forbidden"
  | "service_stopped"
  | "engine_failed"
  | "unreachable"
  | "lost"
  | "http_status"
  | "redirected"
  | "not_thrift"
  | "too_large"
  | "timeout"
  | "cancelled"
  | "session_lost"
  | "closed"
  | "refused_by_guard"
  | "sql_error";

export interface SqlFailure {
  kind: "failed";
  code: FailureCode;
  /** Names no secret. */
  message: string;
  /** `not-run`: it certainly never ran; `ended`: the server said how it ended; `unknown`: it may have run or still run. */
  statement: "not-run" | "ended" | "unknown";
  sqlState?: string;
  /** Spark's, as PARSE_SYNTAX_ERROR. */
  errorClass?: string;
}

export interface SqlColumn {
  name: string;
  /** As `DECIMAL(38,18)`; nested types as ARRAY, MAP, STRUCT. */
  type: string;
}

/**
 * Exact: BIGINT, DECIMAL, dates, timestamps and intervals as text, BINARY as base64, nested values as the text Spark
 * makes of them; NaN, the infinities and the negative zero, which JSON.stringify has no number for, as text.
 */
export type SqlCell = string | number | boolean | null;

export interface SqlPage {
  kind: "rows";
  columns: readonly SqlColumn[];
  rows: readonly (readonly SqlCell[])[];
  /** There where rows may be left on the server. */
  more?: SqlCursor;
  /** What the server added to its success. */
  notices: readonly string[];
}

export interface SqlDone {
  kind: "done";
  notices: readonly string[];
}

export type SqlOutcome = SqlPage | SqlDone | SqlFailure;

export interface SqlCursor {
  /** The rows after those already given. One at a time. */
  fetch(limits: FetchLimits): Promise<SqlPage | SqlFailure>;
  /** Frees what the server keeps for it. */
  close(): Promise<void>;
}

export interface FetchLimits {
  maxRows: number;
  /** Of the rows as JSON. A first row beyond that is given all the same, else a cursor would never get past it. */
  maxBytes: number;
  timeoutMs: number;
  signal: AbortSignal;
}

export type SqlPhase = "opening" | "starting-engine" | "running" | "fetching";

export interface ExecuteOptions extends FetchLimits {
  /** Called every few seconds while the server works. */
  onProgress?: (progress: { phase: SqlPhase; elapsedMs: number }) => void;
}

export function failed(
  code: FailureCode,
  message: string,
  statement: SqlFailure["statement"],
  details: Pick<SqlFailure, "sqlState" | "errorClass"> = {},
): SqlFailure {
  return { kind: "failed", code, message, statement, ...details };
}

export function isFailure(value: { kind?: unknown }): value is SqlFailure {
  return value.kind === "failed";
}
