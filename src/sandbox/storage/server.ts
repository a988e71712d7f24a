import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type Address, parseAddress } from "./address.ts";
import { type Files, openFiles } from "./files.ts";
import { isRefusal, type Refusal, type Reply, refuse } from "./reply.ts";
import { answer } from "./routes.ts";
import { type Credentials, verifySignature } from "./signature.ts";
import { element, xmlDocument } from "./xml.ts";

export interface ObjectStoreOptions {
  /** Objects are the files `<rootFolder>/<bucket>/<key>`; engines read and write them directly. */
  rootFolder: string;
  /** A free one when absent. */
  port?: number;
  accessKeyId: string;
  accessKeySecret: string;
  regionId?: string;
}

export interface ObjectStore {
  endpoint: string;
  close(): Promise<void>;
}

const DEFAULT_REGION = "cn-hangzhou";

export async function startObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  const files = await openFiles(options.rootFolder);
  const regionId = options.regionId ?? DEFAULT_REGION;
  const server = createServer((request, response) => {
    const requestId = randomBytes(12).toString("hex").toUpperCase();
    respond(files, options, regionId, request)
      .catch((): Refusal => refuse(500, "InternalError", "We encountered an internal error. Please try again."))
      .then((reply) => send(request, response, reply, requestId))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the object store has no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  files: Files,
  credentials: Credentials,
  regionId: string,
  request: IncomingMessage,
): Promise<Reply | Refusal> {
  const address: Address | Refusal = parseAddress(request.headers.host, request.url ?? "");
  if (isRefusal(address)) return address;
  const { headers, method = "" } = request;
  const refusal = verifySignature({ ...address, method, headers }, credentials, new Date());
  if (refusal !== undefined) return refusal;
  const { bucket, key } = address;
  return answer(files, { method, bucket, key, query: new Map(address.query), headers, body: request }, regionId);
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply | Refusal,
  requestId: string,
): Promise<void> {
  const document = isRefusal(reply) ? errorDocument(reply, request, requestId) : undefined;
  const body = document ?? (isRefusal(reply) ? undefined : reply.body) ?? "";
  const headers: Record<string, string> = {
    server: "AliyunOSS",
    "x-oss-request-id": requestId,
    ...reply.headers,
  };
  const isHead = request.method === "HEAD";
  const hasBody = !isHead && reply.status !== 204 && reply.status !== 304;
  if (typeof body === "string" && body !== "") headers["content-type"] ??= "application/xml";
  if (typeof body === "string" && hasBody) headers["content-length"] = String(Buffer.byteLength(body));
  // HEAD has no body to carry the error document.
  if (document !== undefined && isHead) headers["x-oss-err"] = Buffer.from(document).toString("base64");
  response.writeHead(reply.status, headers);
  if (typeof body === "string") response.end(hasBody ? body : undefined);
  else {
    // A file that shrinks while it is read must break the connection, not end the body early.
    response.strictContentLength = true;
    await pipeline(body, response);
  }
  // An unread body would block the connection; it goes nowhere.
  if (!request.readableEnded) request.resume();
}

function errorDocument(refusal: Refusal, request: IncomingMessage, requestId: string): string {
  const details = Object.entries(refusal.detail ?? {}).map(([name, value]) => element(name, value));
  return xmlDocument(
    element(
      "Error",
      element("Code", refusal.code),
      element("Message", refusal.message),
      element("RequestId", requestId),
      element("HostId", request.headers.host ?? ""),
      ...details,
    ),
  );
}
