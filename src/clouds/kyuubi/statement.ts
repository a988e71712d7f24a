import type { KyuubiResponses, KyuubiSqlState } from "../../operations/kyuubi/types.ts";
import type { SendOptions } from "../transport.ts";
import type { Kyuubi } from "./client.ts";
import type { SqlCursor, SqlFailure, SqlOutcome, SqlPage, SqlPhase } from "./result.ts";

type View = Omit<KyuubiResponses["GetKyuubiSql"], "statementId">;

/** One statement on its way, and its rows page by page. */
export interface RunningStatement {
  state(): KyuubiSqlState;
  /** Resolves when it has ended, the time is up or the signal says so. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** @param page the last one given, or the one after it */
  view(page: number, options: SendOptions): Promise<View>;
  /** Ends it on the server; resolves when it has ended. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** A page that a result of a tool can carry, and no memory beyond it. */
const page = { maxRows: 1_000, maxBytes: 32 * 1_024 };
const longestMs = 6 * 60 * 60_000;

export function createStatement(client: Kyuubi, sql: string, life: AbortSignal): RunningStatement {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, life]);
  let phase: SqlPhase = "opening";
  let outcome: SqlOutcome | undefined;
  let current = 0;
  let more: SqlCursor | undefined;

  const ended = client
    .execute(sql, { ...page, timeoutMs: longestMs, signal, onProgress: (progress) => (phase = progress.phase) })
    .then((came) => {
      outcome = came;
      if (came.kind === "rows") more = came.more;
    });

  async function turnTo(wanted: number, options: SendOptions): Promise<SqlFailure | undefined> {
    if (outcome?.kind !== "rows" || wanted === current) return undefined;
    if (wanted !== current + 1 || !more) {
      const message = `there is page ${current}${more ? ` and page ${current + 1}` : ""}, and no page ${wanted}`;
      return { kind: "failed", code: "cancelled", message, statement: "ended" };
    }
    const fetched = await more.fetch({ ...page, timeoutMs: options.deadlineMs, signal: options.signal });
    if (fetched.kind === "failed") return fetched;
    outcome = fetched;
    more = fetched.more;
    current = wanted;
    return undefined;
  }

  return {
    state: () => stateOf(outcome),
    async wait(milliseconds, waiting) {
      if (outcome || milliseconds <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      waiting.addEventListener("abort", () => resolve(), { once: true });
      await Promise.race([ended, promise]);
      clearTimeout(timer);
    },
    async view(wanted, options) {
      const problem = await turnTo(wanted, options);
      if (problem) return { state: stateOf(outcome), error: errorOf(problem) };
      if (!outcome) return { state: "running", phase };
      if (outcome.kind === "failed") return { state: stateOf(outcome), error: errorOf(outcome) };
      return outcome.kind === "rows"
        ? rowsOf(outcome, current, more !== undefined)
        : { state: "finished", more: false };
    },
    async cancel() {
      stop.abort();
      await ended;
    },
    async close() {
      stop.abort();
      await more?.close();
    },
  };
}

function rowsOf({ columns, rows }: SqlPage, at: number, isMore: boolean): View {
  return { state: "finished", columns, rows, page: at, more: isMore };
}

function stateOf(outcome: SqlOutcome | undefined): KyuubiSqlState {
  if (!outcome) return "running";
  if (outcome.kind !== "failed") return "finished";
  return outcome.code === "cancelled" ? "cancelled" : "failed";
}

function errorOf({ code, message, sqlState, errorClass }: SqlFailure): NonNullable<View["error"]> {
  return {
    code,
    message,
    ...(sqlState !== undefined && { sqlState }),
    ...(errorClass !== undefined && { errorClass }),
  };
}
