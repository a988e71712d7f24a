import { createHash, createHmac } from "node:crypto";
import { parseQuery, type SignedRequest } from "./acs3.ts";

/**
 * The older ROA signature: `Authorization: acs ID:base64(HMAC-SHA1)`. The `aliyun` CLI's generic mode signs so.
 * Two spellings of the text to sign are in use: Alibaba's Node client keeps the line of an absent header and
 * writes `name=` for an empty value, the Go SDK behind the CLI leaves both out and always writes the `?`.
 */
export function roaSignatures(request: SignedRequest, secret: string): string[] {
  return [nodeText(request), goText(request)].map((text) => createHmac("sha1", secret).update(text).digest("base64"));
}

export function parseRoaAuthorization(authorization: string): { accessKeyId: string; signature: string } | undefined {
  const match = /^acs ([^:\s]+):(\S+)$/.exec(authorization);
  return match?.[1] && match[2] ? { accessKeyId: match[1], signature: match[2] } : undefined;
}

/** True also when there is no Content-MD5: the Node client sends none. */
export function contentMd5Matches(request: SignedRequest): boolean {
  const declared = header(request, "content-md5");
  return !declared || declared === createHash("md5").update(request.body).digest("base64");
}

function nodeText(request: SignedRequest): string {
  const query = sortedQuery(request).map(([name, value]) => `${name}=${value}`);
  const resource = query.length > 0 ? `${request.rawPath}?${query.join("&")}` : request.rawPath;
  return [request.method, ...leadingHeaders(request), ...acsHeaders(request), resource].join("\n");
}

function goText(request: SignedRequest): string {
  const query = sortedQuery(request).map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const present = leadingHeaders(request).filter((value) => value !== "");
  return [request.method, ...present, ...acsHeaders(request), `${request.rawPath}?${query.join("&")}`].join("\n");
}

function leadingHeaders(request: SignedRequest): string[] {
  return ["accept", "content-md5", "content-type", "date"].map((name) => header(request, name));
}

function acsHeaders(request: SignedRequest): string[] {
  return request.headers
    .map(([name, value]) => [name.toLowerCase(), value.replace(/[\t\n\r\f]/g, " ").trim()] as const)
    .filter(([name]) => name.startsWith("x-acs-"))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}:${value}`);
}

/** Values are signed decoded. */
function sortedQuery(request: SignedRequest): [string, string][] {
  return parseQuery(request.rawQuery).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function header(request: SignedRequest, name: string): string {
  return request.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1].trim() ?? "";
}
