import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type OSS from "ali-oss";
import { ossUri } from "./grammar.ts";
import { failure, type StorageFailure, type StorageResult } from "./result.ts";
import { headerOf, type Run, type StorageLimits } from "./session.ts";

export interface PutInput {
  bucket: string;
  key: string;
  content: Uint8Array | { localPath: string };
  contentType?: string;
  overwrite: boolean;
}

export interface PutValue {
  uri: string;
  bytes: number;
  etag: string;
}

const MAX_PARTS = 10_000;
const PARALLEL_PARTS = 3;
const ATTEMPTS_PER_PART = 3;

interface Source {
  bytes: number;
  read(start: number, end: number): Promise<Buffer | StorageFailure>;
  close(): Promise<void>;
}

export async function putFile(
  run: Run,
  limits: StorageLimits,
  input: PutInput,
  signal: AbortSignal,
): Promise<StorageResult<PutValue>> {
  if (input.contentType !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(input.contentType)) {
    return failure(
      "invalid_input",
      "The content type is not allowed. Allowed: printable ASCII, for example text/x-python.",
    );
  }
  const source = await openSource(input.content);
  if ("ok" in source) return source;
  try {
    if (source.bytes <= limits.multipartThresholdBytes) return await putWhole(run, input, source, signal);
    return await putParts(run, limits, input, source, signal);
  } finally {
    await source.close();
  }
}

async function putWhole(
  run: Run,
  input: PutInput,
  source: Source,
  signal: AbortSignal,
): Promise<StorageResult<PutValue>> {
  const { bucket, key } = input;
  const content = await source.read(0, source.bytes);
  if ("ok" in content) return content;
  return run({ kind: "write", bucket, key }, signal, async (client) => {
    const { res } = await client.put(key, content, { mime: mimeOf(input), headers: writeHeaders(input) });
    return { value: { uri: ossUri(bucket, key), bytes: content.length, etag: headerOf(res, "etag") }, res };
  });
}

/** Parts are read into memory, a few at a time, so that each carries its digest and can be sent again. */
async function putParts(
  run: Run,
  limits: StorageLimits,
  input: PutInput,
  source: Source,
  signal: AbortSignal,
): Promise<StorageResult<PutValue>> {
  const { bucket, key } = input;
  const intent = { kind: "write", bucket, key } as const;
  const begun = await run(intent, signal, async (client) => {
    const { res, uploadId } = await client.initMultipartUpload(key, {
      mime: mimeOf(input),
      headers: writeHeaders(input),
    });
    return { value: uploadId, res };
  });
  if (!begun.ok) return { ...begun, outcome: "not_done" };
  const uploadId = begun.value;
  const partBytes = Math.max(limits.partBytes, Math.ceil(source.bytes / MAX_PARTS));
  const count = Math.ceil(source.bytes / partBytes);
  const parts: { number: number; etag: string }[] = [];
  const stop = new AbortController();
  const partSignal = AbortSignal.any([signal, stop.signal]);
  let failed: StorageFailure | undefined;
  let next = 1;

  async function sendPart(number: number): Promise<StorageResult<string>> {
    const start = (number - 1) * partBytes;
    const content = await source.read(start, Math.min(start + partBytes, source.bytes));
    if ("ok" in content) return content;
    const headers = { "Content-MD5": createHash("md5").update(content).digest("base64") };
    for (let attempt = 1; ; attempt++) {
      const sent = await run(intent, partSignal, async (client) => {
        const options: OSS.RequestOptions & { headers: Record<string, string> } = { headers };
        const { res, etag } = await client.uploadPart(key, uploadId, number, content, 0, content.length, options);
        return { value: etag, res };
      });
      const again = !sent.ok && ["unreachable", "timeout", "server_error", "throttled"].includes(sent.code);
      if (!again || attempt === ATTEMPTS_PER_PART || partSignal.aborted) return sent;
    }
  }

  async function worker(): Promise<void> {
    while (next <= count && failed === undefined) {
      const number = next++;
      const sent = await sendPart(number);
      if (sent.ok) {
        parts.push({ number, etag: sent.value });
        continue;
      }
      failed ??= sent;
      stop.abort();
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(PARALLEL_PARTS, count) }, worker));
  } finally {
    stop.abort();
  }
  if (failed !== undefined) return unfinished(failed, uploadId, "not_done");
  const finished = await run(intent, signal, async (client) => {
    const options = { headers: overwriteHeaders(input) };
    const { res, etag } = await client.completeMultipartUpload(key, uploadId, parts, options);
    return { value: { uri: ossUri(bucket, key), bytes: source.bytes, etag }, res };
  });
  return finished.ok ? finished : unfinished(finished, uploadId, finished.outcome);
}

/** This client deletes nothing, so it cannot abort an upload either; the person is told what stays. */
function unfinished(failed: StorageFailure, uploadId: string, outcome: StorageFailure["outcome"]): StorageFailure {
  const rest = `The parts of multipart upload ${uploadId} stay in the bucket and are charged until the upload is aborted or a lifecycle rule removes it.`;
  return { ...failed, outcome, message: `${failed.message} ${rest}` };
}

const mimeOf = (input: PutInput): string => input.contentType ?? "application/octet-stream";

const overwriteHeaders = (input: PutInput): Record<string, string> =>
  input.overwrite ? {} : { "x-oss-forbid-overwrite": "true" };

const writeHeaders = (input: PutInput): Record<string, string> => ({
  "Content-Type": mimeOf(input),
  ...overwriteHeaders(input),
});

async function openSource(content: PutInput["content"]): Promise<Source | StorageFailure> {
  if (content instanceof Uint8Array) {
    const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    return { bytes: buffer.length, read: async (start, end) => buffer.subarray(start, end), close: async () => {} };
  }
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK a named pipe would hold the call until somebody writes to it.
    handle = await open(content.localPath, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return failure("local_file", `The local file cannot be read (${reason}). Nothing was sent.`);
  }
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    return failure("local_file", "The local path is not a regular file. Nothing was sent.");
  }
  return {
    bytes: stats.size,
    async read(start, end) {
      const buffer = Buffer.alloc(end - start);
      for (let done = 0; done < buffer.length; ) {
        const { bytesRead } = await handle.read(buffer, done, buffer.length - done, start + done);
        if (bytesRead === 0) return changed();
        done += bytesRead;
      }
      if ((await handle.stat()).mtimeMs !== stats.mtimeMs) return changed();
      return buffer;
    },
    close: () => handle.close(),
  };
}

const changed = (): StorageFailure =>
  failure("local_file", "The local file changed while it was being sent. The object was not written.");
