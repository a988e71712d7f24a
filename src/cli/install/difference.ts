import { structuredPatch } from "diff";

/**
 * The lines that change and no others. Of the strings in them only those given are shown: a client's file holds the
 * keys of other servers, and a terminal is a place that gets recorded.
 */
export function differenceOf(before: string, after: string, shown: readonly string[]): string {
  const known = new Set(shown.map((each) => JSON.stringify(each)));
  return structuredPatch("", "", before, after, "", "", { context: 0 })
    .hunks.flatMap(({ oldStart, newStart, lines }) => [
      `@@ line ${oldStart} -> ${newStart} @@`,
      ...lines.map((line) => masked(line, known)),
    ])
    .join("\n");
}

function masked(line: string, known: ReadonlySet<string>): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, (literal: string, offset: number) => {
    const isKey = /^\s*[:=]/.test(line.slice(offset + literal.length));
    return isKey || known.has(literal) ? literal : '"****"';
  });
}
