import type { Text } from "../language.ts";
import { cleanLine, utf8Length, utf8Prefix } from "./clean-text.ts";

export interface LogWindowInput {
  /** As the service gave them, beginning with line `firstLine` of the file. */
  readonly lines: readonly string[];
  /** Counted from 0. */
  readonly firstLine: number;
  /** Of the file, as the service says. */
  readonly totalLines: number;
  readonly maxBytes: number;
  readonly maxLines: number;
  /** Which end stays when not everything fits; `last` for the tail of a log. */
  readonly keep?: "first" | "last";
}

export interface LogWindow {
  /** Without control, bidirectional, zero-width characters and escape sequences. Still written by a job: wrap before showing. */
  readonly lines: readonly string[];
  readonly firstLine: number;
  /** Where to go on; null at the end of what the file holds. */
  readonly nextLine: number | null;
  readonly totalLines: number;
  /** UTF-8 length of the lines joined by line feeds. */
  readonly bytes: number;
  /** Lines of the window that were cut because one alone was over the cap. */
  readonly truncatedLines: number;
  readonly howToGoOn: Text;
}

export function pickLogWindow(input: LogWindowInput): LogWindow {
  const maxBytes = Math.max(0, Math.floor(input.maxBytes));
  const maxLines = Math.max(1, Math.floor(input.maxLines));
  const last = input.keep === "last";
  const lines: string[] = [];
  let bytes = 0;
  let truncatedLines = 0;
  for (let step = 0; step < input.lines.length && lines.length < maxLines; step += 1) {
    const line = cleanLine(input.lines[last ? input.lines.length - 1 - step : step] ?? "");
    const separator = lines.length > 0 ? 1 : 0;
    const size = utf8Length(line);
    if (bytes + separator + size <= maxBytes) {
      lines.push(line);
      bytes += separator + size;
      continue;
    }
    if (lines.length > 0) break;
    // A line that is too long on its own is cut, or the reader could never get past it.
    const cut = cutLine(line, size, maxBytes);
    lines.push(cut);
    bytes = utf8Length(cut);
    truncatedLines = 1;
    break;
  }
  if (last) lines.reverse();
  const firstLine = last ? input.firstLine + input.lines.length - lines.length : input.firstLine;
  const end = firstLine + lines.length;
  const totalLines = Math.max(input.totalLines, lines.length > 0 ? input.firstLine + input.lines.length : 0);
  const nextLine = lines.length > 0 && end < totalLines ? end : null;
  return {
    lines,
    firstLine,
    nextLine,
    totalLines,
    bytes,
    truncatedLines,
    howToGoOn: goOn({ firstLine, end, nextLine, totalLines }),
  };
}

function cutLine(line: string, size: number, maxBytes: number): string {
  const markFor = (bytes: number) => ` [${bytes} bytes left out]`;
  // The number in the mark grows by at most what `size` itself needs, so room for that is always enough.
  const kept = utf8Prefix(line, maxBytes - markFor(size).length);
  return utf8Prefix(kept + markFor(size - utf8Length(kept)), maxBytes);
}

function goOn(window: { firstLine: number; end: number; nextLine: number | null; totalLines: number }): Text {
  const { firstLine, end, nextLine, totalLines } = window;
  if (end === firstLine) {
    return {
      en: `No lines from line ${firstLine} on; the log has ${totalLines} lines.`,
      zh: `从第 ${firstLine} 行起没有内容；日志共 ${totalLines} 行。`,
    };
  }
  const before =
    firstLine > 0
      ? { en: ` Earlier lines end at ${firstLine - 1}.`, zh: `更早的内容到第 ${firstLine - 1} 行为止。` }
      : { en: "", zh: "" };
  const next =
    nextLine === null
      ? { en: "This is the end of the log.", zh: "已到日志末尾。" }
      : { en: `To go on, ask from line ${nextLine}.`, zh: `继续请从第 ${nextLine} 行读取。` };
  return {
    en: `Lines ${firstLine} to ${end - 1} of ${totalLines}, counted from 0. ${next.en}${before.en}`,
    zh: `第 ${firstLine} 至 ${end - 1} 行，共 ${totalLines} 行（从 0 计数）。${next.zh}${before.zh}`,
  };
}

/** What to ask ListLogContents for, to get the last `lines` lines. */
export function tailWindow(totalLines: number, lines: number): { offset: number; length: number } {
  const total = Math.max(0, Math.floor(totalLines));
  const length = Math.min(total, Math.max(1, Math.floor(lines)));
  return { offset: total - length, length };
}
