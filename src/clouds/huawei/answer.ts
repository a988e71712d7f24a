import type { CloudAnswer } from "../transport.ts";
import type { Arrived } from "./exchange.ts";

/** What the bytes of an answer mean (sections 1 and 3 of the API notes). */

const longestMessage = 1_000;
const allowedSkewMs = 15 * 60_000;

/** @param now this computer's clock when the answer arrived */
export function readAnswer({ status, headers, text: received }: Arrived, now: number): CloudAnswer {
  const body = parse(received);
  const requestId = text(headers["x-request-id"]) ?? text(asRecord(body).request_id);
  const named = requestId !== undefined && { requestId };
  if (status >= 300 && status < 400) {
    return {
      kind: "rejected",
      status,
      code: "Redirect",
      message: "the service redirected; redirects are not followed",
      ...named,
    };
  }
  if (status >= 200 && status < 300) {
    if (body === undefined) return { kind: "lost", message: "the answer cannot be read" };
    // Of a batch only some may have failed; who asked has to see which.
    const results = Array.isArray(body) ? body : [body];
    if (results.length === 0 || !results.every(hasFailed)) return { kind: "answered", body, ...named };
  }
  const { code, message } = complaintOf(body, status);
  // The gateway waits by the status, which throttling does not always have.
  const isThrottled = status === 429 || /^APIGW?\.0308$/.test(code);
  const retryAfterMs = isThrottled ? readRetryAfter(headers["retry-after"], now) : undefined;
  const skew = status === 401 ? skewOf(headers.date, message, now) : undefined;
  const missingPermission = status === 403 ? /\bdli:[A-Za-z]*:[A-Za-z]+\b/.exec(message)?.[0] : undefined;
  return {
    kind: "rejected",
    status: isThrottled ? 429 : status,
    code,
    message: skew === undefined ? message : `${skewed(skew)} (${message})`,
    ...named,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(missingPermission !== undefined && { missingPermission }),
  };
}

export const clockSkewText = "the clocks differ";

/** A signature was refused for its date; new credentials would not help. */
export function isClockSkew(answer: CloudAnswer): boolean {
  return answer.kind === "rejected" && answer.status === 401 && answer.message.startsWith(clockSkewText);
}

/** On streaming calls it is a word, not a boolean. */
function hasFailed(result: unknown): boolean {
  return String(asRecord(result).is_success).toLowerCase() === "false";
}

/** Batch calls answer with an array of complaints, IAM with `{error: {code, message}}`. */
function complaintOf(body: unknown, status: number): { code: string; message: string } {
  const complaints = (Array.isArray(body) ? body.filter((entry) => status >= 300 || hasFailed(entry)) : [body])
    .map(asRecord)
    .map((entry) => ({ ...asRecord(entry.error), ...entry }));
  const first = complaints[0] ?? {};
  const messages = complaints.map(messageOf).filter((message) => message !== undefined);
  const said = [...new Set(messages)].join("; ");
  const otherwise =
    body === undefined ? `HTTP ${status} with a body that is not JSON` : `HTTP ${status} without a reason`;
  return { code: codeOf(first) ?? "", message: (said || otherwise).slice(0, longestMessage) };
}

function codeOf(entry: Record<string, unknown>): string | undefined {
  return text(entry.error_code) ?? text(entry.errorCode) ?? text(entry.error_id) ?? text(entry.code);
}

function messageOf(entry: Record<string, unknown>): string | undefined {
  return (
    text(entry.error_msg) ??
    text(entry.errorMsg) ??
    text(entry.error_cause) ??
    text(entry.error_name) ??
    text(entry.message) ??
    text(entry.msg)
  );
}

/** Seconds or a date. */
function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return waitMs > 0 ? waitMs : undefined;
}

/** How far this clock is ahead of the service's, when that is why a signature was refused. */
function skewOf(date: string | undefined, message: string, now: number): number | undefined {
  const [, sent, server] = /signature time:\s*(\w+),\s*server time:\s*(\w+)/i.exec(message) ?? [];
  if (sent !== undefined && server !== undefined) return fromBasicDate(sent) - fromBasicDate(server);
  if (!/signature/i.test(message)) return undefined;
  const ahead = now - Date.parse(date ?? "");
  return Math.abs(ahead) > allowedSkewMs ? ahead : undefined;
}

function skewed(aheadMs: number): string {
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  if (Number.isNaN(minutes)) return clockSkewText;
  return `${clockSkewText}: this computer's is ${minutes} min ${aheadMs > 0 ? "ahead of" : "behind"} the service's`;
}

function fromBasicDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

/** Deletions may answer with no body at all. */
function parse(received: string): unknown {
  if (received.trim() === "") return {};
  try {
    return JSON.parse(received);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
