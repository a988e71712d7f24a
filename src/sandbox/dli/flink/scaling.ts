import type { FlinkVertex } from "../../flink-engine.ts";
import type { FlinkDefinition } from "./documents.ts";
import type { RuntimeConfig } from "./runtime-config.ts";
import { cuOf, type Sizing } from "./sizes.ts";

/** Dynamic scaling: `flink.dli.job.scale.*` and `flink.dli.job.cu.*` of runtime_config. */

export interface ScaleSettings {
  intervalMinutes: number;
  maxCu: number;
  minCu: number;
}

const enableKey = "flink.dli.job.scale.enable";

/** undefined: off. The keys beside `enable` count only when it is true. */
export function scaleSettings(
  config: RuntimeConfig,
  definition: FlinkDefinition,
  sizing: Sizing,
): ScaleSettings | { problem: string } | undefined {
  const enabled = config[enableKey] ?? "false";
  if (enabled === "false") return undefined;
  if (enabled !== "true") return { problem: `${enableKey} is true or false.` };
  const lacking = needs(definition);
  if (lacking.length > 0) return { problem: `${enableKey} needs ${lacking.join(", ")}.` };

  const configured = cuOf(sizing);
  const number = (key: string, otherwise: number) => Number(config[key] ?? otherwise);
  const intervalMinutes = number("flink.dli.job.scale.interval", 30);
  const maxCu = number("flink.dli.job.cu.max", configured);
  const minCu = number("flink.dli.job.cu.min", 2);
  const priority = number("flink.dli.job.priority", 5);
  if (!Number.isInteger(intervalMinutes) || intervalMinutes < 1) {
    return { problem: "flink.dli.job.scale.interval is a whole number of minutes, 1 or more." };
  }
  if (!(maxCu >= configured)) return { problem: `flink.dli.job.cu.max cannot be below the job's ${configured} CUs.` };
  // The default of 2 may lie above what a small v2 job has.
  if ("flink.dli.job.cu.min" in config && !(minCu <= configured)) {
    return { problem: `flink.dli.job.cu.min cannot be above the job's ${configured} CUs.` };
  }
  if (!Number.isInteger(priority) || priority < 1 || priority > 10) {
    return { problem: "flink.dli.job.priority is a whole number from 1 to 10." };
  }
  return { intervalMinutes, maxCu, minCu };
}

function needs(definition: FlinkDefinition): string[] {
  const minor = Number(definition.flink_version?.split(".")[1] ?? 12);
  return [
    ...(definition.obs_bucket ? [] : ["obs_bucket"]),
    ...(definition.log_enabled ? [] : ["log_enabled true"]),
    ...(definition.checkpoint_enabled ? [] : ["checkpoint_enabled true"]),
    ...(minor < 12 ? ["Flink 1.12 or later"] : []),
  ];
}

/**
 * How many task managers a job should have after a check. The service does not publish its thresholds; these are ours:
 * one more when some vertex was busy or held up by those behind it for more than 80 % of the last moments, one fewer
 * when every vertex was below 20 % in both.
 */
export const upAbove = 0.8;
export const downBelow = 0.2;

export function wantedTaskManagers(
  vertices: readonly FlinkVertex[],
  current: number,
  sizing: Sizing,
  settings: ScaleSettings,
): number {
  if (vertices.length === 0) return current;
  const load = Math.max(...vertices.map(({ busy, backPressure }) => Math.max(busy, backPressure)));
  const fits = (taskManagers: number) => {
    const cu = cuOf(sizing, taskManagers);
    return taskManagers >= 1 && cu <= settings.maxCu && cu >= settings.minCu;
  };
  if (load > upAbove && fits(current + 1)) return current + 1;
  if (load < downBelow && fits(current - 1)) return current - 1;
  return current;
}
