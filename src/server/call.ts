import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Tool, ToolCall, ToolResult } from "../../tools/define.ts";
import { NotOpened } from "../gateway/not-opened.ts";
import { refuse, saidOfFields } from "../gateway/refuse.ts";
import type { Approver, Ask, Awaiting, CallContext, Clock, Principal, Refused, Session } from "../gateway/types.ts";
import { cleanLine } from "../jobs/clean-text.ts";
import { maskSecrets } from "../jobs/secrets.ts";
import { type Language, sayIn } from "../language.ts";
import { roles } from "../policy/roles.ts";
import { problemsOfArguments } from "./arguments.ts";
import type { Client } from "./client.ts";
import {
  type ApprovalState,
  type Asked,
  approvalForm,
  approvalKey,
  approverOf,
  askNow,
  canOpenPages,
  openPageNow,
  pageInvitation,
  wasSentToPage,
} from "./elicitation.ts";
import type { Log } from "./log.ts";
import { progressOf } from "./progress.ts";
import { languageOfRequest } from "./request-language.ts";
import { toCallToolResult, toErrorResult } from "./response.ts";
import type { JsonSchema } from "./tool-schema.ts";

export interface PreparedTool {
  tool: Tool;
  /** The tool's input, refusing what it does not know. */
  input: Tool["input"];
  schema: JsonSchema;
}

/** What a tool's call works with, beside the call itself. */
export type Opened = Pick<ToolCall, "gateway" | "audit" | "directory">;

export interface CallParts {
  open: () => Promise<Opened>;
  codec: RequestStateCodec<ApprovalState>;
  language: Language;
  approvalTimeoutMs: number;
  clock: Clock;
  log: Log;
  /** What the session of this request has seen; stateless requests share one per principal. */
  sessionOf: (ctx: ServerContext) => Session;
}

/** One question a call, as the gateway has it; a tool that asks on and on is a bug that must end. */
const maxQuestions = 3;

export async function callTool(
  prepared: PreparedTool,
  raw: unknown,
  ctx: ServerContext,
  client: Client,
  parts: CallParts,
): Promise<CallToolResult | InputRequiredResult> {
  const { tool } = prepared;
  const language = languageOfRequest(ctx) ?? parts.language;
  const say = sayIn(language);
  const fields = problemsOfArguments(prepared.input, prepared.schema, raw);
  if (fields.length > 0) {
    return toErrorResult(
      {
        code: "BAD_INPUT",
        what: say(
          `${tool.name} was not carried out and nothing was sent: ${fields.length === 1 ? "an argument is" : `${fields.length} arguments are`} not as the tool wants ${fields.length === 1 ? "it" : "them"}.`,
          `${tool.name} 未执行，也未发送任何请求：有 ${fields.length} 个参数不符合要求。`,
        ),
        next: say("Correct what is named above and call the tool again.", "请修正以上各项，然后重新调用该工具。"),
        fields: saidOfFields(fields, language),
      },
      language,
    );
  }

  let opened: Opened;
  try {
    const { gateway, audit, directory } = await parts.open();
    opened = { gateway, ...(audit && { audit }), ...(directory && { directory }) };
  } catch (error) {
    if (error instanceof NotOpened) {
      const { code, problem, next } = error;
      const what = say(
        `${tool.name} was not carried out and nothing was sent: ${problem.en}.`,
        `${tool.name} 未执行，也未发送任何请求：${problem.zh}。`,
      );
      return toErrorResult({ code, what, next: next[language] }, language);
    }
    parts.log.error("cannot open the gateway", { error });
    return toErrorResult(
      {
        code: "INTERNAL",
        what: say(
          `${tool.name} was not carried out and nothing was sent: the server cannot start its gateway (${messageOf(error)}).`,
          `${tool.name} 未执行，也未发送任何请求：服务器无法启动其网关（${messageOf(error)}）。`,
        ),
        next: say(
          "The user can run `spark-workspace-mcp doctor`; then call the tool again.",
          "用户可运行 `spark-workspace-mcp doctor`；之后重新调用该工具。",
        ),
      },
      language,
    );
  }

  try {
    const progress = progressOf(ctx);
    const principal = principalOf(ctx);
    const context = (approver: Approver): CallContext => ({
      signal: ctx.mcpReq.signal,
      language,
      requester: cleanLine(client.name).slice(0, 200),
      session: parts.sessionOf(ctx),
      ...(principal && { principal }),
      approver,
      ...(progress && { progress: progress.report }),
    });
    const run = async (approver: Approver) => {
      const result = await tool.run(raw, { ...opened, context: context(approver), clock: parts.clock });
      // From here on somebody else's words are in the session.
      if (result.kind === "reply" && (result.untrusted?.length ?? 0) > 0) parts.sessionOf(ctx).tainted = true;
      return result;
    };
    const result = await answered(run, ctx, client, { ...parts, language }, progress?.report);
    await progress?.flushed();
    return result;
  } catch (error) {
    parts.log.error(`${tool.name} failed`, { error });
    return toErrorResult(
      {
        code: "INTERNAL",
        what: say(
          `${tool.name} failed inside the server (${messageOf(error)}); whether anything was sent is not known.`,
          `${tool.name} 在服务器内部出错（${messageOf(error)}）；不清楚是否发送过请求。`,
        ),
        next: say(
          "Read the state of the target before anything is repeated, and tell the user; the server's stderr has the details.",
          "重复任何操作之前请先读取目标的状态，并告知用户；详情见服务器的 stderr。",
        ),
      },
      language,
    );
  }
}

async function answered(
  run: (approver: Approver) => Promise<ToolResult>,
  ctx: ServerContext,
  client: Client,
  parts: CallParts,
  progress: CallContext["progress"],
): Promise<CallToolResult | InputRequiredResult> {
  const { codec, language, approvalTimeoutMs, clock } = parts;
  const approver = approverOf(ctx, client.capabilities);
  let result = await run(approver);
  for (let questions = 0; result.kind === "ask"; questions += 1) {
    if (questions === maxQuestions) throw new Error("the tool keeps asking");
    if (client.era === "modern") {
      return inputRequired({
        inputRequests: { [approvalKey]: inputRequired.elicit(approvalForm(result.plan, language)) },
        requestState: await codec.mint({ planId: result.plan.planId }, ctx),
      });
    }
    const timeoutMs = Math.max(1, Math.min(result.plan.expiresAt - clock.now(), approvalTimeoutMs));
    const asked = await askNow(result, ctx, { language, timeoutMs, progress });
    result =
      asked.kind === "answered" ? await run({ ...approver, answer: asked.answer }) : notAsked(result, asked, language);
  }
  if (result.kind !== "awaiting") return toCallToolResult(result, language);
  return sentToPage(result, run, ctx, client, parts);
}

/** Sends the person to the page once; after that the ledger knows, or the result says where to decide. */
async function sentToPage(
  awaiting: Awaiting,
  run: (approver: Approver) => Promise<ToolResult>,
  ctx: ServerContext,
  client: Client,
  { codec, language, approvalTimeoutMs, clock }: CallParts,
): Promise<CallToolResult | InputRequiredResult> {
  const { url } = awaiting.how;
  // A page on which its user may not decide helps nobody.
  if (url === undefined || awaiting.byAnother || !canOpenPages(client.capabilities) || wasSentToPage(ctx))
    return toCallToolResult(awaiting, language);
  const invitation = pageInvitation(awaiting.plan, url, language);
  if (client.era === "modern") {
    return inputRequired({
      inputRequests: { [approvalKey]: inputRequired.elicitUrl(invitation) },
      requestState: await codec.mint({ planId: awaiting.plan.planId, page: true }, ctx),
    });
  }
  await openPageNow(invitation, ctx, Math.max(1, Math.min(awaiting.plan.expiresAt - clock.now(), approvalTimeoutMs)));
  const result = await run({ strength: "none" });
  // A question now would be a second one in the same call.
  return toCallToolResult(result.kind === "ask" ? awaiting : result, language);
}

function notAsked(ask: Ask, asked: Exclude<Asked, { kind: "answered" }>, language: Language): Refused {
  const { operation, target } = ask.plan;
  const addressed = { where: ask.where, language };
  if (asked.kind === "abandoned") {
    return refuse(
      addressed,
      "CANCELLED",
      {
        en: `${operation} of ${target} was not sent: the call was cancelled before a person answered.`,
        zh: `${target} 的 ${operation} 未发送：用户答复之前调用已被取消。`,
      },
      {
        en: "Nothing is left to do; call again only if it is still wanted.",
        zh: "无需再做任何事；仅在仍然需要时重新调用。",
      },
    );
  }
  const reason = cleanLine(asked.reason).slice(0, 200);
  return refuse(
    addressed,
    "NOBODY_TO_ASK",
    {
      en: `${operation} of ${target} was not sent: it needs a person's approval and the client could not put the question (${reason}).`,
      zh: `${target} 的 ${operation} 未发送：需要用户批准，而客户端无法提出该问题（${reason}）。`,
    },
    {
      en: "A person can use a client that supports MCP elicitation, or run the operation in the console.",
      zh: "用户可使用支持 MCP elicitation 的客户端，或在控制台执行该操作。",
    },
  );
}

/** As the HTTP server put it down; what is no role of ours is none. */
export function principalOf({ http }: ServerContext): Principal | undefined {
  if (!http?.authInfo) return undefined;
  const { clientId, scopes } = http.authInfo;
  return { name: clientId, roles: roles.filter((role) => scopes.includes(role)) };
}

function messageOf(error: unknown): string {
  return maskSecrets(cleanLine(error instanceof Error ? error.message : String(error))).slice(0, 300);
}
