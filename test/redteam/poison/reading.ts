import type { CallToolResult } from "@modelcontextprotocol/client";

/** An answer taken apart the way a reader would: blocks of foreign text, and the server's own lines around them. */
export interface TakenApart {
  /** The server's own lines. */
  own: string[];
  blocks: Array<{ boundary: string; body: string[] }>;
}

export function takeApart(text: string): TakenApart {
  const own: string[] = [];
  const blocks: TakenApart["blocks"] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const boundary = /^<untrusted-([0-9a-f]{32}) source="[^"<>]*">$/.exec(line)?.[1];
    if (boundary === undefined) {
      own.push(line);
      continue;
    }
    const end = lines.indexOf(`</untrusted-${boundary}>`, at);
    if (end < 0) throw new Error("a block has no end");
    blocks.push({ boundary, body: lines.slice(at + 2, end) });
    at = end;
  }
  return { own, blocks };
}

/** Control, bidirectional, zero-width, tag and other characters that a viewer need not draw. */
export const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

/** Every text of a result, names of members included. */
export function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...stringsOf(inner)]);
}

export function holdsUnseen(result: CallToolResult): string[] {
  return stringsOf(result).filter((text) => unseen.test(text));
}

/** What stands outside of quotation marks; a value that broke out of its quotes would be part of it. */
export function outsideQuotes(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}

/** The server's own words: every quoted value emptied, times and audit numbers levelled. */
export function skeletonOf(text: string): string[] {
  return text.split("\n").map((line) =>
    outsideQuotes(line)
      .replace(/\d{13}|\d+\.\d{3,}/g, "0")
      .replace(/^(where: .*?) \| .*$/, "$1")
      .replace(/^nextToken: .*$/, "nextToken:"),
  );
}
