import type { Problem, Refused } from "../problem.ts";

/** Settings of a job beyond its fields: one JSON text `[{"key":"k","value":"v"}]` on the wire (notes section 7). */
export type RuntimeConfig = Readonly<Record<string, string>>;

/** Reads the wire's form and the console's `key=value` lines. Of a key that stands twice the last counts. */
export function parseRuntimeConfig(text: string | null | undefined): RuntimeConfig | Refused {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return {};
  const entries = trimmed.startsWith("[") ? fromJson(trimmed) : fromLines(trimmed);
  return entries ? Object.fromEntries(entries) : { problem: unreadable };
}

export function renderRuntimeConfig(config: RuntimeConfig): string {
  return JSON.stringify(Object.entries(config).map(([key, value]) => ({ key, value })));
}

/** Settings as somebody writes them down: an object of texts, numbers and booleans. */
export function runtimeConfigOf(value: object): RuntimeConfig | undefined {
  const entries = Object.entries(value).map(([key, each]) => entryOf(key, each));
  return entries.every((entry) => entry !== undefined) ? Object.fromEntries(entries) : undefined;
}

/** By the type of the member: settings may have a key of any name, and their values are text. */
export function isProblem<T extends object>(value: T | Refused): value is Refused {
  return "problem" in value && typeof value.problem === "object";
}

type Entry = readonly [string, string];

function fromJson(text: string): readonly Entry[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const entries = list.map((each: unknown) =>
    typeof each === "object" && each !== null && "key" in each && "value" in each
      ? entryOf(each.key, each.value)
      : undefined,
  );
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function fromLines(text: string): readonly Entry[] | undefined {
  const entries = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? undefined : entryOf(line.slice(0, at).trim(), line.slice(at + 1).trim());
    });
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function entryOf(key: unknown, value: unknown): Entry | undefined {
  const isKey = typeof key === "string" && /^[\w.-]{1,200}$/.test(key);
  const isValue = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isKey && isValue ? [key, String(value)] : undefined;
}

const unreadable: Problem = {
  code: "RUNTIME_CONFIG_UNREADABLE",
  field: "runtime_config",
  sentence: {
    en: "runtime_config cannot be read: it is neither a list of keys and values nor key=value lines.",
    zh: "无法读取 runtime_config：既不是键值列表，也不是 key=value 行。",
  },
  allowed: "settings by their keys, values as text",
  example: '{"flink.dli.job.scale.enable":"true"}',
};
