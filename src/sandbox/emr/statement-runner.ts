import type { SqlEngine, SqlState, SqlStatement } from "../sql-engine.ts";
import type { Documents } from "./documents.ts";
import { textOf } from "./job-end.ts";
import { isEnded, type Statement, type StatementState } from "./sql-documents.ts";
import { schemaText, writeRows } from "./sql-results.ts";
import { splitStatements } from "./sql-split.ts";

/** Takes SQL statements from waiting to their end; those of one session run one after another. */
export interface StatementRunner {
  submit(statement: Statement): void;
  stateOf(statement: Statement): StatementState;
  /** False when it has ended already. */
  cancel(statementId: string): boolean;
  /** For a session that is being stopped. */
  endAll(sessionClusterId: string, message: string): void;
  isBusy(sessionClusterId: string): boolean;
  /** Time of the latest submission or end; 0 when there was none. */
  lastActivity(sessionClusterId: string): number;
  close(): void;
}

interface LiveStatement {
  sessionClusterId: string;
  current?: SqlStatement;
  hasRun: boolean;
  cancelled: boolean;
}

/** The only code in public material (GetSqlStatement's example); the text tells one failure from another. */
const failureCode = "ERROR-102";

export function createStatementRunner(options: {
  documents: Documents;
  engine: SqlEngine | undefined;
  storageFolder: string;
  now: () => number;
}): StatementRunner {
  const { documents, engine, storageFolder, now } = options;
  const live = new Map<string, LiveStatement>();
  const chains = new Map<string, Promise<void>>();
  const activity = new Map<string, number>();
  let closed = false;

  for (const statement of documents.statements.all()) {
    if (isEnded(statement.state)) continue;
    const error = { code: failureCode, message: "The sandbox ended while the statement was active." };
    documents.statements.put({ ...statement, state: "error", error });
  }

  function open(statementId: string): Statement | undefined {
    // After a close the store is gone; an end is final, whatever the engine reports afterwards.
    const statement = closed ? undefined : documents.statements.get(statementId);
    return statement && !isEnded(statement.state) ? statement : undefined;
  }

  function finish(statementId: string, change: Partial<Statement> & { state: StatementState }): void {
    const statement = open(statementId);
    if (!statement) return;
    documents.statements.put({ ...statement, ...change });
    activity.set(statement.sessionClusterId, now());
    live.delete(statementId);
  }

  async function carry(statement: Statement, entry: LiveStatement): Promise<void> {
    const { statementId } = statement;
    const outputs: { schema: string; rowsFilePath: string }[] = [];
    const executionTime: number[] = [];
    for (const sql of splitStatements(statement.codeContent)) {
      if (!engine || !open(statementId)) return;
      // Cancelled in the moment in which the part before this one came to its end.
      if (entry.cancelled) {
        finish(statementId, { outputs, executionTime, state: "cancelled" });
        return;
      }
      const startedAt = now();
      const current = await engine.run(statement.sessionClusterId, sql, {
        maxRows: statement.limit,
        ...(statement.catalog === undefined ? {} : { catalog: statement.catalog }),
        ...(statement.database === undefined ? {} : { database: statement.database }),
      });
      entry.current = current;
      if (!open(statementId)) void current.cancel().catch(() => {});
      const end = await current.end;
      delete entry.current;
      entry.hasRun = true;
      executionTime.push(now() - startedAt);
      if (end.kind === "finished") {
        const rowsFilePath = await writeRows(storageFolder, statement, outputs.length, end.columns, end.rows);
        outputs.push({ schema: schemaText(end.columns), rowsFilePath });
      } else {
        finish(statementId, { outputs, executionTime, ...unfinished(end) });
        return;
      }
    }
    finish(statementId, { outputs, executionTime, state: "available" });
  }

  return {
    submit(statement) {
      const { statementId, sessionClusterId } = statement;
      const entry: LiveStatement = { sessionClusterId, hasRun: false, cancelled: false };
      live.set(statementId, entry);
      activity.set(sessionClusterId, now());
      const turn = (chains.get(sessionClusterId) ?? Promise.resolve())
        .then(() => (open(statementId) ? carry(statement, entry) : undefined))
        .catch((error: unknown) =>
          finish(statementId, { state: "error", error: { code: failureCode, message: textOf(error) } }),
        );
      chains.set(sessionClusterId, turn);
    },
    stateOf(statement) {
      const entry = live.get(statement.statementId);
      if (!entry || isEnded(statement.state)) return statement.state;
      return entry.hasRun || entry.current?.state().kind === "running" ? "running" : "waiting";
    },
    cancel(statementId) {
      if (!open(statementId)) return false;
      const entry = live.get(statementId);
      if (entry) entry.cancelled = true;
      const current = entry?.current;
      // What an engine works on has ended when the engine says so.
      if (current) void current.cancel().catch(() => {});
      else finish(statementId, { state: "cancelled" });
      return true;
    },
    endAll(sessionClusterId, message) {
      chains.delete(sessionClusterId);
      for (const [statementId, entry] of live) {
        if (entry.sessionClusterId !== sessionClusterId) continue;
        finish(statementId, { state: "cancelled", error: { code: failureCode, message } });
      }
    },
    isBusy: (sessionClusterId) => [...live.values()].some((entry) => entry.sessionClusterId === sessionClusterId),
    lastActivity: (sessionClusterId) => activity.get(sessionClusterId) ?? 0,
    close() {
      closed = true;
    },
  };
}

function unfinished(end: Exclude<SqlState, { kind: "finished" }>): Pick<Statement, "state" | "error"> {
  if (end.kind === "cancelled") return { state: "cancelled" };
  return {
    state: "error",
    error: {
      code: failureCode,
      message: end.kind === "failed" ? failureText(end) : "The statement ended without a result.",
    },
  };
}

/** Spark's texts mostly hold their error class and SQLSTATE; what is missing is added, as Spark writes it. */
function failureText(end: Extract<SqlState, { kind: "failed" }>): string {
  const { message, errorClass, sqlState } = end;
  const named = errorClass === undefined || message.includes(errorClass) ? message : `[${errorClass}] ${message}`;
  return sqlState === undefined || named.includes(sqlState) ? named : `${named} SQLSTATE: ${sqlState}`;
}
