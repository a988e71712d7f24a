/**
 * The line that names the exception of the last Python traceback: the first one after "Traceback" that is not indented.
 * A chained exception prints its own "Traceback", so the last is the one that ended the program.
 */
export function lastPythonError(lines: readonly string[]): { name: string; lineNumber: number } | undefined {
  const start = lines.findLastIndex((line) => /^\s*Traceback \(most recent call last\):/.test(line));
  if (start < 0) return undefined;
  const indent = /^\s*/.exec(lines[start] ?? "")?.[0].length ?? 0;
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = (lines[at] ?? "").slice(indent);
    if (line === "" || /^\s/.test(line)) continue;
    const name = /^(?<name>[A-Za-z_][\w.]{0,120}?)(?::\s|:?$)/.exec(line)?.groups?.name;
    return name ? { name, lineNumber: at } : undefined;
  }
  return undefined;
}
