import http from "node:http";
import https from "node:https";
import type { CloudAnswer } from "../transport.ts";
import { guarded } from "../wire-guard.ts";
import type { Endpoint } from "./connection.ts";

export interface Outgoing {
  endpoint: Endpoint;
  method: string;
  path: string;
  /** Without the question mark; empty when there is none. */
  query: string;
  headers: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** A longer answer is cut there instead of refused, unless it is a complaint. */
  cutAfterBytes?: number;
}

export interface Arrived {
  kind: "arrived";
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** The answer was longer than it was to be. */
  wasCut?: true;
}

export type Exchanged =
  | Arrived
  /** The wire guard destroyed it before a byte left. */
  | { kind: "refused"; why: string }
  /** The far end cannot have had any of it. */
  | { kind: "not-sent"; why: string }
  | { kind: "lost"; why: string };

const connectTimeoutMs = 10_000;
const largestAnswer = 16 * 1024 * 1024;

/** One request on a connection of its own: a pooled one that the far end has closed would fail half way. */
export async function exchange(
  outgoing: Outgoing,
  admits: (method: string, path: string) => boolean,
  signal: AbortSignal,
): Promise<Exchanged> {
  const progress = { reached: false };
  const { sighting, result } = guarded(
    {
      host: outgoing.endpoint.host,
      // Nothing but this very request, and that only while it is admitted.
      admits: (method, path, query) =>
        method === outgoing.method && path === outgoing.path && query === outgoing.query && admits(method, path),
      signal,
    },
    () => transfer(outgoing, progress, signal),
  );
  try {
    return await result;
  } catch (error) {
    if (sighting.refused !== undefined) return { kind: "refused", why: sighting.refused };
    return { kind: progress.reached ? "lost" : "not-sent", why: reasonOf(error) };
  }
}

async function transfer(outgoing: Outgoing, progress: { reached: boolean }, signal: AbortSignal): Promise<Arrived> {
  signal.throwIfAborted();
  const { endpoint, query, body } = outgoing;
  const secure = endpoint.protocol === "https";
  const { hostname, port } = new URL(`${endpoint.protocol}://${endpoint.host}`);
  const request = (secure ? https : http).request({
    host: hostname.replace(/^\[|\]$/g, ""),
    ...(port !== "" && { port }),
    method: outgoing.method,
    path: query === "" ? outgoing.path : `${outgoing.path}?${query}`,
    headers: {
      ...outgoing.headers,
      host: endpoint.host,
      ...(body !== undefined && { "content-length": Buffer.byteLength(body) }),
    },
    agent: false,
  });
  const connecting = setTimeout(() => request.destroy(new Error("no connection within 10 s")), connectTimeoutMs);
  request.once("close", () => clearTimeout(connecting));
  request.once("socket", (socket) => {
    // A certificate that is refused comes after TCP's connection and before the request.
    socket.once(secure ? "secureConnect" : "connect", () => {
      clearTimeout(connecting);
      progress.reached = true;
    });
  });
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
    request.end(body);
  });
  // Else a connection that breaks during the answer would be an error without a listener.
  request.on("error", () => undefined);
  const { statusCode: status = 0, headers } = response;
  const cutAt = status < 300 ? outgoing.cutAfterBytes : undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    chunks.push(chunk);
    if (cutAt !== undefined && size > cutAt) break;
    if (size > largestAnswer) {
      request.destroy();
      throw new Error("the answer is longer than 16 MiB");
    }
  }
  const wasCut = cutAt !== undefined && size > cutAt;
  // Half a character at the cut is left out; elsewhere it is damage and shown as such.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(chunks).subarray(0, cutAt), {
    stream: wasCut,
  });
  return { kind: "arrived", status, headers, text, ...(wasCut && { wasCut }) };
}

/** What a request without an answer means to whoever made it. */
export function unanswered(
  exchanged: Exclude<Exchanged, Arrived>,
  waited: { deadlineMs: number; deadline: AbortSignal; caller: AbortSignal },
): Extract<CloudAnswer, { kind: "not-sent" | "lost" }> {
  const inSeconds = `within ${waited.deadlineMs / 1_000} s`;
  switch (exchanged.kind) {
    case "refused":
      return { kind: "not-sent", reason: "guard", message: exchanged.why };
    case "not-sent":
      if (waited.caller.aborted) return { kind: "not-sent", reason: "cancelled", message: "the caller cancelled" };
      return {
        kind: "not-sent",
        reason: "unreachable",
        message: waited.deadline.aborted ? `no connection ${inSeconds}` : exchanged.why,
      };
    case "lost":
      if (waited.deadline.aborted) return { kind: "lost", message: `no answer ${inSeconds}` };
      return {
        kind: "lost",
        message: waited.caller.aborted ? "the caller cancelled while it was under way" : exchanged.why,
      };
  }
}

/** With several addresses the error of each is inside, and the outer one says nothing. */
function reasonOf(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return (inner instanceof Error ? inner.message : String(inner)).slice(0, 300);
}
