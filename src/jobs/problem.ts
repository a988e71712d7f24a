import type { Text } from "../language.ts";

/** Why an input was not used; a value, never thrown. */
export interface Problem {
  /** Stable, for programs. */
  readonly code: string;
  /** The member of the input that is meant, e.g. `conf.spark.executor.memory` or `jars[1]`. */
  readonly field: string;
  readonly sentence: Text;
  readonly allowed?: string;
  readonly example?: string;
}

export interface Refused {
  readonly problem: Problem;
}

export function isRefused<T>(value: T | Refused): value is Refused {
  return typeof value === "object" && value !== null && "problem" in value;
}

export type SparkConf = Readonly<Record<string, string>>;
export type CodeType = "JAR" | "PYTHON" | "SQL";
