/**
 * Splits a line of options as a POSIX shell would (single quotes, double quotes, backslash), and does nothing else
 * that a shell does: no variables, no globs, no comments, no operators.
 */
export function splitWords(text: string): { ok: true; words: string[] } | { ok: false; problem: string } {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote === undefined && /\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === undefined && (c === '"' || c === "'")) {
      quote = c;
      word ??= "";
    } else if (c === quote) {
      quote = undefined;
    } else if (c === "\\" && quote !== "'" && escapes(text.charAt(i + 1), quote)) {
      i += 1;
      word = (word ?? "") + text.charAt(i);
    } else {
      word = (word ?? "") + c;
    }
  }
  if (quote !== undefined) return { ok: false, problem: `a ${quote} is opened and never closed` };
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}

function escapes(next: string, quote: string | undefined): boolean {
  return quote === undefined ? next !== "" : next === '"' || next === "\\";
}
