import type { ObsResponses } from "../../operations/obs/types.ts";
import type { Arrived } from "../huawei/exchange.ts";
import type { CloudAnswer } from "../transport.ts";
import { obsUri } from "./address.ts";
import { parseXml } from "./xml.ts";

/** What the bytes of an answer mean. */

export type Rejected = Extract<CloudAnswer, { kind: "rejected" }>;

const longestMessage = 1_000;

/** Undefined: it is none. */
export async function readComplaint({ status, headers, text }: Arrived): Promise<Rejected | undefined> {
  if (status >= 200 && status < 300) return undefined;
  const document = text === "" ? undefined : await parseXml(text);
  const error = document?.child("Error");
  // An answer to HEAD has no body.
  const code = error?.text("Code") ?? header(headers["x-obs-error-code"]) ?? "";
  const message = error?.text("Message") ?? header(headers["x-obs-error-message"]);
  const requestId = requestIdOf(headers) ?? error?.text("RequestId");
  const isRedirect = status >= 300 && status < 400;
  const said = isRedirect ? "redirects are not followed; the bucket may lie in another region" : message;
  return {
    kind: "rejected",
    status,
    code: asGatewayKnows(status, code),
    message: (said ?? `HTTP ${status} without a reason`).slice(0, longestMessage),
    ...(requestId !== undefined && { requestId }),
  };
}

/** Spelled as the other services spell them, so that the gateway translates every cloud alike. */
function asGatewayKnows(status: number, code: string): string {
  if (status >= 300 && status < 400) return "Redirect";
  if (code === "AccessDenied" || code === "AccessForbidden" || (code === "" && status === 403)) return "Forbidden";
  if (code === "RequestTimeTooSkewed") return `InvalidTimeStamp.${code}`;
  return code === "SlowDown" || status === 429 ? "Throttling" : code;
}

export function requestIdOf(headers: Arrived["headers"]): string | undefined {
  return header(headers["x-obs-request-id"]);
}

export async function readBuckets({ text }: Arrived): Promise<ObsResponses["ObsListBuckets"] | undefined> {
  const result = (await parseXml(text))?.child("ListAllMyBucketsResult");
  return (
    result && {
      buckets: (result.child("Buckets")?.children("Bucket") ?? []).map((bucket) => ({
        name: bucket.text("Name") ?? "",
        regionId: bucket.text("Location") ?? "",
        createdAt: bucket.text("CreationDate") ?? "",
      })),
      truncated: result.text("IsTruncated") === "true",
    }
  );
}

export async function readObjects(
  { text }: Arrived,
  bucket: string,
): Promise<ObsResponses["ObsListObjects"] | undefined> {
  const result = (await parseXml(text))?.child("ListBucketResult");
  if (!result) return undefined;
  const objects = result.children("Contents").map((entry) => {
    const key = entry.text("Key") ?? "";
    return {
      key,
      uri: obsUri(bucket, key),
      bytes: Number(entry.text("Size")),
      lastModified: entry.text("LastModified") ?? "",
      etag: entry.text("ETag") ?? "",
    };
  });
  const truncated = result.text("IsTruncated") === "true";
  const nextMarker = truncated ? result.text("NextMarker") || objects.at(-1)?.key : undefined;
  return {
    objects,
    commonPrefixes: result.children("CommonPrefixes").map((entry) => entry.text("Prefix") ?? ""),
    truncated,
    ...(nextMarker !== undefined && { nextMarker }),
  };
}

export function readHead({ headers }: Arrived): ObsResponses["ObsHeadObject"] {
  const modified = new Date(header(headers["last-modified"]) ?? Number.NaN);
  return {
    exists: true,
    bytes: Number(headers["content-length"] ?? 0),
    ...(!Number.isNaN(modified.getTime()) && { lastModified: modified.toISOString() }),
    ...(headers.etag !== undefined && { etag: headers.etag }),
  };
}

export function readText({ headers, text, wasCut }: Arrived, uri: string): ObsResponses["ObsGetObject"] {
  const size = headers["content-length"];
  return {
    uri,
    text,
    bytes: size === undefined ? Buffer.byteLength(text) : Number(size),
    truncated: wasCut === true,
  };
}

function header(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
