import type OSS from "ali-oss";
import { ossUri, type Parsed, parseBucket, parseKey, parsePrefix } from "./grammar.ts";
import { failure, type StorageFailure, type StorageResult } from "./result.ts";
import { createRun, defaultLimits, headerOf, type StorageLimits, type StorageProfile } from "./session.ts";
import type { Transport } from "./transport.ts";
import { type PutInput, type PutValue, putFile } from "./upload.ts";

export { bucketGrammar, keyGrammar, ossUri, parseOssUri } from "./grammar.ts";
export type { StorageCode, StorageFailure, StorageResult } from "./result.ts";
export type { StorageLimits, StorageProfile } from "./session.ts";
export type { PutInput, PutValue } from "./upload.ts";

export interface BucketSummary {
  name: string;
  regionId: string;
  createdAt: string;
}

export interface ObjectSummary {
  key: string;
  uri: string;
  bytes: number;
  lastModified: string;
}

export interface ObjectHead {
  uri: string;
  bytes: number;
  etag: string;
  lastModified: string;
  contentType: string;
}

export interface StorageClient {
  listBuckets(signal: AbortSignal): Promise<StorageResult<{ buckets: BucketSummary[]; truncated: boolean }>>;
  listObjects(
    input: { bucket: string; prefix: string; limit: number; cursor?: string },
    signal: AbortSignal,
  ): Promise<StorageResult<{ objects: ObjectSummary[]; truncated: boolean; cursor?: string }>>;
  headObject(input: { bucket: string; key: string }, signal: AbortSignal): Promise<StorageResult<ObjectHead>>;
  /** The beginning of a text object; bytes that are no UTF-8 become U+FFFD. */
  getText(
    input: { bucket: string; key: string; maxBytes: number },
    signal: AbortSignal,
  ): Promise<StorageResult<{ text: string; bytes: number; truncated: boolean }>>;
  putFile(input: PutInput, signal: AbortSignal): Promise<StorageResult<PutValue>>;
}

const MAX_LIST = 1000;

export function createStorageClient(profile: StorageProfile, limits: Partial<StorageLimits> = {}): StorageClient {
  const settings = { ...defaultLimits, ...limits };
  const run = createRun(profile, settings);

  return {
    async listBuckets(signal) {
      return run({ kind: "listBuckets" }, signal, async (client) => {
        const answer: unknown = await client.listBuckets({ "max-keys": MAX_LIST });
        const { buckets, isTruncated, res } = answer as BucketsAnswer;
        const summaries = (buckets ?? []).map((bucket) => ({
          name: bucket.name,
          regionId: bucket.region.replace(/^oss-/, ""),
          createdAt: bucket.creationDate,
        }));
        return { value: { buckets: summaries, truncated: isTruncated }, res };
      });
    },

    async listObjects({ bucket, prefix, limit, cursor }, signal) {
      const problem = firstProblem(parseBucket(bucket), parsePrefix(prefix));
      if (problem !== undefined) return problem;
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST) {
        return failure(
          "invalid_input",
          `The limit ${limit} is not allowed. Allowed: 1 to ${MAX_LIST}, for example 100.`,
        );
      }
      return run({ kind: "listObjects", bucket }, signal, async (client) => {
        const query = {
          // V4 signs an empty parameter differently from how ali-oss sends it.
          ...(prefix === "" ? {} : { prefix }),
          ...(cursor === undefined ? {} : { "continuation-token": cursor }),
          "max-keys": limit,
          "encoding-type": "url" as const,
        };
        const answer = await client.listV2(query);
        const objects = answer.objects.map(({ name, size, lastModified }) => {
          const key = decodeURIComponent(name);
          return { key, uri: ossUri(bucket, key), bytes: size, lastModified };
        });
        const next = answer.nextContinuationToken;
        const value = { objects, truncated: answer.isTruncated, ...(next ? { cursor: next } : {}) };
        return { value, res: answer.res };
      });
    },

    async headObject({ bucket, key }, signal) {
      const problem = firstProblem(parseBucket(bucket), parseKey(key));
      if (problem !== undefined) return problem;
      return run({ kind: "read", bucket, key }, signal, async (client) => {
        const { res } = await client.head(key);
        const value: ObjectHead = {
          uri: ossUri(bucket, key),
          bytes: Number(headerOf(res, "content-length")),
          etag: headerOf(res, "etag"),
          lastModified: new Date(headerOf(res, "last-modified")).toISOString(),
          contentType: headerOf(res, "content-type"),
        };
        return { value, res };
      });
    },

    async getText({ bucket, key, maxBytes }, signal) {
      const problem = firstProblem(parseBucket(bucket), parseKey(key));
      if (problem !== undefined) return problem;
      // No Range header: OSS ignores one that reaches beyond the object and would refuse it for an empty one.
      const use = async (client: OSS, transport: Transport) => {
        const { content, res } = await client.get(key);
        const data = Buffer.isBuffer(content) ? content : Buffer.alloc(0);
        const bytes = Number(headerOf(res, "content-length"));
        const text = new TextDecoder().decode(data, { stream: transport.wasCut });
        return { value: { text, bytes, truncated: transport.wasCut }, res };
      };
      return run({ kind: "read", bucket, key }, signal, use, maxBytes);
    },

    async putFile(input, signal) {
      const problem = firstProblem(parseBucket(input.bucket), parseKey(input.key));
      return problem ?? putFile(run, settings, input, signal);
    },
  };
}

interface BucketsAnswer {
  buckets: { name: string; region: string; creationDate: string }[] | null;
  isTruncated: boolean;
  res: unknown;
}

function firstProblem(...parsed: readonly Parsed<unknown>[]): StorageFailure | undefined {
  const bad = parsed.find((p) => !p.ok);
  return bad?.ok === false ? failure("invalid_input", bad.message) : undefined;
}
