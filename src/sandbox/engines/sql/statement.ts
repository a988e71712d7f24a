import { randomUUID } from "node:crypto";
import type { SqlColumn, SqlRow, SqlState, SqlStatement, ThriftAddress } from "../../sql-engine.ts";
import { ask } from "./ask.ts";

export interface Question {
  sql: string;
  maxRows: number;
  catalog?: string;
  database?: string;
}

/** What assets/java/Statements.java answers. */
type Answer =
  | { columns: SqlColumn[]; rows: SqlRow[]; truncated: boolean }
  | { error: { message: string; errorClass?: string; sqlState?: string | null } }
  | { cancelled: true };

/** @param spark resolves with the user's Spark as soon as it answers */
export function startStatement(spark: Promise<ThriftAddress>, question: Question): SqlStatement {
  const id = randomUUID();
  let state: SqlState = { kind: "waiting" };
  const cancellation = Promise.withResolvers<"cancelled">();
  let cancelled = false;
  let address: ThriftAddress | undefined;
  const isRunning = () => state.kind === "running";

  async function carry(): Promise<SqlState> {
    try {
      // While Spark starts nothing of the statement was sent, so there is nothing to wait for.
      const started = await Promise.race([spark, cancellation.promise]);
      if (started === "cancelled") return { kind: "cancelled" };
      address = started;
      state = { kind: "running" };
      return read((await ask(address, "/statement", { id, ...question })) as Answer);
    } catch (error) {
      return cancelled ? { kind: "cancelled" } : { kind: "failed", message: explain(error, isRunning()) };
    }
  }

  const end = carry().then((final) => {
    state = final;
    return final;
  });
  return {
    state: () => state,
    end,
    async cancel() {
      if (state.kind !== "waiting" && state.kind !== "running") return;
      cancelled = true;
      cancellation.resolve("cancelled");
      // Spark may be gone by now, and the statement with it.
      if (address) await ask(address, "/cancel", { id }).catch(() => {});
      await end;
    },
  };
}

function read(answer: Answer): SqlState {
  if ("cancelled" in answer) return { kind: "cancelled" };
  if ("columns" in answer) return { kind: "finished", ...answer };
  const { message, errorClass, sqlState } = answer.error;
  return {
    kind: "failed",
    message,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(typeof sqlState === "string" ? { sqlState } : {}),
  };
}

function explain(error: unknown, wasRunning: boolean): string {
  const reason = error instanceof Error ? error.message : String(error);
  return wasRunning ? `Spark ended while the statement was running (${reason})` : reason;
}
