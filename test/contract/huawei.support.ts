import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { HuaweiConnection, HuaweiCredentials } from "../../src/clouds/huawei/connection.ts";
import type { WireRequest } from "../../src/clouds/transport.ts";
import { checkDliSignature, type DliAccessKey } from "../../src/sandbox/dli/signature.ts";

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  rawHeaders: readonly string[];
  body: Buffer;
}

/** Returns a status and a body, or handles the response itself. */
export type Behaviour = (
  received: Received,
  response: ServerResponse,
) => { status?: number; body?: unknown; headers?: Record<string, string> } | undefined;

export interface ListeningService {
  host: string;
  received: Received[];
}

export async function listen(behave: Behaviour): Promise<ListeningService> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return;
    }
    const { method = "", url = "", headers, rawHeaders } = request;
    const seen = { method, url, headers, rawHeaders, body: Buffer.concat(chunks) };
    received.push(seen);
    const answer = behave(seen, response);
    if (!answer) return;
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? { is_success: true }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

export const secrets = {
  secretAccessKey: "canary-secret-access-key",
  securityToken: "canary-security-token/+==",
  token: "canary-subject-token",
  password: 'canary-pass"word',
};

export const key = { kind: "key", accessKeyId: "TESTKEY", secretAccessKey: secrets.secretAccessKey } as const;

export function connectionTo(
  service: ListeningService,
  credentials: HuaweiCredentials = key,
): HuaweiConnection & { protocol: "http" } {
  return { host: service.host, protocol: "http", projectId: "p1", credentials };
}

/** What the gateway of the sandbox says of a request. */
export function verdictOn(received: Received, now = Date.now(), accessKey: DliAccessKey = key) {
  const [rawPath = "", rawQuery = ""] = received.url.split("?");
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < received.rawHeaders.length; at += 2) {
    headers.push([received.rawHeaders[at] ?? "", received.rawHeaders[at + 1] ?? ""]);
  }
  return checkDliSignature(
    { method: received.method, rawPath, rawQuery, headers, body: received.body },
    accessKey,
    now,
  );
}

export const listQueues: WireRequest = { operation: "ListQueues", method: "GET", path: "/v1.0/p1/queues", query: {} };
export const createBatch: WireRequest = {
  operation: "CreateSparkJob",
  method: "POST",
  path: "/v2.0/p1/batches",
  query: {},
  body: { file: "obs://bucket/job.py" },
};

export const options = (deadlineMs = 5_000, signal = new AbortController().signal) => ({ deadlineMs, signal });
export const anything = () => true;
