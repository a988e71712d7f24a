/** Makes text that a job, a cloud or a user wrote harmless to show: it cannot move the cursor, reorder or hide characters. */

const ESC = String.fromCharCode(0x1b);
const BEL = String.fromCharCode(0x07);
const CSI = String.fromCharCode(0x9b);

/**
 * ECMA-48: CSI sequences, the string sequences (OSC, DCS, SOS, PM, APC) up to BEL or ST, then any other two-byte escape.
 * A string sequence without an end is left to the last branch, so that an unfinished one cannot swallow the line.
 */
const ansi = new RegExp(
  `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]|${ESC}[\\]PX^_][^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\)|${ESC}[ -/]*[0-~]?`,
  "g",
);

/** Line breaks, and what some terminals and viewers take for one. */
const breaks = /[\n\v\f\r\u{85}\u{2028}\u{2029}]+/gu;

/**
 * Controls (tab apart), format characters (bidirectional, zero-width, tags, soft hyphen), and whatever else Unicode lets a
 * viewer leave out, such as variation selectors, which can carry hidden bytes.
 */
const invisible = /(?!\t)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

export function cleanLine(line: string): string {
  return line.toWellFormed().replace(ansi, "").replace(breaks, " ").replace(invisible, "");
}

/** Keeps line feeds; CR LF counts as one. */
export function cleanText(text: string): string {
  return text.split(/\r?\n/).map(cleanLine).join("\n");
}

export function utf8Length(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** The longest prefix of at most `maxBytes` bytes that splits no code point. */
export function utf8Prefix(text: string, maxBytes: number): string {
  if (utf8Length(text) <= maxBytes) return text;
  const bytes = Buffer.from(text, "utf8");
  let end = Math.max(0, maxBytes);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
