import * as z from "zod";
import type { Done, Responses } from "../../src/gateway/types.ts";
import { rowsOfResult, type SqlResult, sqlConf } from "../../src/jobs/dli/sql.ts";
import { hasEnded, stateOfSql } from "../../src/jobs/dli/states.ts";
import { sayIn } from "../../src/language.ts";
import { defineTool, reply, type Said, type ToolAnswer, type ToolCall } from "../define.ts";
import { pausesOf, queueName, sqlJobId } from "./fields.ts";
import { isIn, isStillIn } from "./words.ts";

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
  async run(input, call): Promise<ToolAnswer> {
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
        summary: {
          en: "The statement was taken, and the service gave it no id.",
          zh: "语句已被接受，但服务未返回作业 ID。",
        },
        next: {
          en: "search_operations finds ListSqlJobs, which lists what runs.",
          zh: "可用 search_operations 查到 ListSqlJobs，它会列出运行中的作业。",
        },
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
        ? { en: `${input.jobId} has ended: ${observed}.`, zh: `SQL 作业 ${input.jobId} 已结束：${observed}。` }
        : {
            en: `${input.jobId} was told to stop and ${isIn(observed).en}.`,
            zh: `已请求取消 SQL 作业 ${input.jobId}，${isIn(observed).zh}。`,
          },
      data: { jobId: input.jobId, state: observed, settled },
      ...(!settled && {
        next: { en: "get_dli_sql shows when it has ended.", zh: "get_dli_sql 可查看作业是否已结束。" },
      }),
    }));
  },
});

interface Following {
  jobId: string;
  maxRows: number;
  waitSeconds: number;
}

async function follow({ jobId, maxRows, waitSeconds }: Following, call: ToolCall): Promise<ToolAnswer> {
  const { gateway, context, clock } = call;
  const say = sayIn(context.language);
  const giveUpAt = clock.now() + waitSeconds * 1_000;
  const pauses = pausesOf(gateway.where);
  for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(pauseMs * 1.5, pauses.longestMs)) {
    const outcome = await gateway.run("ShowSqlJobStatus", { job_id: jobId }, context);
    if (outcome.kind !== "done") return outcome;
    const state = stateOfSql(outcome.value.status);
    if (hasEnded(state) || clock.now() + pauseMs > giveUpAt || context.signal.aborted) {
      return ended(jobId, outcome, maxRows, call);
    }
    const { status } = outcome.value;
    context.progress?.(say(`${jobId} is ${status}`, `SQL 作业 ${jobId} 状态为 ${status}`));
    // An abort ends the waiting; the next round sees it.
    await clock.sleep(pauseMs, context.signal).catch(() => undefined);
  }
}

async function ended(
  jobId: string,
  outcome: Done<Responses["ShowSqlJobStatus"]>,
  maxRows: number,
  { gateway, context }: ToolCall,
): Promise<ToolAnswer> {
  const { status, job_type, message = "" } = outcome.value;
  const state = stateOfSql(status);
  const data = { jobId, state: status, type: job_type };
  if (!hasEnded(state)) {
    return reply(outcome, () => ({
      summary: {
        en: `${jobId} ${isStillIn(status).en}; it goes on running.`,
        zh: `SQL 作业 ${jobId} ${isStillIn(status).zh}，作业继续运行。`,
      },
      data,
      next: {
        en: "get_dli_sql goes on waiting; cancel_dli_sql stops it.",
        zh: "get_dli_sql 可继续等待；cancel_dli_sql 可取消作业。",
      },
    }));
  }
  if (state !== "succeeded") {
    return reply(outcome, () => ({
      summary: {
        en: `${jobId} ended without a result: ${status}.`,
        zh: `SQL 作业 ${jobId} 已结束，没有结果：${status}。`,
      },
      data,
      untrusted: message === "" ? [] : [{ title: `error of ${jobId}`, text: message }],
    }));
  }
  if (job_type !== "QUERY") {
    return reply(outcome, ({ result_count: rows }) => ({
      summary: {
        en: `${jobId} finished (${job_type ?? "type unknown"}${rows === undefined ? "" : `, ${rows} rows`}).`,
        zh: `SQL 作业 ${jobId} 已完成（${job_type ?? "类型未知"}${rows === undefined ? "" : `，${rows} 行`}）。`,
      },
      data: { ...data, ...(rows !== undefined && { rows }) },
    }));
  }
  const preview = await gateway.run("PreviewSqlJobResult", { job_id: jobId, "page-size": maxRows }, context);
  return reply(preview, (result) => finished(jobId, result, data));
}

function finished(jobId: string, result: SqlResult, data: Record<string, unknown> = { jobId }): Said {
  const { columns, text, shown, total } = rowsOfResult(result, rowBytes);
  return {
    summary: {
      en: `${jobId} finished with ${total} ${total === 1 ? "row" : "rows"}${shown < total ? `; the first ${shown} are here` : ""}.`,
      zh: `SQL 作业 ${jobId} 已完成，共 ${total} 行${shown < total ? `，此处为前 ${shown} 行` : ""}。`,
    },
    data: { ...data, columns, rows: total },
    untrusted: shown === 0 ? [] : [{ title: `rows of ${jobId}, one JSON array a line`, text }],
    ...(shown < total && {
      next: {
        en: "Ask for less: a LIMIT, fewer columns, or an aggregation; ExportSqlJobResult writes all to OBS.",
        zh: "请缩小查询：使用 LIMIT、减少列或做聚合；ExportSqlJobResult 可将全部结果写入 OBS。",
      },
    }),
  };
}
