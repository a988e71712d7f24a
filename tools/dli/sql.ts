import * as z from "zod";
import type { Done, Responses } from "../../src/gateway/types.ts";
import { rowsOfResult, type SqlResult, sqlConf } from "../../src/jobs/dli/sql.ts";
import { hasEnded, stateOfSql } from "../../src/jobs/dli/states.ts";
import { defineTool, type Reply, reply, type ToolCall, type ToolResult } from "../define.ts";
import { pausesOf, queueName, sqlJobId } from "./fields.ts";

/** Rows that a result may carry beside its frame. */
const rowBytes = 32_768;
/** What a preview holds at most; there is no paging beyond (API notes 8). */
const mostRows = 1_000;

const maxRows = z.number().int().min(1).max(mostRows).default(200).meta({ description: "Rows to return" });
const waitSeconds = z.number().int().min(0).max(600).default(60).meta({ description: "How long to wait for the end" });

export const runDliSql = defineTool({
  name: "run_dli_sql",
  title: "Run SQL",
  description: "Run one SQL statement on a sql queue and wait for its rows. What writes or drops, a person approves.",
  toolset: "job",
  operations: ["CreateSqlJob", "ShowSqlJobStatus", "PreviewSqlJobResult"],
  input: z.strictObject({
    queue: queueName,
    sql: z.string().min(1).max(100_000).meta({ description: "Statement" }),
    database: z.string().max(128).optional().meta({ description: "Default database" }),
    catalog: z.string().max(128).optional().meta({ description: "Default catalog" }),
    conf: z.record(z.string(), z.string()).optional().meta({ description: "Settings of this job" }),
    maxRows,
    waitSeconds,
  }),
  async run(input, call): Promise<ToolResult> {
    const conf = sqlConf(input.conf);
    const created = await call.gateway.run(
      "CreateSqlJob",
      {
        sql: input.sql,
        queue_name: input.queue,
        ...(input.database !== undefined && { currentdb: input.database }),
        ...(input.catalog !== undefined && { current_catalog: input.catalog }),
        ...(conf && { conf }),
      },
      call.context,
    );
    if (created.kind !== "done") return created;
    const { job_id: jobId, job_mode, rows, schema } = created.value;
    if (jobId === undefined) {
      return reply(created, () => ({
        summary: "The statement was taken, and the service gave it no id.",
        next: "search_operations finds ListSqlJobs, which lists what runs.",
      }));
    }
    // DCL is done when the answer comes, and brings its rows along.
    if (job_mode === "sync") return reply(created, () => finished(jobId, { rows, schema }));
    return follow({ jobId, maxRows: input.maxRows, waitSeconds: input.waitSeconds }, call);
  },
});

export const getDliSql = defineTool({
  name: "get_dli_sql",
  title: "SQL job",
  description: "Show state, rows or error of a statement that run_dli_sql started, waiting for its end where asked.",
  toolset: "job",
  operations: ["ShowSqlJobStatus", "PreviewSqlJobResult"],
  input: z.strictObject({ jobId: sqlJobId, maxRows, waitSeconds: waitSeconds.default(0) }),
  run: (input, call) => follow(input, call),
});

export const cancelDliSql = defineTool({
  name: "cancel_dli_sql",
  title: "Cancel a SQL job",
  description: "Stop a SQL job that is launching or running (a person approves).",
  toolset: "inspect",
  operations: ["CancelSqlJob"],
  input: z.strictObject({ jobId: sqlJobId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("CancelSqlJob", { job_id: input.jobId }, context);
    return reply(outcome, (_, { settled, observed }) => ({
      summary: settled
        ? `${input.jobId} has ended: ${observed}.`
        : `${input.jobId} was told to stop and is ${observed ?? "in an unknown state"}.`,
      data: { jobId: input.jobId, state: observed, settled },
      ...(!settled && { next: "get_dli_sql shows when it has ended." }),
    }));
  },
});

interface Following {
  jobId: string;
  maxRows: number;
  waitSeconds: number;
}

async function follow({ jobId, maxRows, waitSeconds }: Following, call: ToolCall): Promise<ToolResult> {
  const { gateway, context, clock } = call;
  const giveUpAt = clock.now() + waitSeconds * 1_000;
  const pauses = pausesOf(gateway.where);
  for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(pauseMs * 1.5, pauses.longestMs)) {
    const outcome = await gateway.run("ShowSqlJobStatus", { job_id: jobId }, context);
    if (outcome.kind !== "done") return outcome;
    const state = stateOfSql(outcome.value.status);
    if (hasEnded(state) || clock.now() + pauseMs > giveUpAt || context.signal.aborted) {
      return ended(jobId, outcome, maxRows, call);
    }
    context.progress?.(`${jobId} is ${outcome.value.status}`);
    // An abort ends the waiting; the next round sees it.
    await clock.sleep(pauseMs, context.signal).catch(() => undefined);
  }
}

async function ended(
  jobId: string,
  outcome: Done<Responses["ShowSqlJobStatus"]>,
  maxRows: number,
  { gateway, context }: ToolCall,
): Promise<ToolResult> {
  const { status, job_type, message = "" } = outcome.value;
  const state = stateOfSql(status);
  const data = { jobId, state: status, type: job_type };
  if (!hasEnded(state)) {
    return reply(outcome, () => ({
      summary: `${jobId} is still ${status ?? "in an unknown state"}; it goes on running.`,
      data,
      next: "get_dli_sql goes on waiting; cancel_dli_sql stops it.",
    }));
  }
  if (state !== "succeeded") {
    return reply(outcome, () => ({
      summary: `${jobId} ended without a result: ${status}.`,
      data,
      untrusted: message === "" ? [] : [{ title: `error of ${jobId}`, text: message }],
    }));
  }
  if (job_type !== "QUERY") {
    return reply(outcome, ({ result_count: rows }) => ({
      summary: `${jobId} finished (${job_type ?? "type unknown"}${rows === undefined ? "" : `, ${rows} rows`}).`,
      data: { ...data, ...(rows !== undefined && { rows }) },
    }));
  }
  const preview = await gateway.run("PreviewSqlJobResult", { job_id: jobId, "page-size": maxRows }, context);
  return reply(preview, (result) => finished(jobId, result, data));
}

function finished(
  jobId: string,
  result: SqlResult,
  data: Record<string, unknown> = { jobId },
): Omit<Reply, "kind" | "where"> {
  const { columns, text, shown, total } = rowsOfResult(result, rowBytes);
  return {
    summary: `${jobId} finished with ${total} ${total === 1 ? "row" : "rows"}${shown < total ? `; the first ${shown} are here` : ""}.`,
    data: { ...data, columns, rows: total },
    untrusted: shown === 0 ? [] : [{ title: `rows of ${jobId}, one JSON array a line`, text }],
    ...(shown < total && {
      next: "Ask for less: a LIMIT, fewer columns, or an aggregation; ExportSqlJobResult writes all to OBS.",
    }),
  };
}
