import { maskKnown } from "../clouds/known-secrets.ts";
import type { Webhook } from "./config.ts";
import type { NotifyEvent } from "./event.ts";
import { foreignLine } from "./foreign-text.ts";
import { messageFormats } from "./formats/index.ts";
import type { Attempt } from "./formats/message.ts";

export type SendResult =
  | { kind: "delivered"; status: number; answer: string }
  /** `why` names no address. `again`: another attempt may help, not before `afterMs` when that is given. */
  | { kind: "failed"; why: string; again: boolean; afterMs?: number; answer?: string };

const deadlineMs = 10_000;
const mostBytesOfAnswer = 64 * 1024;
const mostOfAnswerShown = 200;
const longestAfterMs = 5 * 60_000;

/**
 * One attempt. Follows no redirect: a message is for the address that a person wrote down. With fetch and not node:http,
 * because the wire guard takes a request of the latter within a cloud call for a part of it.
 */
export async function send(
  webhook: Webhook,
  event: NotifyEvent,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<SendResult> {
  const format = messageFormats[webhook.format];
  const { url, headers, body } = format.compose(event, webhook, attempt);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: deadline });
    const text = await startOf(response);
    const answer = shown(text, webhook);
    const { status } = response;
    if (status < 200 || status > 299) {
      const again = status >= 500 || status === 429;
      return { kind: "failed", why: `HTTP ${status}`, again, answer, ...waitAsked(response) };
    }
    const refusal = format.refusalIn?.(text);
    if (refusal) return { kind: "failed", why: refusal.code, again: refusal.again, answer };
    return { kind: "delivered", status, answer };
  } catch (error) {
    if (signal.aborted) return { kind: "failed", why: "the program ends", again: false };
    return { kind: "failed", why: deadline.aborted ? "no answer within 10 s" : codeOf(error), again: true };
  }
}

async function startOf(response: Response): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < mostBytesOfAnswer) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).subarray(0, mostBytesOfAnswer).toString("utf8");
}

/** What the other side said, for a person who tries the webhook out. It may have echoed the request. */
function shown(text: string, { url, secret }: Webhook): string {
  const { pathname, searchParams } = new URL(url);
  const parts = [...pathname.split("/"), ...searchParams.values()];
  const known = [url, secret ?? "", pathname, ...parts].sort((a, b) => b.length - a.length);
  return foreignLine(maskKnown(text, known), mostOfAnswerShown);
}

function waitAsked(response: Response): { afterMs?: number } {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return seconds > 0 ? { afterMs: Math.min(seconds * 1_000, longestAfterMs) } : {};
}

/** The code alone: messages of the network name hosts and addresses. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "the network failed";
}
