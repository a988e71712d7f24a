import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { CloudAnswer, CloudTransport, WireRequest } from "../transport.ts";
import { createStorageClient, parseOssUri, type StorageClient, type StorageProfile } from "./oss.ts";
import type { StorageFailure, StorageResult } from "./result.ts";

/** Puts the storage client behind the same seam as the other clouds, so that the gateway knows one kind of transport. */
export function createOssTransport(profile: () => Promise<StorageProfile>): CloudTransport {
  let opened: Promise<StorageClient> | undefined;
  return {
    async send(request, { signal }) {
      opened ??= profile().then((found) => createStorageClient(found));
      let client: StorageClient;
      try {
        client = await opened;
      } catch (error) {
        opened = undefined;
        const message = error instanceof Error ? error.message : String(error);
        return { kind: "not-sent", reason: "no-credentials", message };
      }
      switch (request.operation) {
        case "ListBuckets":
          return toAnswer(await client.listBuckets(signal));
        case "HeadObject":
          return head(client, request, signal);
        case "PutObject":
          return put(client, request, signal);
        default:
          return { kind: "not-sent", reason: "guard", message: `${request.operation} is not a storage operation` };
      }
    },
  };
}

async function head(client: StorageClient, request: WireRequest, signal: AbortSignal): Promise<CloudAnswer> {
  const address = parseOssUri(uriOf(request));
  if (!address.ok) return { kind: "not-sent", reason: "guard", message: address.message };
  const result = await client.headObject(address.value, signal);
  if (!result.ok && result.code === "object_not_found") return { kind: "answered", body: { exists: false } };
  return toAnswer(result, (value) => ({
    exists: true,
    bytes: value.bytes,
    lastModified: value.lastModified,
    etag: value.etag,
  }));
}

async function put(client: StorageClient, request: WireRequest, signal: AbortSignal): Promise<CloudAnswer> {
  const address = parseOssUri(uriOf(request));
  if (!address.ok) return { kind: "not-sent", reason: "guard", message: address.message };
  const { localPath, content, sha256, overwrite } = request.body ?? {};
  let bytes: Uint8Array;
  try {
    bytes = typeof localPath === "string" ? await readFile(localPath, { signal }) : Buffer.from(String(content ?? ""));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "not-sent", reason: "guard", message: `the file cannot be read: ${message}` };
  }
  // The person approved this very content; a file that changed since is another one.
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
    return { kind: "not-sent", reason: "guard", message: "the file is not the one that was approved" };
  }
  return toAnswer(await client.putFile({ ...address.value, content: bytes, overwrite: overwrite === true }, signal));
}

function uriOf(request: WireRequest): string {
  return decodeURIComponent(request.path.slice(1));
}

function toAnswer<T>(result: StorageResult<T>, view: (value: T) => unknown = (value) => value): CloudAnswer {
  return result.ok ? { kind: "answered", body: view(result.value), requestId: result.requestId } : toFailure(result);
}

function toFailure(failure: StorageFailure): CloudAnswer {
  const { code, message, status, requestId } = failure;
  if (failure.outcome === "unknown") return { kind: "lost", message };
  switch (code) {
    case "aborted":
      return { kind: "not-sent", reason: "cancelled", message: "the caller cancelled" };
    case "unreachable":
    case "timeout":
      return { kind: "not-sent", reason: "unreachable", message };
    case "invalid_input":
    case "refused_by_guard":
    case "local_file":
      return { kind: "not-sent", reason: "guard", message };
    case "invalid_profile":
      return { kind: "not-sent", reason: "no-credentials", message };
    default:
      return {
        kind: "rejected",
        status: status ?? 400,
        code: serviceCodes[code] ?? code,
        message,
        ...(requestId !== undefined && { requestId }),
      };
  }
}

/** Spelled as the services spell them, so that the gateway translates both clouds alike. */
const serviceCodes: Readonly<Record<string, string>> = {
  access_denied: "Forbidden",
  bad_credentials: "SignatureDoesNotMatch",
  bucket_not_found: "NoSuchBucket",
  object_not_found: "NoSuchKey",
  already_exists: "FileAlreadyExists",
  throttled: "Throttling",
};
