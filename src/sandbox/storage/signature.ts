import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Address } from "./address.ts";
import { header, invalidArgument, type Refusal, refuse } from "./reply.ts";

export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
  /** V4 signs the region; a store that was given none accepts any. */
  regionId?: string;
}

export interface SignedRequest extends Address {
  method: string;
  headers: IncomingHttpHeaders;
}

const MAX_SKEW_MS = 15 * 60 * 1000;

/** Query parameters that OSS V1 signs as part of the resource; `response-*` belongs to them. */
export const SUB_RESOURCES = new Set(
  `acl append asyncFetch bucketInfo callback callback-var cname comp continuation-token cors delete encryption endTime
  group img inventory inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta partNumber policy
  policyStatus position qos qosInfo referer regionList replication replicationLocation replicationProgress
  requestPayment resourceGroup restore security-token sequential startTime stat status style styleName symlink tagging
  transferAcceleration uploadId uploads versionId versioning versions vod website worm wormExtend wormId x-oss-process
  x-oss-request-payer x-oss-traffic-limit`.split(/\s+/),
);

/** `undefined` when the request is signed with the store's own key. */
export function verifySignature(request: SignedRequest, credentials: Credentials, now: Date): Refusal | undefined {
  const authorization = header(request.headers, "authorization") ?? "";
  const query = new Map(request.query);
  if (authorization.startsWith("OSS4-HMAC-SHA256 ")) return verifyV4Header(request, credentials, authorization, now);
  if (authorization.startsWith("OSS ")) return verifyV1Header(request, credentials, authorization, now);
  if (authorization !== "") return invalidArgument("Authorization header is invalid.");
  if (query.get("x-oss-signature-version") === "OSS4-HMAC-SHA256") return verifyV4Url(request, credentials, query, now);
  if (query.has("Signature")) return verifyV1Url(request, credentials, query, now);
  return refuse(403, "AccessDenied", "Anonymous access is forbidden for this operation.");
}

function verifyV1Header(
  request: SignedRequest,
  credentials: Credentials,
  authorization: string,
  now: Date,
): Refusal | undefined {
  const [id = "", signature = ""] = authorization.slice("OSS ".length).trim().split(":");
  if (id !== credentials.accessKeyId) return unknownKey(id);
  const date = header(request.headers, "x-oss-date") ?? header(request.headers, "date") ?? "";
  return refuseSkew(Date.parse(date), now) ?? compareV1(request, credentials, date, signature);
}

function verifyV1Url(
  request: SignedRequest,
  credentials: Credentials,
  query: ReadonlyMap<string, string>,
  now: Date,
): Refusal | undefined {
  const id = query.get("OSSAccessKeyId") ?? "";
  if (id !== credentials.accessKeyId) return unknownKey(id);
  const expires = query.get("Expires") ?? "";
  if (!(Number(expires) * 1000 > now.getTime())) return expired();
  return compareV1(request, credentials, expires, query.get("Signature") ?? "");
}

function compareV1(request: SignedRequest, credentials: Credentials, date: string, given: string): Refusal | undefined {
  const stringToSign = canonicalV1(request, date);
  const expected = createHmac("sha1", credentials.accessKeySecret).update(stringToSign).digest("base64");
  return sameText(expected, given) ? undefined : mismatch(credentials, given, stringToSign.toString("utf8"));
}

function canonicalV1(request: SignedRequest, date: string): Buffer {
  const { headers, bucket, key } = request;
  const head = [
    request.method,
    header(headers, "content-md5") ?? "",
    header(headers, "content-type") ?? "",
    date,
    ...ossHeaders(headers).map((name) => `${name}:${(header(headers, name) ?? "").trim()}`),
  ].join("\n");
  const signed = request.query
    .filter(([name]) => SUB_RESOURCES.has(name) || name.startsWith("response-"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const resource = `/${bucket === "" ? "" : `${bucket}/${key}`}${signed.length > 0 ? `?${signed.join("&")}` : ""}`;
  // Node hands header bytes over as latin1; the resource was percent-decoded to UTF-8.
  return Buffer.concat([Buffer.from(`${head}\n`, "latin1"), Buffer.from(resource, "utf8")]);
}

function verifyV4Header(
  request: SignedRequest,
  credentials: Credentials,
  authorization: string,
  now: Date,
): Refusal | undefined {
  const fields = new Map(
    authorization
      .slice("OSS4-HMAC-SHA256 ".length)
      .split(",")
      .map((part): [string, string] => {
        const equals = part.indexOf("=");
        return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
      }),
  );
  const timestamp = header(request.headers, "x-oss-date") ?? "";
  return (
    refuseCredential(fields.get("Credential") ?? "", timestamp, credentials, "Authorization header") ??
    refuseSkew(parseTimestamp(timestamp), now) ??
    compareV4(request, credentials, {
      scope: scopeOf(fields.get("Credential") ?? ""),
      timestamp,
      query: request.query,
      additional: fields.get("AdditionalHeaders") ?? "",
      given: fields.get("Signature") ?? "",
    })
  );
}

function verifyV4Url(
  request: SignedRequest,
  credentials: Credentials,
  query: ReadonlyMap<string, string>,
  now: Date,
): Refusal | undefined {
  const credential = query.get("x-oss-credential") ?? "";
  const timestamp = query.get("x-oss-date") ?? "";
  const bad = refuseCredential(credential, timestamp, credentials, "query parameters");
  if (bad !== undefined) return bad;
  const age = (now.getTime() - parseTimestamp(timestamp)) / 1000;
  if (!(age <= Number(query.get("x-oss-expires") ?? "0")) || age * 1000 < -MAX_SKEW_MS) return expired();
  return compareV4(request, credentials, {
    scope: scopeOf(credential),
    timestamp,
    query: request.query.filter(([name]) => name !== "x-oss-signature"),
    additional: query.get("x-oss-additional-headers") ?? "",
    given: query.get("x-oss-signature") ?? "",
  });
}

interface V4Parts {
  /** yyyymmdd/region/oss/aliyun_v4_request */
  scope: string[];
  timestamp: string;
  query: readonly [string, string][];
  additional: string;
  given: string;
}

function compareV4(request: SignedRequest, credentials: Credentials, parts: V4Parts): Refusal | undefined {
  const hash = createHash("sha256").update(canonicalV4(request, parts)).digest("hex");
  const stringToSign = ["OSS4-HMAC-SHA256", parts.timestamp, parts.scope.join("/"), hash].join("\n");
  const signingKey = parts.scope.reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `aliyun_v4${credentials.accessKeySecret}`,
  );
  const expected = createHmac("sha256", signingKey).update(stringToSign).digest("hex");
  return sameText(expected, parts.given) ? undefined : mismatch(credentials, parts.given, stringToSign);
}

function canonicalV4(request: SignedRequest, parts: V4Parts): Buffer {
  const { headers, bucket, key } = request;
  const additional = parts.additional.split(";").filter((name) => name !== "");
  const names = new Set([...additional, ...ossHeaders(headers)]);
  for (const name of ["content-type", "content-md5"]) if (headers[name] !== undefined) names.add(name);
  const query = parts.query
    .map(([name, value]) => (value === "" ? encodeV4(name) : `${encodeV4(name)}=${encodeV4(value)}`))
    .sort();
  const canonicalHeaders = [...names].sort().map((name) => `${name}:${(header(headers, name) ?? "").trim()}\n`);
  const lines = [
    request.method,
    encodeV4(bucket === "" ? "/" : `/${bucket}/${key}`).replaceAll("%2F", "/"),
    query.join("&"),
    canonicalHeaders.join(""),
    parts.additional,
    header(headers, "x-oss-content-sha256") ?? "UNSIGNED-PAYLOAD",
  ];
  return Buffer.from(lines.join("\n"), "latin1");
}

function refuseCredential(
  credential: string,
  timestamp: string,
  credentials: Credentials,
  where: string,
): Refusal | undefined {
  const [id = ""] = credential.split("/", 1);
  if (id !== credentials.accessKeyId) return unknownKey(id);
  const [date, region, product, terminator, ...rest] = scopeOf(credential);
  if (credentials.regionId !== undefined && region !== credentials.regionId) {
    return invalidArgument(`Invalid signing region in ${where}.`);
  }
  if (product !== "oss") return invalidArgument(`Invalid signing product in ${where}.`);
  const wellFormed = terminator === "aliyun_v4_request" && rest.length === 0 && timestamp.slice(0, 8) === date;
  return wellFormed ? undefined : invalidArgument(`Invalid credential or date in ${where}.`);
}

const scopeOf = (credential: string): string[] => credential.split("/").slice(1);

const ossHeaders = (headers: IncomingHttpHeaders): string[] =>
  Object.keys(headers)
    .filter((name) => name.startsWith("x-oss-"))
    .sort();

const encodeV4 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function parseTimestamp(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

export function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

export function refuseSkew(time: number, now: Date): Refusal | undefined {
  if (Number.isNaN(time)) return refuse(403, "AccessDenied", "OSS authentication requires a valid Date.");
  if (Math.abs(time - now.getTime()) <= MAX_SKEW_MS) return undefined;
  return refuse(
    403,
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    {
      detail: {
        MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
        RequestTime: new Date(time).toISOString(),
        ServerTime: now.toISOString(),
      },
    },
  );
}

export const expired = (): Refusal => refuse(403, "AccessDenied", "Request has expired.");

export const unknownKey = (id: string): Refusal =>
  refuse(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.", {
    detail: { OSSAccessKeyId: id },
  });

export const mismatch = (credentials: Credentials, given: string, stringToSign: string): Refusal =>
  refuse(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    { detail: { OSSAccessKeyId: credentials.accessKeyId, SignatureProvided: given, StringToSign: stringToSign } },
  );
