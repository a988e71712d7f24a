import { writeSync } from "node:fs";
import { maskSecrets } from "../jobs/secrets.ts";

/** Diagnostics for whoever runs the server. On stdio, stdout is the protocol's, so they go to stderr, always. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}
type Fields = Readonly<Record<string, unknown>>;

const levels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof levels)[number];
type Severity = Exclude<LogLevel, "silent">;

export function logLevelFrom(text: string | undefined): LogLevel {
  return levels.find((level) => level === text?.toLowerCase()) ?? "warn";
}

const redacted = [
  "accessKeyId",
  "accessKeySecret",
  "securityToken",
  "token",
  "password",
  "authorization",
  "requestStateKey",
].flatMap((name) => [name, `*.${name}`]);

const stderr = 2;

/** Loads the log library with the first line that is to be written: a healthy server on stdio never writes one. */
export function createLog(level: LogLevel): Log {
  let write: ((severity: Severity, message: string, fields: Fields) => void) | undefined;
  let waiting: Array<[Severity, string, Fields]> = [];

  const load = async () => {
    const { destination, pino } = await import("pino");
    const logger = pino(
      { level, base: null, redact: { paths: redacted, censor: "****" } },
      destination({ fd: stderr, sync: true }),
    );
    write = (severity, message, fields) => logger[severity](fields, message);
    for (const line of waiting) write(...line);
    waiting = [];
  };
  const flushPlainly = () => {
    for (const [severity, message] of waiting) writeSync(stderr, `${severity}: ${message}\n`);
    waiting = [];
  };

  const at =
    (severity: Severity) =>
    (message: string, fields: Fields = {}) => {
      if (levels.indexOf(severity) < levels.indexOf(level)) return;
      const line: [Severity, string, Fields] = [severity, maskSecrets(message), maskStrings(fields)];
      if (write) return write(...line);
      waiting.push(line);
      if (waiting.length > 1) return;
      process.once("exit", flushPlainly);
      load().catch(flushPlainly);
    };

  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function maskStrings(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (value instanceof Error) return [name, maskSecrets(value.stack ?? value.message)];
      return [name, typeof value === "string" ? maskSecrets(value) : value];
    }),
  );
}
