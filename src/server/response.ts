import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Reply, ToolResult } from "../../tools/define.ts";
import type { OutcomeCode } from "../gateway/codes.ts";
import type { AuditMark, Awaiting, Drift, FieldProblem, Refused, Where } from "../gateway/types.ts";
import { cleanLine, cleanText, utf8Length, utf8Prefix } from "../jobs/clean-text.ts";
import { wrapUntrusted } from "../jobs/wrap-untrusted.ts";
import { type Language, type Say, sayIn } from "../language.ts";
import { fitData, fitText, jsonBytes } from "./fit.ts";

/** The one exit of a tool's result to a client: what it says, how it is marked and how long it may get. */

/** Some hosts move results of more than 50,000 characters into a file that the model may not read. */
const maxBytes = 48 * 1024;
/** What a reply needs beside its data and its untrusted texts. */
const reservedBytes = 6 * 1024;
const maxSummaryBytes = 2_048;
const maxNextBytes = 1_024;
const maxTexts = 16;
const maxTitleLength = 60;
/** The tags and the sentence around an untrusted text. */
const wrapBytes = 768;

/** Prefix of what stands in `_meta` of a result. */
export const metaPrefix = "io.github.spark-workspace-mcp";

/** A result that the server itself comes to, before or instead of a gateway's. */
export interface Failure {
  code: OutcomeCode;
  what: string;
  next: string;
  fields?: readonly FieldProblem[];
  changes?: readonly Drift[];
  cloud?: Refused["cloud"];
  where?: Where;
  audit?: AuditMark;
}

export function toCallToolResult(
  result: Exclude<ToolResult, { kind: "ask" }>,
  language: Language = "en",
): CallToolResult {
  if (result.kind === "awaiting") return toAwaitingResult(result, language);
  if (result.kind !== "reply") return toErrorResult(result, language);
  const fitted = shrink(result);
  return {
    content: [{ type: "text", text: capped(textOf(fitted, sayIn(language))) }],
    structuredContent: structuredReply(fitted),
  };
}

/** No error: the call is in order and goes on when a person has decided. The question itself is theirs to read. */
function toAwaitingResult(awaiting: Awaiting, language: Language): CallToolResult {
  const say = sayIn(language);
  return {
    content: [{ type: "text", text: capped(awaitingText(awaiting, say)) }],
    structuredContent: structuredAwaiting(awaiting, say),
    _meta: { [`${metaPrefix}/code`]: "AWAITING_APPROVAL" },
  };
}

function awaitingText({ plan, how, byAnother }: Awaiting, say: Say): string {
  const target = cleanLine(plan.target);
  const expires = new Date(plan.expiresAt).toISOString();
  const open = how.url === undefined ? "" : say(`open ${how.url} or `, `打开 ${how.url} 或`);
  const what = byAnother
    ? say("another person of the team has to decide", "需由团队中的另一个人决定")
    : say("a person has to decide outside of this client", "需由用户在此客户端之外决定");
  const whom = byAnother
    ? say("the user that another approver has to ", "用户，需由另一位批准者")
    : say("the user to ", "用户");
  return [
    say(
      `AWAITING_APPROVAL: ${plan.operation} of ${target} was not sent yet: ${what}.`,
      `AWAITING_APPROVAL: ${target} 的 ${plan.operation} 尚未发送：${what}。`,
    ),
    say(
      `next: tell ${whom}${open}run \`${how.command}\`, then make the very same call again. It expires at ${expires}.`,
      `next: 请告知${whom}${open}运行 \`${how.command}\`，然后原样重复该调用。有效期至 ${expires}。`,
    ),
  ].join("\n");
}

function structuredAwaiting({ plan, how, byAnother, where }: Awaiting, say: Say): Record<string, unknown> {
  return {
    kind: "awaiting-approval",
    operation: plan.operation,
    target: cleanLine(plan.target),
    requiredStrength: plan.requiredStrength,
    expiresAt: new Date(plan.expiresAt).toISOString(),
    approve: how,
    ...(byAnother && { by: say("another approver of the team", "团队中的另一位批准者") }),
    next: say("The same call again, once a person has decided.", "用户决定之后，请原样重复该调用。"),
    where,
  };
}

/** Errors carry no structured content: clients of older revisions hold it against the tool's output schema. */
export function toErrorResult(failure: Failure, language: Language = "en"): CallToolResult {
  return {
    content: [{ type: "text", text: capped(errorText(failure, language)) }],
    isError: true,
    _meta: { [`${metaPrefix}/code`]: failure.code },
  };
}

/** The same as data, for programs. The question of an ask is a person's to read and is left out. */
export function toStructured(result: ToolResult, language: Language = "en"): Record<string, unknown> {
  switch (result.kind) {
    case "reply":
      return { kind: "done", ...structuredReply(shrink(result)) };
    case "awaiting":
      return structuredAwaiting(result, sayIn(language));
    case "ask":
      return {
        kind: "awaiting-approval",
        operation: result.plan.operation,
        target: result.plan.target,
        requiredStrength: result.plan.requiredStrength,
        expiresAt: new Date(result.plan.expiresAt).toISOString(),
        where: result.where,
      };
    default: {
      const { kind, ...rest } = result;
      return { kind, ...(cleanDeep(rest) as Record<string, unknown>) };
    }
  }
}

/** Exit code of a program that made one call: 0 done, 2 bad usage, 3 refused, 4 awaiting approval, 5 outcome unknown. */
export function exitCodeOf(result: ToolResult): 0 | 2 | 3 | 4 | 5 {
  switch (result.kind) {
    case "reply":
      return 0;
    case "ask":
    case "awaiting":
      return 4;
    case "unknown":
      return 5;
    case "refused":
      return result.code === "BAD_INPUT" ? 2 : 3;
  }
}

interface FittedReply {
  reply: Reply;
  summary: string;
  data: Readonly<Record<string, unknown>>;
  untrusted: ReadonlyArray<{ title: string; text: string }>;
  cut: readonly string[];
  next?: string;
}

function shrink(reply: Reply): FittedReply {
  const texts = (reply.untrusted ?? []).slice(0, maxTexts);
  const available = maxBytes - reservedBytes;
  const { data, cut } = fitData(
    cleanDeep(reply.data ?? {}) as Record<string, unknown>,
    texts.length > 0 ? available / 3 : available,
    dataBytes,
  );
  const lost = (reply.untrusted?.length ?? 0) - texts.length;
  if (lost > 0) cut.push(`${lost} texts`);
  const share = Math.floor((available - dataBytes(data)) / Math.max(1, texts.length)) - wrapBytes;
  const untrusted = texts.map(({ title, text }) => {
    const source = cleanLine(title).slice(0, maxTitleLength);
    const fitted = fitText(cleanText(text), share);
    if (fitted.cut !== undefined) cut.push(`${fitted.cut} of ${source}`);
    return {
      title: source,
      text: wrapUntrusted({ text: fitted.text, source, boundary: newBoundary() }),
    };
  });
  return {
    reply,
    summary: utf8Prefix(cleanText(reply.summary), maxSummaryBytes),
    data,
    untrusted,
    cut,
    ...(reply.next !== undefined && { next: utf8Prefix(cleanLine(reply.next), maxNextBytes) }),
  };
}

function newBoundary(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** Data is written twice, as lines and as JSON; the longer counts. */
function dataBytes(data: Readonly<Record<string, unknown>>): number {
  return Math.max(jsonBytes(data), utf8Length(linesOf(data).join("\n")));
}

function textOf({ reply, summary, data, untrusted, cut, next }: FittedReply, say: Say): string {
  return [
    summary,
    ...linesOf(data),
    ...untrusted.map(({ text }) => text),
    ...(cut.length > 0 ? [cutLine(cut, say)] : []),
    ...(reply.approval ? [approvalLine(reply.approval, say)] : []),
    footer(reply.where, say, reply.requestId, reply.audit),
    ...(next === undefined ? [] : [`next: ${next}`]),
  ].join("\n");
}

function approvalLine({ strength, by }: NonNullable<Reply["approval"]>, say: Say): string {
  return by === undefined
    ? say(`approved by a person (${strength})`, `已由用户批准（${strength}）`)
    : say(`approved by a person in advance (${by}, ${strength})`, `已由用户事先批准（${by}，${strength}）`);
}

/** One entry a line, so that a model and a person can point at it. */
function linesOf(data: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.some((element) => typeof element === "object")) {
      return [`${name}:`, ...value.map((element) => `- ${JSON.stringify(element)}`)];
    }
    return [`${name}: ${typeof value === "string" ? value.replaceAll("\n", "\\n") : JSON.stringify(value)}`];
  });
}

function structuredReply({ reply, summary, data, untrusted, cut, next }: FittedReply): Record<string, unknown> {
  return {
    summary,
    ...(reply.data && { data }),
    ...(untrusted.length > 0 && { untrusted }),
    ...(cut.length > 0 && { cut }),
    ...(next !== undefined && { next }),
    where: reply.where,
    ...(reply.requestId !== undefined && { requestId: reply.requestId }),
    ...(reply.approval && { approval: reply.approval }),
    ...(reply.audit && { audit: reply.audit }),
  };
}

function errorText(failure: Failure, language: Language): string {
  const { code, what, next, fields = [], changes = [], cloud, where, audit } = failure;
  const say = sayIn(language);
  return [
    `${code}: ${cleanLine(what)}`,
    ...fields.map(({ field, problem, allowed, example }) =>
      cleanLine(
        say(
          `- ${field} ${problem}. Allowed: ${allowed}. Example: ${example}`,
          `- ${field} ${problem}。允许：${allowed}。示例：${example}`,
        ),
      ),
    ),
    ...changes.map(({ fact, before, now }) => {
      const values = [JSON.stringify(before), JSON.stringify(now)] as const;
      return cleanLine(
        say(`- ${fact} was ${values[0]}, is now ${values[1]}`, `- ${fact} 原为 ${values[0]}，现为 ${values[1]}`),
      );
    }),
    ...(cloud ? [cloudLine(cloud, say)] : []),
    ...(where ? [footer(where, say, cloud?.requestId, audit)] : []),
    `next: ${cleanLine(next)}`,
  ].join("\n");
}

function cloudLine({ status, code, message }: NonNullable<Failure["cloud"]>, say: Say): string {
  const answer = `${status} ${cleanLine(code)}: ${JSON.stringify(cleanLine(message).slice(0, 500))}`;
  return `${say("the cloud answered", "云端应答")} ${answer}`;
}

function footer(where: Where, say: Say, requestId?: string, audit?: AuditMark): string {
  const { regionId } = where;
  const identity = cleanLine(where.identity);
  const profile = cleanLine(where.profile);
  const dli = where.cloud === "dli";
  const place =
    where.environment === "sandbox"
      ? `${say("sandbox, ", "沙箱，")}${dli ? say("Huawei Cloud DLI, ", "华为云 DLI，") : ""}${regionId}`
      : say(`account ${identity}, ${regionId}, profile ${profile}`, `账号 ${identity}，${regionId}，配置 ${profile}`);
  return [
    `where: ${place}`,
    ...(requestId === undefined ? [] : [`request ${cleanLine(requestId)}`]),
    ...(audit ? [`audit ${audit.sequence} ${audit.head.slice(0, 12)}`] : []),
  ].join(" | ");
}

function cutLine(cut: readonly string[], say: Say): string {
  const names = cut.join(", ");
  return say(
    `not shown: ${names}. Ask for less at a time (fewer rows a page, a narrower filter or time, fewer log lines) to see it.`,
    `not shown: ${names}。请每次少取一些（减少每页行数，缩小筛选条件或时间范围，减少日志行数）以查看。`,
  );
}

function capped(text: string): string {
  if (utf8Length(text) <= maxBytes) return text;
  const notice = "\nnot shown: the rest of this answer, which was too long. Ask for less at a time.";
  return `${utf8Prefix(text, maxBytes - utf8Length(notice))}${notice}`;
}

function cleanDeep(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [cleanLine(name), cleanDeep(inner)]));
}
