import type { DliRequests, DliResponses } from "../../../operations/dli/types.gen.ts";
import { structType } from "../../emr/sql-types.ts";
import type { SqlRow } from "../../sql-engine.ts";
import { badParameter, type DliAnswer, dliError, notSupported } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import type { JobLinks } from "./links.ts";
import { openSqlDesk, type SqlDesk, type SqlDraft, sharedQueue, withoutEngine } from "./sql-desk.ts";
import { hasEnded, type SqlJob } from "./sql-documents.ts";
import { sqlJobType } from "./sql-kind.ts";
import { comparison, durationOf, matchesFilter } from "./sql-list.ts";
import { resultPath } from "./sql-rows.ts";
import { type SqlRunner, settingOf, settingPair } from "./sql-runner.ts";
import { type TransferOperation, transferHandlers } from "./sql-transfer-jobs.ts";

type OwnOperation =
  | "CreateSqlJob"
  | "CheckSql"
  | "CancelSqlJob"
  | "ListSqlJobs"
  | "ShowSqlJobStatus"
  | "ShowSqlJobDetail"
  | "ShowSqlJobProgress"
  | "PreviewSqlJobResult"
  | "ShowSqlJobResultPaged";
export type SqlOperation = OwnOperation | TransferOperation;

type Described = NonNullable<DliResponses["ListSqlJobs"]["jobs"]>[number];

/** "A synchronous call is cut after about 2 minutes" (section 4 of the API notes). */
const longestSyncMs = 120_000;

export function createSqlHandlers(context: DliContext, links: JobLinks): DliHandlers<SqlOperation> {
  const desk = openSqlDesk(context, links);
  const { jobs, runner } = desk;
  const { now } = context;
  const own: DliHandlers<OwnOperation> = {
    CreateSqlJob: (input) => createSqlJob(input, desk),
    CheckSql(input) {
      if ((input.sql ?? "").trim() === "") return badParameter("sql is mandatory.");
      return runner ? checkSql(input, desk, runner) : withoutEngine;
    },
    CancelSqlJob({ job_id }) {
      const found = desk.find(job_id);
      if ("error" in found) return found;
      return runner?.cancel(job_id)
        ? { body: { is_success: true, message: "" } }
        : badParameter(`The job ${job_id} is ${found.job.status} and cannot be cancelled.`);
    },
    ListSqlJobs(input) {
      const { "page-size": size = 50, "current-page": current = 1 } = input;
      if (size < 1 || size > 100) return badParameter("page-size must be from 1 to 100.");
      if (current < 1) return badParameter("current-page must be at least 1.");
      const found = jobs.all().filter((job) => matchesFilter(job, input));
      found.sort(comparison(input.order, now()));
      const shown = found.slice((current - 1) * size, current * size).map((job) => ({
        ...describe(job, now()),
        engine_type: "spark" as const,
        ...(job.endTime === undefined ? {} : { end_time: job.endTime }),
      }));
      return { body: { is_success: true, message: "", job_count: found.length, jobs: shown } };
    },
    ShowSqlJobStatus({ job_id }) {
      const found = desk.find(job_id);
      if ("error" in found) return found;
      const { job } = found;
      const user_conf = JSON.stringify(Object.fromEntries(job.conf.map(settingPair)));
      return { body: { is_success: true, ...describe(job, now()), job_mode: job.mode, user_conf } };
    },
    ShowSqlJobDetail({ job_id }) {
      const found = desk.find(job_id);
      if ("error" in found) return found;
      const { owner, startTime: start_time, transfer, tags } = found.job;
      const times = { owner, start_time, duration: durationOf(found.job, now()) };
      return { body: { is_success: true, message: "", job_id, ...times, ...transfer, tags } };
    },
    ShowSqlJobProgress({ job_id }) {
      const found = desk.find(job_id);
      if ("error" in found) return found;
      const { status } = found.job;
      // The engine counts no tasks of a statement that runs, so its progress stays at 0.
      const progress = hasEnded(status) ? 1 : 0;
      return { body: { is_success: true, message: "", job_id, status, progress, sub_jobs: [] } };
    },
    async PreviewSqlJobResult({ job_id, "page-size": size = 1000 }) {
      if (size < 1 || size > 1000) return badParameter("page-size must be from 1 to 1000.");
      const result = await desk.resultOf(job_id);
      return "error" in result ? result : resultPage(result.job, result.rows.slice(0, size));
    },
    async ShowSqlJobResultPaged({ job_id, "page-size": size = 50, "current-page": current = 1 }) {
      if (size < 1 || size > 100) return badParameter("page-size must be from 1 to 100.");
      if (current < 1) return badParameter("current-page must be at least 1.");
      const result = await desk.resultOf(job_id);
      if ("error" in result) return result;
      return resultPage(result.job, result.rows.slice((current - 1) * size, current * size));
    },
  };
  return { ...own, ...transferHandlers(context, desk) };
}

async function createSqlJob(input: DliRequests["CreateSqlJob"], desk: SqlDesk): Promise<DliAnswer> {
  const { sql = "", conf = [], queue_name = "default", currentdb = "default", engine_type = "spark" } = input;
  if (sql.trim() === "") return badParameter("sql is mandatory.");
  if (engine_type !== "spark") return notSupported("The sandbox has no HetuEngine.");
  const tags = (input.tags ?? []).map(({ key = "", value = "" }) => ({ key, value }));
  const type = sqlJobType(sql);
  const waits = type === "DCL" || (type === "DDL" && settingOf(conf, "dli.sql.sqlasync.enabled") === "false");
  const mode = waits ? "sync" : "async";
  const draft: SqlDraft = { type, mode, statement: sql, database: currentdb, conf, tags };
  const text = desk.withVariables(sql);
  const started = desk.start(draft, queue_name, (run) => run(text));
  if ("error" in started) return started;
  const { jobId } = started.job;
  const body = { is_success: true, message: "", job_id: jobId, job_type: type, job_mode: mode };
  if (!waits) return { body };
  const end = await within(started.end, longestSyncMs);
  if (!end) return dliError(400, "DLI.0019", `The job ${jobId} did not end within two minutes; it goes on.`);
  if ("error" in end) return end;
  return { body: { ...body, schema: schemaOf(desk.jobs.get(jobId)), rows: end.rows } };
}

/** Spark's own parser: EXPLAIN runs nothing, and a name that is not there is no matter of syntax. */
async function checkSql({ sql = "" }: DliRequests["CheckSql"], desk: SqlDesk, runner: SqlRunner): Promise<DliAnswer> {
  // No queue is named: one whose Spark is up answers soonest.
  const latest = desk.jobs.all().at(-1);
  const checked = await within(runner.ask(latest?.queue ?? sharedQueue.queueName, `EXPLAIN ${sql}`), longestSyncMs);
  if (!checked) return dliError(400, "DLI.0019", "The check did not end within two minutes.");
  return "error" in checked ? checked : { body: { is_success: true, message: "", job_type: sqlJobType(sql) } };
}

function describe(job: SqlJob, now: number): Described {
  const { jobId, type, queue, owner, startTime, status, message, transfer, statement, tags, columns } = job;
  const hasResult = status === "FINISHED" && columns !== undefined && columns.length > 0;
  return {
    job_id: jobId,
    job_type: type,
    queue_name: queue,
    owner,
    start_time: startTime,
    duration: durationOf(job, now),
    status,
    ...(job.resultCount === undefined ? {} : { result_count: job.resultCount }),
    ...(transfer?.database_name === undefined ? {} : { database_name: transfer.database_name }),
    ...(transfer?.table_name === undefined ? {} : { table_name: transfer.table_name }),
    ...(columns === undefined ? {} : { detail: JSON.stringify(structType(columns)) }),
    ...(hasResult ? { result_path: resultPath(jobId), result_format: "csv" } : {}),
    statement,
    tags,
    message,
  };
}

function resultPage(job: SqlJob, rows: readonly SqlRow[]): DliAnswer {
  const { jobId, type, resultCount = 0 } = job;
  const head = { is_success: true, message: "", job_id: jobId, job_type: type, row_count: resultCount };
  return { body: { ...head, schema: schemaOf(job), rows } };
}

function schemaOf(job: SqlJob | undefined): Record<string, string>[] {
  return (job?.columns ?? []).map(({ name, type }) => ({ [name]: type }));
}

/** Undefined when the time is over first. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const limit = Promise.withResolvers<undefined>();
  const timer = setTimeout(limit.resolve, ms, undefined);
  try {
    return await Promise.race([promise, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
