import { createHash, createHmac } from "node:crypto";

/** SDK-HMAC-SHA256, the way Huawei Cloud's API gateway wants a request signed (docs/decisions/0011). */

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  /** With a temporary key. */
  securityToken?: string;
}

export interface Unsigned {
  method: string;
  host: string;
  /** As it will stand on the wire. */
  path: string;
  query: readonly (readonly [name: string, value: string])[];
  /** By lower-case names; every one is signed. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

const algorithm = "SDK-HMAC-SHA256";

/** All the headers to send. */
export function sign(request: Unsigned, key: AccessKey, at: Date): Record<string, string> {
  const date = basicDate(at);
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    "x-sdk-date": date,
    ...(key.securityToken !== undefined && { "x-security-token": key.securityToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method.toUpperCase(),
    canonicalPath(request.path),
    queryString(request.query),
    names.map((name) => `${name}:${headers[name]?.trim()}\n`).join(""),
    names.join(";"),
    sha256(request.body ?? ""),
  ].join("\n");
  const signature = createHmac("sha256", key.secretAccessKey)
    .update([algorithm, date, sha256(canonical)].join("\n"))
    .digest("hex");
  return {
    ...headers,
    authorization: `${algorithm} Access=${key.accessKeyId}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

/** Both as it is sent and as it is signed, so that no re-ordering between the two can break a signature. */
export function queryString(query: Unsigned["query"]): string {
  return query
    .toSorted(([a, first], [b, second]) => byCodePoint(a, b) || byCodePoint(first, second))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
}

/** Leaves only letters, digits and -_.~ as they are. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Ends in a slash whether or not the address does. */
function canonicalPath(path: string): string {
  const encoded = decodeURIComponent(path).split("/").map(encode).join("/");
  return encoded.endsWith("/") ? encoded : `${encoded}/`;
}

function basicDate(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** The order of UTF-8; JavaScript's own compares UTF-16 and puts astral characters before some others. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
