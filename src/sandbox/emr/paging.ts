import { invalidParameter, type ServiceError } from "../errors.ts";

export interface Page<T> {
  items: T[];
  maxResults: number;
  totalCount: number;
  nextToken?: string;
}

const defaultPageSize = 20;
const largestPage = 100;

/**
 * Pages by the key of the last item shown, not by position: an item that is added while somebody pages
 * neither repeats nor hides another.
 * @param keyOf unique, and sorting the keys as text sorts the items
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  request: { maxResults?: number; nextToken?: string },
  order: "ascending" | "descending",
): Page<T> | { error: ServiceError } {
  const maxResults = request.maxResults ?? defaultPageSize;
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > largestPage) {
    return invalidParameter(`maxResults must be a whole number from 1 to ${largestPage}.`);
  }
  const sign = order === "ascending" ? 1 : -1;
  const keyed = items.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => sign * compare(a.key, b.key));

  let rest = keyed;
  if (request.nextToken) {
    const last = readToken(request.nextToken);
    if (last === undefined) return invalidParameter("nextToken is not valid.");
    rest = keyed.filter(({ key }) => sign * compare(key, last) > 0);
  }
  const page = rest.slice(0, maxResults);
  const lastKey = page.at(-1)?.key;
  return {
    items: page.map(({ item }) => item),
    maxResults,
    totalCount: items.length,
    ...(rest.length > page.length && lastKey !== undefined ? { nextToken: writeToken(lastKey) } : {}),
  };
}

/** Newest first, ties broken by id. */
export function timeKey(time: number, id: string): string {
  return `${String(time).padStart(15, "0")}/${id}`;
}

function writeToken(key: string): string {
  return Buffer.from(`after:${key}`).toString("base64url");
}

function readToken(token: string): string | undefined {
  const text = Buffer.from(token, "base64url").toString();
  return text.startsWith("after:") ? text.slice("after:".length) : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
