import { createHash, createHmac } from "node:crypto";
import type { SignedRequest } from "../signature/acs3.ts";
import { sameText } from "../signature/verify.ts";

/**
 * SDK-HMAC-SHA256 as the API gateway in front of DLI checks it; written from the server's side of the description
 * (section 2 of the API notes), not from a client.
 */

export interface DliAccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What the gateway says; it adds a `request_id` of its own. */
export interface GatewayRefusal {
  status: 401;
  error_code: string;
  error_msg: string;
}

const algorithm = "SDK-HMAC-SHA256";
const allowedSkewMs = 15 * 60_000;

/** Undefined when the request is signed by this key, and by now. */
export function checkDliSignature(request: SignedRequest, key: DliAccessKey, now: number): GatewayRefusal | undefined {
  const presented = parseAuthorization(header(request, "authorization"));
  if (!presented) return refusal("no Authorization of SDK-HMAC-SHA256 was found");
  if (!sameText(presented.accessKeyId, key.accessKeyId)) return refusal(`ak ${presented.accessKeyId} not exist`);
  for (const name of ["host", "x-sdk-date"]) {
    if (!presented.signedHeaders.includes(name)) return refusal(`the header ${name} is not signed`);
  }
  const unsent = presented.signedHeaders.find((name) => header(request, name) === "");
  if (unsent !== undefined) return refusal(`the signed header ${unsent} was not sent`);
  const date = header(request, "x-sdk-date");
  const time = readDate(date);
  if (Number.isNaN(time)) return refusal("the x-sdk-date cannot be read");
  if (Math.abs(now - time) > allowedSkewMs) {
    return refusal(`calc aksk signature fail:signature expired, signature time:${date},server time:${writeDate(now)}`);
  }
  const canonical = canonicalRequest(request, presented.signedHeaders);
  if (canonical === undefined) return refusal("verify aksk signature fail");
  const expected = createHmac("sha256", key.secretAccessKey)
    .update(`${algorithm}\n${date}\n${hash(canonical)}`)
    .digest("hex");
  if (sameText(presented.signature, expected)) return undefined;
  // The real gateway quotes its own canonical request, with bars for line ends.
  return refusal(`verify aksk signature fail, canonicalRequest:${canonical.replaceAll("\n", "|")}`);
}

function parseAuthorization(
  text: string,
): { accessKeyId: string; signedHeaders: readonly string[]; signature: string } | undefined {
  const match = /^SDK-HMAC-SHA256\s+Access=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
    text,
  );
  if (!match?.[1] || !match[2] || !match[3]) return undefined;
  return { accessKeyId: match[1], signedHeaders: match[2].toLowerCase().split(";"), signature: match[3] };
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string | undefined {
  // Official clients waive the check of a body that is not JSON.
  const isWaived =
    signedHeaders.includes("x-sdk-content-sha256") && header(request, "x-sdk-content-sha256") === "UNSIGNED-PAYLOAD";
  try {
    const names = [...signedHeaders].sort();
    let path = decodeURIComponent(request.rawPath).split("/").map(percentEncode).join("/");
    if (!path.endsWith("/")) path += "/";
    return [
      request.method.toUpperCase(),
      path,
      canonicalQuery(request.rawQuery),
      ...names.map((name) => `${name}:${header(request, name)}`),
      "",
      names.join(";"),
      isWaived ? "UNSIGNED-PAYLOAD" : hash(request.body),
    ].join("\n");
  } catch {
    // Percent signs that spell nothing.
    return undefined;
  }
}

function canonicalQuery(rawQuery: string): string {
  const pairs = rawQuery
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
      return [decodeURIComponent(name), decodeURIComponent(value)] as const;
    });
  pairs.sort(([a, first], [b, second]) => compareText(a, b) || compareText(first, second));
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}

function compareText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Byte by byte; letters, digits and -_.~ stay. */
function percentEncode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-_.~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

/** A header that was sent twice counts with both values. */
function header(request: SignedRequest, name: string): string {
  return request.headers
    .filter(([candidate]) => candidate.toLowerCase() === name)
    .map(([, value]) => value.trim())
    .join(",");
}

/** `20200608T023900Z` */
function readDate(text: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function writeDate(time: number): string {
  return new Date(time).toISOString().replaceAll("-", "").replaceAll(":", "").replace(/\.\d+/, "");
}

function hash(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function refusal(why: string): GatewayRefusal {
  return { status: 401, error_code: "APIGW.0301", error_msg: `Incorrect IAM authentication information: ${why}` };
}
