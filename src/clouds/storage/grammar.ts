import type { Grammar } from "../../operations/grammar.ts";

/** https://help.aliyun.com/zh/oss/user-guide/bucket-naming-conventions */
export const bucketGrammar: Grammar = {
  pattern: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  allowed: "3 to 63 lower case letters, digits or hyphens, starting and ending with a letter or digit",
  example: "my-spark-bucket",
};

const MAX_KEY_BYTES = 1023;

/**
 * Narrower than OSS: a segment that a URL or file library would fold (empty, `.`, `..`) is not
 * sent at all, and neither are backslashes and control characters.
 */
export const keyGrammar: Grammar = {
  pattern: /^(?!\/)(?!(?:.*\/)?\.{0,2}(?:\/|$))[^\p{Cc}\\]+$/u,
  allowed: `1 to ${MAX_KEY_BYTES} bytes of UTF-8 without a leading or trailing slash, empty, "." or ".." segments, backslashes or control characters`,
  example: "jobs/daily/etl.py",
};

const prefixGrammar = { allowed: "the beginning of an object key, or nothing", example: "jobs/daily/" };

export interface ObjectAddress {
  bucket: string;
  key: string;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; message: string };

export function parseBucket(bucket: string): Parsed<string> {
  return bucketGrammar.pattern.test(bucket)
    ? { ok: true, value: bucket }
    : refused("bucket name", bucket, bucketGrammar);
}

export function parseKey(key: string): Parsed<string> {
  const fits = keyGrammar.pattern.test(key) && key.isWellFormed() && Buffer.byteLength(key) <= MAX_KEY_BYTES;
  return fits ? { ok: true, value: key } : refused("object key", key, keyGrammar);
}

/** A prefix may end anywhere, so only what can never begin a key is refused. */
export function parsePrefix(prefix: string): Parsed<string> {
  return parseKey(`${prefix}x`).ok ? { ok: true, value: prefix } : refused("prefix", prefix, prefixGrammar);
}

/** `oss://bucket/key`, without endpoint, user or query: what Spark on EMR takes. */
export function parseOssUri(uri: string): Parsed<ObjectAddress> {
  const match = /^oss:\/\/([^/]*)\/(.*)$/s.exec(uri);
  if (match === null) {
    return { ok: false, message: `${quote(uri)} is no OSS URI. Allowed: oss://BUCKET/KEY, for example ${exampleUri}.` };
  }
  const bucket = parseBucket(match[1] ?? "");
  if (!bucket.ok) return bucket;
  const key = parseKey(match[2] ?? "");
  return key.ok ? { ok: true, value: { bucket: bucket.value, key: key.value } } : key;
}

export const ossUri = (bucket: string, key: string): string => `oss://${bucket}/${key}`;

const exampleUri = ossUri(bucketGrammar.example, keyGrammar.example);

const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

function refused(what: string, value: string, grammar: Omit<Grammar, "pattern">): { ok: false; message: string } {
  return {
    ok: false,
    message: `${quote(value)} is not allowed as ${what}. Allowed: ${grammar.allowed}, for example ${grammar.example}.`,
  };
}
