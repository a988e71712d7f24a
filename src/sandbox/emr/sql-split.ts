/**
 * The statements of one text, split at semicolons as spark-sql does: not inside quotes, back-quotes, `--` comments or
 * bracketed comments, which nest. What holds nothing but comments is no statement.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let hasCode = false;
  let position = 0;
  const cut = (end: number) => {
    if (hasCode) statements.push(text.slice(start, end).trim());
    start = end + 1;
    hasCode = false;
  };
  while (position < text.length) {
    const character = text.charAt(position);
    if (text.startsWith("--", position)) position = lineEnd(text, position);
    else if (text.startsWith("/*", position)) position = commentEnd(text, position);
    else if (character === ";") {
      cut(position);
      position += 1;
    } else {
      if (character.trim() !== "") hasCode = true;
      position = /['"`]/.test(character) ? quoteEnd(text, position) : position + 1;
    }
  }
  cut(text.length);
  return statements;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function commentEnd(text: string, from: number): number {
  let depth = 1;
  let position = from + 2;
  while (position < text.length && depth > 0) {
    const two = text.slice(position, position + 2);
    if (two === "/*") depth += 1;
    else if (two === "*/") depth -= 1;
    position += two === "/*" || two === "*/" ? 2 : 1;
  }
  return position;
}

/** A doubled quote closes and opens again, which comes to the same here. */
function quoteEnd(text: string, from: number): number {
  const quote = text.charAt(from);
  // r'...' takes a backslash as it is; so do back-quotes.
  const raw = quote === "`" || /(^|[^\p{L}\p{N}_])r$/iu.test(text.slice(Math.max(0, from - 2), from));
  let position = from + 1;
  while (position < text.length && text.charAt(position) !== quote) {
    position += text.charAt(position) === "\\" && !raw ? 2 : 1;
  }
  return position + 1;
}
