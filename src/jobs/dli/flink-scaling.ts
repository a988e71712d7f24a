import type { Text } from "../../language.ts";
import type { Problem } from "../problem.ts";
import type { FlinkDefinition } from "./flink-definition.ts";
import { isProblem, parseRuntimeConfig, type RuntimeConfig } from "./flink-runtime-config.ts";
import { cuOfFlinkConfig } from "./flink-size.ts";
import { isFlinkJobStopped } from "./flink-states.ts";

/**
 * Dynamic scaling: the service restarts a job with other CUs, over a savepoint, as its load asks (notes section 7).
 * All of it is kept in four keys of runtime_config.
 */
export const scalingKeys = {
  enable: "flink.dli.job.scale.enable",
  interval: "flink.dli.job.scale.interval",
  cuMax: "flink.dli.job.cu.max",
  cuMin: "flink.dli.job.cu.min",
} as const;

const priorityKey = "flink.dli.job.priority";
const checkpointingKey = "execution.checkpointing.interval"; // Flink's own: a program may bring its checkpoints itself
const defaults = { intervalMinutes: 30, cuMin: 2 } as const;
const mostCu = 400; // of cu_number
/** Below, a job may spend its time on restarts; "keep it large" is all that the service says. */
const shortIntervalMinutes = 10;

export interface Scaling {
  readonly enabled: boolean;
  readonly intervalMinutes: number;
  readonly cuMax: number;
  readonly cuMin: number;
}

export interface ScalingWish {
  readonly intervalMinutes?: number | undefined;
  readonly cuMax?: number | undefined;
  readonly cuMin?: number | undefined;
}

/** @param totalCu what the job is configured to take, which is the maximum where none is set */
export function readScaling(config: RuntimeConfig, totalCu: number): Scaling {
  const number = (key: string, fallback: number) => (config[key] === undefined ? fallback : Number(config[key]));
  return {
    enabled: config[scalingKeys.enable]?.trim().toLowerCase() === "true",
    intervalMinutes: number(scalingKeys.interval, defaults.intervalMinutes),
    cuMax: number(scalingKeys.cuMax, totalCu),
    cuMin: number(scalingKeys.cuMin, defaults.cuMin),
  };
}

/** What is not wished otherwise stays; all four keys are written out, so that nothing hangs on a default nobody saw. */
export function withScaling(
  config: RuntimeConfig,
  wish: ScalingWish,
  totalCu: number,
): { config: RuntimeConfig; scaling: Scaling } {
  const before = readScaling(config, totalCu);
  const scaling = {
    enabled: true,
    intervalMinutes: wish.intervalMinutes ?? before.intervalMinutes,
    cuMax: wish.cuMax ?? Math.ceil(before.cuMax),
    // The default may lie above what a small job has.
    cuMin: wish.cuMin ?? (config[scalingKeys.cuMin] === undefined ? leastOf(totalCu) : before.cuMin),
  };
  return {
    scaling,
    config: {
      ...config,
      [scalingKeys.enable]: "true",
      [scalingKeys.interval]: String(scaling.intervalMinutes),
      [scalingKeys.cuMax]: String(scaling.cuMax),
      [scalingKeys.cuMin]: String(scaling.cuMin),
    },
  };
}

function leastOf(totalCu: number): number {
  return Math.min(defaults.cuMin, Math.max(1, Math.floor(totalCu)));
}

/** Every other key stays. */
export function withoutScaling(config: RuntimeConfig): RuntimeConfig {
  const gone: readonly string[] = Object.values(scalingKeys);
  return Object.fromEntries(Object.entries(config).filter(([key]) => !gone.includes(key)));
}

/** What of a job the rules look at. `status` absent: it is not asked about. */
export interface ScalingSubject {
  readonly definition: FlinkDefinition;
  readonly config: RuntimeConfig;
  readonly totalCu: number;
  readonly status?: string | undefined;
}

/** Everything that keeps a job from scaling as wished. */
export function problemsOfScaling(scaling: Scaling, subject: ScalingSubject): Problem[] {
  if (!scaling.enabled) return [];
  const { definition, config, totalCu } = subject;
  const { intervalMinutes, cuMax, cuMin } = scaling;
  const jobType = definition.job_type;
  const hasCheckpoints = definition.checkpoint_enabled === true || config[checkpointingKey] !== undefined;
  return [
    ...(subject.status === undefined || isFlinkJobStopped(subject.status) ? [] : [running(subject.status)]),
    ...(jobType === undefined || jobType === "flink_jar_job" || jobType === "flink_opensource_sql_job"
      ? []
      : [needs("job_type", "a Jar or OpenSource SQL job", "Jar 或 OpenSource SQL 作业", "flink_opensource_sql_job")]),
    ...(isOlderThan(definition.flink_version, 12)
      ? [needs("flink_version", "Flink 1.12 or later", "Flink 1.12 及以上", "1.15")]
      : []),
    ...(definition.obs_bucket
      ? []
      : [needs("obs_bucket", "an OBS bucket for its savepoints", "用于保存点的 OBS 桶", "my-bucket")]),
    ...(definition.log_enabled === true
      ? []
      : [needs("log_enabled", "its logs kept in the bucket", "开启作业日志", "true")]),
    ...(hasCheckpoints ? [] : [needs("checkpoint_enabled", "checkpoints", "开启 Checkpoint", "true")]),
    ...(isWhole(intervalMinutes)
      ? []
      : [
          outside(
            "intervalMinutes",
            intervalMinutes,
            "a whole number of minutes, 1 or more",
            "不小于 1 的整数分钟",
            "30",
          ),
        ]),
    ...(isWhole(cuMax) && cuMax >= totalCu && cuMax <= mostCu
      ? []
      : [
          outside(
            "cuMax",
            cuMax,
            `a whole number from the configured ${totalCu} to ${mostCu} CU`,
            `不小于作业配置的 ${totalCu} CU 且不大于 ${mostCu} CU 的整数`,
            String(Math.ceil(totalCu)),
          ),
        ]),
    ...(isWhole(cuMin) && cuMin <= totalCu
      ? []
      : [
          outside(
            "cuMin",
            cuMin,
            `a whole number from 1 to the configured ${totalCu} CU`,
            `1 至作业配置的 ${totalCu} CU 之间的整数`,
            String(Math.max(1, Math.floor(totalCu))),
          ),
        ]),
  ];
}

/** What is admitted and still worth a second look. */
export function warningsOfScaling(scaling: Scaling, { definition, config }: ScalingSubject): Text[] {
  if (!scaling.enabled) {
    const leftOver = config[priorityKey] !== undefined;
    return leftOver
      ? [
          {
            en: `${priorityKey} acts only while dynamic scaling is on.`,
            zh: `${priorityKey} 仅在开启动态扩缩容时生效。`,
          },
        ]
      : [];
  }
  return [
    ...(definition.flink_version === undefined
      ? [
          {
            en: "The Flink version is not stated; scaling needs 1.12 or later.",
            zh: "未指定 Flink 版本；动态扩缩容需要 1.12 及以上。",
          },
        ]
      : []),
    ...(scaling.intervalMinutes < shortIntervalMinutes
      ? [
          {
            en: `A check every ${scaling.intervalMinutes} min may restart the job often, and data waits during each restart.`,
            zh: `每 ${scaling.intervalMinutes} 分钟检查一次可能频繁重启作业，重启期间数据会等待。`,
          },
        ]
      : []),
    ...(scaling.cuMax === scaling.cuMin
      ? [{ en: "Both bounds are the same, so nothing will scale.", zh: "上下限相同，不会发生扩缩容。" }]
      : []),
  ];
}

export function describeScaling({ enabled, intervalMinutes, cuMax, cuMin }: Scaling): Text {
  if (!enabled) return { en: "off", zh: "关闭" };
  return {
    en: `on: ${cuMin} to ${cuMax} CU, looked at every ${intervalMinutes} min`,
    zh: `开启：${cuMin} 至 ${cuMax} CU，每 ${intervalMinutes} 分钟检查一次`,
  };
}

/** Of the settings of a job as it is read, in words; undefined where they cannot be understood. */
export function scalingOfFlinkConfig(config: unknown): string | undefined {
  const size = cuOfFlinkConfig(config);
  const text = typeof config === "object" && config !== null && "runtime_config" in config ? config.runtime_config : "";
  const settings = parseRuntimeConfig(typeof text === "string" ? text : "");
  return size && !isProblem(settings) ? describeScaling(readScaling(settings, size.cu)).en : undefined;
}

export const howScalingWorks: Text = {
  en: "Each step makes a savepoint, stops the job and starts it with other CUs; data waits meanwhile, long with a large savepoint, and the restart fails if the queue is short of CUs.",
  zh: "每次扩缩容都会创建保存点、停止作业并以新的 CU 重启；期间数据会等待，保存点越大等待越久；队列 CU 不足时重启会失败。",
};

/** `1.9` is older than `1.12`. */
function isOlderThan(version: string | undefined, minor: number): boolean {
  const match = /^1\.(\d+)/.exec(version ?? "");
  return match !== null && Number(match[1]) < minor;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function running(status: string): Problem {
  return {
    code: "FLINK_JOB_NOT_STOPPED",
    field: "status",
    sentence: {
      en: `The job is ${status}; dynamic scaling is changed while it is stopped.`,
      zh: `作业当前为 ${status}；需先停止作业才能更改动态扩缩容。`,
    },
    allowed: "a stopped job: stop_flink_job, then run_flink_job afterwards",
    example: "job_cancel_success",
  };
}

function needs(field: string, en: string, zh: string, example: string): Problem {
  return {
    code: "SCALING_NEEDS",
    field,
    sentence: { en: `Dynamic scaling needs ${en}.`, zh: `动态扩缩容的条件：${zh}。` },
    allowed: en,
    example,
  };
}

function outside(field: string, value: number, en: string, zh: string, example: string): Problem {
  return {
    code: "SCALING_BOUND",
    field,
    sentence: { en: `${field} is ${value}; allowed is ${en}.`, zh: `${field} 为 ${value}；允许：${zh}。` },
    allowed: en,
    example,
  };
}
