import { setTimeout as delay } from "node:timers/promises";
import { EngineUnavailable } from "../../src/sandbox/engine.ts";
import type { SqlApplication, SqlEngine, SqlState, SqlStatement, SqlUser } from "../../src/sandbox/sql-engine.ts";

/**
 * A double of the SQL engine for tests of the control plane: it runs nothing. It is slow or fails as its fields say,
 * and a statement ends as its text says:
 *   SELECT ...        one row of one column `one`, INT 1
 *   HOLD              runs until it is cancelled
 *   LATE              runs until it is cancelled, and finishes in that moment
 *   ROWS n            n rows of one column `id`, BIGINT
 *   FAIL text         fails with [DOUBLE_ERROR], SQLSTATE 42000 and the text
 *   BREAK             the engine itself fails
 * The first statement of a user starts one application.
 */
export interface DoubleSqlEngine extends SqlEngine {
  users: Map<string, SqlUser>;
  admitted: SqlUser[];
  dismissed: string[];
  statements: { user: string; sql: string; options: { maxRows: number; database?: string; catalog?: string } }[];
  reaped: number;
  /** Users whose connections were passed on; nobody answers them. */
  connected: string[];
  /** Replaced by a test: what an admission takes or throws. */
  beforeAdmit: (user: SqlUser) => Promise<void>;
  beforeDismiss: () => Promise<void>;
  /** Answers of `run` by their text, before the words above. */
  answers: Map<string, SqlState>;
}

export const unavailable = new EngineUnavailable("No Java was found.", "Install a Java 17 runtime.");

export function createDoubleSqlEngine(): DoubleSqlEngine {
  const applications = new Map<string, SqlApplication[]>();
  const running = new Map<string, Set<(state: SqlState) => void>>();
  let nextApplication = 0;

  function admittedUser(name: string): void {
    if (!engine.users.has(name)) throw new Error(`${name} was not admitted`);
  }

  const engine: DoubleSqlEngine = {
    users: new Map(),
    admitted: [],
    dismissed: [],
    statements: [],
    reaped: 0,
    connected: [],
    beforeAdmit: async () => {},
    beforeDismiss: async () => {},
    answers: new Map(),
    async admit(user, progress) {
      progress?.("double: nothing to prepare");
      await engine.beforeAdmit(user);
      engine.users.set(user.name, user);
      engine.admitted.push(user);
    },
    async dismiss(name) {
      await engine.beforeDismiss();
      engine.users.delete(name);
      applications.delete(name);
      for (const end of running.get(name) ?? []) end({ kind: "cancelled" });
      engine.dismissed.push(name);
    },
    async applications(name) {
      admittedUser(name);
      return applications.get(name) ?? [];
    },
    async endApplication(name, applicationId) {
      admittedUser(name);
      await delay(5);
      const changed = (applications.get(name) ?? []).map((application) =>
        application.applicationId === applicationId
          ? { ...application, state: "TERMINATED" as const, endTime: Date.now() }
          : application,
      );
      applications.set(name, changed);
    },
    async run(name, sql, options) {
      admittedUser(name);
      engine.statements.push({ user: name, sql, options });
      if (sql === "BREAK") throw new Error("the engine broke");
      if (!applications.has(name)) {
        nextApplication += 1;
        const applicationId = `spark-${String(nextApplication).padStart(32, "0")}`;
        const application = { applicationId, name: `double-${name}`, state: "RUNNING" as const, startTime: Date.now() };
        applications.set(name, [application]);
      }
      const ends = running.get(name) ?? new Set();
      running.set(name, ends);
      return runDouble(sql, engine.answers.get(sql) ?? stateOf(sql, options.maxRows), ends);
    },
    thriftAddress: async (name) => {
      admittedUser(name);
      engine.connected.push(name);
      return { host: "127.0.0.1", port: 1, authorization: `Basic ${name}` };
    },
    async reap() {
      engine.reaped += 1;
    },
    async close() {},
  };
  return engine;
}

function stateOf(sql: string, maxRows: number): SqlState {
  const [word = "", ...rest] = sql.split(" ");
  if (word === "HOLD" || word === "LATE") return { kind: "running" };
  if (word === "FAIL") {
    return { kind: "failed", message: rest.join(" "), errorClass: "DOUBLE_ERROR", sqlState: "42000" };
  }
  if (word === "ROWS") {
    const count = Number(rest[0]);
    const rows = Array.from({ length: Math.min(count, maxRows) }, (_, index) => [String(index)]);
    return { kind: "finished", columns: [{ name: "id", type: "bigint" }], rows, truncated: count > maxRows };
  }
  return { kind: "finished", columns: [{ name: "one", type: "int" }], rows: [["1"]], truncated: false };
}

function runDouble(sql: string, final: SqlState, ends: Set<(state: SqlState) => void>): SqlStatement {
  let state: SqlState = { kind: "running" };
  const { promise: end, resolve } = Promise.withResolvers<SqlState>();
  const finish = (last: SqlState) => {
    if (state.kind === "running") state = last;
    resolve(state);
  };
  if (final.kind === "running") ends.add(finish);
  else setTimeout(finish, 1, final);
  return {
    state: () => state,
    async cancel() {
      finish(sql === "LATE" ? stateOf("SELECT 1", 1) : { kind: "cancelled" });
      await end;
    },
    end,
  };
}
