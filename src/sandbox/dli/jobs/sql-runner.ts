import { createHash } from "node:crypto";
import { EngineUnavailable } from "../../engine.ts";
import type { SqlEngine, SqlRow, SqlState, SqlStatement } from "../../sql-engine.ts";
import { type DliError, dliError } from "../answers.ts";
import type { DliContext } from "../context.ts";
import { hasEnded, type SqlJob, sqlJobsIn } from "./sql-documents.ts";
import { sqlError } from "./sql-errors.ts";
import { writeResult } from "./sql-rows.ts";

export type Finished = Extract<SqlState, { kind: "finished" }>;

/** Runs one statement after another; the last one's result is the job's. What a statement ends with is thrown. */
export type SqlPlan = (run: (sql: string) => Promise<Finished>) => Promise<Finished>;

/** Takes SQL jobs from launching to their end. The jobs of a queue share one Spark and run one after another. */
export interface SqlRunner {
  /** Resolves with the end. */
  submit(job: SqlJob, plan: SqlPlan): Promise<SqlEnd>;
  /** A statement beside the jobs, for what is answered at once. */
  ask(queue: string, sql: string): Promise<Finished | { error: DliError }>;
  /** False when the job has ended already. */
  cancel(jobId: string): boolean;
  /** Ends the Sparks of queues that are no longer there. */
  endOthers(isThere: (queue: string) => boolean): void;
}

export type SqlEnd = { rows: readonly SqlRow[] } | { error: DliError };

interface LiveJob {
  current?: SqlStatement;
  stopMessage?: string;
}

/** Rows of a result that are kept; a preview shows 1000. */
const mostRows = 10_000;
const watchMs = 50;

export class PlanFailure extends Error {
  readonly refusal: DliError;
  constructor(refusal: DliError) {
    super(refusal.error_msg);
    this.name = "PlanFailure";
    this.refusal = refusal;
  }
}

const cancelledError = (message: string) => dliError(400, "DLI.0999", message).error;

export function createSqlRunner(
  context: DliContext,
  engine: SqlEngine,
  hasDatabase: (name: string) => boolean,
): SqlRunner {
  const { now } = context;
  const jobs = sqlJobsIn(context.store);
  const live = new Map<string, LiveJob>();
  const chains = new Map<string, Promise<unknown>>();
  const admissions = new Map<string, Promise<void>>();
  let closed = false;

  for (const job of jobs.all()) {
    if (hasEnded(job.status)) continue;
    const message = "DLI.0999: The sandbox ended while the job was active.";
    jobs.put({ ...job, status: "FAILED", message, endTime: now() });
  }

  function update(jobId: string, change: Partial<SqlJob>): void {
    // After a close the store is gone; an end is final, whatever the engine reports afterwards.
    const job = closed ? undefined : jobs.get(jobId);
    if (job && !hasEnded(job.status)) jobs.put({ ...job, ...change });
  }

  async function admit(queue: string): Promise<string> {
    const name = userName(queue);
    const admission =
      admissions.get(queue) ?? context.sqlReaped.then(() => engine.admit({ name, sparkConf: {}, idleMinutes: 0 }));
    admissions.set(queue, admission);
    // The next job tries again.
    admission.catch(() => admissions.delete(queue));
    await admission;
    return name;
  }

  async function carry(job: SqlJob, plan: SqlPlan, entry: LiveJob): Promise<SqlEnd> {
    const user = await admit(job.queue);
    const one = async (sql: string, database = job.database): Promise<Finished> => {
      if (entry.stopMessage !== undefined) throw new PlanFailure(cancelledError(entry.stopMessage));
      const place = { catalog: "spark_catalog", database };
      entry.current = await engine.run(user, sql, { maxRows: mostRows, ...place });
      if (closed || entry.stopMessage !== undefined) void entry.current.cancel().catch(() => {});
      const end = await entry.current.end;
      delete entry.current;
      return finishedOf(end, entry.stopMessage);
    };
    const settings = sparkSettings(job.conf);
    // A database of the metadata calls; this Spark may not have seen it yet.
    const isNew = job.database !== "default" && hasDatabase(job.database);
    const watch = setInterval(() => {
      if (entry.current?.state().kind !== "running") return;
      update(job.jobId, { status: "RUNNING" });
      clearInterval(watch);
    }, watchMs).unref();
    const timeout = startTimeout(job, entry);
    try {
      if (isNew) await one(`CREATE DATABASE IF NOT EXISTS ${nameInSql(job.database)}`, "default");
      for (const [key, value] of settings) await one(`SET ${nameInSql(key)}=${nameInSql(value)}`);
      const { columns, rows } = await plan((sql) => one(sql));
      if (columns.length > 0) await writeResult(job.jobId, rows, context);
      update(job.jobId, { status: "FINISHED", endTime: now(), columns, resultCount: rows.length });
      return { rows };
    } finally {
      clearInterval(watch);
      clearTimeout(timeout);
      for (const [key] of settings) await quietly(user, `RESET ${nameInSql(key)}`);
    }
  }

  async function quietly(user: string, sql: string): Promise<void> {
    if (closed) return;
    const statement = await engine.run(user, sql, { maxRows: 1 }).catch(() => undefined);
    await statement?.end;
  }

  function startTimeout(job: SqlJob, entry: LiveJob): NodeJS.Timeout | undefined {
    const seconds = Number(settingOf(job.conf, "dli.sql.job.timeout"));
    if (!(seconds > 0)) return undefined;
    const message = `The job was cancelled after dli.sql.job.timeout (${seconds} s).`;
    return setTimeout(() => stop(job.jobId, entry, message), Math.min(seconds * 1000, 2 ** 31 - 1)).unref();
  }

  function stop(jobId: string, entry: LiveJob, message: string): void {
    entry.stopMessage ??= message;
    // What an engine works on has ended when the engine says so.
    if (entry.current) void entry.current.cancel().catch(() => {});
    else update(jobId, { status: "CANCELLED", message: entry.stopMessage, endTime: now() });
  }

  context.onClose(() => {
    for (const [jobId, { current }] of live) {
      void current?.cancel().catch(() => {});
      const message = "DLI.0999: The sandbox was stopped while the job was active.";
      update(jobId, { status: "FAILED", message, endTime: now() });
    }
    closed = true;
  });

  return {
    submit(job, plan) {
      const { jobId, queue } = job;
      const entry: LiveJob = {};
      live.set(jobId, entry);
      const turn = (chains.get(queue) ?? Promise.resolve())
        .then(nextTurn)
        .then((): Promise<SqlEnd> | SqlEnd =>
          entry.stopMessage === undefined && !closed
            ? carry(job, plan, entry)
            : { error: cancelledError(entry.stopMessage ?? "The sandbox was stopped.") },
        )
        .catch((error: unknown): SqlEnd => {
          const refusal = error instanceof PlanFailure ? error.refusal : dliError(400, "DLI.0999", textOf(error)).error;
          const status = entry.stopMessage === undefined ? "FAILED" : "CANCELLED";
          const message = entry.stopMessage ?? `${refusal.error_code}: ${refusal.error_msg}`;
          update(jobId, { status, message, endTime: now() });
          return { error: refusal };
        })
        .finally(() => live.delete(jobId));
      chains.set(queue, turn);
      return turn;
    },
    async ask(queue, sql) {
      const user = await admit(queue);
      const statement = await engine.run(user, sql, { maxRows: mostRows });
      const end = await statement.end;
      if (end.kind === "finished") return end;
      return { error: end.kind === "failed" ? sqlError(end) : cancelledError("The statement was cancelled.") };
    },
    cancel(jobId) {
      const job = jobs.get(jobId);
      const entry = live.get(jobId);
      if (!job || hasEnded(job.status) || !entry) return false;
      stop(jobId, entry, `The job was cancelled by ${context.userName}.`);
      return true;
    },
    endOthers(isThere) {
      for (const queue of admissions.keys()) {
        if (isThere(queue)) continue;
        admissions.delete(queue);
        chains.delete(queue);
        void engine.dismiss(userName(queue)).catch(() => {});
      }
    },
  };
}

function finishedOf(end: SqlState, stopMessage: string | undefined): Finished {
  if (end.kind === "finished") return end;
  if (end.kind === "failed") throw new PlanFailure(sqlError(end));
  throw new PlanFailure(cancelledError(stopMessage ?? "The statement ended without a result."));
}

/** Names of queues have no hyphen and names of the engine's users no underscore. */
export function userName(queue: string): string {
  const name = `dli-${queue.replaceAll("_", "-")}`;
  return name.length <= 128 ? name : `dli-${createHash("sha256").update(queue).digest("hex")}`;
}

/** Of a `name=value` among the job's settings. */
export function settingOf(conf: readonly string[], name: string): string | undefined {
  return conf.map(settingPair).find(([key]) => key === name)?.[1];
}

/** What is Spark's: the service keeps settings that begin with dli. to itself. */
function sparkSettings(conf: readonly string[]): (readonly [key: string, value: string])[] {
  return conf.map(settingPair).filter(([key]) => !key.startsWith("dli."));
}

export function settingPair(entry: string): readonly [key: string, value: string] {
  const at = entry.indexOf("=");
  return [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
}

/** Quoted, a key or value of SET may hold anything. */
function nameInSql(text: string): string {
  return `\`${text.replaceAll("`", "``")}\``;
}

/** After the answer, so that LAUNCHING is seen at least once, as on the service. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function textOf(error: unknown): string {
  if (error instanceof EngineUnavailable) return `${error.message} ${error.fix}`;
  return error instanceof Error ? error.message : String(error);
}
