import { existsSync, globSync, lstatSync, realpathSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { FlinkJobDocument } from "./documents.ts";

/**
 * Where a job's files lie, in the storage as on the service: jobs/logs, jobs/checkpoint and jobs/savepoint below its
 * bucket. A job without a bucket has them beside the storage, where no client looks.
 */

/** `obs://bucket/key` and, as some fields have it, `bucket/key`. Undefined when it could lead elsewhere. */
export function obsFile(storageFolder: string, location: string): string | undefined {
  const parts = location
    .replace(/^obs:\/\//, "")
    .replace(/\/+$/, "")
    .split("/");
  const [bucket = ""] = parts;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || bucket.includes("..")) return undefined;
  if (parts.some((part) => part === "" || part === "." || part === ".." || /[\\\p{C}]/u.test(part))) return undefined;
  const path = join(storageFolder, ...parts);
  return isInside(storageFolder, path) ? path : undefined;
}

/** A job may leave links in a bucket: what is there of the path must not lead out of the storage. */
function isInside(storageFolder: string, path: string): boolean {
  let there = path;
  while (there !== storageFolder && !lstatSync(there, { throwIfNoEntry: false })) there = dirname(there);
  try {
    return realpathSync(there) === join(realpathSync(storageFolder), relative(storageFolder, there));
  } catch {
    return false;
  }
}

export function locationOf(storageFolder: string, path: string): string {
  const inside = relative(storageFolder, path);
  return inside.startsWith("..") ? "" : inside;
}

export const isBucketName = (name: string) => /^(obs:\/\/)?[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/?$/.test(name);

export function bucketFolder(storageFolder: string, job: FlinkJobDocument): string | undefined {
  const { obs_bucket: bucket } = job.definition;
  return bucket ? obsFile(storageFolder, bucket) : undefined;
}

/** For what has no bucket; goes with the job. */
export const privateFolder = (storageFolder: string, jobId: number) =>
  join(dirname(storageFolder), "flink-jobs", `${jobId}`);

/** Each start has a folder of its own, so that the logs of a failed one stay. */
export function logFolder(storageFolder: string, job: FlinkJobDocument, startedAt: number): string {
  const bucket = job.definition.log_enabled ? bucketFolder(storageFolder, job) : undefined;
  const parent = bucket
    ? join(bucket, "jobs", "logs", `${job.jobId}`)
    : join(privateFolder(storageFolder, job.jobId), "logs");
  return join(parent, stamp(startedAt));
}

export function stateFolder(storageFolder: string, job: FlinkJobDocument): string {
  const own = job.definition.checkpoint_path;
  const chosen = own ? obsFile(storageFolder, own) : undefined;
  if (chosen) return chosen;
  const bucket = bucketFolder(storageFolder, job);
  return bucket
    ? join(bucket, "jobs", "checkpoint", `${job.jobId}`)
    : join(privateFolder(storageFolder, job.jobId), "state");
}

/** Of the latest attempt that completed one: Flink keeps an attempt's checkpoints under its id, counted upwards. */
export function newestCheckpoint(folder: string, flinkJobIds: readonly string[]): string | undefined {
  for (const id of flinkJobIds.toReversed()) {
    const numbers = globSync("chk-*/_metadata", { cwd: join(folder, id) }).map((found) =>
      Number(found.split(/[-/]/)[1]),
    );
    if (numbers.length > 0) return join(folder, id, `chk-${Math.max(...numbers)}`);
  }
  return undefined;
}

export const isSavepoint = (folder: string) => existsSync(join(folder, "_metadata"));

/**
 * Puts a savepoint where the service has it. It names its own files relative to itself, so it may be moved; when that
 * fails it stays where Flink wrote it.
 */
export async function keepSavepoint(
  storageFolder: string,
  job: FlinkJobDocument,
  written: string,
  wanted: { folder?: string | undefined; at: number },
): Promise<string> {
  const bucket = bucketFolder(storageFolder, job);
  const target = wanted.folder
    ? join(wanted.folder, basename(written))
    : bucket && join(bucket, "jobs", "savepoint", `${job.jobId}`, stamp(wanted.at));
  if (!target || target === written) return written;
  try {
    await mkdir(dirname(target), { recursive: true });
    await rename(written, target).catch(async () => {
      await cp(written, target, { recursive: true });
      await rm(written, { recursive: true });
    });
    return target;
  } catch {
    return written;
  }
}

/** 2026-01-31_23-59-59-123: fit for a folder and sorted by time. */
export function stamp(time: number): string {
  return new Date(time).toISOString().replace("T", "_").replace(/[:.]/g, "-").replace("Z", "");
}
