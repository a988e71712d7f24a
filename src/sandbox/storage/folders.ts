import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rmdir } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { isBucketName } from "./address.ts";
import { isRefusal, noSuchKey, type Refusal, refuse } from "./reply.ts";

/** The store's own files; no bucket name starts with a dot, so neither listings nor Spark's mounts show it. */
export const STATE_FOLDER = ".object-store";

export interface Bucket {
  name: string;
  createdAt: Date;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Rethrows all but the given error codes. */
export function ignoring(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(errorCode(error))) throw error;
    return undefined;
  };
}

export const isAbsent = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(errorCode(error));

export async function findBucket(root: string, name: string): Promise<Bucket | undefined> {
  const stats = await lstat(join(root, name)).catch(ignoring("ENOENT"));
  if (stats?.isDirectory() !== true || !isBucketName(name)) return undefined;
  // Not every file system records a time of birth.
  return { name, createdAt: stats.birthtimeMs > 0 ? stats.birthtime : stats.mtime };
}

export async function listBuckets(root: string): Promise<Bucket[]> {
  const names = (await readdir(root)).filter(isBucketName).sort();
  const found = await Promise.all(names.map((name) => findBucket(root, name)));
  return found.filter((bucket) => bucket !== undefined);
}

/**
 * The path of a key. Symbolic links below a bucket are never followed: the deepest folder
 * that exists has to be its own real path.
 */
export async function pathOf(root: string, bucket: string, key: string): Promise<string | Refusal> {
  const path = join(root, bucket, key).replace(/[\\/]+$/, "");
  for (let probe = path; probe.startsWith(root + sep); probe = dirname(probe)) {
    try {
      if ((await realpath(probe)) === probe) return path;
      return linkRefused();
    } catch (error) {
      if (errorCode(error) === "ENAMETOOLONG") return tooLong();
      if (!isAbsent(error)) return linkRefused();
      if ((await lstat(probe).catch(() => undefined))?.isSymbolicLink() === true) return linkRefused();
    }
  }
  return linkRefused();
}

export async function openObject(root: string, bucket: string, key: string): Promise<FileHandle | Refusal> {
  const path = await pathOf(root, bucket, key);
  if (isRefusal(path)) return path;
  try {
    // Without O_NONBLOCK a named pipe would hold the request until somebody writes to it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return noSuchKey(key);
  } catch (error) {
    if (errorCode(error) === "ELOOP") return linkRefused();
    if (isAbsent(error)) return noSuchKey(key);
    throw error;
  }
}

export async function makeParents(path: string, key: string): Promise<Refusal | undefined> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return undefined;
  } catch (error) {
    if (["EEXIST", "ENOTDIR"].includes(errorCode(error))) return keyConflict(key);
    if (errorCode(error) === "ENAMETOOLONG") return tooLong();
    throw error;
  }
}

/** A prefix is gone with its last object, so folders left empty by a deletion go too. */
export async function pruneEmptyParents(
  bucketFolder: string,
  path: string,
  keep: (folder: string) => Promise<boolean>,
): Promise<void> {
  for (let folder = dirname(path); folder.startsWith(bucketFolder + sep); folder = dirname(folder)) {
    if (await keep(folder)) return;
    try {
      await rmdir(folder);
    } catch (error) {
      if (isAbsent(error)) continue;
      return;
    }
  }
}

export const keyConflict = (key: string): Refusal =>
  refuse(
    409,
    "SandboxKeyConflict",
    "The sandbox keeps objects as files: a key cannot be an object and the folder of other objects at once. Nothing was written.",
    { detail: { Key: key } },
  );

const tooLong = (): Refusal => refuse(400, "InvalidObjectName", "The object name is too long for this file system.");

const linkRefused = (): Refusal =>
  refuse(403, "AccessDenied", "The sandbox's object store does not follow symbolic links.");
