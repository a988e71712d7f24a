import type { FlinkDefinition, FlinkDocuments, FlinkJobType } from "./documents.ts";
import { isBucketName } from "./places.ts";
import { parseRuntimeConfig, type RuntimeConfig } from "./runtime-config.ts";
import { type ScaleSettings, scaleSettings } from "./scaling.ts";
import { type Sizing, sizingOf } from "./sizes.ts";

/** What a definition comes to; every definition that is stored has one. */
export interface Plan {
  config: RuntimeConfig;
  sizing: Sizing;
  scale?: ScaleSettings;
}

export function planOf(definition: FlinkDefinition): Plan | { problem: string } {
  const parsed = parseRuntimeConfig(definition.runtime_config);
  if ("problem" in parsed) return parsed;
  const { config } = parsed;
  const sizing = sizingOf(definition, config);
  if ("problem" in sizing) return sizing;
  const scale = scaleSettings(config, definition, sizing);
  if (scale === undefined) return { config, sizing };
  return "problem" in scale ? scale : { config, sizing, scale };
}

/** The first thing that is wrong with a definition. */
export function problemOf(
  definition: FlinkDefinition,
  jobType: FlinkJobType,
  others: readonly FlinkDefinition[],
): string | undefined {
  const plan = planOf(definition);
  return (
    ranges(definition, jobType) ??
    versions(definition) ??
    choices(definition, jobType) ??
    ("problem" in plan ? plan.problem : undefined) ??
    sharedPath(definition, others)
  );
}

export function definitionsBeside(documents: FlinkDocuments, jobId?: number): FlinkDefinition[] {
  return documents
    .jobs()
    .filter((job) => job.jobId !== jobId)
    .map((job) => job.definition);
}

function ranges(definition: FlinkDefinition, jobType: FlinkJobType): string | undefined {
  const limits: readonly [string, number | undefined, number, number][] = [
    ["cu_number", definition.cu_number, 2, 400],
    ["parallel_number", definition.parallel_number, 1, 2000],
    ["manager_cu_number", definition.manager_cu_number, 1, 400],
    ["tm_cus", definition.tm_cus, 1, 400],
    ["tm_slot_num", definition.tm_slot_num, 1, 2000],
    ["checkpoint_mode", definition.checkpoint_mode, 1, 2],
    ["checkpoint_interval", definition.checkpoint_interval, 1, 3600],
    ["idle_state_retention", definition.idle_state_retention, 0, Number.MAX_SAFE_INTEGER],
    ["resource_config.parallel_number", definition.resource_config?.parallel_number, 1, 2000],
  ];
  for (const [name, value, least, most] of limits) {
    if (value !== undefined && (value < least || value > most)) return `${name} must be from ${least} to ${most}.`;
  }
  const { resume_max_num: restarts = -1, name, desc = "", sql_body: sql = "" } = definition;
  if (restarts !== -1 && restarts <= 0) return "resume_max_num must be -1 or above 0.";
  if (!/^[A-Za-z0-9_-]{1,57}$/.test(name)) return "name must be 1 to 57 letters, digits, hyphens or underscores.";
  // Reference pages: 512 for Jar jobs; the SDK: 2048 for SQL jobs.
  const longest = jobType === "flink_jar_job" ? 512 : 2048;
  if (desc.length > longest) return `desc must not be longer than ${longest} characters.`;
  if (sql.length > 1024 * 1024) return "sql_body must not be longer than 1048576 characters.";
  return undefined;
}

function versions({ flink_version: version, resource_config_version: resources }: FlinkDefinition): string | undefined {
  if (version === undefined || resources === undefined) return undefined;
  if (resources === "v2" && (version === "1.10" || version === "1.12")) {
    return `resource_config_version v2 is for Flink 1.13, 1.15 and 1.17, not ${version}.`;
  }
  if (resources === "v1" && version === "1.17") return "Flink 1.17 needs resource_config_version v2.";
  return undefined;
}

function choices(definition: FlinkDefinition, jobType: FlinkJobType): string | undefined {
  const { obs_bucket: bucket, dirty_data_strategy: dirty, run_mode: mode, queue_name: queue } = definition;
  if (bucket && !isBucketName(bucket)) return "obs_bucket must be the name of a bucket.";
  if (definition.log_enabled && !bucket) return "log_enabled needs obs_bucket.";
  if (dirty !== undefined && !/^(0|1|2:.+)$/.test(dirty)) return "dirty_data_strategy must be 0, 1 or 2:<folder>.";
  if (jobType !== "flink_jar_job" && queue && mode !== "exclusive_cluster") {
    return "queue_name needs run_mode exclusive_cluster.";
  }
  return undefined;
}

function sharedPath({ checkpoint_path: path }: FlinkDefinition, others: readonly FlinkDefinition[]) {
  const plain = (text: string) => text.replace(/^obs:\/\//, "").replace(/\/+$/, "");
  const taken = path && others.find((other) => other.checkpoint_path && plain(other.checkpoint_path) === plain(path));
  return taken ? `checkpoint_path is that of the job ${taken.name}; every job needs its own.` : undefined;
}
