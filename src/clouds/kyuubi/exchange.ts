import http from "node:http";
import https from "node:https";
import { maskKnown } from "../known-secrets.ts";
import { guarded } from "../wire-guard.ts";
import type { KyuubiTarget } from "./address.ts";
import type { FailureCode } from "./result.ts";

/** What came of one POST. `acted: false`: the service has certainly done nothing for it. */
export type Exchange =
  | { kind: "answered"; body: Buffer }
  | { kind: "failed"; code: FailureCode; message: string; acted: boolean };

export interface ExchangeLimits {
  signal: AbortSignal;
  maxAnswerBytes: number;
}

class TooLarge extends Error {}

/** Never rejects. The caller's signal carries its deadline. */
export async function exchange(target: KyuubiTarget, body: Buffer, limits: ExchangeLimits): Promise<Exchange> {
  const { origin, path } = target;
  const shown = (text: string) => maskKnown(text, target.secrets);
  const progress = { connected: false };
  if (limits.signal.aborted) return { kind: "failed", code: "cancelled", message: "Nothing was sent.", acted: false };
  const { sighting, result } = guarded(
    { host: origin.host, admits: (method, seen) => method === "POST" && seen === path, signal: limits.signal },
    () => post(target, body, limits, progress),
  );
  try {
    const answer = await result;
    return judge(answer, target, shown);
  } catch (error) {
    if (sighting.refused !== undefined) {
      const message = `Nothing was sent: ${shown(sighting.refused)}.`;
      return { kind: "failed", code: "refused_by_guard", message, acted: false };
    }
    const acted = progress.connected;
    if (limits.signal.aborted) return { kind: "failed", code: "cancelled", message: "The wait was ended.", acted };
    if (error instanceof TooLarge) {
      const message = `${origin.host} sent more than ${limits.maxAnswerBytes} bytes in one answer.`;
      return { kind: "failed", code: "too_large", message, acted };
    }
    const reason = error instanceof Error && "code" in error ? String(error.code) : "connection failed";
    return acted
      ? { kind: "failed", code: "lost", message: `The connection to ${origin.host} broke off (${reason}).`, acted }
      : { kind: "failed", code: "unreachable", message: `${origin.host} cannot be reached (${reason}).`, acted };
  }
}

interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

function post(
  { origin, path, authorization }: KyuubiTarget,
  body: Buffer,
  { signal, maxAnswerBytes }: ExchangeLimits,
  progress: { connected: boolean },
): Promise<HttpAnswer> {
  const secure = origin.protocol === "https:";
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(origin, {
      method: "POST",
      path,
      headers: {
        "content-type": "application/x-thrift",
        accept: "application/x-thrift",
        "content-length": body.length,
        ...(authorization !== undefined && { authorization }),
      },
      // Connections of our own: a pooled one that the far end closed would leave it open whether a statement ran.
      agent: false,
      signal,
    });
    request.once("socket", (socket) => {
      socket.once(secure ? "secureConnect" : "connect", () => {
        progress.connected = true;
      });
    });
    request.once("error", reject);
    request.once("response", (response) => {
      read(response, maxAnswerBytes).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes }),
        reject,
      );
    });
    request.end(body);
  });
}

async function read(response: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  // What an error says in a page of HTML is not worth more.
  const limit = response.statusCode === 200 ? maxBytes : Math.min(maxBytes, 65_536);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      response.destroy();
      if (response.statusCode === 200) throw new TooLarge();
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function judge(
  { status, headers, body }: HttpAnswer,
  { origin }: KyuubiTarget,
  shown: (text: string) => string,
): Exchange {
  // Below 500 the request was turned away; above, a gateway may speak for a service that is still at it.
  const acted = status >= 500 || status === 200;
  const refuse = (code: FailureCode, message: string): Exchange => ({ kind: "failed", code, message, acted });
  const host = origin.host;
  if (status === 200) {
    const type = headers["content-type"] ?? "";
    if (type === "" || /^application\/(x-thrift|octet-stream)\b/i.test(type)) return { kind: "answered", body };
    return refuse("not_thrift", `${host} answered with ${shown(type.slice(0, 100))}, which is no Thrift.`);
  }
  if (status === 401) return refuse("not_authorised", `${host} does not accept the token (HTTP 401).`);
  if (status === 403) return refuse("forbidden", `${host} accepts the token but not for this service (HTTP 403).`);
  if (status >= 300 && status < 400)
    return refuse("redirected", `${host} redirects (HTTP ${status}), which is not followed.`);
  if (status === 502 || status === 503 || status === 504) {
    return refuse("service_stopped", `${host} has no running service behind it (HTTP ${status}).`);
  }
  return refuse("http_status", `${host} answered with HTTP ${status}.`);
}
