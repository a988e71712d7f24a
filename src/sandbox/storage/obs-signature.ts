import { createHmac } from "node:crypto";
import { header, type Refusal, refuse } from "./reply.ts";
import {
  type Credentials,
  expired,
  mismatch,
  refuseSkew,
  type SignedRequest,
  sameText,
  unknownKey,
} from "./signature.ts";

/**
 * OBS's signature in a header (section 13 of the API notes) or a URL. Where a client addresses buckets by the path, as
 * at an IP address, the official Python client writes the same in words of AWS's version 2. Version 4 is not taken.
 */
export interface Wording {
  scheme: "OBS" | "AWS";
  prefix: "x-obs-" | "x-amz-";
  keyInUrl: "AccessKeyId" | "AWSAccessKeyId";
}

/** Query parameters that OBS signs as part of the resource; `response-*` belongs to them. */
export const OBS_SUB_RESOURCES = new Set(
  `acl append backtosource cors customdomain delete deletebucket directcoldaccess encryption inventory length lifecycle
  location logging metadata mirrorBackToSource modify name notification object-lock partNumber policy policyStatus
  position quota rename replication requestPayment restore retention select storageClass storageinfo storagePolicy
  tagging torrent truncate uploadId uploads versionId versioning versions website x-image-process x-image-save-bucket
  x-image-save-object x-obs-security-token`.split(/\s+/),
);

const signedNames = new Set([...OBS_SUB_RESOURCES].map((name) => name.toLowerCase()));

export interface ObsRequest extends SignedRequest {
  /** As it stood on the request line. */
  rawPath: string;
}

/** `undefined` when the request is signed with the store's own key. */
export function verifyObsSignature(
  request: ObsRequest,
  credentials: Credentials,
  now: Date,
  wording: Wording,
): Refusal | undefined {
  const { scheme, prefix, keyInUrl } = wording;
  const authorization = header(request.headers, "authorization") ?? "";
  if (authorization.startsWith(`${scheme} `)) {
    const [id = "", signature = ""] = authorization.slice(scheme.length).trim().split(":");
    if (id !== credentials.accessKeyId) return unknownKey(id);
    const ownDate = header(request.headers, `${prefix}date`);
    const date = header(request.headers, "date") ?? "";
    const skewed = refuseSkew(Date.parse(ownDate ?? date), now);
    return skewed ?? compare(request, credentials, wording, { date: ownDate === undefined ? date : "", signature });
  }
  if (authorization !== "") {
    return refuse(
      501,
      "NotImplemented",
      "The sandbox's OBS takes `Authorization: OBS <key>:<signature>`, no version 4.",
    );
  }
  const query = new Map(request.query);
  const id = query.get(keyInUrl);
  if (id === undefined) return refuse(403, "AccessDenied", "Anonymous access is forbidden for this operation.");
  if (id !== credentials.accessKeyId) return unknownKey(id);
  const expires = query.get("Expires") ?? "";
  if (!(Number(expires) * 1000 > now.getTime())) return expired();
  return compare(request, credentials, wording, { date: expires, signature: query.get("Signature") ?? "" });
}

function compare(
  request: ObsRequest,
  credentials: Credentials,
  { prefix }: Wording,
  { date, signature: given }: { date: string; signature: string },
): Refusal | undefined {
  const texts = signedPaths(request).map((path) => stringToSign(request, prefix, date, path));
  const signatures = texts.map((text) => createHmac("sha1", credentials.accessKeySecret).update(text).digest("base64"));
  const isSame = signatures.map((expected) => sameText(expected, given)).includes(true);
  return isSame ? undefined : mismatch(credentials, given, String(texts[0]));
}

function stringToSign({ method, headers, query }: SignedRequest, prefix: string, date: string, path: string): Buffer {
  const own = Object.keys(headers)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => `${name}:${(header(headers, name) ?? "").trim()}`);
  const head = [method, header(headers, "content-md5") ?? "", header(headers, "content-type") ?? "", date, ...own].join(
    "\n",
  );
  const signed = query
    .filter(([name]) => isSigned(name.toLowerCase(), prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const resource = `${path}${signed.length > 0 ? `?${signed.join("&")}` : ""}`;
  // Node hands header bytes over as latin1.
  return Buffer.concat([Buffer.from(`${head}\n`, "latin1"), Buffer.from(resource, "utf8")]);
}

function isSigned(name: string, prefix: string): boolean {
  return signedNames.has(name) || name.startsWith("response-") || name.startsWith(prefix);
}

/**
 * Clients sign the resource as they put it into the URL, and differ in which characters they leave as they are.
 * Official ones leave the slash after a bucket away when they address it by the path.
 */
function signedPaths({ bucket, key, rawPath }: ObsRequest): string[] {
  if (bucket === "") return ["/"];
  if (key === "") return [`/${bucket}/`, `/${bucket}`];
  const isVirtualHost = decodeURIComponent(rawPath) === `/${key}`;
  return [isVirtualHost ? `/${bucket}${rawPath}` : rawPath];
}
