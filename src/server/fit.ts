import { utf8Length, utf8Prefix } from "../jobs/clean-text.ts";

export interface Fitted {
  data: Readonly<Record<string, unknown>>;
  /** What was left out, in words; empty when all of it fits. */
  cut: string[];
}

/** Shortens the longest lists of an answer, then its longest texts, until it has at most `maxBytes` as `sizeOf` counts. */
export function fitData(
  data: Readonly<Record<string, unknown>>,
  maxBytes: number,
  sizeOf: (data: Readonly<Record<string, unknown>>) => number = jsonBytes,
): Fitted {
  let fitted: Record<string, unknown> = { ...data };
  const shown = new Map<string, { of: number; kept: number }>();
  while (sizeOf(fitted) > maxBytes) {
    const longest = longestList(fitted);
    if (!longest) break;
    const kept = Math.floor(longest.list.length / 2);
    shown.set(longest.name, { of: shown.get(longest.name)?.of ?? longest.list.length, kept });
    fitted = { ...fitted, [longest.name]: longest.list.slice(0, kept) };
  }
  const cut = [...shown].map(([name, { of, kept }]) => `${of - kept} of ${of} entries of ${name}`);
  for (let most = 4_096; sizeOf(fitted) > maxBytes && most >= 64; most /= 2) {
    const before = sizeOf(fitted);
    fitted = shortened(fitted, most) as Record<string, unknown>;
    if (sizeOf(fitted) < before && !cut.includes("the ends of long texts")) cut.push("the ends of long texts");
  }
  if (sizeOf(fitted) > maxBytes) return { data: {}, cut: ["all details"] };
  return { data: fitted, cut };
}

/** Keeps the beginning and the end, where a log tells most. */
export function fitText(text: string, maxBytes: number): { text: string; cut?: string } {
  const size = utf8Length(text);
  if (size <= maxBytes) return { text };
  const headBytes = Math.max(0, Math.floor(maxBytes / 3));
  const head = utf8Prefix(text, headBytes);
  const tail = utf8Suffix(text, Math.max(0, maxBytes - headBytes));
  const lost = size - utf8Length(head) - utf8Length(tail);
  return { text: `${head}\n[${lost} bytes cut here]\n${tail}`, cut: `${lost} bytes` };
}

function utf8Suffix(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, "utf8");
  let start = Math.max(0, bytes.length - maxBytes);
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString("utf8", start);
}

export function jsonBytes(value: unknown): number {
  return utf8Length(JSON.stringify(value) ?? "");
}

function longestList(data: Record<string, unknown>): { name: string; list: readonly unknown[] } | undefined {
  return Object.entries(data)
    .flatMap(([name, list]) => (Array.isArray(list) && list.length > 0 ? [{ name, list, bytes: jsonBytes(list) }] : []))
    .sort((a, b) => b.bytes - a.bytes)[0];
}

function shortened(value: unknown, most: number): unknown {
  if (typeof value === "string") return utf8Length(value) > most ? `${utf8Prefix(value, most)}…` : value;
  if (Array.isArray(value)) return value.map((element) => shortened(element, most));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner, most)]));
}
