/**
 * The seam between the sandbox's control plane and what really runs the SQL of Kyuubi services and sessions: Spark.
 * The control plane knows services, tokens, sessions and states; an engine knows processes and rows.
 * Each service and each session is one user of the engine, with Spark settings and applications of its own.
 */

export interface SqlUser {
  /** Service or session id; letters, digits and hyphens. */
  name: string;
  /** spark-defaults of its applications. */
  sparkConf: Readonly<Record<string, string>>;
  /** Minutes without a statement after which its Spark ends; 0: never. */
  idleMinutes?: number;
}

export interface SqlApplication {
  /** Spark's application id. */
  applicationId: string;
  name: string;
  state: "STARTING" | "RUNNING" | "TERMINATED" | "ERROR";
  startTime: number;
  endTime?: number;
}

export type SqlState =
  | { kind: "waiting" }
  | { kind: "running" }
  | { kind: "finished"; columns: readonly SqlColumn[]; rows: readonly SqlRow[]; truncated: boolean }
  | { kind: "failed"; message: string; errorClass?: string; sqlState?: string }
  | { kind: "cancelled" };

export interface SqlColumn {
  name: string;
  /** As Spark spells it, such as `decimal(38,10)` or `array<struct<a:int>>`. */
  type: string;
}

/** Values as text, exactly as Spark casts them; null where it is NULL. */
export type SqlRow = readonly (string | null)[];

export interface ThriftAddress {
  host: string;
  port: number;
  /** Value of the Authorization header that lets a request in. */
  authorization: string;
}

export interface SqlStatement {
  state(): SqlState;
  /** Ends it on the engine; resolves when the engine no longer works on it. */
  cancel(): Promise<void>;
  /** Resolves with the final state; never rejects. */
  end: Promise<SqlState>;
}

export interface SqlEngine {
  /** Makes ready what Spark needs and lets this user in. Throws EngineUnavailable. `progress`: one line a step. */
  admit(user: SqlUser, progress?: (line: string) => void): Promise<void>;
  /** Ends every application of the user and forgets it. */
  dismiss(name: string): Promise<void>;
  applications(name: string): Promise<readonly SqlApplication[]>;
  /** Ends one application with its engine; resolves when its process is gone. */
  endApplication(name: string, applicationId: string): Promise<void>;
  /**
   * Runs one SQL statement as the user; the first one starts its Spark. The statements of a user share a session:
   * temporary views, settings, and the current catalog and database until they are named anew.
   */
  run(
    name: string,
    sql: string,
    options: { maxRows: number; database?: string; catalog?: string },
  ): Promise<SqlStatement>;
  /**
   * Where the user's Spark speaks HiveServer2's Thrift over HTTP, path /cliservice; loopback. Starts it when it does
   * not run. Each has a port and a password of its own, so ask again for each request. Throws EngineUnavailable.
   */
  thriftAddress(name: string): Promise<ThriftAddress>;
  /** Ends processes that an earlier, crashed sandbox left behind. */
  reap(): Promise<void>;
  close(): Promise<void>;
}
