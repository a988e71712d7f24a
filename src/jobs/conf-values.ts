import type { Problem, Refused, SparkConf } from "./problem.ts";

/** Spark's readers of setting values: sizes, counts, factors, flags. */

const bytesPerUnit: Readonly<Record<string, number>> = {
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  t: 2 ** 40,
  tb: 2 ** 40,
  p: 2 ** 50,
  pb: 2 ** 50,
};

/**
 * org.apache.spark.network.util.JavaUtils.byteStringAs (Spark 3.5): case does not matter, fractions are refused, and a bare
 * number counts in the setting's own unit (MiB for memory, bytes for spark.memory.offHeap.size).
 */
export function parseBytes(text: string, bareUnit: "m" | "b"): number | undefined {
  const match = /^(\d{1,15})([a-z]*)$/.exec(text.trim().toLowerCase());
  if (!match) return undefined;
  const factor = bytesPerUnit[match[2] || bareUnit];
  const bytes = factor === undefined ? Number.NaN : Number(match[1]) * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Reads settings and gathers what is wrong with them, so that all of it can be said at once. */
export interface ConfReader {
  readonly problems: readonly Problem[];
  has(key: string): boolean;
  /** MiB, rounded down as Spark does. */
  memory(key: string, fallback: string, leastMiB: number): number;
  memoryIfSet(key: string, bareUnit?: "m" | "b"): number | undefined;
  count(key: string, fallback: number, least: number): number;
  factor(key: string, fallback: number): number;
  flag(key: string, fallback: boolean): boolean;
}

const mib = 2 ** 20;
const sizesAllowed = "a whole number with a unit: k, m, g, t (MiB without a unit)";
/** A larger number is a slip of the pen, and would make sums lose precision. */
const mostCount = 100_000;

export function readConf(conf: SparkConf): ConfReader {
  const problems: Problem[] = [];
  const raw = (key: string) => (Object.hasOwn(conf, key) ? conf[key] : undefined);
  const complain = (key: string, allowed: string, example: string) => {
    problems.push(badValue(key, allowed, example));
  };

  const memoryIfSet = (key: string, bareUnit: "m" | "b" = "m") => {
    const text = raw(key);
    if (text === undefined) return undefined;
    const bytes = parseBytes(text, bareUnit);
    if (bytes === undefined) {
      complain(key, bareUnit === "b" ? sizesAllowed.replace("MiB", "bytes") : sizesAllowed, "1g");
      return undefined;
    }
    return Math.floor(bytes / mib);
  };

  return {
    problems,
    has: (key) => raw(key) !== undefined,
    memoryIfSet,
    memory(key, fallback, leastMiB) {
      const fallbackMiB = Math.floor((parseBytes(fallback, "m") ?? 0) / mib);
      const before = problems.length;
      const value = memoryIfSet(key);
      if (value === undefined) return problems.length > before ? leastMiB : fallbackMiB;
      if (value >= leastMiB) return value;
      complain(key, `at least ${leastMiB}m, ${sizesAllowed}`, "4g");
      return leastMiB;
    },
    count(key, fallback, least) {
      const text = raw(key)?.trim();
      if (text === undefined) return fallback;
      const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= mostCount) return value;
      complain(key, `a whole number from ${least} to ${mostCount}`, String(Math.max(least, 2)));
      return fallback;
    },
    factor(key, fallback) {
      const text = raw(key)?.trim();
      if (text === undefined) return fallback;
      const value = /^\d{1,3}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
      if (value > 0 && value <= 100) return value;
      complain(key, "a number above 0", "0.1");
      return fallback;
    },
    flag(key, fallback) {
      const text = raw(key)?.trim().toLowerCase();
      if (text === undefined) return fallback;
      if (text === "true" || text === "false") return text === "true";
      complain(key, "true or false", "true");
      return fallback;
    },
  };
}

export function badValue(key: string, allowed: string, example: string): Problem {
  return {
    code: "CONF_VALUE_INVALID",
    field: `conf.${key}`,
    sentence: {
      en: `${key} has a value that Spark would not accept. Allowed: ${allowed}; for example ${example}.`,
      zh: `${key} 的取值 Spark 无法接受。允许：${allowed}；例如 ${example}。`,
    },
    allowed,
    example,
  };
}

export function refusedValues(
  problems: readonly Problem[],
): (Refused & { readonly problems: readonly Problem[] }) | undefined {
  const [problem] = problems;
  return problem ? { problem, problems } : undefined;
}
