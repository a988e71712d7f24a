import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, rm } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { isBucketName, refuseKey } from "./address.ts";
import type { Files, Received } from "./files.ts";
import { findBucket } from "./folders.ts";
import { failedPrecondition, parseRange } from "./preconditions.ts";
import type { ObjectInfo, ObjectRecord } from "./records.ts";
import {
  header,
  invalidArgument,
  isRefusal,
  noSuchBucket,
  noSuchKey,
  notImplemented,
  type Refusal,
  type Reply,
  refuse,
  type StoreRequest,
} from "./reply.ts";
import { element, xmlDocument } from "./xml.ts";

const MAX_BODY_BYTES = 5 * 1024 ** 3;

const KEPT_HEADERS = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
];

export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const names = Object.keys(headers).filter((name) => KEPT_HEADERS.includes(name) || name.startsWith("x-oss-meta-"));
  return Object.fromEntries(names.map((name) => [name, header(headers, name) ?? ""]));
}

export const quoteEtag = (md5: Buffer): string => `"${md5.toString("hex").toUpperCase()}"`;

export const mayOverwrite = (request: StoreRequest): boolean =>
  header(request.headers, "x-oss-forbid-overwrite")?.toLowerCase() !== "true";

/** The body in a temporary file, its size and digest checked. */
export async function receiveBody(files: Files, request: StoreRequest): Promise<Received | Refusal> {
  if (Number(header(request.headers, "content-length") ?? "0") > MAX_BODY_BYTES) {
    return refuse(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.");
  }
  const received = await files.receive(request.body);
  const expected = header(request.headers, "content-md5");
  if (expected === undefined || expected === received.md5.toString("base64")) return received;
  await rm(received.path, { force: true });
  return refuse(400, "InvalidDigest", "The Content-MD5 you specified did not match what we received.");
}

/** Makes a received file an object; it leaves nothing behind when that is refused. */
export async function publishFile(
  files: Files,
  request: StoreRequest,
  path: string,
  record: ObjectRecord,
): Promise<Refusal | undefined> {
  try {
    return await files.publish(path, request.bucket, request.key, record, mayOverwrite(request));
  } finally {
    await rm(path, { force: true });
  }
}

export async function putObject(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  if (request.headers["x-oss-copy-source"] !== undefined) return copyObject(files, request);
  if (request.headers["x-oss-callback"] !== undefined) return notImplemented("upload callbacks");
  const received = await receiveBody(files, request);
  if (isRefusal(received)) return received;
  const etag = quoteEtag(received.md5);
  const headers = { etag, "content-md5": received.md5.toString("base64") };
  if (request.key.endsWith("/")) {
    await rm(received.path, { force: true });
    if (received.size > 0)
      return refuse(400, "InvalidObjectName", "In the sandbox a key that ends in / has no content.");
    return (
      (await files.makeFolder(request.bucket, request.key, keptHeaders(request.headers))) ?? { status: 200, headers }
    );
  }
  const record: ObjectRecord = { etag, type: "Normal", headers: keptHeaders(request.headers) };
  return (await publishFile(files, request, received.path, record)) ?? { status: 200, headers };
}

export interface CopySource {
  bucket: string;
  key: string;
}

export async function parseCopySource(files: Files, request: StoreRequest): Promise<CopySource | Refusal> {
  const text = header(request.headers, "x-oss-copy-source") ?? "";
  let path: string;
  try {
    path = decodeURIComponent(text.replace(/^\//, ""));
  } catch {
    return invalidArgument("Copy Source must be URL-encoded.");
  }
  if (text.includes("?")) return notImplemented("copying a version of an object");
  const slash = path.indexOf("/");
  const [bucket, key] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  if (!isBucketName(bucket)) return invalidArgument("Copy Source must mention the source bucket and key.");
  const refusal = refuseKey(key);
  if (refusal !== undefined) return refusal;
  return (await findBucket(files.root, bucket)) === undefined ? noSuchBucket(bucket) : { bucket, key };
}

async function copyObject(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const source = await parseCopySource(files, request);
  if (isRefusal(source)) return source;
  const opened = await files.open(source.bucket, source.key);
  if (isRefusal(opened)) return opened;
  const { handle, info } = opened;
  try {
    const refusal = failedPrecondition(request.headers, info, "x-oss-copy-source-");
    if (refusal !== undefined) return refusal;
    const received = await files.receive(handle.createReadStream({ start: 0, autoClose: false }));
    const replace = header(request.headers, "x-oss-metadata-directive")?.toUpperCase() === "REPLACE";
    const record: ObjectRecord = {
      etag: quoteEtag(received.md5),
      type: "Normal",
      headers: replace ? keptHeaders(request.headers) : info.headers,
    };
    const conflict = await publishFile(files, request, received.path, record);
    if (conflict !== undefined) return conflict;
    const copied = await files.describe(request.bucket, request.key);
    if (isRefusal(copied)) return copied;
    const body = xmlDocument(
      element("CopyObjectResult", element("LastModified", copied.modified.toISOString()), element("ETag", copied.etag)),
    );
    return { status: 200, headers: { etag: copied.etag }, body };
  } finally {
    await handle.close();
  }
}

export async function headObject(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const info = await files.describe(request.bucket, request.key);
  if (isRefusal(info)) return info;
  return (
    failedPrecondition(request.headers, info) ?? {
      status: 200,
      headers: { ...objectHeaders(info, request), "content-length": String(info.size) },
    }
  );
}

export async function getObject(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  if (request.key.endsWith("/")) {
    const mark = await headObject(files, request);
    return isRefusal(mark) ? mark : { ...mark, body: "" };
  }
  const opened = await files.open(request.bucket, request.key);
  if (isRefusal(opened)) return opened;
  const { handle, info } = opened;
  const range = failedPrecondition(request.headers, info) ?? parseRange(request.headers, info.size);
  if (isRefusal(range)) {
    await handle.close();
    return range;
  }
  const { start, end } = range ?? { start: 0, end: info.size - 1 };
  const headers: Record<string, string> = {
    ...objectHeaders(info, request),
    "content-length": String(end - start + 1),
  };
  if (range !== undefined) headers["content-range"] = `bytes ${start}-${end}/${info.size}`;
  const status = range === undefined ? 200 : 206;
  if (end < start) {
    await handle.close();
    return { status, headers, body: "" };
  }
  return { status, headers, body: handle.createReadStream({ start, end }) };
}

function objectHeaders(info: ObjectInfo, request: StoreRequest): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = request.query.get(`response-${name}`);
    if (value !== undefined && /^[\x20-\x7e]*$/.test(value)) overrides[name] = value;
  }
  return {
    "content-type": "application/octet-stream",
    ...info.headers,
    ...overrides,
    "accept-ranges": "bytes",
    etag: info.etag,
    "last-modified": info.modified.toUTCString(),
    "x-oss-object-type": info.type,
    "x-oss-storage-class": "Standard",
    ...(info.type === "Appendable" ? { "x-oss-next-append-position": String(info.size) } : {}),
  };
}

export async function deleteObject(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  return (await files.remove(request.bucket, request.key)) ?? { status: 204 };
}

async function* contentOf(handle: FileHandle | undefined, addition: string): AsyncGenerator<Buffer> {
  if (handle !== undefined) yield* handle.createReadStream({ start: 0, autoClose: false });
  yield* createReadStream(addition);
}

export function appendObject(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  return files.inTurn(request.bucket, request.key, () => append(files, request));
}

/** Copies what is there, so that a reader sees either the old object or the new one. */
async function append(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const position = Number(request.query.get("position") ?? "");
  if (!Number.isSafeInteger(position) || position < 0) return invalidArgument("The position is not a number.");
  if (request.key.endsWith("/")) return noSuchKey(request.key);
  const opened = await files.open(request.bucket, request.key);
  if (isRefusal(opened) && opened.code !== "NoSuchKey") return opened;
  const before = isRefusal(opened) ? undefined : opened;
  try {
    if (before !== undefined && before.info.type !== "Appendable") {
      return refuse(409, "ObjectNotAppendable", "The object is not appendable.");
    }
    const size = before?.info.size ?? 0;
    if (position !== size) {
      return refuse(409, "PositionNotEqualToLength", "Position is not equal to file length.", {
        headers: { "x-oss-next-append-position": String(size) },
      });
    }
    const part = await receiveBody(files, request);
    if (isRefusal(part)) return part;
    const joined = await files
      .receive(contentOf(before?.handle, part.path))
      .finally(() => rm(part.path, { force: true }));
    const etag = quoteEtag(
      createHash("md5")
        .update(`${before?.info.etag ?? ""}${part.md5.toString("hex")}`)
        .digest(),
    );
    const record: ObjectRecord = {
      etag,
      type: "Appendable",
      headers: before?.info.headers ?? keptHeaders(request.headers),
    };
    const headers = { etag, "x-oss-next-append-position": String(joined.size) };
    return (await publishFile(files, request, joined.path, record)) ?? { status: 200, headers };
  } finally {
    await before?.handle.close();
  }
}
