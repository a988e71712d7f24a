import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { ThriftAddress } from "../sql-engine.ts";
import { presentedToken } from "./credentials.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";

export interface TokenGatewayParts {
  /** Whom a token lets in; asked for each request, so that a withdrawn token ends at once. */
  lookup(token: string): Promise<{ user: string } | { refused: number; message: string }>;
  /** Where the user's requests go; may take minutes, as long as the engine takes to start. */
  target(user: string): Promise<ThriftAddress>;
}

/** A statement comes in one request; results go the other way. */
const largestRequest = 16 * 1024 * 1024;

/** HiveServer2's Thrift over HTTP for holders of a token, at /cliservice/token/<token> or with HTTP Basic. */
export function createTokenGateway(parts: TokenGatewayParts): Server {
  const server = createServer((incoming, response) => {
    serve(parts, incoming, response).catch((error: unknown) => {
      refuse(response, 503, error instanceof Error ? error.message : "The engine is not available.");
    });
  });
  // Its clock runs while the engine starts, because the body is not read before there is somebody to send it to.
  server.requestTimeout = 0;
  return server;
}

async function serve(parts: TokenGatewayParts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const presented = presentedToken(incoming);
  if ("refused" in presented) return refuse(response, presented.refused, presented.message);
  if (incoming.method !== "POST") return refuse(response, 405, "Thrift over HTTP is spoken with POST.");
  if (Number(incoming.headers["content-length"] ?? 0) > largestRequest) return refuseSize(response);
  const verdict = await parts.lookup(presented.token);
  if ("refused" in verdict) return refuse(response, verdict.refused, verdict.message);
  const target = await parts.target(verdict.user);
  if (!response.destroyed) forward(target, incoming, response);
}

function forward(target: ThriftAddress, incoming: IncomingMessage, response: ServerResponse): void {
  const { host, port, authorization } = target;
  const headers = { ...requestHeaders(incoming), authorization };
  // A connection of its own: one that the engine closes while it is taken up again would fail a statement.
  const outgoing = request({ host, port, path: "/cliservice", method: "POST", agent: false, headers });
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (outgoing.destroyed) return;
    if (size > largestRequest) {
      outgoing.destroy();
      refuseSize(response);
    } else if (!outgoing.write(chunk)) {
      incoming.pause();
    }
  });
  outgoing.on("drain", () => incoming.resume());
  incoming.on("end", () => outgoing.end());
  outgoing.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, responseHeaders(answer));
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  outgoing.on("error", () => refuse(response, 502, "The engine ended before it answered."));
  response.on("close", () => outgoing.destroy());
}

function refuseSize(response: ServerResponse): void {
  refuse(response, 413, `A request holds at most ${largestRequest / 1024 / 1024} MiB.`);
}

/** Closes the connection, for there may be a body on it that nobody reads. */
function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8", connection: "close" };
  if (status === 401) headers["www-authenticate"] = 'Basic realm="Kyuubi"';
  response.writeHead(status, headers);
  response.end(`${message}\n`);
  response.req.resume();
}
