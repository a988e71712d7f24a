import type { OperationRow } from "./types.ts";

/**
 * A key of ours in a request whose service takes no idempotency token: the service keeps it with what it makes, so an
 * answer that got lost can be looked for under it (section 4 of the DLI notes).
 */

const tagName = "run_key";
const suffix = /--rk[0-9a-f]{16}$/;
/** What a name may be long, for the key to fit behind it. */
export const longestKeyedName = 128 - "--rk".length - 16;

/** @param token of the intent: at least 16 hexadecimal digits */
export function runKeyOf(token: string): string {
  return token.slice(0, 16);
}

/** The job's name as its owner gave it. */
export function withoutRunKey(name: string): string {
  return name.replace(suffix, "");
}

/** The members of a request's body that hold the key, and what a search for it is asked with. */
export function keyedMembers(
  runKey: NonNullable<OperationRow["runKey"]>,
  body: Readonly<Record<string, unknown>>,
  token: string,
): Record<string, unknown> {
  const key = runKeyOf(token);
  const given = body[runKey.member];
  if (runKey.form === "suffix") return { [runKey.member]: `${given ?? "job"}--rk${key}` };
  const tags: unknown[] = Array.isArray(given) ? given : [];
  return { [runKey.member]: [...tags, { key: tagName, value: key }] };
}

/** As the service's filter by tags wants it. */
export function tagFilterOf(token: string): string {
  return `${tagName}=${runKeyOf(token)}`;
}
