import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

export interface StoreRequest {
  method: string;
  bucket: string;
  key: string;
  /** Decoded; OSS knows no repeated parameters, the last one wins. */
  query: ReadonlyMap<string, string>;
  headers: IncomingHttpHeaders;
  body: Readable;
}

export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Readable;
}

/** An answer in OSS's error shape. */
export interface Refusal {
  refused: true;
  status: number;
  code: string;
  message: string;
  /** Extra elements of the error document. */
  detail?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
}

export function refuse(
  status: number,
  code: string,
  message: string,
  extra: Pick<Refusal, "detail" | "headers"> = {},
): Refusal {
  return { refused: true, status, code, message, ...extra };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "refused" in value;
}

export const noSuchBucket = (bucket: string): Refusal =>
  refuse(404, "NoSuchBucket", "The specified bucket does not exist.", { detail: { BucketName: bucket } });

export const noSuchKey = (key: string): Refusal =>
  refuse(404, "NoSuchKey", "The specified key does not exist.", { detail: { Key: key } });

export const notImplemented = (what: string): Refusal =>
  refuse(501, "NotImplemented", `The sandbox's object store does not implement ${what}.`);

export const invalidArgument = (message: string): Refusal => refuse(400, "InvalidArgument", message);

export const malformedXml = (): Refusal =>
  refuse(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our schema.");

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}
