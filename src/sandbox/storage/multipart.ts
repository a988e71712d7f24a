import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alreadyExists, BLOCK_BYTES, type Files, type Received } from "./files.ts";
import { ignoring, isAbsent } from "./folders.ts";
import { keptHeaders, mayOverwrite, parseCopySource, publishFile, quoteEtag, receiveBody } from "./objects.ts";
import { parseRange } from "./preconditions.ts";
import type { ObjectRecord } from "./records.ts";
import {
  header,
  invalidArgument,
  isRefusal,
  malformedXml,
  type Refusal,
  type Reply,
  refuse,
  type StoreRequest,
} from "./reply.ts";
import { childText, element, readXml, xmlDocument } from "./xml.ts";

const MIN_PART_BYTES = 100 * 1024;
const MAX_PARTS = 10_000;

interface Upload {
  id: string;
  folder: string;
  bucket: string;
  key: string;
  initiated: string;
  headers: Record<string, string>;
}

interface Part {
  number: number;
  etag: string;
  path: string;
  size: number;
  modified: Date;
}

export async function initiateUpload(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const { bucket, key, headers } = request;
  if (key.endsWith("/")) return refuse(400, "InvalidObjectName", "In the sandbox a key that ends in / has no content.");
  if (!mayOverwrite(request) && !isRefusal(await files.describe(bucket, key))) return alreadyExists(key);
  const id = randomBytes(16).toString("hex").toUpperCase();
  const folder = join(files.uploadsFolder, id);
  await mkdir(folder, { recursive: true });
  const upload = { bucket, key, initiated: new Date().toISOString(), headers: keptHeaders(headers) };
  await writeFile(join(folder, "upload.json"), JSON.stringify(upload));
  const body = element(
    "InitiateMultipartUploadResult",
    element("Bucket", bucket),
    element("Key", key),
    element("UploadId", id),
  );
  return { status: 200, body: xmlDocument(body) };
}

async function findUpload(files: Files, request: StoreRequest): Promise<Upload | Refusal> {
  const id = request.query.get("uploadId") ?? "";
  const missing = refuse(404, "NoSuchUpload", "The specified upload does not exist.", { detail: { UploadId: id } });
  const upload = await readUpload(files, id);
  return upload?.bucket === request.bucket && upload.key === request.key ? upload : missing;
}

async function readUpload(files: Files, id: string): Promise<Upload | undefined> {
  if (!/^[0-9A-F]{32}$/.test(id)) return undefined;
  const folder = join(files.uploadsFolder, id);
  try {
    return { ...JSON.parse(await readFile(join(folder, "upload.json"), "utf8")), id, folder };
  } catch (error) {
    if (isAbsent(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readParts(upload: Upload): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of (await readdir(upload.folder)).sort()) {
    const match = /^part-(\d{5})-([0-9A-F]{32})$/.exec(name);
    if (match === null) continue;
    const path = join(upload.folder, name);
    const stats = await stat(path).catch(ignoring("ENOENT"));
    if (stats === undefined) continue;
    parts.push({ number: Number(match[1]), etag: `"${match[2]}"`, path, size: stats.size, modified: stats.mtime });
  }
  return parts;
}

export async function uploadPart(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const upload = await findUpload(files, request);
  if (isRefusal(upload)) return upload;
  const number = Number(request.query.get("partNumber") ?? "");
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    return invalidArgument("PartNumber must be an integer between 1 and 10000, inclusive.");
  }
  const isCopy = request.headers["x-oss-copy-source"] !== undefined;
  const received = isCopy ? await receiveCopy(files, request) : await receiveBody(files, request);
  if (isRefusal(received)) return received;
  const prefix = `part-${String(number).padStart(5, "0")}-`;
  const name = `${prefix}${received.md5.toString("hex").toUpperCase()}`;
  await rename(received.path, join(upload.folder, name));
  for (const other of await readdir(upload.folder)) {
    if (other.startsWith(prefix) && other !== name) await rm(join(upload.folder, other), { force: true });
  }
  const etag = quoteEtag(received.md5);
  if (!isCopy) return { status: 200, headers: { etag } };
  const body = element("CopyPartResult", element("LastModified", new Date().toISOString()), element("ETag", etag));
  return { status: 200, headers: { etag }, body: xmlDocument(body) };
}

async function receiveCopy(files: Files, request: StoreRequest): Promise<Received | Refusal> {
  const source = await parseCopySource(files, request);
  if (isRefusal(source)) return source;
  const opened = await files.open(source.bucket, source.key);
  if (isRefusal(opened)) return opened;
  try {
    const range = parseRange({ range: header(request.headers, "x-oss-copy-source-range") }, opened.info.size);
    if (isRefusal(range)) return range;
    return await files.receive(opened.handle.createReadStream({ start: 0, ...range, autoClose: false }));
  } finally {
    await opened.handle.close();
  }
}

export async function completeUpload(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const upload = await findUpload(files, request);
  if (isRefusal(upload)) return upload;
  const parts = await chosenParts(upload, request);
  if (isRefusal(parts)) return parts;
  const joined = await files.receive(contentOf(parts));
  const digests = parts.map((part) => Buffer.from(part.etag.replaceAll('"', ""), "hex"));
  const hash = createHash("md5").update(Buffer.concat(digests)).digest("hex").toUpperCase();
  const record: ObjectRecord = { etag: `"${hash}-${parts.length}"`, type: "Multipart", headers: upload.headers };
  const refusal = await publishFile(files, request, joined.path, record);
  if (refusal !== undefined) return refusal;
  await rm(upload.folder, { recursive: true, force: true });
  const body = element(
    "CompleteMultipartUploadResult",
    element("Location", `/${upload.bucket}/${upload.key}`),
    element("Bucket", upload.bucket),
    element("Key", upload.key),
    element("ETag", record.etag),
  );
  return { status: 200, headers: { etag: record.etag }, body: xmlDocument(body) };
}

async function chosenParts(upload: Upload, request: StoreRequest): Promise<Part[] | Refusal> {
  const xml = await readXml(request.body);
  const listed = xml?.children.filter((child) => child.name === "Part") ?? [];
  if (xml?.name !== "CompleteMultipartUpload" || listed.length === 0) return malformedXml();
  const present = new Map((await readParts(upload)).map((part) => [part.number, part]));
  const chosen: Part[] = [];
  for (const entry of listed) {
    const number = Number(childText(entry, "PartNumber") ?? "");
    const etag = (childText(entry, "ETag") ?? "").trim().replaceAll('"', "").toUpperCase();
    const part = present.get(number);
    if (part === undefined || part.etag !== `"${etag}"`) {
      return refuse(400, "InvalidPart", "One or more of the specified parts could not be found or its ETag differs.");
    }
    if (number <= (chosen.at(-1)?.number ?? 0)) {
      return refuse(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
    }
    chosen.push(part);
  }
  const tooSmall = chosen.slice(0, -1).some((part) => part.size < MIN_PART_BYTES);
  return tooSmall
    ? refuse(400, "EntityTooSmall", "Your proposed upload smaller than the minimum allowed size.")
    : chosen;
}

async function* contentOf(parts: readonly Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* createReadStream(part.path, { highWaterMark: BLOCK_BYTES });
}

export async function abortUpload(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const upload = await findUpload(files, request);
  if (isRefusal(upload)) return upload;
  await rm(upload.folder, { recursive: true, force: true });
  return { status: 204 };
}

export async function listParts(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const upload = await findUpload(files, request);
  if (isRefusal(upload)) return upload;
  const limit = Math.min(Number(request.query.get("max-parts") ?? "1000") || 1000, 1000);
  const after = Number(request.query.get("part-number-marker") ?? "0") || 0;
  const parts = (await readParts(upload)).filter((part) => part.number > after);
  const page = parts.slice(0, limit);
  const body = element(
    "ListPartsResult",
    element("Bucket", upload.bucket),
    element("Key", upload.key),
    element("UploadId", upload.id),
    element("NextPartNumberMarker", page.at(-1)?.number ?? after),
    element("MaxParts", limit),
    element("IsTruncated", parts.length > page.length),
    ...page.map((part) =>
      element(
        "Part",
        element("PartNumber", part.number),
        element("LastModified", wholeSeconds(part.modified)),
        element("ETag", part.etag),
        element("Size", part.size),
      ),
    ),
  );
  return { status: 200, body: xmlDocument(body) };
}

/** The Python client parses nothing but `.000Z`. */
export const wholeSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}.000Z`;

export async function listUploads(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const prefix = request.query.get("prefix") ?? "";
  const all = await Promise.all((await readdir(files.uploadsFolder)).map((id) => readUpload(files, id)));
  const uploads = all
    .filter((upload) => upload !== undefined)
    .filter((upload) => upload.bucket === request.bucket && upload.key.startsWith(prefix))
    .sort((a, b) => (`${a.key}\0${a.initiated}` < `${b.key}\0${b.initiated}` ? -1 : 1));
  const body = element(
    "ListMultipartUploadsResult",
    element("Bucket", request.bucket),
    element("Prefix", prefix),
    element("MaxUploads", 1000),
    element("IsTruncated", false),
    ...uploads.map((upload) =>
      element(
        "Upload",
        element("Key", upload.key),
        element("UploadId", upload.id),
        element("Initiated", upload.initiated),
      ),
    ),
  );
  return { status: 200, body: xmlDocument(body) };
}
