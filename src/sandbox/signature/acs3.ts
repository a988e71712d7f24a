import { createHash, createHmac } from "node:crypto";

/** ACS3-HMAC-SHA256 as Alibaba Cloud publishes it; written from the algorithm's description, not from a client. */

export interface SignedRequest {
  method: string;
  /** Path exactly as it stood on the request line. */
  rawPath: string;
  /** Query exactly as it stood on the request line, without the question mark. */
  rawQuery: string;
  /** Every header line that arrived, repeated ones included. */
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array;
}

const algorithm = "ACS3-HMAC-SHA256";

export interface Acs3Authorization {
  accessKeyId: string;
  signedHeaders: readonly string[];
  signature: string;
}

export function parseAcs3Authorization(authorization: string): Acs3Authorization | undefined {
  const match = /^ACS3-HMAC-SHA256\s+(.*)$/.exec(authorization);
  if (!match) return undefined;
  const fields = new Map<string, string>();
  for (const part of (match[1] ?? "").split(",")) {
    const separator = part.indexOf("=");
    if (separator > 0) fields.set(part.slice(0, separator).trim(), part.slice(separator + 1).trim());
  }
  const accessKeyId = fields.get("Credential");
  const signedHeaders = fields.get("SignedHeaders");
  const signature = fields.get("Signature");
  if (!accessKeyId || !signedHeaders || !signature) return undefined;
  return { accessKeyId, signedHeaders: signedHeaders.toLowerCase().split(";"), signature };
}

export function acs3Signature(request: SignedRequest, signedHeaders: readonly string[], secret: string): string {
  const stringToSign = `${algorithm}\n${sha256(canonicalRequest(request, signedHeaders))}`;
  return createHmac("sha256", secret).update(stringToSign).digest("hex");
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const names = [...signedHeaders].sort();
  const headerBlock = names.map((name) => `${name}:${headerValues(request.headers, name)}\n`).join("");
  return [
    request.method.toUpperCase(),
    request.rawPath.replaceAll("+", "%20").replaceAll("*", "%2A").replaceAll("%7E", "~"),
    canonicalQuery(request.rawQuery),
    headerBlock,
    names.join(";"),
    sha256(request.body),
  ].join("\n");
}

function headerValues(headers: SignedRequest["headers"], name: string): string {
  return headers
    .filter(([candidate]) => candidate.toLowerCase() === name)
    .map(([, value]) => value.trim())
    .sort()
    .join(",");
}

function canonicalQuery(rawQuery: string): string {
  return parseQuery(rawQuery)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** `+` stands for a blank: the Python client sends it so but signs %20 (section 12 of the API notes). */
export function parseQuery(rawQuery: string): [name: string, value: string][] {
  if (rawQuery === "") return [];
  return rawQuery.split("&").map((part) => {
    const separator = part.indexOf("=");
    const name = separator < 0 ? part : part.slice(0, separator);
    const value = separator < 0 ? "" : part.slice(separator + 1);
    return [decode(name), decode(value)];
  });
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Not UTF-8: nothing a client of this service sends, and it must not bring the server down.
    return spaced;
  }
}

/** Leaves only A-Z a-z 0-9 - _ . ~ as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
