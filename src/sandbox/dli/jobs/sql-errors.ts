import type { SqlState } from "../../sql-engine.ts";
import { type DliError, dliError } from "../answers.ts";

type Failed = Extract<SqlState, { kind: "failed" }>;

/**
 * Spark's own complaint under the service's codes (section 3 of the API notes). Spark 3.5 numbers what has no class of
 * its own by its origin: _LEGACY_ERROR_TEMP_0xxx comes from the parser, 1xxx from the analyser.
 */
export function sqlError({ message, errorClass = "", sqlState = "" }: Failed): DliError {
  const named = errorClass === "" || message.includes(errorClass) ? message : `[${errorClass}] ${message}`;
  const text = sqlState === "" || named.includes(sqlState) ? named : `${named} SQLSTATE: ${sqlState}`;
  return dliError(400, codeOf(errorClass, sqlState), text).error;
}

function codeOf(errorClass: string, sqlState: string): string {
  if (/^(PARSE_|INVALID_SQL_SYNTAX|_LEGACY_ERROR_TEMP_0)/.test(errorClass) || sqlState === "42601") return "DLI.0004";
  if (sqlState.startsWith("42") || /^_LEGACY_ERROR_TEMP_1/.test(errorClass)) return "DLI.0005";
  if (sqlState.startsWith("0A")) return "DLI.0007";
  if (sqlState.startsWith("22")) return "DLI.0018";
  return "DLI.0999";
}
