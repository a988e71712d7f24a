import type { Text } from "../../language.ts";
import type { Problem, Refused } from "../problem.ts";
import { isProblem, parseRuntimeConfig, type RuntimeConfig } from "./flink-runtime-config.ts";

/**
 * What a Flink job takes of its queue (notes section 7). Version 1 counts CUs, version 2 cores and memory; both come to
 * one JobManager and so many TaskManagers, whose cores and memory runtime_config may set anew. 1 CU = 1 core and 4 GB.
 */

/** Member names of the wire. Reads give 0 or null for what nobody set. */
export interface FlinkSizing {
  readonly cu_number?: number | null | undefined;
  readonly manager_cu_number?: number | null | undefined;
  readonly parallel_number?: number | null | undefined;
  readonly tm_cus?: number | null | undefined;
  readonly tm_slot_num?: number | null | undefined;
  readonly resource_config_version?: string | null | undefined;
  readonly resource_config?: FlinkResourceConfig | null | undefined;
  readonly runtime_config?: string | null | undefined;
}

export interface FlinkResourceConfig {
  readonly max_slot?: number;
  readonly parallel_number?: number;
  readonly jobmanager_resource_spec?: { readonly cpu?: number; readonly memory?: string };
  readonly taskmanager_resource_spec?: { readonly cpu?: number; readonly memory?: string };
}

export interface FlinkContainer {
  readonly cpu: number;
  readonly memoryGb: number;
}

export interface FlinkSize {
  readonly version: "v1" | "v2";
  readonly parallelism: number;
  readonly taskManagers: number;
  readonly slotsPerTaskManager: number;
  readonly jobManager: FlinkContainer;
  readonly taskManager: FlinkContainer;
  /** As it is started. */
  readonly cu: number;
  /** What dynamic scaling may make of it; `cu` without. */
  readonly mostCu: number;
  readonly explanation: Text;
}

export const sizingFields = [
  "cu_number",
  "manager_cu_number",
  "parallel_number",
  "tm_cus",
  "tm_slot_num",
  "resource_config_version",
  "resource_config",
  "runtime_config",
] as const satisfies ReadonlyArray<keyof FlinkSizing>;

export const leastCpu = 0.5;
export const leastMemoryGb = 2;

export function sizeOfFlinkJob(sizing: FlinkSizing): FlinkSize | Refused {
  const config = parseRuntimeConfig(sizing.runtime_config);
  if (isProblem(config)) return config;
  const declared = sizing.resource_config_version === "v2" ? declaredV2(sizing) : declaredV1(sizing);
  if (isProblem(declared)) return declared;

  const jobManager = overridden(declared.jobManager, "jobmanager", config);
  if (isProblem(jobManager)) return jobManager;
  const taskManager = overridden(declared.taskManager, "taskmanager", config);
  if (isProblem(taskManager)) return taskManager;
  const { version, parallelism, taskManagers, slotsPerTaskManager } = declared;
  const cu = toCu(
    jobManager.cpu + taskManagers * taskManager.cpu,
    jobManager.memoryGb + taskManagers * taskManager.memoryGb,
  );
  const scaledTo = scaledUpTo(config, cu);
  if (isProblem(scaledTo)) return scaledTo;
  const size = { version, parallelism, taskManagers, slotsPerTaskManager, jobManager, taskManager, cu };
  return { ...size, mostCu: scaledTo.cu, explanation: explain(size) };
}

type Declared = Omit<FlinkSize, "cu" | "mostCu" | "explanation">;

/** Whole containers: where the division leaves a rest, one more is counted, so that a sum is never shown too small. */
function declaredV1(sizing: FlinkSizing): Declared | Refused {
  const all = positive(sizing.cu_number) ?? 2;
  const manager = positive(sizing.manager_cu_number) ?? 1;
  const each = positive(sizing.tm_cus) ?? 1;
  const parallelism = positive(sizing.parallel_number) ?? 1;
  const slots = positive(sizing.tm_slot_num);
  const rest = all - manager;
  if (rest < each) return { problem: nothingLeft(all, manager, each) };
  return {
    version: "v1",
    parallelism,
    taskManagers: slots === undefined ? Math.ceil(rest / each) : Math.ceil(parallelism / slots),
    slotsPerTaskManager: slots ?? Math.max(1, Math.ceil((parallelism * each) / rest)),
    jobManager: { cpu: manager, memoryGb: manager * 4 },
    taskManager: { cpu: each, memoryGb: each * 4 },
  };
}

function declaredV2({ resource_config: config }: FlinkSizing): Declared | Refused {
  const slots = positive(config?.max_slot) ?? 1;
  const parallelism = positive(config?.parallel_number) ?? 1;
  const jobManager = containerOf("jobmanager_resource_spec", config?.jobmanager_resource_spec);
  if (isProblem(jobManager)) return jobManager;
  const taskManager = containerOf("taskmanager_resource_spec", config?.taskmanager_resource_spec);
  if (isProblem(taskManager)) return taskManager;
  return {
    version: "v2",
    parallelism,
    taskManagers: Math.ceil(parallelism / slots),
    slotsPerTaskManager: slots,
    jobManager,
    taskManager,
  };
}

function containerOf(
  name: string,
  spec: { readonly cpu?: number; readonly memory?: string } | null | undefined,
): FlinkContainer | Refused {
  const cpu = spec?.cpu ?? 1;
  if (!(cpu >= leastCpu)) return { problem: badSize(`resource_config.${name}.cpu`, `${leastCpu} or more cores`, "1") };
  const memoryGb = spec?.memory === undefined ? 4 : parseMemoryGb(String(spec.memory), "gb");
  if (memoryGb === undefined || memoryGb < leastMemoryGb) {
    return { problem: badSize(`resource_config.${name}.memory`, `${leastMemoryGb} GB or more, in MB or GB`, "4GB") };
  }
  return { cpu, memoryGb };
}

/** Settings win over the fields (notes section 7). */
function overridden(
  declared: FlinkContainer,
  role: "jobmanager" | "taskmanager",
  config: RuntimeConfig,
): FlinkContainer | Refused {
  const cpuKey = `kubernetes.${role}.cpu`;
  const memoryKey = `${role}.memory.process.size`;
  const cpu = config[cpuKey] === undefined ? declared.cpu : Number(config[cpuKey]);
  if (!(cpu >= leastCpu) || !Number.isFinite(cpu)) {
    return { problem: badSize(`runtime_config.${cpuKey}`, `${leastCpu} or more cores`, "1") };
  }
  const text = config[memoryKey];
  const memoryGb = text === undefined ? declared.memoryGb : parseMemoryGb(text);
  if (memoryGb === undefined || memoryGb < leastMemoryGb) {
    return { problem: badSize(`runtime_config.${memoryKey}`, `${leastMemoryGb} GB or more, with its unit`, "4096m") };
  }
  return { cpu, memoryGb };
}

function scaledUpTo(config: RuntimeConfig, cu: number): { cu: number } | Refused {
  if (config["flink.dli.job.scale.enable"]?.trim().toLowerCase() !== "true") return { cu };
  const text = config["flink.dli.job.cu.max"];
  if (text === undefined) return { cu };
  const most = Number(text);
  if (!(most > 0) || !Number.isFinite(most)) {
    return { problem: badSize("runtime_config.flink.dli.job.cu.max", "a number of CUs", "8") };
  }
  return { cu: Math.max(cu, most) };
}

const gbPerUnit: Readonly<Record<string, number>> = { m: 1 / 1024, g: 1 };

/** `bare`: what a number without a unit counts in; none: the unit must be there. */
export function parseMemoryGb(text: string, bare?: "gb"): number | undefined {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)\s*(?:(m|g)(?:i?b)?)?$/i.exec(text.trim());
  const factor = gbPerUnit[match?.[2]?.toLowerCase() ?? (bare ? "g" : "")];
  return match?.[1] === undefined || factor === undefined ? undefined : Number(match[1]) * factor;
}

function positive(value: number | null | undefined): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}

/** Rounded up to a thousandth. */
function toCu(cores: number, memoryGb: number): number {
  return Math.ceil(Math.max(cores, memoryGb / 4) * 1000 - 1e-6) / 1000;
}

function explain(size: Omit<FlinkSize, "mostCu" | "explanation">): Text {
  const { jobManager, taskManager, taskManagers, slotsPerTaskManager, cu } = size;
  const s = (count: number) => (count === 1 ? "" : "s");
  return {
    en: `JobManager ${words(jobManager)} and ${taskManagers} TaskManager${s(taskManagers)} of ${words(taskManager)} with ${slotsPerTaskManager} slot${s(slotsPerTaskManager)} each make ${cu} CU (1 CU = 1 core and 4 GB, whichever is more).`,
    zh: `JobManager（${wordsZh(jobManager)}）与 ${taskManagers} 个 TaskManager（各 ${wordsZh(taskManager)}、${slotsPerTaskManager} 个 slot）共 ${cu} CU（1 CU = 1 核 4 GB，取较大者）。`,
  };
}

function wordsZh({ cpu, memoryGb }: FlinkContainer): string {
  return `${cpu} 核 / ${Math.round(memoryGb * 1000) / 1000} GB`;
}

function words({ cpu, memoryGb }: FlinkContainer): string {
  return `${cpu} ${cpu === 1 ? "core" : "cores"} / ${Math.round(memoryGb * 1000) / 1000} GB`;
}

function nothingLeft(all: number, manager: number, each: number): Problem {
  return {
    code: "FLINK_NO_TASK_MANAGER",
    field: "cu_number",
    sentence: {
      en: `Of ${all} CUs the JobManager takes ${manager}, which leaves none of ${each} CUs for a TaskManager.`,
      zh: `共 ${all} CU，JobManager 占用 ${manager}，剩余不足以容纳 ${each} CU 的 TaskManager。`,
    },
    allowed: "at least manager_cu_number and tm_cus together",
    example: String(manager + each),
  };
}

function badSize(field: string, allowed: string, example: string): Problem {
  return {
    code: "FLINK_SIZE_INVALID",
    field,
    sentence: {
      en: `${field} is not a size that the service takes. Allowed: ${allowed}.`,
      zh: `${field} 不是服务可接受的规格。允许：${allowed}。`,
    },
    allowed,
    example,
  };
}

const sizeMembers = ["cu_number", "manager_cu_number", "parallel_number", "tm_cus", "tm_slot_num"] as const;

/** Of the settings of a job as it is read; undefined where they cannot be understood, so that nobody takes them for small. */
export function cuOfFlinkConfig(config: unknown): { readonly cu: number; readonly mostCu: number } | undefined {
  if (typeof config !== "object" || config === null) return undefined;
  const given = new Map<string, unknown>(Object.entries(config));
  if (sizeMembers.some((name) => !["number", "undefined"].includes(typeof (given.get(name) ?? undefined))))
    return undefined;
  const size = sizeOfFlinkJob(config as FlinkSizing);
  if (isProblem(size)) return undefined;
  // What scaling made of it last; 0: nothing.
  const real = "real_cu_number" in config && typeof config.real_cu_number === "number" ? config.real_cu_number : 0;
  return { cu: size.cu, mostCu: Math.max(size.mostCu, real) };
}
