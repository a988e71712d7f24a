import * as z from "zod";
import { linesWithin } from "../../src/jobs/sql-rows.ts";
import type { KyuubiResponses } from "../../src/operations/kyuubi/types.ts";
import { defineTool, reply, type ToolCall, type ToolResult } from "../define.ts";
import { kyuubiServiceId, sql, workspaceId } from "./fields.ts";

type Answer = KyuubiResponses["GetKyuubiSql"];

const rowBytes = 36_864;
/** One look may take that long; a read's deadline bounds it. */
const lookMs = 20_000;

const statementId = z
  .string()
  .regex(/^ks-[0-9a-f]{12}$/)
  .meta({ description: "Statement ID", examples: ["ks-1a2b3c4d5e6f"] });

const waitSeconds = z
  .number()
  .int()
  .min(0)
  .max(1800)
  .default(120)
  .meta({ description: "How long this call waits; starting the engine takes up to 3 minutes" });

export const executeKyuubiSql = defineTool({
  name: "execute_kyuubi_sql",
  title: "Query a Kyuubi service",
  description:
    "Query tables through a running Kyuubi service, with exact rows. What writes or drops, a person approves.",
  toolset: "kyuubi",
  operations: ["RunKyuubiSql", "GetKyuubiSql"],
  input: z.strictObject({ workspaceId, kyuubiServiceId, sql, waitSeconds }),
  async run(input, call): Promise<ToolResult> {
    const { workspaceId, kyuubiServiceId, sql } = input;
    const started = await call.gateway.run("RunKyuubiSql", { workspaceId, kyuubiServiceId, sql }, call.context);
    if (started.kind !== "done") return started;
    const statementId = started.value.statementId ?? "";
    call.context.progress?.(`${statementId} was started`);
    return follow({ workspaceId, kyuubiServiceId, statementId, page: 0, waitSeconds: input.waitSeconds }, call);
  },
});

export const getKyuubiSql = defineTool({
  name: "get_kyuubi_sql",
  title: "More of a Kyuubi query",
  description: "Go on waiting for a statement of execute_kyuubi_sql, or fetch its next page of rows.",
  toolset: "kyuubi",
  operations: ["GetKyuubiSql"],
  input: z.strictObject({
    workspaceId,
    kyuubiServiceId,
    statementId,
    page: z.number().int().min(0).default(0).meta({ description: "Page of rows, each in its turn" }),
    waitSeconds,
  }),
  run: (input, call) => follow(input, call),
});

export const cancelKyuubiSql = defineTool({
  name: "cancel_kyuubi_sql",
  title: "Stop a Kyuubi query",
  description: "Stop a running statement of execute_kyuubi_sql on the engine (a person approves).",
  toolset: "kyuubi",
  operations: ["CancelKyuubiSql"],
  input: z.strictObject({ workspaceId, kyuubiServiceId, statementId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("CancelKyuubiSql", input, context);
    return reply(outcome, (_, { observed }) => ({
      summary: `${input.statementId} is ${observed ?? "in an unknown state"}.`,
      data: { statementId: input.statementId, state: observed },
    }));
  },
});

interface Following {
  workspaceId: string;
  kyuubiServiceId: string;
  statementId: string;
  page: number;
  waitSeconds: number;
}

async function follow(input: Following, { gateway, context, clock }: ToolCall): Promise<ToolResult> {
  const { workspaceId, kyuubiServiceId, statementId, page } = input;
  const giveUpAt = clock.now() + input.waitSeconds * 1_000;
  for (;;) {
    const waitMs = Math.max(0, Math.min(lookMs, giveUpAt - clock.now()));
    const ask = { workspaceId, kyuubiServiceId, statementId, page, waitMs };
    const outcome = await gateway.run("GetKyuubiSql", ask, context);
    if (outcome.kind !== "done") return outcome;
    const answer = outcome.value;
    if (answer.state !== "running" || clock.now() >= giveUpAt || context.signal.aborted) {
      return reply(outcome, () => said(statementId, answer));
    }
    context.progress?.(`${statementId}: ${answer.phase ?? "running"}`);
  }
}

function said(statementId: string, answer: Answer) {
  const { state, phase, error, columns = [], rows = [], page = 0, more = false } = answer;
  const data = { statementId, state };
  if (state === "running") {
    return {
      summary: `${statementId} still runs (${phase ?? "running"}).`,
      data: { ...data, phase },
      next: "get_kyuubi_sql goes on waiting; cancel_kyuubi_sql stops it.",
    };
  }
  if (error) {
    return {
      summary: `${statementId} brought no rows: ${error.code}${error.statement === "unknown" ? "; whether it took effect is not known" : ""}.`,
      data: {
        ...data,
        code: error.code,
        statement: error.statement,
        sqlState: error.sqlState,
        errorClass: error.errorClass,
      },
      untrusted: [{ title: `error of ${statementId}`, text: error.message }],
      next: nextOf(error),
    };
  }
  const lines = rows.map((row) => JSON.stringify(row));
  const { text, shown } = linesWithin(lines, rowBytes);
  // A page is never longer than that unless its only row is.
  const left = lines.length > shown ? "; one row is too long to be shown: select fewer or shorter columns" : "";
  return {
    summary: `${statementId} finished; ${shown} rows${page > 0 ? ` of page ${page}` : ""}${more ? ", and there are more" : ""}${left}.`,
    data: { ...data, columns, page, more },
    untrusted: shown === 0 ? [] : [{ title: `rows of ${statementId}, one JSON array a line`, text }],
    ...(more && { next: `get_kyuubi_sql with page ${page + 1} brings the next rows; better still, ask for fewer.` }),
  };
}

function nextOf({ code, statement }: NonNullable<Answer["error"]>): string {
  const next = nextAfter[code] ?? "Read the message, correct the statement and run it again.";
  return statement === "unknown" ? `Look whether it took effect before a write is run again. ${next}` : next;
}

const nextAfter: Readonly<Record<string, string>> = {
  not_authorised:
    "The token is refused or has expired: create_kyuubi_token makes a new one, then run the statement again.",
  forbidden: "The token may not use this service: list_kyuubi_tokens shows its members.",
  service_stopped: "start_kyuubi_service, then run the statement again.",
  engine_failed: "The Spark engine did not start: get_kyuubi_service shows its settings; check queue and sizes.",
  unreachable: "Nothing was run. Check that this machine can reach the service's endpoint.",
  lost: "The connection broke. get_kyuubi_service shows whether the service still runs; then run the statement again.",
  not_thrift:
    "What answers there is no Kyuubi service, or a proxy in front of it: tell the user the address and the message.",
  http_status:
    "The service or a proxy in front of it failed: get_kyuubi_service shows its state; tell the user if it stays so.",
  redirected: "A proxy stands in front of the service: tell the user; the token is sent nowhere else.",
  too_large: "One answer was larger than is taken: select fewer or shorter columns.",
  no_such_page: "Pages come each in its turn: ask for one that the message names.",
  session_lost: "The session ended on the server; run the statement again. Temporary views are gone.",
  timeout: "It took too long; ask for less, or run it as a job with start_job_run.",
  cancelled: "It was stopped. Run it again if it is still wanted.",
};
