/** SQL through a Kyuubi service: HiveServer2's Thrift over HTTP. A session is opened by the first statement. */
import { type KyuubiLogin, targetOf } from "./address.ts";
import { detailsOf, firstPage } from "./cursor.ts";
import { type CallFailure, createLink, type Link } from "./link.ts";
import { type ExecuteOptions, failed, isFailure, type SqlFailure, type SqlOutcome, type SqlPhase } from "./result.ts";
import { columnsOf } from "./rows.ts";
import {
  cancelOperation,
  closeOperation,
  closeSession,
  type Ending,
  followOperation,
  openSession,
  operationError,
  type Session,
} from "./session.ts";
import { deadlineOf, unlessAborted } from "./signals.ts";
import { type OperationHandle, operationState } from "./tcli.ts";

export interface KyuubiOptions extends KyuubiLogin {
  /** Settings of the session, as Kyuubi and Spark name them. */
  sessionConf?: Readonly<Record<string, string>>;
  /** Ends the client as `close` does. */
  signal: AbortSignal;
}

export interface Kyuubi {
  /**
   * Runs one statement. Never rejects for what network or server do. A statement given up while it was being handed in
   * has no handle yet, so the session is closed with all that runs in it.
   */
  execute(sql: string, options: ExecuteOptions): Promise<SqlOutcome>;
  close(): Promise<void>;
}

const progressEveryMs = 5000;

export function openKyuubi(options: KyuubiOptions): Kyuubi {
  const target = targetOf(options);
  if (typeof target === "string") {
    return { execute: async () => failed("bad_address", target, "not-run"), close: async () => undefined };
  }
  const link = createLink(target);
  const life = new AbortController();
  let opening: Promise<Session | CallFailure> | undefined;
  let closing: Promise<void> | undefined;

  async function execute(sql: string, limits: ExecuteOptions): Promise<SqlOutcome> {
    if (closing) return failed("closed", "The connection was closed.", "not-run");
    const deadline = deadlineOf(limits.timeoutMs, limits.signal, life.signal);
    const progress = startProgress(limits);
    try {
      const outcome = await run(sql, limits, deadline.signal, progress.enter);
      if (!isFailure(outcome) || outcome.code !== "cancelled" || !deadline.passed()) return outcome;
      return { ...outcome, code: "timeout", message: `No result within ${limits.timeoutMs / 1000} s.` };
    } finally {
      progress.stop();
    }
  }

  async function run(
    sql: string,
    limits: ExecuteOptions,
    signal: AbortSignal,
    enter: (phase: SqlPhase) => void,
  ): Promise<SqlOutcome> {
    enter("opening");
    opening ??= openSession(link, options.user, options.sessionConf ?? {}, life.signal);
    const session = await unlessAborted(opening, signal);
    if (session === undefined) return failed("cancelled", "Given up while the session was being opened.", "not-run");
    if (isCallFailure(session)) {
      opening = undefined;
      return failed(session.code, session.message, "not-run", detailsOf(session));
    }

    const problem = await engineProblem(link, session, signal, enter);
    if (problem) {
      if (!signal.aborted) await abandon(session);
      return problem;
    }

    enter("running");
    const submitted = await link.call(
      "ExecuteStatement",
      {
        sessionHandle: session.handle,
        statement: sql,
        runAsync: true,
        queryTimeout: BigInt(Math.max(1, Math.ceil(limits.timeoutMs / 1000))),
      },
      signal,
    );
    if (submitted.kind === "call-failed") {
      if (!submitted.answered || submitted.code === "session_lost") await abandon(session);
      const ran = !submitted.acted ? "not-run" : submitted.answered ? "ended" : "unknown";
      return failed(submitted.code, submitted.message, ran, detailsOf(submitted));
    }
    const handle = submitted.response.operationHandle;
    if (handle === undefined) return failed("not_thrift", "The server gave no handle for the statement.", "unknown");

    const ending = await followOperation(link, handle, signal);
    if (ending.kind === "call-failed") {
      const stopped = await cancelOperation(link, handle);
      return failed(ending.code, ending.message, stopped ? "ended" : "unknown", detailsOf(ending));
    }
    const failure = failureOfEnding(ending, link);
    if (failure) {
      await closeOperation(link, handle);
      return failure;
    }

    enter("fetching");
    return result(handle, ending, limits, signal, [...submitted.notices, ...ending.notices]);
  }

  async function result(
    handle: OperationHandle,
    ending: Extract<Ending, { kind: "ended" }>,
    limits: ExecuteOptions,
    signal: AbortSignal,
    notices: readonly string[],
  ): Promise<SqlOutcome> {
    if (!(ending.status.hasResultSet ?? handle.hasResultSet)) {
      await closeOperation(link, handle);
      return { kind: "done", notices };
    }
    const described = await link.call("GetResultSetMetadata", { operationHandle: handle }, signal);
    if (described.kind === "call-failed") {
      await closeOperation(link, handle);
      return failed(described.code, described.message, "ended", detailsOf(described));
    }
    const columns = columnsOf(described.response.schema ?? {});
    if (columns.length === 0) {
      await closeOperation(link, handle);
      return { kind: "done", notices };
    }
    return firstPage(link, handle, columns, { ...limits, signal }, notices);
  }

  async function abandon(session: Session): Promise<void> {
    opening = undefined;
    await closeSession(link, session);
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      const session = await unlessAborted(opening ?? Promise.resolve(undefined), AbortSignal.timeout(1000));
      await link.settled();
      if (session && !isCallFailure(session)) await closeSession(link, session);
      life.abort();
    })();
    return closing;
  }

  if (options.signal.aborted) void close();
  else options.signal.addEventListener("abort", () => void close(), { once: true });
  return { execute, close };
}

/** A statement handed in before the engine is up would keep its request open for minutes, which gateways cut. */
async function engineProblem(
  link: Link,
  session: Session,
  signal: AbortSignal,
  enter: (phase: SqlPhase) => void,
): Promise<SqlFailure | undefined> {
  if (session.launch === undefined) return undefined;
  enter("starting-engine");
  const launched = await followOperation(link, session.launch, signal);
  if (launched.kind === "call-failed") {
    // A server that does not know the handle launches its engine with the first statement.
    if (launched.answered) delete session.launch;
    else return failed(launched.code, launched.message, "not-run", detailsOf(launched));
    return undefined;
  }
  if (launched.state !== operationState.finished) {
    const { message, ...details } = operationError(launched);
    return failed("engine_failed", link.shown(`The engine did not start: ${message}`), "not-run", details);
  }
  delete session.launch;
  return undefined;
}

function failureOfEnding(ending: Extract<Ending, { kind: "ended" }>, link: Link): SqlFailure | undefined {
  if (ending.state === operationState.finished) return undefined;
  if (ending.state === operationState.timedOut) {
    return failed("timeout", "The server ended the statement, its time being up.", "ended");
  }
  if (ending.state === operationState.error) {
    const { message, ...details } = operationError(ending);
    return failed("sql_error", link.shown(message), "ended", details);
  }
  return failed("cancelled", "The statement was cancelled on the server.", "ended");
}

function startProgress({ onProgress }: ExecuteOptions): { enter(phase: SqlPhase): void; stop(): void } {
  const began = performance.now();
  let current: SqlPhase = "opening";
  const tell = () => onProgress?.({ phase: current, elapsedMs: Math.round(performance.now() - began) });
  const timer = setInterval(tell, progressEveryMs);
  return {
    enter(phase) {
      current = phase;
      tell();
    },
    stop: () => clearInterval(timer),
  };
}

function isCallFailure(value: Session | CallFailure): value is CallFailure {
  return "kind" in value;
}
