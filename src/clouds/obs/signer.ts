import { createHmac } from "node:crypto";
import type { AccessKey } from "../huawei/signer.ts";

export interface Unsigned {
  method: string;
  /** `/bucket/key`, percent-encoded. None of the queries that are sent here is part of it. */
  resource: string;
  /** By lower-case names. */
  headers: Readonly<Record<string, string>>;
}

/** All the headers to send (section 13 of the API notes). */
export function sign(request: Unsigned, key: AccessKey, at: Date): Record<string, string> {
  const headers: Record<string, string> = {
    ...request.headers,
    "x-obs-date": at.toUTCString(),
    ...(key.securityToken !== undefined && { "x-obs-security-token": key.securityToken }),
  };
  const own = Object.keys(headers)
    .filter((name) => name.startsWith("x-obs-"))
    .sort();
  const text = [
    request.method,
    headers["content-md5"] ?? "",
    headers["content-type"] ?? "",
    "", // the date, for x-obs-date is sent
    ...own.map((name) => `${name}:${headers[name]}`),
    request.resource,
  ].join("\n");
  const signature = createHmac("sha1", key.secretAccessKey).update(text).digest("base64");
  return { ...headers, authorization: `OBS ${key.accessKeyId}:${signature}` };
}
