/** Text in 80 columns of a terminal, where a Chinese character takes two. */

export const columns = 80;

/** `label` in a margin of `indent` columns, the text beside it. */
export function entry(label: string, text: string, indent: number): string {
  const lines = wrap(text, columns - indent);
  const first = `${label}${" ".repeat(Math.max(1, indent - widthOf(label)))}`;
  return lines.map((line, position) => (position === 0 ? first : " ".repeat(indent)) + line).join("\n");
}

export function paragraph(text: string): string {
  return wrap(text, columns).join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.match(pieces) ?? []) {
    if (line !== "" && widthOf((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else {
      line += piece;
    }
  }
  return [...lines, line.trimEnd()];
}

/** A line may end after a blank and around a wide character, but not before closing punctuation. */
const pieces = /[^\s\u2e80-\uffef]+\s*|[\u2e80-\uffef][，。；：）、？！”]?\s*|\s+/gu;

export function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (/[\u2e80-\uffef]/.test(character) ? 2 : 1), 0);
}
