import * as z from "zod";
import { linesWithin } from "../../src/jobs/sql-rows.ts";
import { sayIn, type Text } from "../../src/language.ts";
import type { KyuubiResponses } from "../../src/operations/kyuubi/types.ts";
import { defineTool, reply, type Said, type ToolAnswer, type ToolCall } from "../define.ts";
import { kyuubiServiceId, sql, workspaceId } from "./fields.ts";
import { isInState } from "./phrases.ts";

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
  async run(input, call): Promise<ToolAnswer> {
    const { workspaceId, kyuubiServiceId, sql } = input;
    const started = await call.gateway.run("RunKyuubiSql", { workspaceId, kyuubiServiceId, sql }, call.context);
    if (started.kind !== "done") return started;
    const statementId = started.value.statementId ?? "";
    call.context.progress?.(sayIn(call.context.language)(`${statementId} was started`, `${statementId} 已启动`));
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
      summary: isInState(input.statementId, observed),
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

async function follow(input: Following, { gateway, context, clock }: ToolCall): Promise<ToolAnswer> {
  const { workspaceId, kyuubiServiceId, statementId, page } = input;
  const say = sayIn(context.language);
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
    const phase = answer.phase ?? "running";
    context.progress?.(say(`${statementId}: ${phase}`, `${statementId} 进行中：${phase}`));
  }
}

function said(statementId: string, answer: Answer): Said {
  const { state, phase, error, columns = [], rows = [], page = 0, more = false } = answer;
  const data = { statementId, state };
  if (state === "running") {
    return {
      summary: {
        en: `${statementId} still runs (${phase ?? "running"}).`,
        zh: `${statementId} 仍在运行（${phase ?? "running"}）。`,
      },
      data: { ...data, phase },
      next: {
        en: "get_kyuubi_sql goes on waiting; cancel_kyuubi_sql stops it.",
        zh: "可用 get_kyuubi_sql 继续等待，或用 cancel_kyuubi_sql 停止。",
      },
    };
  }
  if (error) {
    const isUnknown = error.statement === "unknown";
    return {
      summary: {
        en: `${statementId} brought no rows: ${error.code}${isUnknown ? "; whether it took effect is not known" : ""}.`,
        zh: `${statementId} 未返回任何行：${error.code}${isUnknown ? "；无法得知是否已生效" : ""}。`,
      },
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
  const left = lines.length > shown;
  return {
    summary: {
      en: `${statementId} finished; ${shown} rows${page > 0 ? ` of page ${page}` : ""}${more ? ", and there are more" : ""}${left ? "; one row is too long to be shown: select fewer or shorter columns" : ""}.`,
      zh: `${statementId} 已完成，${page > 0 ? `第 ${page} 页` : ""}返回 ${shown} 行${more ? "，后面还有更多" : ""}${left ? "；有一行过长无法显示，请查询更少或更短的列" : ""}。`,
    },
    data: { ...data, columns, page, more },
    untrusted: shown === 0 ? [] : [{ title: `rows of ${statementId}, one JSON array a line`, text }],
    ...(more && {
      next: {
        en: `get_kyuubi_sql with page ${page + 1} brings the next rows; better still, ask for fewer.`,
        zh: `用 get_kyuubi_sql 并将 page 设为 ${page + 1} 可获取后续行；更好的做法是减少查询的行数。`,
      },
    }),
  };
}

function nextOf({ code, statement }: NonNullable<Answer["error"]>): Text {
  const next = nextAfter[code] ?? {
    en: "Read the message, correct the statement and run it again.",
    zh: "请查看错误信息，修改语句后重新运行。",
  };
  if (statement !== "unknown") return next;
  return {
    en: `Look whether it took effect before a write is run again. ${next.en}`,
    zh: `重新运行写入语句之前，请先确认其是否已生效。${next.zh}`,
  };
}

const nextAfter: Readonly<Record<string, Text>> = {
  not_authorised: {
    en: "The token is refused or has expired: create_kyuubi_token makes a new one, then run the statement again.",
    zh: "令牌被拒绝或已过期：请用 create_kyuubi_token 创建新令牌，然后重新运行语句。",
  },
  forbidden: {
    en: "The token may not use this service: list_kyuubi_tokens shows its members.",
    zh: "该令牌无权使用此服务：可用 list_kyuubi_tokens 查看其成员。",
  },
  service_stopped: {
    en: "start_kyuubi_service, then run the statement again.",
    zh: "请先用 start_kyuubi_service 启动服务，然后重新运行语句。",
  },
  engine_failed: {
    en: "The Spark engine did not start: get_kyuubi_service shows its settings; check queue and sizes.",
    zh: "Spark 引擎未能启动：可用 get_kyuubi_service 查看其配置，并检查队列和规格。",
  },
  unreachable: {
    en: "Nothing was run. Check that this machine can reach the service's endpoint.",
    zh: "未运行任何语句。请检查本机能否访问服务的端点。",
  },
  lost: {
    en: "The connection broke. get_kyuubi_service shows whether the service still runs; then run the statement again.",
    zh: "连接已断开。请用 get_kyuubi_service 确认服务是否仍在运行，然后重新运行语句。",
  },
  not_thrift: {
    en: "What answers there is no Kyuubi service, or a proxy in front of it: tell the user the address and the message.",
    zh: "应答方不是 Kyuubi 服务，或服务前面有代理：请将地址和错误信息告知用户。",
  },
  http_status: {
    en: "The service or a proxy in front of it failed: get_kyuubi_service shows its state; tell the user if it stays so.",
    zh: "服务或其前面的代理出错：可用 get_kyuubi_service 查看其状态；若持续如此，请告知用户。",
  },
  redirected: {
    en: "A proxy stands in front of the service: tell the user; the token is sent nowhere else.",
    zh: "服务前面有代理：请告知用户；令牌不会发送到其他地址。",
  },
  too_large: {
    en: "One answer was larger than is taken: select fewer or shorter columns.",
    zh: "单个应答超过可接收的大小：请查询更少或更短的列。",
  },
  no_such_page: {
    en: "Pages come each in its turn: ask for one that the message names.",
    zh: "各页须依次获取：请指定错误信息中给出的页。",
  },
  session_lost: {
    en: "The session ended on the server; run the statement again. Temporary views are gone.",
    zh: "服务端的会话已结束，请重新运行语句。临时视图已丢失。",
  },
  timeout: {
    en: "It took too long; ask for less, or run it as a job with start_job_run.",
    zh: "耗时过长：请缩小查询范围，或用 start_job_run 作为作业运行。",
  },
  cancelled: {
    en: "It was stopped. Run it again if it is still wanted.",
    zh: "语句已被停止。如仍需要，请重新运行。",
  },
};
