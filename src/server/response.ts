import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Reply, ToolResult } from "../../tools/define.ts";
import { type OutcomeCode, outcomeCodes } from "../gateway/codes.ts";
import type { AuditMark, Awaiting, Drift, FieldProblem, Refused, Where } from "../gateway/types.ts";
import { cleanLine, cleanText, utf8Length, utf8Prefix } from "../jobs/clean-text.ts";
import { wrapUntrusted } from "../jobs/wrap-untrusted.ts";
import type { Language } from "../policy/types.ts";
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
  if (result.kind === "awaiting") return toAwaitingResult(result);
  if (result.kind !== "reply") return toErrorResult(result, language);
  const fitted = shrink(result);
  return {
    content: [{ type: "text", text: capped(textOf(fitted)) }],
    structuredContent: structuredReply(fitted),
  };
}

/** No error: the call is in order and goes on when a person has decided. The question itself is theirs to read. */
function toAwaitingResult(awaiting: Awaiting): CallToolResult {
  return {
    content: [{ type: "text", text: capped(awaitingText(awaiting)) }],
    structuredContent: structuredAwaiting(awaiting),
    _meta: { [`${metaPrefix}/code`]: "AWAITING_APPROVAL" },
  };
}

function awaitingText({ plan, how, byAnother }: Awaiting): string {
  const open = how.url === undefined ? "" : `open ${how.url} or `;
  return [
    `AWAITING_APPROVAL: ${plan.operation} of ${cleanLine(plan.target)} was not sent yet: ${byAnother ? "another person of the team has to decide" : "a person has to decide outside of this client"}.`,
    `next: tell the user ${byAnother ? "that another approver has to " : "to "}${open}run \`${how.command}\`, then make the very same call again. It expires at ${new Date(plan.expiresAt).toISOString()}.`,
  ].join("\n");
}

function structuredAwaiting({ plan, how, byAnother, where }: Awaiting): Record<string, unknown> {
  return {
    kind: "awaiting-approval",
    operation: plan.operation,
    target: cleanLine(plan.target),
    requiredStrength: plan.requiredStrength,
    expiresAt: new Date(plan.expiresAt).toISOString(),
    approve: how,
    ...(byAnother && { by: "another approver of the team" }),
    next: "The same call again, once a person has decided.",
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
export function toStructured(result: ToolResult): Record<string, unknown> {
  switch (result.kind) {
    case "reply":
      return { kind: "done", ...structuredReply(shrink(result)) };
    case "awaiting":
      return structuredAwaiting(result);
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

function textOf({ reply, summary, data, untrusted, cut, next }: FittedReply): string {
  return [
    summary,
    ...linesOf(data),
    ...untrusted.map(({ text }) => text),
    ...(cut.length > 0 ? [cutLine(cut)] : []),
    ...(reply.approval ? [approvalLine(reply.approval)] : []),
    footer(reply.where, reply.requestId, reply.audit),
    ...(next === undefined ? [] : [`next: ${next}`]),
  ].join("\n");
}

function approvalLine({ strength, by }: NonNullable<Reply["approval"]>): string {
  return by === undefined
    ? `approved by a person (${strength})`
    : `approved by a person in advance (${by}, ${strength})`;
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
  return [
    `${code}: ${cleanLine(what)}`,
    // The sentence names things as the service spells them; what kind of refusal it is stands in the person's language.
    ...(language === "en" ? [] : [outcomeCodes[code][language]]),
    ...fields.map(({ field, problem, allowed, example }) =>
      cleanLine(`- ${field} ${problem}. Allowed: ${allowed}. Example: ${example}`),
    ),
    ...changes.map(({ fact, before, now }) =>
      cleanLine(`- ${fact} was ${JSON.stringify(before)}, is now ${JSON.stringify(now)}`),
    ),
    ...(cloud
      ? [
          `the cloud answered ${cloud.status} ${cleanLine(cloud.code)}: ${JSON.stringify(cleanLine(cloud.message).slice(0, 500))}`,
        ]
      : []),
    ...(where ? [footer(where, cloud?.requestId, audit)] : []),
    `next: ${cleanLine(next)}`,
  ].join("\n");
}

function footer(where: Where, requestId?: string, audit?: AuditMark): string {
  const place =
    where.environment === "sandbox"
      ? `sandbox, ${where.cloud === "dli" ? "Huawei Cloud DLI, " : ""}${where.regionId}`
      : `account ${cleanLine(where.identity)}, ${where.regionId}, profile ${cleanLine(where.profile)}`;
  return [
    `where: ${place}`,
    ...(requestId === undefined ? [] : [`request ${cleanLine(requestId)}`]),
    ...(audit ? [`audit ${audit.sequence} ${audit.head.slice(0, 12)}`] : []),
  ].join(" | ");
}

function cutLine(cut: readonly string[]): string {
  return `not shown: ${cut.join(", ")}. Ask for less at a time (fewer rows a page, a narrower filter or time, fewer log lines) to see it.`;
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
