const longestMessage = 2000;

/**
 * The innermost cause of a Java trace with its message, which may have several lines.
 */
export function rootCause(trace: string): string {
  const lines = trace.replaceAll("\r", "").split("\n");
  const start = lines.findLastIndex((line) => line.startsWith("Caused by: "));
  const [first = "", ...rest] = lines.slice(Math.max(start, 0));
  const end = rest.findIndex((line) => /^\s+(at |\.\.\. \d+ (more|common))|^End of exception/.test(line));
  const message = [first.replace(/^Caused by: /, ""), ...(end < 0 ? rest : rest.slice(0, end))].join("\n").trim();
  // The sandbox's own program for SQL says it in words for a person.
  const plain = message.replace(/^sandbox\.flink\.SqlProgram\$Refused: /, "");
  return plain.length > longestMessage ? `${plain.slice(0, longestMessage)}...` : plain;
}

/** What the log of a process says last about why it ended. */
export function lastError(log: string): string | undefined {
  const start = log.lastIndexOf(" ERROR ");
  if (start < 0) return undefined;
  const trace = log.slice(start);
  const end = trace.search(/\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?!ERROR)/);
  const entry = end < 0 ? trace : trace.slice(0, end);
  return rootCause(entry.replace(/^.*? - /, ""));
}
