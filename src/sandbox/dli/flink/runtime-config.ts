/** runtime_config: a JSON string with an array of {key, value}, or the console's key=value lines. */

export type RuntimeConfig = Readonly<Record<string, string>>;

export type ParsedConfig = { config: RuntimeConfig } | { problem: string };

export function parseRuntimeConfig(text: string | undefined): ParsedConfig {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return { config: {} };
  return trimmed.startsWith("[") || trimmed.startsWith("{") ? parseJson(trimmed) : parseLines(trimmed);
}

function parseJson(text: string): ParsedConfig {
  const form = 'runtime_config must be a JSON array of objects {"key": "...", "value": "..."}';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: `${form}; it is not JSON.` };
  }
  if (!Array.isArray(parsed)) return { problem: `${form}.` };
  const config: Record<string, string> = {};
  for (const entry of parsed as unknown[]) {
    if (typeof entry !== "object" || entry === null) return { problem: `${form}.` };
    const { key, value } = entry as { key?: unknown; value?: unknown };
    if (typeof key !== "string" || key === "" || typeof value !== "string") {
      return { problem: `${form}; key and value are strings.` };
    }
    config[key] = value;
  }
  return { config };
}

function parseLines(text: string): ParsedConfig {
  const config: Record<string, string> = {};
  for (const line of text.split(/[\r\n;]+/)) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    const at = content.indexOf("=");
    if (at < 1) return { problem: `runtime_config: ${JSON.stringify(content)} is not of the form key=value.` };
    config[content.slice(0, at).trim()] = content.slice(at + 1).trim();
  }
  return { config };
}

const ours = /^(flink\.dli\.|kubernetes\.)|^(job|task)manager\.memory\.process\.size$/;
/** Sizes and restarts are the control plane's. */
const reserved = ["taskmanager.numberOfTaskSlots", "parallelism.default"];

/** What is left for Flink's own configuration. */
export function flinkSettings(config: RuntimeConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).filter(
      ([key]) => !ours.test(key) && !reserved.includes(key) && !key.startsWith("restart-strategy"),
    ),
  );
}

/** 1..10; only told with scaling on. Who has more starts first. */
export function priorityOf(config: RuntimeConfig): number {
  return config["flink.dli.job.scale.enable"] === "true" ? Number(config["flink.dli.job.priority"] ?? 5) : 5;
}
