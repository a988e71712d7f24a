import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { listen, stop } from "../wire.ts";
import { type Address, parseAddress } from "./address.ts";
import { type Dialect, obs, obsLikeAws, oss } from "./dialects.ts";
import { type Files, openFiles } from "./files.ts";
import { isRefusal, type Refusal, type Reply, refuse } from "./reply.ts";
import { answer } from "./routes.ts";
import type { Credentials } from "./signature.ts";
import { element, xmlDocument } from "./xml.ts";

export interface ObjectStoreOptions {
  /** Objects are the files `<rootFolder>/<bucket>/<key>`; engines read and write them directly. */
  rootFolder: string;
  /** A free one when absent. */
  port?: number;
  accessKeyId: string;
  accessKeySecret: string;
  regionId?: string;
  /** The same files in OBS's dialect, on a port of their own. */
  obs?: { port?: number; regionId: string };
}

export interface ObjectStore {
  endpoint: string;
  /** HOST:PORT */
  obsEndpoint?: string;
  close(): Promise<void>;
}

const DEFAULT_REGION = "cn-hangzhou";

export async function startObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  const files = await openFiles(options.rootFolder);
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.splice(0).map(stop));
  };
  const open = (
    dialectOf: Store["dialectOf"],
    credentials: Credentials,
    regionId: string,
    port = 0,
  ): Promise<string> => {
    const server = createStoreServer({ files, dialectOf, credentials, regionId });
    servers.push(server);
    return listen(server, port);
  };
  const { accessKeyId, accessKeySecret, regionId } = options;
  const credentials = { accessKeyId, accessKeySecret, ...(regionId !== undefined && { regionId }) };
  try {
    const endpoint = `http://${await open(() => oss, credentials, regionId ?? DEFAULT_REGION, options.port)}`;
    const obsEndpoint = options.obs && (await open(obsDialectOf, credentials, options.obs.regionId, options.obs.port));
    return { endpoint, ...(obsEndpoint !== undefined && { obsEndpoint }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Store {
  files: Files;
  dialectOf(request: IncomingMessage): Dialect;
  credentials: Credentials;
  regionId: string;
}

function obsDialectOf({ headers, url = "" }: IncomingMessage): Dialect {
  return headers.authorization?.startsWith("AWS ") || /[?&]AWSAccessKeyId=/.test(url) ? obsLikeAws : obs;
}

function createStoreServer(store: Store): Server {
  return createServer((request, response) => {
    const requestId = randomBytes(12).toString("hex").toUpperCase();
    const dialect = store.dialectOf(request);
    respond(store, request, dialect)
      .catch((): Refusal => refuse(500, "InternalError", "We encountered an internal error. Please try again."))
      .then((reply) => send(request, response, reply, requestId, dialect))
      .catch(() => response.destroy());
  });
}

async function respond(
  { files, credentials, regionId }: Store,
  request: IncomingMessage,
  dialect: Dialect,
): Promise<Reply | Refusal> {
  const address: Address | Refusal = parseAddress(request.headers.host, request.url ?? "");
  if (isRefusal(address)) return address;
  const { headers, method = "", url = "" } = request;
  const greeting = dialect.greet?.(method, address);
  if (greeting) return greeting;
  const refusal = dialect.verify(
    { ...address, rawPath: url.split("?")[0] ?? "", method, headers },
    credentials,
    new Date(),
  );
  if (refusal !== undefined) return refusal;
  const { bucket, key } = address;
  const understood = dialect.understand(headers, new Map(address.query), { onBucket: bucket !== "" && key === "" });
  return answer(files, { method, bucket, key, ...understood, body: request }, regionId, dialect.subResources);
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  plain: Reply | Refusal,
  requestId: string,
  dialect: Dialect,
): Promise<void> {
  const reply = dialect.express(plain);
  const document = isRefusal(reply) ? errorDocument(reply, request, requestId) : undefined;
  const body = document ?? (isRefusal(reply) ? undefined : reply.body) ?? "";
  const headers: Record<string, string> = {
    server: dialect.server,
    [dialect.requestIdHeader]: requestId,
    ...reply.headers,
  };
  const isHead = request.method === "HEAD";
  const hasBody = !isHead && reply.status !== 204 && reply.status !== 304;
  if (typeof body === "string" && body !== "") headers["content-type"] ??= "application/xml";
  if (typeof body === "string" && hasBody) headers["content-length"] = String(Buffer.byteLength(body));
  // HEAD has no body to carry the error document.
  if (document !== undefined && isHead) headers[dialect.errorHeader] = Buffer.from(document).toString("base64");
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
