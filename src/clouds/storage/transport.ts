import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure, type StorageFailure } from "./result.ts";
import { checkOutgoing, type Intent } from "./wire-guard.ts";

/** The part of urllib's request arguments that ali-oss sets. */
export interface AliOssRequest {
  method: string;
  headers: Record<string, string | number>;
  content?: string | Uint8Array | null;
  stream?: Readable | null;
}

/** The part of urllib's answer that ali-oss reads. */
export interface AliOssResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  data: Buffer;
  res: { status: number; statusCode: number; headers: http.IncomingHttpHeaders };
}

export interface Call {
  endpoint: URL;
  intent: Intent;
  signal: AbortSignal;
  timeoutMs: number;
  /** A longer answer is cut there instead of refused. */
  cutAfterBytes?: number;
}

/** Given to ali-oss in place of urllib; ali-oss signs requests and reads answers, the wire is ours. */
export interface Transport {
  request(url: string, args: AliOssRequest): Promise<AliOssResponse>;
  /** ali-oss keeps little of an error, so the reason stands here. */
  failed: StorageFailure | undefined;
  /** Status of the last answer. */
  answered: number | undefined;
  wasCut: boolean;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function createTransport(call: Call): Transport {
  const transport: Transport = {
    failed: undefined,
    answered: undefined,
    wasCut: false,
    async request(url, args) {
      transport.failed = undefined;
      const checked = checkOutgoing(call.intent, call.endpoint, { method: args.method, url, headers: args.headers });
      if (!checked.allowed) {
        transport.failed = failure("refused_by_guard", `Nothing was sent: ${checked.reason}.`);
        throw new Error(transport.failed.message);
      }
      const deadline = AbortSignal.timeout(call.timeoutMs);
      const progress = { connected: false };
      try {
        return await exchange(checked.url, args, AbortSignal.any([call.signal, deadline]), progress);
      } catch (error) {
        transport.failed = explain(error, call, deadline, progress.connected, args.method);
        throw new Error(transport.failed.message, { cause: error });
      }
    },
  };

  async function exchange(
    url: URL,
    args: AliOssRequest,
    signal: AbortSignal,
    progress: { connected: boolean },
  ): Promise<AliOssResponse> {
    signal.throwIfAborted();
    const send = url.protocol === "https:" ? https.request : http.request;
    // Connections of our own: a pooled one that the far end closed would fail a write half way.
    const request = send(url, { method: args.method, headers: args.headers, agent: false, signal });
    request.once("socket", (socket) => {
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
        progress.connected = true;
      });
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once("response", resolve);
      request.once("error", reject);
    });
    // An early refusal closes the request while its body is still being sent; the answer tells why.
    const sent = args.stream ? pipeline(args.stream, request, { signal }).catch(() => undefined) : undefined;
    if (sent === undefined) request.end(args.content ?? undefined);
    const response = await answered;
    const body = await readAnswer(response);
    const { headers, statusCode: status = 0 } = response;
    // HEAD has no body, so OSS puts the error document into a header; ali-oss reads it from a body only.
    const inHeader = body.length === 0 && status >= 400 ? headers["x-oss-err"] : undefined;
    const data = inHeader === undefined ? body : Buffer.from(String(inHeader), "base64");
    transport.answered = status;
    return { status, headers, data, res: { status, statusCode: status, headers } };
  }

  async function readAnswer(response: http.IncomingMessage): Promise<Buffer> {
    const isError = (response.statusCode ?? 0) >= 300;
    const cutAt = isError ? undefined : call.cutAfterBytes;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      if (cutAt !== undefined && size > cutAt) {
        transport.wasCut = true;
        break;
      }
      if (size > MAX_ANSWER_BYTES && cutAt === undefined) throw new Error("the answer is too long");
    }
    return Buffer.concat(chunks).subarray(0, cutAt);
  }

  return transport;
}

function explain(
  error: unknown,
  call: Call,
  deadline: AbortSignal,
  connected: boolean,
  method: string,
): StorageFailure {
  const outcome = connected && method !== "GET" && method !== "HEAD" ? "unknown" : "not_done";
  if (call.signal.aborted) return failure("aborted", "The call was cancelled.", { outcome });
  const where = call.endpoint.host;
  if (deadline.aborted) {
    return failure("timeout", `${where} did not answer within ${call.timeoutMs / 1000} s.`, { outcome });
  }
  const reason = error instanceof Error && "code" in error ? String(error.code) : "connection failed";
  return failure("unreachable", `${where} cannot be reached (${reason}).`, { outcome });
}
