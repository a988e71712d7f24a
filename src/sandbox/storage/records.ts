import { createHash, randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isAbsent } from "./folders.ts";

export type ObjectType = "Normal" | "Multipart" | "Appendable";

/** What HTTP knows about an object and a plain file cannot hold. */
export interface ObjectRecord {
  etag: string;
  type: ObjectType;
  /** Content-Type, Cache-Control, x-oss-meta-* and the like, as they were put. */
  headers: Record<string, string>;
}

export interface ObjectInfo extends ObjectRecord {
  size: number;
  modified: Date;
}

/** A record counts only for the very file it was written for: engines overwrite files without telling. */
interface StoredRecord extends ObjectRecord {
  file: string;
}

/** Larger files that did not come over HTTP get an ETag of a multipart upload's shape, which promises no MD5. */
const MD5_LIMIT = 16 * 1024 * 1024;
const CACHE_ENTRIES = 10_000;

export interface Records {
  write(bucket: string, key: string, stats: BigIntStats, record: ObjectRecord): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  describe(bucket: string, key: string, handle: FileHandle): Promise<ObjectInfo>;
  /** `key/` was put as an object of its own, as consoles and Hadoop do for a folder. */
  markFolder(bucket: string, key: string, headers: Record<string, string>): Promise<void>;
  folderMark(bucket: string, key: string): Promise<ObjectInfo | undefined>;
}

export function createRecords(folder: string): Records {
  const computed = new Map<string, string>();
  const recordFile = (bucket: string, key: string): string => {
    const name = createHash("sha256").update(key).digest("hex");
    return join(folder, bucket, name.slice(0, 2), name);
  };

  async function read(bucket: string, key: string): Promise<StoredRecord | undefined> {
    try {
      return JSON.parse(await readFile(recordFile(bucket, key), "utf8"));
    } catch (error) {
      // A record cut short by a crash is as good as none.
      if (isAbsent(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async function store(bucket: string, key: string, record: StoredRecord): Promise<void> {
    const path = recordFile(bucket, key);
    const temporary = `${path}.${randomUUID()}`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, JSON.stringify(record));
    await rename(temporary, path);
  }

  async function computeEtag(handle: FileHandle, stats: BigIntStats): Promise<string> {
    const identity = identityOf(stats);
    const known = computed.get(identity);
    if (known !== undefined) return known;
    const etag =
      stats.size > MD5_LIMIT
        ? `"${createHash("md5").update(identity).digest("hex").toUpperCase()}-1"`
        : await contentEtag(handle, Number(stats.size));
    const oldest = computed.keys().next().value;
    if (computed.size >= CACHE_ENTRIES && oldest !== undefined) computed.delete(oldest);
    computed.set(identity, etag);
    return etag;
  }

  return {
    async write(bucket, key, stats, record) {
      await store(bucket, key, { ...record, file: identityOf(stats) });
    },
    async remove(bucket, key) {
      await rm(recordFile(bucket, key), { force: true });
    },
    async describe(bucket, key, handle) {
      const stats = await handle.stat({ bigint: true });
      const size = Number(stats.size);
      const modified = new Date(Number(stats.mtimeNs / 1_000_000n));
      const record = await read(bucket, key);
      if (record?.file === identityOf(stats)) {
        return { etag: record.etag, type: record.type, headers: record.headers, size, modified };
      }
      return { etag: await computeEtag(handle, stats), type: "Normal", headers: {}, size, modified };
    },
    async markFolder(bucket, key, headers) {
      await store(bucket, key, { etag: EMPTY_ETAG, type: "Normal", headers, file: new Date().toISOString() });
    },
    async folderMark(bucket, key) {
      const record = await read(bucket, key);
      if (record === undefined) return undefined;
      return {
        etag: record.etag,
        type: record.type,
        headers: record.headers,
        size: 0,
        modified: new Date(record.file),
      };
    },
  };
}

const EMPTY_ETAG = '"D41D8CD98F00B204E9800998ECF8427E"';

const identityOf = (stats: BigIntStats): string => `${stats.dev}-${stats.ino}-${stats.size}-${stats.mtimeNs}`;

async function contentEtag(handle: FileHandle, size: number): Promise<string> {
  if (size === 0) return EMPTY_ETAG;
  const md5 = createHash("md5");
  for await (const chunk of handle.createReadStream({ start: 0, end: size - 1, autoClose: false })) md5.update(chunk);
  return `"${md5.digest("hex").toUpperCase()}"`;
}
