import type { IncomingMessage, Server } from "node:http";
import type { SignedRequest } from "./signature/acs3.ts";

/** What the control planes of all clouds do with bytes before anything means something. */

/** As it stood on the wire, for a signature to be checked over it. */
export function signedRequest(request: IncomingMessage, body: Uint8Array): SignedRequest {
  const target = request.url ?? "/";
  const queryAt = target.indexOf("?");
  const headers: [string, string][] = [];
  for (let position = 0; position + 1 < request.rawHeaders.length; position += 2) {
    headers.push([request.rawHeaders[position] ?? "", request.rawHeaders[position + 1] ?? ""]);
  }
  return {
    method: request.method ?? "",
    rawPath: queryAt < 0 ? target : target.slice(0, queryAt),
    rawQuery: queryAt < 0 ? "" : target.slice(queryAt + 1),
    headers,
    body,
  };
}

/** Undefined when it is larger than the service takes. */
export async function readBody(request: IncomingMessage, largest: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largest) chunks.push(chunk);
  }
  return size <= largest ? Buffer.concat(chunks) : undefined;
}

/** Undefined when it is no JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** Clients take an answer without JSON for a failure of their own, so what is no HTTP gets an error document too. */
export function answerBrokenRequests(server: Server, errorText: () => string): void {
  server.on("clientError", (_, socket) => {
    if (!socket.writable) return;
    const text = errorText();
    const head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json;charset=utf-8";
    socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  });
}

/** @returns HOST:PORT */
export async function listen(server: Server, port: number): Promise<string> {
  // Official clients keep connections; one that is closed under a client's hands looks like a failure of the service.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the control plane has no port");
  return `127.0.0.1:${address.port}`;
}

export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
