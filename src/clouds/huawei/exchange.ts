import http from "node:http";
import https from "node:https";
import { guarded } from "../wire-guard.ts";
import type { Endpoint } from "./connection.ts";

export interface Outgoing {
  endpoint: Endpoint;
  method: string;
  path: string;
  /** Without the question mark; empty when there is none. */
  query: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface Arrived {
  kind: "arrived";
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
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
      admits: (method, path) => method === outgoing.method && path === outgoing.path && admits(method, path),
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
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestAnswer) {
      request.destroy();
      throw new Error("the answer is longer than 16 MiB");
    }
    chunks.push(chunk);
  }
  return {
    kind: "arrived",
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString("utf8"),
  };
}

/** With several addresses the error of each is inside, and the outer one says nothing. */
function reasonOf(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return (inner instanceof Error ? inner.message : String(inner)).slice(0, 300);
}
