/** SQL through a Kyuubi service. Statements live in this process; the service is spoken to in HiveServer2's Thrift. */

export interface KyuubiRequests {
  RunKyuubiSql: {
    workspaceId: string;
    kyuubiServiceId: string;
    /** One statement. */
    sql: string;
  };
  GetKyuubiSql: {
    workspaceId: string;
    kyuubiServiceId: string;
    statementId: string;
    /** Milliseconds to wait for the end; the deadline of a read bounds it. */
    waitMs?: number;
    /** From 0; each in its turn, the last one again where it is asked for again. */
    page?: number;
  };
  CancelKyuubiSql: { workspaceId: string; kyuubiServiceId: string; statementId: string };
}

export type KyuubiSqlState = "running" | "finished" | "failed" | "cancelled";

export interface KyuubiResponses {
  RunKyuubiSql: { statementId?: string };
  GetKyuubiSql: {
    statementId?: string;
    state?: KyuubiSqlState;
    /** What it is at, such as `starting-engine`. */
    phase?: string;
    columns?: ReadonlyArray<{ name: string; type: string }>;
    /** Numbers beyond a double as text. */
    rows?: ReadonlyArray<ReadonlyArray<string | number | boolean | null>>;
    page?: number;
    more?: boolean;
    error?: {
      code: string;
      message: string;
      sqlState?: string;
      errorClass?: string;
      /** `unknown`: it may have taken effect, or still run. */
      statement?: "not-run" | "ended" | "unknown";
    };
  };
  CancelKyuubiSql: { statementId?: string; state?: KyuubiSqlState };
}
