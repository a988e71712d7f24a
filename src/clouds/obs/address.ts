import { matchesGrammar } from "../../operations/grammar.ts";
import { type Endpoint, publicHost } from "../huawei/connection.ts";
import { encode } from "../huawei/signer.ts";

/** Which host and path an object lies under (section 13 of the API notes). */

export interface ObjectAddress {
  bucket: string;
  key: string;
}

/** The service's own limit of a key, in UTF-8. */
const longestKey = 1024;

export function parseObsUri(uri: string): ObjectAddress | undefined {
  if (!matchesGrammar("obsUri", uri)) return undefined;
  const [, bucket = "", key = ""] = /^obs:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return Buffer.byteLength(key) <= longestKey ? { bucket, key } : undefined;
}

export const obsUri = (bucket: string, key: string): string => `obs://${bucket}/${key}`;

export interface ObsEndpoint extends Endpoint {
  /** The bucket stands in the path: what has no name but an address has no hosts below it. */
  pathStyle: boolean;
}

/** Plain HTTP shows every object to the network; only this machine may be spoken to that way. */
export function parseEndpoint(text: string | undefined, regionId: string): ObsEndpoint | undefined {
  const url = URL.parse(text ?? `https://${publicHost("obs", regionId)}`);
  if (url?.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "")
    return undefined;
  const pathStyle = /^(127(\.\d+){3}|localhost|\[::1\])$/.test(url.hostname);
  if (url.protocol === "https:") return { protocol: "https", host: url.host, pathStyle };
  return url.protocol === "http:" && pathStyle ? { protocol: "http", host: url.host, pathStyle } : undefined;
}

/** What a request is about: the account, a bucket or an object. */
export type Subject = Partial<ObjectAddress>;

export interface Place {
  endpoint: Endpoint;
  path: string;
  /** As it is signed, whichever way the bucket is written. */
  resource: string;
}

export function placeOf({ bucket, key = "" }: Subject, { protocol, host, pathStyle }: ObsEndpoint): Place {
  const keyPath = `/${key.split("/").map(encode).join("/")}`;
  if (bucket === undefined) return { endpoint: { protocol, host }, path: "/", resource: "/" };
  const resource = `/${bucket}${keyPath}`;
  return pathStyle
    ? { endpoint: { protocol, host }, path: resource, resource }
    : { endpoint: { protocol, host: `${bucket}.${host}` }, path: keyPath, resource };
}
