import type { JobEnd } from "../../engine.ts";

type Failed = Extract<JobEnd, { kind: "failed" }>;

/** What is known of a driver that ended with something else than 0. */
export interface Remains {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Ends of the logs. */
  stderr: string;
  syslog: string;
}

const longestMessage = 1000;

/** The line a person would look for in the logs first. */
export function explainFailure({ exitCode, signal, stderr, syslog }: Remains): Failed {
  const failed = (code: string, message: string): Failed => ({
    kind: "failed",
    code,
    message: shorten(message),
    exitCode,
  });
  const missing = /Failed to load class ([\w.$]*\w)/.exec(`${stderr}\n${syslog}`);
  if (missing) return failed("ERR-120001", `class ${missing[1]} is not in the JAR`);

  const cause = rootCause(stderr) ?? rootCauseOfLog(syslog);
  const everything = `${stderr}\n${syslog}`;
  const heapFull = /java\.lang\.OutOfMemoryError: [^\n]+/.exec(everything)?.[0];
  if (heapFull) return failed("ERR-120004", heapFull);
  if (cause && /^\[[A-Z_.0-9]+\]|\[[A-Z_]{4,}(?:\.[A-Z_]+)?\]|ParseException|AnalysisException/.test(cause)) {
    return failed("ERR-120003", cause);
  }
  if (cause) return failed("ERR-120002", cause);
  if (signal !== null) return failed("ERR-130001", `the driver was ended by ${signal}`);
  if (exitCode !== null && exitCode > 128)
    return failed("ERR-130001", `the driver was ended by signal ${exitCode - 128}`);
  return failed("ERR-120005", `the program ended with exit code ${exitCode ?? "unknown"}`);
}

function shorten(message: string): string {
  const plain = message.replace(/^pyspark\.errors\.exceptions\.[\w.]*?(?=\w+:)/, "");
  return plain.length > longestMessage ? `${plain.slice(0, longestMessage)}...` : plain;
}

const exceptionLine =
  /^(?:Exception in thread "[^"]*" )?((?:[\w$]+\.)*[\w$]*(?:Error|Exception|Exit|Interrupt|Failure)\b.*)$/;

/**
 * The innermost cause in the last trace of a text. A trace nests three ways: "Caused by:" lines of Java, the
 * Java trace in a Py4JJavaError, and the Python trace in a PythonException of a worker.
 */
export function rootCause(text: string): string | undefined {
  const lines = text.split("\n");
  const inQuery = lines.findLast((line) => /^(Error in query: |\[[A-Z_]+(\.[A-Z_]+)*\] )/.test(line));
  const start = lines.findLastIndex(
    (line) =>
      /^Traceback \(most recent call last\):/.test(line) || /^Exception in thread /.test(line) || /^Error: /.test(line),
  );
  if (start < 0)
    return (inQuery ?? lines.findLast((line) => exceptionLine.test(line)))?.replace(/^Error in query: /, "").trim();
  const trace = lines.slice(start);

  // A worker's Python trace stands inside the Java one, ended by its own exception line and a blank line.
  const worker = trace.findLastIndex((line) => /PythonException: Traceback \(most recent call last\):/.test(line));
  if (worker >= 0) {
    const inner = trace.slice(worker + 1).find((line) => /^[A-Za-z_][\w.]*(?::|$)/.test(line) && !/^\s/.test(line));
    if (inner !== undefined) return inner.trim();
  }
  const caused = trace.findLast((line) => line.startsWith("Caused by: "));
  if (caused !== undefined) return caused.slice("Caused by: ".length).trim();
  const java = trace.find((line) => /^: (?:[\w$]+\.)+[\w$]+/.test(line));
  if (java !== undefined) return java.slice(2).trim();
  // In a Python trace the exception is the first line at the margin; what follows is more of its message.
  const python = trace.slice(1).find((line) => /^[A-Za-z_][\w.]*(?::|$)/.test(line));
  const own = /^Traceback/.test(trace[0] ?? "") ? python : trace[0];
  return (own === undefined ? own : (exceptionLine.exec(own)?.[1] ?? own))?.trim();
}

/** log4j writes the level behind the time; the trace follows the line. */
function rootCauseOfLog(syslog: string): string | undefined {
  const lines = syslog.split("\n");
  const start = lines.findLastIndex((line) => /^\S+ \S+ (?:ERROR|FATAL) /.test(line));
  if (start < 0) return undefined;
  const next = lines.findIndex((line, i) => i > start && /^\S+ \S+ [A-Z]+ /.test(line));
  const entry = lines.slice(start, next < 0 ? undefined : next);
  const caused = entry.findLast((line) => line.startsWith("Caused by: "))?.slice("Caused by: ".length);
  const thrown = entry.slice(1).find((line) => exceptionLine.test(line));
  return (caused ?? thrown ?? entry[0]?.replace(/^\S+ \S+ \S+ [\w$.]+: /, ""))?.trim();
}
