/** What a semicolon inside of does not count. */
const opaque = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)/y;

/**
 * The statements of a Flink SQL program, without comments and semicolons. The frame of a statement set is left out:
 * all INSERTs of a program are one job in any case.
 */
export function splitStatements(program: string): string[] {
  const statements: string[] = [];
  let statement = "";
  for (let at = 0; at < program.length; ) {
    opaque.lastIndex = at;
    const skipped = opaque.exec(program)?.[0];
    const text = skipped ?? program.charAt(at);
    at += text.length;
    if (text === ";") {
      statements.push(statement);
      statement = "";
    } else if (text.startsWith("/*+") || !/^(--|\/\*)/.test(text)) {
      // A hint, as in /*+ OPTIONS(...) */, is no comment.
      statement += text;
    } else {
      statement += " ";
    }
  }
  return [...statements, statement].map(withoutFrame).filter((each) => each !== "");
}

function withoutFrame(statement: string): string {
  return statement
    .trim()
    .replace(/^(?:EXECUTE\s+STATEMENT\s+SET\s+(?:AS\s+)?BEGIN|BEGIN\s+STATEMENT\s+SET)\b/i, "")
    .replace(/^END$/i, "")
    .trim();
}
