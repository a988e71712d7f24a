import type { DliResponses } from "../../../operations/dli/types.gen.ts";
import { matchesGrammar } from "../../../operations/grammar.ts";
import type { Tag } from "./documents.ts";

/** An answer of exactly the fields that the operation's row knows. */
export function answer<Name extends keyof DliResponses>(_operation: Name, body: DliResponses[Name]) {
  return { body };
}

/** What most writes say. */
export const succeeded = { body: { is_success: true, message: "" } } as const;

/** Pages of `limit`/`offset`. @param otherwise how many without a limit */
export function pageOf<T>(items: readonly T[], page: { limit?: number; offset?: number }, otherwise = 100): T[] {
  const offset = Math.max(0, page.offset ?? 0);
  return items.slice(offset, offset + Math.max(0, page.limit ?? otherwise));
}

/** Names are stored in lower case; nothing is trimmed, so a name with a blank is another name. */
export function storedName(name: string): string {
  return name.toLowerCase();
}

export function isName(name: string): boolean {
  return matchesGrammar("dliName", name);
}

/** `k1=v1,k2=v2`: all of them. */
export function matchesTagFilter(tags: readonly Tag[], filter: string | undefined): boolean {
  if (!filter) return true;
  return filter.split(",").every((part) => {
    const at = part.indexOf("=");
    const [key, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    return tags.some((tag) => tag.key === key && tag.value === value);
  });
}

export function byText<T>(textOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [textOf(a), textOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
