import { isIP } from "node:net";
import { type Refusal, refuse } from "./reply.ts";

export interface Address {
  /** Empty for the service itself. */
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
  query: [name: string, value: string][];
}

const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const MAX_KEY_BYTES = 1023;

export const isBucketName = (name: string): boolean => BUCKET.test(name);

/** `http://bucket.endpoint/key` and `http://endpoint/bucket/key` are the two ways to say the same thing. */
export function parseAddress(hostHeader: string | undefined, target: string): Address | Refusal {
  const mark = target.indexOf("?");
  const path = decode(mark === -1 ? target : target.slice(0, mark));
  const query = parseQuery(mark === -1 ? "" : target.slice(mark + 1));
  if (path === undefined || query === undefined || !path.startsWith("/")) {
    return refuse(400, "InvalidURI", "Couldn't parse the specified URI.");
  }
  const fromHost = bucketOfHost(hostHeader ?? "");
  const rest = path.slice(1);
  if (fromHost !== undefined) return checked({ bucket: fromHost, key: rest, query });
  const slash = rest.indexOf("/");
  return checked({
    bucket: slash === -1 ? rest : rest.slice(0, slash),
    key: slash === -1 ? "" : rest.slice(slash + 1),
    query,
  });
}

function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  const isEndpoint = name === "" || name === "localhost" || name.startsWith("[") || isIP(name) !== 0;
  if (isEndpoint || /^(\.?oss-[a-z0-9-]+\.aliyuncs|obs\.[a-z0-9-]+\.myhuaweicloud)\.com$/.test(name)) return undefined;
  return name.slice(0, name.indexOf(".") === -1 ? name.length : name.indexOf(".")) || undefined;
}

function checked(address: Address): Address | Refusal {
  if (address.bucket !== "" && !isBucketName(address.bucket)) {
    return refuse(400, "InvalidBucketName", "The specified bucket is not valid.", {
      detail: { BucketName: address.bucket },
    });
  }
  return (address.key === "" ? undefined : refuseKey(address.key)) ?? address;
}

/** A key becomes a path, so every spelling that a file system reads differently is refused. */
export function refuseKey(key: string): Refusal | undefined {
  const segments = (key.endsWith("/") ? key.slice(0, -1) : key).split("/");
  const hostile =
    key === "" ||
    !key.isWellFormed() ||
    Buffer.byteLength(key) > MAX_KEY_BYTES ||
    key.includes("\0") ||
    key.includes("\\") ||
    segments.some((s) => s === "" || s === "." || s === ".." || Buffer.byteLength(s) > 255);
  return hostile ? refuse(400, "InvalidObjectName", "The specified object is not valid.") : undefined;
}

function parseQuery(text: string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode((equals === -1 ? part : part.slice(0, equals)).replaceAll("+", " "));
    const value = decode((equals === -1 ? "" : part.slice(equals + 1)).replaceAll("+", " "));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
