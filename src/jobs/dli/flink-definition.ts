import type { FlinkSizing } from "./flink-size.ts";

export type FlinkKind = "jar" | "sql";

/** What a Flink job is made of, in the members of the wire. */
export interface FlinkDefinition extends FlinkSizing {
  readonly name?: string;
  readonly desc?: string;
  readonly queue_name?: string;
  readonly checkpoint_enabled?: boolean;
  /** 1 exactly once, 2 at least once. */
  readonly checkpoint_mode?: number;
  readonly checkpoint_interval?: number;
  readonly log_enabled?: boolean;
  readonly obs_bucket?: string;
  readonly smn_topic?: string;
  readonly restart_when_exception?: boolean;
  readonly resume_checkpoint?: boolean;
  readonly resume_max_num?: number;
  readonly execution_agency_urn?: string;
  readonly flink_version?: string;
  readonly flink_log_config?: string;
  readonly tags?: ReadonlyArray<{ readonly key: string; readonly value: string }>;
  readonly entrypoint?: string;
  readonly main_class?: string;
  readonly entrypoint_args?: string;
  readonly dependency_jars?: readonly string[];
  readonly dependency_files?: readonly string[];
  readonly feature?: string;
  readonly image?: string;
  readonly checkpoint_path?: string;
  readonly sql_body?: string;
  readonly template_id?: number;
  readonly job_type?: string;
  readonly run_mode?: string;
  readonly idle_state_retention?: number;
  readonly dirty_data_strategy?: string;
  readonly udf_jar_url?: string;
}

/** What of a job's detail is used here; a read may give null where nothing was set. */
export interface FlinkJobDetail {
  readonly job_id?: number;
  readonly name?: string;
  readonly job_type?: string;
  readonly status?: string;
  readonly [member: string]: unknown;
}

export function kindOfFlinkJob(jobType: string | undefined): FlinkKind {
  return jobType === "flink_jar_job" ? "jar" : "sql";
}

/** A read job as its definition: reads nest the settings and name the checkpoint mode by a word (notes section 1). */
export function definitionOf({ job_config: nested, ...job }: FlinkJobDetail): FlinkDefinition {
  const config = typeof nested === "object" && nested !== null ? nested : {};
  const merged: Record<string, unknown> = { ...config, ...job };
  const mode = checkpointModes[String(merged.checkpoint_mode).toLowerCase()];
  if (mode !== undefined) merged.checkpoint_mode = mode;
  const there = Object.entries(merged).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return Object.fromEntries(there) as FlinkDefinition;
}

/** Written as a number, read as a word. */
export const checkpointModes: Readonly<Record<string, number>> = { exactly_once: 1, at_least_once: 2 };
