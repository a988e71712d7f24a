import type { Problem } from "../problem.ts";
import { checkpointModes, type FlinkDefinition, type FlinkKind } from "./flink-definition.ts";
import { isProblem, parseRuntimeConfig, renderRuntimeConfig, runtimeConfigOf } from "./flink-runtime-config.ts";

/** The fields of a Flink job with their bounds (notes section 7 and the rows of the four operations that take them). */
interface Field {
  readonly kinds: readonly FlinkKind[];
  readonly allowed: string;
  readonly example: string;
  holds(value: unknown, kind: FlinkKind): boolean;
  /** The wire's form of a value that holds; absent: as it is. */
  wire?(value: unknown): unknown;
  /** Can be changed while the job runs. */
  readonly live?: true;
  /** Given once, when the job is created. */
  readonly once?: true;
}

type Rule = Pick<Field, "allowed" | "example" | "holds" | "wire">;

const whole = (least: number, most: number, example = least): Rule => ({
  allowed: `a whole number from ${least} to ${most}`,
  example: String(example),
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
});
const text = (most: number, example: string): Rule => ({
  allowed: `text of at most ${most} characters`,
  example: JSON.stringify(example),
  holds: (value) => typeof value === "string" && value.length <= most,
});
const matching = (pattern: RegExp, allowed: string, example: string): Rule => ({
  allowed,
  example: JSON.stringify(example),
  holds: (value) => typeof value === "string" && pattern.test(value),
});
const oneOf = (...values: readonly string[]): Rule => ({
  allowed: `one of ${values.join(", ")}`,
  example: JSON.stringify(values.at(-1)),
  holds: (value) => typeof value === "string" && values.includes(value),
});
const flag: Rule = { allowed: "true or false", example: "true", holds: (value) => typeof value === "boolean" };

/** An OBS path without dot segments, or group/file of package management. */
const filePattern =
  /^(?:obs:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?:\/(?!\.{1,2}(?:\/|$))[^/\\\s\p{C}]+)+|\w[\w.-]{0,127}(?:\/\w[\w.-]{0,127})?)$/u;
const file = (example: string): Rule => matching(filePattern, "obs://bucket/key, or group/file", example);
const files = (example: string): Rule => ({
  allowed: "a list of obs://bucket/key",
  example: JSON.stringify([example]),
  holds: (value) =>
    Array.isArray(value) &&
    value.length <= 100 &&
    value.every((each) => typeof each === "string" && filePattern.test(each)),
});

const both = ["jar", "sql"] as const;
const jar = ["jar"] as const;
const sql = ["sql"] as const;

const runtimeConfig: Rule = {
  allowed: "settings by their keys",
  example: '{"kubernetes.taskmanager.cpu":"1"}',
  holds: (value) =>
    typeof value === "string"
      ? !isProblem(parseRuntimeConfig(value))
      : isPlain(value) && runtimeConfigOf(value) !== undefined,
  wire(value) {
    const config = typeof value === "string" ? parseRuntimeConfig(value) : isPlain(value) && runtimeConfigOf(value);
    return config && !isProblem(config) ? renderRuntimeConfig(config) : value;
  },
};

const checkpointMode: Rule = {
  allowed: "1 (exactly_once) or 2 (at_least_once)",
  example: "1",
  holds: (value) => value === 1 || value === 2 || Object.hasOwn(checkpointModes, String(value)),
  wire: (value) => checkpointModes[String(value)] ?? value,
};

const tags: Rule = {
  allowed: "up to 20 of {key, value}, keys of 1 to 128 and values of 1 to 255 characters",
  example: '[{"key":"env","value":"test"}]',
  holds: (value) =>
    Array.isArray(value) &&
    value.length <= 20 &&
    value.every((tag) => isPlain(tag) && isShort(tag.key, 128) && isShort(tag.value, 255)),
};

const resourceConfig: Rule = {
  allowed: "max_slot, parallel_number, jobmanager_resource_spec and taskmanager_resource_spec of cpu and memory",
  example: '{"max_slot":1,"parallel_number":2,"taskmanager_resource_spec":{"cpu":1,"memory":"4GB"}}',
  holds: isPlain,
};

const fields: Readonly<Record<Exclude<keyof FlinkDefinition, "problem">, Field>> = {
  name: { kinds: both, ...matching(/^[A-Za-z0-9_-]{1,57}$/, "1 to 57 letters, digits, - or _", "click_loader") },
  desc: {
    kinds: both,
    allowed: "text of at most 512 characters of a Jar job, 2048 of a SQL job",
    example: '"clickstream loader"',
    holds: (value, kind) => typeof value === "string" && value.length <= (kind === "jar" ? 512 : 2048),
  },
  queue_name: { kinds: both, ...matching(/^(?!_)(?!\d+$)\w{1,128}$/, "a queue's name", "general_q1") },
  flink_version: { kinds: both, ...oneOf("1.10", "1.12", "1.13", "1.15", "1.17") },
  execution_agency_urn: { kinds: both, ...text(128, "dli_job_agency") },
  cu_number: { kinds: both, ...whole(2, 400) },
  manager_cu_number: { kinds: both, ...whole(1, 400) },
  parallel_number: { kinds: both, ...whole(1, 2000) },
  tm_cus: { kinds: both, ...whole(1, 400) },
  tm_slot_num: { kinds: both, ...whole(1, 2000) },
  resource_config_version: { kinds: both, ...oneOf("v1", "v2") },
  resource_config: { kinds: both, ...resourceConfig },
  runtime_config: { kinds: both, ...runtimeConfig },
  checkpoint_enabled: { kinds: both, ...flag },
  checkpoint_mode: { kinds: both, ...checkpointMode },
  checkpoint_interval: { kinds: both, ...whole(1, 3600, 30) },
  obs_bucket: {
    kinds: both,
    live: true,
    ...matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name", "my-bucket"),
  },
  log_enabled: { kinds: both, ...flag },
  smn_topic: { kinds: both, live: true, ...text(255, "dli_alarm") },
  restart_when_exception: { kinds: both, live: true, ...flag },
  resume_checkpoint: { kinds: both, live: true, ...flag },
  resume_max_num: {
    kinds: both,
    live: true,
    allowed: "-1 for no limit, or a number above 0",
    example: "-1",
    holds: (value) => value === -1 || (Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= 10_000),
  },
  flink_log_config: { kinds: both, ...text(10_000, "") },
  tags: { kinds: both, once: true, ...tags },
  entrypoint: { kinds: jar, ...file("obs://my-bucket/jars/job.jar") },
  main_class: { kinds: jar, ...matching(/^[\w.$]{1,256}$/, "a class name", "com.example.StreamJob") },
  entrypoint_args: { kinds: jar, ...text(10_000, "--bootstrap 10.0.0.1:9092") },
  dependency_jars: { kinds: jar, ...files("obs://my-bucket/lib/dep.jar") },
  dependency_files: { kinds: jar, ...files("obs://my-bucket/conf/app.properties") },
  feature: { kinds: jar, ...oneOf("custom", "basic") },
  image: { kinds: jar, ...text(255, "myorg/flink-general:v1") },
  checkpoint_path: {
    kinds: jar,
    live: true,
    ...matching(/^(?:obs:\/\/)?[^\s\\\p{C}]{3,1024}$/u, "an OBS folder", "obs://my-bucket/checkpoint/job1"),
  },
  sql_body: {
    kinds: sql,
    allowed: "1 to 1048576 characters of Flink SQL",
    example: '"INSERT INTO sink SELECT * FROM source"',
    holds: (value) => typeof value === "string" && value.trim() !== "" && value.length <= 1_048_576,
  },
  template_id: { kinds: sql, once: true, ...whole(1, Number.MAX_SAFE_INTEGER) },
  job_type: { kinds: sql, once: true, ...oneOf("flink_sql_job", "flink_opensource_sql_job") },
  run_mode: { kinds: sql, ...oneOf("shared_cluster", "exclusive_cluster") },
  idle_state_retention: { kinds: sql, ...whole(1, 2_147_483_647, 3600) },
  dirty_data_strategy: {
    kinds: sql,
    ...matching(/^(?:0|1|2:[^\s\\\p{C}]{3,1024})$/u, "0 (skip), 1 (fail) or 2:<OBS folder> (keep there)", "0"),
  },
  udf_jar_url: { kinds: sql, ...file("obs://my-bucket/udf/udf.jar") },
};

export function fieldsOf(kind: FlinkKind, use: "create" | "update"): string[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    field.kinds.includes(kind) && (use === "create" || !field.once) ? [name] : [],
  );
}

export function isEditableWhileRunning(name: string): boolean {
  return fieldNamed(name)?.live === true;
}

/** The fields in the wire's form, or everything that is wrong with them one by one. */
export function checkFlinkFields(
  kind: FlinkKind,
  use: "create" | "update",
  given: Readonly<Record<string, unknown>>,
): { readonly fields: FlinkDefinition } | { readonly problems: readonly Problem[] } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const problems = entries.flatMap(([name, value]): Problem[] => {
    const field = fieldNamed(name);
    if (!field?.kinds.includes(kind) || (use === "update" && field.once)) return [unknownField(kind, use, name)];
    return field.holds(value, kind) ? [] : [badField(name, field)];
  });
  if (problems.length > 0) return { problems };
  const wire = entries.map(([name, value]) => [name, fieldNamed(name)?.wire?.(value) ?? value]);
  return { fields: Object.fromEntries(wire) as FlinkDefinition };
}

function fieldNamed(name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name as keyof typeof fields] : undefined;
}

function unknownField(kind: FlinkKind, use: "create" | "update", name: string): Problem {
  const shown = name.slice(0, 60);
  return {
    code: "FLINK_FIELD_UNKNOWN",
    field: shown,
    sentence: {
      en: `A Flink ${kind === "jar" ? "Jar" : "SQL"} job has no field ${shown} that could be given here.`,
      zh: `Flink ${kind === "jar" ? "Jar" : "SQL"} 作业在此处没有字段 ${shown}。`,
    },
    allowed: fieldsOf(kind, use).join(", "),
    example: "cu_number",
  };
}

function badField(name: string, { allowed, example }: Field): Problem {
  return {
    code: "FLINK_FIELD_INVALID",
    field: name,
    sentence: {
      en: `${name} is not ${allowed}.`,
      zh: `${name} 的取值不正确，允许：${allowed}。`,
    },
    allowed,
    example,
  };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isShort(value: unknown, most: number): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= most;
}
