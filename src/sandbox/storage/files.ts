import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type FileHandle, link, lstat, mkdir, realpath, rename, rm, rmdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  errorCode,
  ignoring,
  keyConflict,
  makeParents,
  openObject,
  pathOf,
  pruneEmptyParents,
  STATE_FOLDER,
} from "./folders.ts";
import { createRecords, type ObjectInfo, type ObjectRecord, type Records } from "./records.ts";
import { isRefusal, noSuchKey, type Refusal, refuse } from "./reply.ts";

/** Whole objects go through, so blocks are larger than Node's 64 KiB. */
export const BLOCK_BYTES = 1024 * 1024;

export interface Received {
  path: string;
  size: number;
  md5: Buffer;
}

export interface OpenObject {
  info: ObjectInfo;
  /** To be closed by whoever asked. */
  handle: FileHandle;
}

export interface Files {
  root: string;
  uploadsFolder: string;
  records: Records;
  /** Streams into a temporary file on the same file system; nobody sees it until `publish`. */
  receive(source: Readable | AsyncIterable<Buffer>): Promise<Received>;
  publish(
    temporary: string,
    bucket: string,
    key: string,
    record: ObjectRecord,
    overwrite: boolean,
  ): Promise<Refusal | undefined>;
  open(bucket: string, key: string): Promise<OpenObject | Refusal>;
  describe(bucket: string, key: string): Promise<ObjectInfo | Refusal>;
  makeFolder(bucket: string, key: string, headers: Record<string, string>): Promise<Refusal | undefined>;
  remove(bucket: string, key: string): Promise<Refusal | undefined>;
  /** Runs one after another what reads an object and then replaces it. */
  inTurn<T>(bucket: string, key: string, work: () => Promise<T>): Promise<T>;
}

export async function openFiles(rootFolder: string): Promise<Files> {
  await mkdir(rootFolder, { recursive: true });
  const root = await realpath(rootFolder);
  const state = join(root, STATE_FOLDER);
  const temporaryFolder = join(state, "incoming");
  const uploadsFolder = join(state, "uploads");
  // What a crash left half received belongs to nobody.
  await rm(temporaryFolder, { recursive: true, force: true });
  await mkdir(temporaryFolder, { recursive: true });
  await mkdir(uploadsFolder, { recursive: true });
  const records = createRecords(join(state, "records"));

  async function receive(source: Readable | AsyncIterable<Buffer>): Promise<Received> {
    const path = join(temporaryFolder, randomUUID());
    const md5 = createHash("md5");
    let size = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        md5.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(source, measure, createWriteStream(path, { flags: "wx", highWaterMark: BLOCK_BYTES }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, size, md5: md5.digest() };
  }

  async function publish(
    temporary: string,
    bucket: string,
    key: string,
    record: ObjectRecord,
    overwrite: boolean,
  ): Promise<Refusal | undefined> {
    const path = await pathOf(root, bucket, key);
    if (isRefusal(path)) return path;
    if (!overwrite && (await lstat(path).catch(ignoring("ENOENT", "ENOTDIR")))?.isFile() === true)
      return alreadyExists(key);
    // A deletion may prune the folder between the two steps, hence a second try.
    for (let attempt = 1; ; attempt++) {
      const refusal = await makeParents(path, key);
      if (refusal !== undefined) return refusal;
      try {
        if (overwrite) {
          await records.write(bucket, key, await stat(temporary, { bigint: true }), record);
          await rename(temporary, path);
        } else {
          await link(temporary, path);
          await unlink(temporary);
          await records.write(bucket, key, await stat(path, { bigint: true }), record);
        }
        return undefined;
      } catch (error) {
        const code = errorCode(error);
        if (code === "EEXIST" && !overwrite && (await lstat(path)).isFile()) return alreadyExists(key);
        if (["EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY"].includes(code)) return keyConflict(key);
        if (code !== "ENOENT" || attempt > 1) throw error;
      }
    }
  }

  async function open(bucket: string, key: string): Promise<OpenObject | Refusal> {
    const handle = await openObject(root, bucket, key);
    if (isRefusal(handle)) return handle;
    try {
      return { handle, info: await records.describe(bucket, key, handle) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async function describe(bucket: string, key: string): Promise<ObjectInfo | Refusal> {
    if (key.endsWith("/")) return describeFolder(bucket, key);
    const opened = await open(bucket, key);
    if (isRefusal(opened)) return opened;
    await opened.handle.close();
    return opened.info;
  }

  async function describeFolder(bucket: string, key: string): Promise<ObjectInfo | Refusal> {
    const path = await pathOf(root, bucket, key);
    if (isRefusal(path)) return path;
    const isFolder = (await lstat(path).catch(ignoring("ENOENT", "ENOTDIR")))?.isDirectory() === true;
    return (isFolder ? await records.folderMark(bucket, key) : undefined) ?? noSuchKey(key);
  }

  async function makeFolder(
    bucket: string,
    key: string,
    headers: Record<string, string>,
  ): Promise<Refusal | undefined> {
    const path = await pathOf(root, bucket, key);
    if (isRefusal(path)) return path;
    const refusal = await makeParents(join(path, "child"), key);
    if (refusal === undefined) await records.markFolder(bucket, key, headers);
    return refusal;
  }

  async function remove(bucket: string, key: string): Promise<Refusal | undefined> {
    const path = await pathOf(root, bucket, key);
    if (isRefusal(path)) return path;
    await records.remove(bucket, key);
    if (key.endsWith("/")) {
      await rmdir(path).catch(ignoring("ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST"));
    } else {
      const stats = await lstat(path).catch(ignoring("ENOENT", "ENOTDIR"));
      if (stats?.isFile() === true) await unlink(path).catch(ignoring("ENOENT"));
    }
    const bucketFolder = join(root, bucket);
    const keyOf = (folder: string): string => `${folder.slice(bucketFolder.length + 1).replaceAll("\\", "/")}/`;
    await pruneEmptyParents(
      bucketFolder,
      path,
      async (folder) => (await records.folderMark(bucket, keyOf(folder))) !== undefined,
    );
    return undefined;
  }

  const queues = new Map<string, Promise<unknown>>();
  async function inTurn<T>(bucket: string, key: string, work: () => Promise<T>): Promise<T> {
    const name = `${bucket}/${key}`;
    const turn = (queues.get(name) ?? Promise.resolve()).then(work, work);
    queues.set(name, turn);
    try {
      return await turn;
    } finally {
      if (queues.get(name) === turn) queues.delete(name);
    }
  }

  return { root, uploadsFolder, records, receive, publish, open, describe, makeFolder, remove, inTurn };
}

export const alreadyExists = (key: string): Refusal =>
  refuse(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.", {
    detail: { Key: key },
  });
