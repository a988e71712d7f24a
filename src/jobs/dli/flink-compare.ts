import { maskArguments, maskSecrets, maskValue } from "../secrets.ts";
import type { Difference } from "./differences.ts";
import type { FlinkDefinition } from "./flink-definition.ts";
import { isProblem, parseRuntimeConfig } from "./flink-runtime-config.ts";

/** Reads do not give them back. */
const unreadable: ReadonlySet<string> = new Set(["tags", "template_id"]);
const longest = 200;

/** What is wanted and is not so. What is not given counts as whatever is there. */
export function differencesOf(wanted: FlinkDefinition, there: FlinkDefinition): Difference[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    if (unreadable.has(field) || value === undefined) return [];
    const present: unknown = Object.hasOwn(there, field) ? there[field as keyof FlinkDefinition] : undefined;
    if (canonical(field, value) === canonical(field, present)) return [];
    return [{ field, wanted: shown(field, value), there: shown(field, present) }];
  });
}

function canonical(field: string, value: unknown): string {
  // Stored in lower case (notes section 1).
  if (field === "queue_name") return String(value).toLowerCase();
  if (field !== "runtime_config" || typeof value !== "string") return JSON.stringify(sorted(value)) ?? "";
  const config = parseRuntimeConfig(value);
  return isProblem(config) ? value : JSON.stringify(sorted(config));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, inner]) => [name, sorted(inner)]));
}

function shown(field: string, value: unknown): string {
  if (value === undefined) return "not set";
  const plain = typeof value === "string" ? value : JSON.stringify(value);
  const text = maskedText(field, plain);
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}

function maskedText(field: string, plain: string): string {
  if (field === "entrypoint_args") return maskArguments(plain.split(/\s+/)).join(" ");
  if (field !== "runtime_config") return maskSecrets(plain);
  const config = parseRuntimeConfig(plain);
  if (isProblem(config)) return maskSecrets(plain);
  return Object.entries(config)
    .map(([key, value]) => `${key}=${maskValue(key, value)}`)
    .join(", ");
}
