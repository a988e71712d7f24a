import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { CloudAnswer, SendOptions } from "../transport.ts";
import { type ObjectAddress, obsUri } from "./address.ts";
import { readComplaint, requestIdOf } from "./answers.ts";
import type { ObsSender } from "./sender.ts";

/** Writes the very bytes that were approved, and nothing when they are not to be had any more. */
export async function putObject(
  sender: ObsSender,
  subject: ObjectAddress,
  approved: Readonly<Record<string, unknown>>,
  options: SendOptions,
): Promise<CloudAnswer> {
  const content = await contentOf(approved, options.signal);
  if ("kind" in content) return content;
  const occupied = approved.overwrite === true ? undefined : await occupant(sender, subject, options);
  if (occupied) return occupied;
  const sent = await sender.send(
    {
      kind: "put",
      method: "PUT",
      subject,
      query: {},
      headers: {
        "content-type": "application/octet-stream",
        // What arrives otherwise is refused by the service.
        "content-md5": createHash("md5").update(content.bytes).digest("base64"),
      },
      body: content.bytes,
    },
    options,
  );
  if (sent.kind !== "arrived") return sent;
  const complaint = await readComplaint(sent);
  if (complaint) return complaint;
  const requestId = requestIdOf(sent.headers);
  return {
    kind: "answered",
    body: { uri: obsUri(subject.bucket, subject.key), bytes: content.bytes.length, etag: sent.headers.etag ?? "" },
    ...(requestId !== undefined && { requestId }),
  };
}

async function contentOf(
  { localPath, content, sha256, bytes: size }: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<{ bytes: Uint8Array } | CloudAnswer> {
  let bytes: Uint8Array;
  try {
    bytes = typeof localPath === "string" ? await readFile(localPath, { signal }) : Buffer.from(String(content ?? ""));
  } catch (error) {
    if (signal.aborted) return { kind: "not-sent", reason: "cancelled", message: "the caller cancelled" };
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "not-sent", reason: "guard", message: `the file cannot be read: ${message}` };
  }
  // The person approved this very content; a file that changed since is another one.
  if (bytes.length === size && createHash("sha256").update(bytes).digest("hex") === sha256) return { bytes };
  return { kind: "not-sent", reason: "guard", message: "the file is not the one that was approved" };
}

/**
 * What speaks against writing where nothing may be replaced. OBS documents no way to write only where nothing lies, so
 * this is a look right before and no lock: what somebody else writes between the two requests is replaced.
 */
async function occupant(
  sender: ObsSender,
  subject: ObjectAddress,
  options: SendOptions,
): Promise<CloudAnswer | undefined> {
  const seen = await sender.send({ kind: "head", method: "HEAD", subject, query: {} }, options);
  // Nothing was written yet, whatever became of the look.
  if (seen.kind === "lost") return unseen(seen.message, options);
  if (seen.kind === "not-sent") return seen;
  const complaint = await readComplaint(seen);
  if (complaint?.status === 404 && complaint.code !== "NoSuchBucket") return undefined;
  if (complaint) return complaint.status >= 500 ? unseen(complaint.message, options) : complaint;
  return {
    kind: "rejected",
    status: 409,
    code: "FileAlreadyExists",
    message: `${obsUri(subject.bucket, subject.key)} exists, and nothing may be replaced`,
  };
}

function unseen(why: string, { signal }: SendOptions): CloudAnswer {
  if (signal.aborted) return { kind: "not-sent", reason: "cancelled", message: "the caller cancelled" };
  return { kind: "not-sent", reason: "unreachable", message: `nobody could tell whether the object exists: ${why}` };
}
