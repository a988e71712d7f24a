import type { Status } from "./tcli.ts";

export interface ServerError {
  message: string;
  sqlState?: string;
  errorClass?: string;
}

const maxMessage = 4096;

/** What the server says of an error, without the stack of its JVM. */
export function serverError(said: Pick<Status, "sqlState" | "errorMessage">): ServerError {
  const full = said.errorMessage ?? "";
  const text = (full.split(/\n\s+at [\w$.]+/)[0] ?? "").trim().slice(0, maxMessage).toWellFormed();
  // Spark's own form: [CLASS.SUBCLASS] text SQLSTATE: 42P01
  const errorClass = /\[([A-Z][A-Z0-9_]{2,}(?:\.[A-Z0-9_]+)*)\]/.exec(text)?.[1];
  const sqlState = said.sqlState || /\bSQLSTATE: ([0-9A-Z]{5})\b/.exec(text)?.[1];
  return {
    message: text === "" ? "The server names no reason." : text,
    ...(sqlState !== undefined && { sqlState }),
    ...(errorClass !== undefined && { errorClass }),
  };
}
