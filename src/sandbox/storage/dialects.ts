import type { IncomingHttpHeaders } from "node:http";
import type { Address } from "./address.ts";
import { OBS_SUB_RESOURCES, type ObsRequest, verifyObsSignature, type Wording } from "./obs-signature.ts";
import type { Refusal, Reply } from "./reply.ts";
import { type Credentials, SUB_RESOURCES, verifySignature } from "./signature.ts";

/** The two storages say much the same in other words; within, everything is said in OSS's. */
export interface Dialect {
  server: string;
  requestIdHeader: string;
  /** What a HEAD's answer carries the error in. */
  errorHeader: string;
  subResources: ReadonlySet<string>;
  /** What is answered to anybody. */
  greet?(method: string, address: Address): Reply | undefined;
  verify(request: ObsRequest, credentials: Credentials, now: Date): Refusal | undefined;
  understand(headers: IncomingHttpHeaders, query: Map<string, string>, on: { onBucket: boolean }): Understood;
  express<T extends Reply | Refusal>(reply: T): T;
}

interface Understood {
  headers: IncomingHttpHeaders;
  query: ReadonlyMap<string, string>;
}

export const oss: Dialect = {
  server: "AliyunOSS",
  requestIdHeader: "x-oss-request-id",
  errorHeader: "x-oss-err",
  subResources: SUB_RESOURCES,
  verify: verifySignature,
  understand: (headers, query) => ({ headers, query }),
  express: (reply) => reply,
};

export const obs: Dialect = {
  ...inWordsOf({ scheme: "OBS", prefix: "x-obs-", keyInUrl: "AccessKeyId" }),
  // Official clients ask so, unsigned, which signature they are to use.
  greet: (method, { query }) =>
    method === "HEAD" && query.some(([name]) => name === "apiversion")
      ? { status: 200, headers: { "x-obs-api": "3.0" } }
      : undefined,
};

export const obsLikeAws: Dialect = inWordsOf({ scheme: "AWS", prefix: "x-amz-", keyInUrl: "AWSAccessKeyId" });

function inWordsOf(wording: Wording): Dialect {
  const { prefix } = wording;
  return {
    server: "OBS",
    requestIdHeader: `${prefix}request-id`,
    errorHeader: `${prefix}error`,
    subResources: OBS_SUB_RESOURCES,
    verify: (request, credentials, now) => verifyObsSignature(request, credentials, now, wording),
    understand(headers, query, { onBucket }) {
      const known = Object.entries(headers).filter(([name]) => !name.startsWith("x-oss-"));
      // OSS lists 100 keys to a page unless told otherwise, OBS 1000.
      if (onBucket && !query.has("max-keys")) query.set("max-keys", "1000");
      return {
        headers: Object.fromEntries(known.map(([name, value]) => [renamed(name, prefix, "x-oss-"), value])),
        query,
      };
    },
    express(reply) {
      const headers = Object.entries(reply.headers ?? {}).map(([name, value]) => [
        renamed(name, "x-oss-", prefix),
        name === "etag" ? value.toLowerCase() : value,
      ]);
      const body = "body" in reply && typeof reply.body === "string" ? { body: withLowerCaseEtags(reply.body) } : {};
      return { ...reply, ...body, headers: Object.fromEntries(headers) };
    },
  };
}

function renamed(header: string, from: string, to: string): string {
  return header.startsWith(from) ? `${to}${header.slice(from.length)}` : header;
}

function withLowerCaseEtags(xml: string): string {
  return xml.replace(/<ETag>[^<]*<\/ETag>/g, (element) => `<ETag>${element.slice(6, -7).toLowerCase()}</ETag>`);
}
