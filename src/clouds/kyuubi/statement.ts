import type { KyuubiResponses, KyuubiSqlState } from "../../operations/kyuubi/types.ts";
import type { SendOptions } from "../transport.ts";
import type { Kyuubi } from "./client.ts";
import { isFailure, type SqlCursor, type SqlFailure, type SqlOutcome, type SqlPage, type SqlPhase } from "./result.ts";
import { unlessAborted } from "./signals.ts";

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
const longestPageMs = 10 * 60_000;
/** An answer must still reach the caller within its deadline. */
const marginMs = 1_000;

export function createStatement(client: Kyuubi, sql: string, life: AbortSignal): RunningStatement {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, life]);
  let phase: SqlPhase = "opening";
  let outcome: SqlOutcome | undefined;
  let current = 0;
  let more: SqlCursor | undefined;
  let turning: Promise<SqlFailure | undefined> | undefined;
  let broken: SqlFailure | undefined;

  const ended = client
    .execute(sql, { ...page, timeoutMs: longestMs, signal, onProgress: (progress) => (phase = progress.phase) })
    .then((came) => {
      outcome = came;
      if (came.kind === "rows") more = came.more;
    });

  /** Goes on when whoever asked has left: rows that the server has given out do not come a second time. */
  async function turn({ fetch }: SqlCursor): Promise<SqlFailure | undefined> {
    const fetched = await fetch({ ...page, timeoutMs: longestPageMs, signal });
    if (isFailure(fetched)) {
      broken = fetched;
      more = undefined;
      return fetched;
    }
    outcome = fetched;
    more = fetched.more;
    current += 1;
    return undefined;
  }

  async function viewNext({ deadlineMs, signal: asking }: SendOptions): Promise<View> {
    if (!turning && more) {
      turning = turn(more).finally(() => {
        turning = undefined;
      });
    }
    const patience = AbortSignal.any([asking, AbortSignal.timeout(Math.max(0, deadlineMs - marginMs))]);
    await unlessAborted(turning ?? Promise.resolve(undefined), patience);
    if (turning) return { state: "running", phase: "fetching" };
    return broken ? { state: "failed", error: errorOf(broken) } : viewCurrent();
  }

  function viewCurrent(): View {
    if (!outcome) return { state: "running", phase };
    if (outcome.kind === "failed") return { state: stateOf(outcome), error: errorOf(outcome) };
    return outcome.kind === "rows" ? rowsOf(outcome, current, more !== undefined) : { state: "finished", more: false };
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
      if (outcome?.kind !== "rows" || wanted === current) return viewCurrent();
      if (wanted === current + 1 && (more || broken)) return viewNext(options);
      const there = more ? `page ${current} and page ${current + 1}` : `page ${current} and none after it`;
      const message = `there is ${there}, and no page ${wanted}`;
      return { state: "finished", error: { code: "no_such_page", message, statement: "ended" } };
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

function errorOf({ code, message, statement, sqlState, errorClass }: SqlFailure): NonNullable<View["error"]> {
  return {
    code,
    message,
    statement,
    ...(sqlState !== undefined && { sqlState }),
    ...(errorClass !== undefined && { errorClass }),
  };
}
