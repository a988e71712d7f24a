import { isObject } from "./input.ts";

/**
 * Settings in one string, in the three attested syntaxes: `k=v;k=v`, `[{"key":"k","value":"v"}]`, lines of `k=v`.
 * Undefined when it is none of them.
 */
export function readSettings(text: string): Record<string, string> | undefined {
  const trimmed = text.trim();
  return trimmed.startsWith("[") ? readList(trimmed) : readPairs(trimmed.split(/[;\n]/));
}

function readList(text: string): Record<string, string> | undefined {
  const settings: Record<string, string> = {};
  const entries = parse(text);
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries) {
    if (!isObject(entry) || typeof entry.key !== "string" || entry.key === "") return undefined;
    settings[entry.key] = String(entry.value ?? "");
  }
  return settings;
}

function readPairs(pairs: readonly string[]): Record<string, string> | undefined {
  const settings: Record<string, string> = {};
  for (const pair of pairs.map((text) => text.trim()).filter(Boolean)) {
    const separator = pair.indexOf("=");
    if (separator < 1) return undefined;
    settings[pair.slice(0, separator).trim()] = pair.slice(separator + 1).trim();
  }
  return settings;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Kyuubi's default of kyuubi.session.engine.idle.timeout. */
const defaultIdleMinutes = 30;

/** kyuubi.session.engine.idle.timeout is an ISO 8601 duration such as PT30M, or milliseconds; 0: never. */
export function engineIdleMinutes(settings: Readonly<Record<string, string>>): number {
  const text = settings["kyuubi.session.engine.idle.timeout"] ?? "";
  if (/^\d+$/.test(text)) return Math.ceil(Number(text) / 60_000);
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(text);
  if (!match || text.length < 3) return defaultIdleMinutes;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return days * 1440 + hours * 60 + minutes + Math.ceil(seconds / 60);
}
