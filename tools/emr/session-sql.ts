import * as z from "zod";
import { rowsOfStatement } from "../../src/jobs/sql-rows.ts";
import { phaseOfStatement } from "../../src/jobs/states.ts";
import type { EmrResponses } from "../../src/operations/emr/types.gen.ts";
import { defineTool, reply, type ToolCall, type ToolResult } from "../define.ts";
import { sessionId, sql, statementId, workspaceId } from "./fields.ts";

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
  async run(input, call): Promise<ToolResult> {
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
        summary: "The statement was taken, and the service gave it no id.",
        next: "get_session links the Spark UI, which shows what runs.",
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
        ? `${input.statementId} has ended: ${observed}.`
        : `${input.statementId} was told to stop and is ${observed ?? "in an unknown state"}.`,
      data: { statementId: input.statementId, state: observed, settled },
      ...(!settled && { next: "get_sql_statement shows when it has ended." }),
    }));
  },
});

interface Following {
  workspaceId: string;
  statementId: string;
  waitSeconds: number;
}

async function follow(input: Following, { gateway, context, clock }: ToolCall): Promise<ToolResult> {
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
    context.progress?.(`${statementId} is ${statement.state}`);
    // An abort ends the waiting; the next round sees it.
    await clock.sleep(pauseMs, context.signal).catch(() => undefined);
  }
}

function said(statementId: string, statement: Statement) {
  const phase = phaseOfStatement(statement.state ?? "");
  const data = { statementId, state: statement.state };
  if (phase === "active") {
    return {
      summary: `${statementId} is still ${statement.state}; it goes on running.`,
      data,
      next: "get_sql_statement goes on waiting; terminate_sql_statement stops it.",
    };
  }
  if (phase !== "succeeded") {
    const text = `${statement.sqlErrorCode ?? ""} ${statement.sqlErrorMessage ?? ""}`.trim();
    return {
      summary: `${statementId} ended without a result: ${statement.state ?? "state unknown"}.`,
      data,
      untrusted: text === "" ? [] : [{ title: `error of ${statementId}`, text }],
    };
  }
  const { columns, text, shown, total } = rowsOfStatement(statement.sqlOutputs?.at(-1), rowBytes);
  return {
    summary: `${statementId} finished with ${total} rows${shown < total ? `; the first ${shown} are here` : ""}.`,
    data: { ...data, columns, rows: total },
    untrusted: shown === 0 ? [] : [{ title: `rows of ${statementId}, one JSON array a line`, text }],
    ...(shown < total && { next: "Ask for less: a LIMIT, fewer columns, or an aggregation." }),
  };
}
