import * as z from "zod";
import { rowsOfStatement } from "../../src/jobs/sql-rows.ts";
import { phaseOfStatement } from "../../src/jobs/states.ts";
import { sayIn } from "../../src/language.ts";
import type { EmrResponses } from "../../src/operations/emr/types.gen.ts";
import { defineTool, reply, type Said, type ToolAnswer, type ToolCall } from "../define.ts";
import { sessionId, sql, statementId, workspaceId } from "./fields.ts";
import { inState } from "./phrases.ts";

type Statement = NonNullable<EmrResponses["GetSqlStatement"]["data"]>;

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** Rows that a result may carry beside its frame. */
const rowBytes = 32_768;

const waitSeconds = z
  .number()
  .int()
  .min(0)
  .max(600)
  .default(60)
  .meta({ description: "How long this call waits for the end" });

export const runSql = defineTool({
  name: "run_sql",
  title: "Run SQL in a session",
  description:
    "Run a Spark SQL statement in a running session and wait for its rows. What writes or drops, a person approves.",
  toolset: "session",
  operations: ["CreateSqlStatement", "GetSqlStatement"],
  input: z.strictObject({
    workspaceId,
    sessionId,
    sql,
    catalog: z.string().max(128).optional().meta({ description: "Default catalog" }),
    database: z.string().max(128).optional().meta({ description: "Default database" }),
    maxRows: z.number().int().min(1).max(5_000).default(200).meta({ description: "Rows to return" }),
    waitSeconds,
  }),
  async run(input, call): Promise<ToolAnswer> {
    const created = await call.gateway.run(
      "CreateSqlStatement",
      {
        workspaceId: input.workspaceId,
        sqlComputeId: input.sessionId,
        codeContent: input.sql,
        limit: input.maxRows,
        ...(input.catalog !== undefined && { defaultCatalog: input.catalog }),
        ...(input.database !== undefined && { defaultDatabase: input.database }),
      },
      call.context,
    );
    if (created.kind !== "done") return created;
    const id = created.value.data?.statementId;
    if (id === undefined) {
      return reply(created, () => ({
        summary: {
          en: "The statement was taken, and the service gave it no id.",
          zh: "语句已被接受，但服务未返回其 ID。",
        },
        next: {
          en: "get_session links the Spark UI, which shows what runs.",
          zh: "可通过 get_session 给出的 Spark UI 查看正在运行的语句。",
        },
      }));
    }
    return follow({ workspaceId: input.workspaceId, statementId: id, waitSeconds: input.waitSeconds }, call);
  },
});

export const getSqlStatement = defineTool({
  name: "get_sql_statement",
  title: "SQL statement",
  description: "Show state, rows or error of a statement that run_sql started, waiting for its end where asked.",
  toolset: "session",
  operations: ["GetSqlStatement"],
  input: z.strictObject({ workspaceId, statementId, waitSeconds }),
  run: (input, call) => follow(input, call),
});

export const terminateSqlStatement = defineTool({
  name: "terminate_sql_statement",
  title: "Stop a SQL statement",
  description: "Stop a statement that waits or runs in a session (a person approves).",
  toolset: "session",
  operations: ["TerminateSqlStatement"],
  input: z.strictObject({ workspaceId, statementId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("TerminateSqlStatement", input, context);
    return reply(outcome, (_, { settled, observed }) => ({
      summary: settled
        ? { en: `${input.statementId} has ended: ${observed}.`, zh: `${input.statementId} 已结束：${observed}。` }
        : {
            en: `${input.statementId} was told to stop and is ${inState(observed).en}.`,
            zh: `已请求停止 ${input.statementId}，当前${inState(observed).zh}。`,
          },
      data: { statementId: input.statementId, state: observed, settled },
      ...(!settled && {
        next: {
          en: "get_sql_statement shows when it has ended.",
          zh: "可用 get_sql_statement 查看其是否已结束。",
        },
      }),
    }));
  },
});

interface Following {
  workspaceId: string;
  statementId: string;
  waitSeconds: number;
}

async function follow(input: Following, { gateway, context, clock }: ToolCall): Promise<ToolAnswer> {
  const say = sayIn(context.language);
  const giveUpAt = clock.now() + input.waitSeconds * 1_000;
  const { workspaceId, statementId } = input;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    const outcome = await gateway.run("GetSqlStatement", { workspaceId, statementId }, context);
    if (outcome.kind !== "done") return outcome;
    const statement = outcome.value.data ?? {};
    const isOver = phaseOfStatement(statement.state ?? "") !== "active";
    if (isOver || clock.now() + pauseMs > giveUpAt || context.signal.aborted) {
      return reply(outcome, () => said(statementId, statement));
    }
    context.progress?.(
      say(`${statementId} is ${statement.state}`, `${statementId} 当前${inState(statement.state).zh}`),
    );
    // An abort ends the waiting; the next round sees it.
    await clock.sleep(pauseMs, context.signal).catch(() => undefined);
  }
}

function said(statementId: string, statement: Statement): Said {
  const phase = phaseOfStatement(statement.state ?? "");
  const data = { statementId, state: statement.state };
  if (phase === "active") {
    return {
      summary: {
        en: `${statementId} is still ${statement.state}; it goes on running.`,
        zh: `${statementId} 当前${inState(statement.state).zh}，会继续运行。`,
      },
      data,
      next: {
        en: "get_sql_statement goes on waiting; terminate_sql_statement stops it.",
        zh: "可用 get_sql_statement 继续等待，或用 terminate_sql_statement 停止。",
      },
    };
  }
  if (phase !== "succeeded") {
    const text = `${statement.sqlErrorCode ?? ""} ${statement.sqlErrorMessage ?? ""}`.trim();
    return {
      summary: {
        en: `${statementId} ended without a result: ${statement.state ?? "state unknown"}.`,
        zh: `${statementId} 已结束，没有结果：${statement.state ?? "状态未知"}。`,
      },
      data,
      untrusted: text === "" ? [] : [{ title: `error of ${statementId}`, text }],
    };
  }
  const { columns, text, shown, total } = rowsOfStatement(statement.sqlOutputs?.at(-1), rowBytes);
  return {
    summary: {
      en: `${statementId} finished with ${total} rows${shown < total ? `; the first ${shown} are here` : ""}.`,
      zh: `${statementId} 已完成，共 ${total} 行${shown < total ? `，此处为前 ${shown} 行` : ""}。`,
    },
    data: { ...data, columns, rows: total },
    untrusted: shown === 0 ? [] : [{ title: `rows of ${statementId}, one JSON array a line`, text }],
    ...(shown < total && {
      next: {
        en: "Ask for less: a LIMIT, fewer columns, or an aggregation.",
        zh: "请缩小查询范围：使用 LIMIT、减少列数或先聚合。",
      },
    }),
  };
}
