import type { OperationRow } from "../operations/types.ts";

/**
 * A copy of an answer with every secret value of its row replaced. The last four characters stay, so that a person
 * can tell two tokens apart.
 */
export function masked(row: OperationRow, body: unknown): unknown {
  if (row.secrets.response.length === 0) return body;
  const copy: unknown = structuredClone(body);
  for (const path of row.secrets.response) maskAt(copy, path.split("."));
  return copy;
}

function maskAt(value: unknown, path: readonly string[]): void {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== "object" || value === null) return;
  if (first.endsWith("[]")) {
    const list = (value as Record<string, unknown>)[first.slice(0, -2)];
    if (Array.isArray(list)) for (const element of list) maskAt(element, rest);
    return;
  }
  const holder = value as Record<string, unknown>;
  if (rest.length > 0) maskAt(holder[first], rest);
  else if (first in holder) holder[first] = maskText(holder[first]);
}

function maskText(value: unknown): string {
  const text = String(value);
  return text.length > 12 ? `****${text.slice(-4)}` : "****";
}
