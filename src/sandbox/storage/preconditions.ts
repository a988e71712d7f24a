import type { IncomingHttpHeaders } from "node:http";
import type { ObjectInfo } from "./records.ts";
import { header, type Refusal, refuse } from "./reply.ts";

export function failedPrecondition(headers: IncomingHttpHeaders, info: ObjectInfo, prefix = ""): Refusal | undefined {
  const value = (name: string): string | undefined => header(headers, `${prefix}${name}`);
  const seconds = Math.floor(info.modified.getTime() / 1000) * 1000;
  const sameEtag = (list: string): boolean =>
    list.split(",").some((e) => e.trim() === "*" || bare(e) === bare(info.etag));
  const [ifMatch, ifNoneMatch] = [value("if-match"), value("if-none-match")];
  if (ifMatch !== undefined && !sameEtag(ifMatch)) return preconditionFailed("If-Match");
  if (seconds > Date.parse(value("if-unmodified-since") ?? "")) return preconditionFailed("If-Unmodified-Since");
  if (ifNoneMatch !== undefined) return sameEtag(ifNoneMatch) ? notModified(info) : undefined;
  return seconds <= Date.parse(value("if-modified-since") ?? "") ? notModified(info) : undefined;
}

const bare = (etag: string): string => etag.trim().replaceAll('"', "").toUpperCase();

const preconditionFailed = (condition: string): Refusal =>
  refuse(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.", {
    detail: { Condition: condition },
  });

const notModified = (info: ObjectInfo): Refusal =>
  refuse(304, "NotModified", "Not Modified", { headers: { etag: info.etag } });

export interface Range {
  start: number;
  end: number;
}

/**
 * OSS ignores a range that does not lie within the object and answers 200 with all of it;
 * with x-oss-range-behavior: standard it does as RFC 9110 says.
 */
export function parseRange(headers: IncomingHttpHeaders, size: number): Range | Refusal | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec((header(headers, "range") ?? "").split(",")[0]?.trim() ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const standard = header(headers, "x-oss-range-behavior") === "standard";
  const [first, last] = [match[1] ?? "", match[2] ?? ""];
  if (first === "") {
    const length = Number(last);
    if (length > 0 && length <= size) return { start: size - length, end: size - 1 };
    if (length > 0 && size > 0 && standard) return { start: 0, end: size - 1 };
    return standard ? unsatisfiable(size) : undefined;
  }
  const [start, end] = [Number(first), last === "" ? size - 1 : Number(last)];
  if (start >= size) return standard ? unsatisfiable(size) : undefined;
  if (end < start) return undefined;
  if (end >= size) return standard ? { start, end: size - 1 } : undefined;
  return { start, end };
}

const unsatisfiable = (size: number): Refusal =>
  refuse(416, "InvalidRange", "The requested range cannot be satisfied.", {
    headers: { "content-range": `bytes */${size}` },
  });
