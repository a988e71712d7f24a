import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ignoring } from "./folders.ts";

export interface PageQuery {
  prefix: string;
  delimiter: string;
  /** Only keys after this one; after all keys of a common prefix when it is one. */
  after: string;
  limit: number;
}

export interface Page {
  keys: string[];
  commonPrefixes: string[];
  truncated: boolean;
  /** Where the next page begins. */
  last: string;
}

interface Walk {
  prefix: string;
  after: string;
  /** Set by the reader of the walk: keys that start with it need not be visited any more. */
  skip: string | undefined;
  isMarked(folderKey: string): Promise<boolean>;
}

/** Keys in the order OSS lists them, which is the order of their UTF-8 bytes. */
export async function listPage(
  bucketFolder: string,
  query: PageQuery,
  isMarked: (folderKey: string) => Promise<boolean>,
): Promise<Page> {
  const page: Page = { keys: [], commonPrefixes: [], truncated: false, last: "" };
  const walk: Walk = { prefix: query.prefix, after: query.after, skip: undefined, isMarked };
  for await (const key of keysOf(bucketFolder, "", walk)) {
    const at = query.delimiter === "" ? -1 : key.indexOf(query.delimiter, query.prefix.length);
    const common = at === -1 ? undefined : key.slice(0, at + query.delimiter.length);
    if (common !== undefined) walk.skip = common;
    if (common !== undefined && common === query.after) continue;
    if (page.keys.length + page.commonPrefixes.length >= query.limit) {
      page.truncated = query.limit > 0;
      break;
    }
    (common === undefined ? page.keys : page.commonPrefixes).push(common ?? key);
    page.last = common ?? key;
  }
  return page;
}

async function* keysOf(folder: string, base: string, walk: Walk): AsyncGenerator<string> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoring("ENOENT", "ENOTDIR"))) ?? [];
  const keys = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => `${base}${entry.name}${entry.isDirectory() ? "/" : ""}`)
    .filter((key) => mayHold(key, walk))
    .sort(compareUtf8);
  for (const key of keys) {
    if (walk.skip !== undefined && key.startsWith(walk.skip)) continue;
    const isFolder = key.endsWith("/");
    const isObject = key.startsWith(walk.prefix) && compareUtf8(key, walk.after) > 0;
    if (isObject && (!isFolder || (await walk.isMarked(key)))) yield key;
    if (walk.skip !== undefined && key.startsWith(walk.skip)) continue;
    if (isFolder) yield* keysOf(join(folder, key.slice(base.length)), key, walk);
  }
}

/** Whether the object `key`, or one below the folder `key`, can belong to the page. */
function mayHold(key: string, walk: Walk): boolean {
  if (!key.endsWith("/")) return key.startsWith(walk.prefix) && compareUtf8(key, walk.after) > 0;
  const inPrefix = key.startsWith(walk.prefix) || walk.prefix.startsWith(key);
  return inPrefix && (walk.after.startsWith(key) || compareUtf8(key, walk.after) > 0);
}

export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = utf8Rank(a.charCodeAt(i)) - utf8Rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-8 puts characters beyond U+FFFF last; UTF-16 puts their surrogates before U+E000. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
