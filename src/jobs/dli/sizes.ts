import type { Text } from "../../language.ts";
import { readConf, refusedValues } from "../conf-values.ts";
import type { Problem, Refused, SparkConf } from "../problem.ts";

/**
 * What a Spark batch of DLI takes. 1 CU = 1 vCPU and 4 GB; a batch counts max(cores, GB / 4) over its driver and
 * executors (API notes 6). That is the declared size, which a preset is named after; what containers need on top of the
 * heap (0.1 of it, 0.4 for Python, at least 384 MB) is told apart and is what bounds are compared with, to err high.
 */
export const presets = {
  A: { driverCores: 2, driverMemory: "7G", executorCores: 1, executorMemory: "4G", numExecutors: 6 },
  B: { driverCores: 2, driverMemory: "7G", executorCores: 2, executorMemory: "8G", numExecutors: 7 },
  C: { driverCores: 4, driverMemory: "15G", executorCores: 2, executorMemory: "8G", numExecutors: 14 },
} as const;

export type Preset = keyof typeof presets;

export const defaultPreset: Preset = "A";

/** What containers may be, by the kind of pool (notes 6, console bounds). */
export const containerBounds = {
  standard: { leastMemoryMiB: 450, mostMemoryMiB: 64 * 1024, mostCores: 16 },
  basic: { leastMemoryMiB: 450, mostMemoryMiB: 16 * 1024, mostCores: 4 },
} as const;

export type PoolKind = keyof typeof containerBounds;

/** The members of a request that size it; the rest comes from the preset. */
export interface SparkSize {
  readonly sc_type?: Preset | undefined;
  readonly driverCores?: number | undefined;
  readonly driverMemory?: string | undefined;
  readonly executorCores?: number | undefined;
  readonly executorMemory?: string | undefined;
  readonly numExecutors?: number | undefined;
}

export interface SizeContext {
  readonly conf?: SparkConf;
  readonly python?: boolean;
  readonly pool?: PoolKind;
}

export interface SparkCuEstimate {
  /** Driver and the fewest executors, as declared. */
  readonly startsWith: number;
  /** Driver and all executors, as declared. */
  readonly fullSize: number;
  /** As `fullSize`, with what containers need beside the heap. */
  readonly withOverhead: number;
  readonly driver: { readonly cores: number; readonly memoryGiB: number };
  readonly executor: { readonly cores: number; readonly memoryGiB: number };
  readonly executors: { readonly min: number; readonly max: number };
  /** As the service will name the size. */
  readonly scType: Preset | "CUSTOMIZED";
  readonly explanation: Text;
}

const mostExecutors = 10_000;
const leastOverheadMiB = 384; // Spark's own minimum
const overheadFactor = { jar: 0.1, python: 0.4 } as const; // spark.kubernetes.memoryOverheadFactor, defaults by kind

/** MiB of text such as `7G`, `2048MB`; the service refuses a number without a unit (notes 6). */
export function parseMemory(text: string): number | undefined {
  const match = /^(\d{1,7})\s?(m|mb|g|gb)$/i.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * (/^g/i.test(match[2] ?? "") ? 1024 : 1);
}

export function estimateSparkCu(
  size: SparkSize,
  context: SizeContext = {},
): SparkCuEstimate | (Refused & { readonly problems: readonly Problem[] }) {
  const base = presets[size.sc_type ?? defaultPreset];
  const bounds = containerBounds[context.pool ?? "standard"];
  const problems: Problem[] = [];
  const whole = (field: "driverCores" | "executorCores" | "numExecutors", most: number) => {
    const value = size[field] ?? base[field];
    if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
    problems.push(outOfBounds(field, `a whole number from 1 to ${most}`, String(base[field])));
    return base[field];
  };
  const memory = (field: "driverMemory" | "executorMemory") => {
    const value = parseMemory(size[field] ?? base[field]);
    if (value !== undefined && value >= bounds.leastMemoryMiB && value <= bounds.mostMemoryMiB) return value;
    const allowed = `a whole number with the unit M or G, from ${bounds.leastMemoryMiB}M to ${bounds.mostMemoryMiB / 1024}G`;
    problems.push(outOfBounds(field, allowed, base[field]));
    return parseMemory(base[field]) ?? bounds.leastMemoryMiB;
  };
  const driver = { cores: whole("driverCores", bounds.mostCores), memoryMiB: memory("driverMemory") };
  const executor = { cores: whole("executorCores", bounds.mostCores), memoryMiB: memory("executorMemory") };
  const fixed = whole("numExecutors", mostExecutors);

  const read = readConf(context.conf ?? {});
  const { executors, problem } = countExecutors(read, fixed);
  if (problem) problems.push(problem);
  const kind = context.python ? "python" : "jar";
  const beside = {
    driver: overheadOf(read, "driver", driver.memoryMiB, overheadFactor[kind]),
    executor:
      overheadOf(read, "executor", executor.memoryMiB, overheadFactor[kind]) +
      (context.python ? (read.memoryIfSet("spark.executor.pyspark.memory") ?? 0) : 0),
  };
  const refusal = refusedValues([...problems, ...read.problems]);
  if (refusal) return refusal;

  const total = (count: number, extra: { driver: number; executor: number } = { driver: 0, executor: 0 }) =>
    toCu(
      driver.cores + count * executor.cores,
      driver.memoryMiB + extra.driver + count * (executor.memoryMiB + extra.executor),
    );
  const estimate = {
    startsWith: total(executors.min),
    fullSize: total(executors.max),
    withOverhead: total(executors.max, beside),
    driver: toContainer(driver),
    executor: toContainer(executor),
    executors,
    scType: isCustomized(size) ? ("CUSTOMIZED" as const) : (size.sc_type ?? defaultPreset),
  };
  return { ...estimate, explanation: explain(estimate) };
}

export function isCustomized(size: SparkSize): boolean {
  const { driverCores, driverMemory, executorCores, executorMemory, numExecutors } = size;
  return [driverCores, driverMemory, executorCores, executorMemory, numExecutors].some((each) => each !== undefined);
}

function countExecutors(
  read: ReturnType<typeof readConf>,
  fixed: number,
): { executors: { min: number; max: number }; problem?: Problem } {
  if (!read.flag("spark.dynamicAllocation.enabled", false)) return { executors: { min: fixed, max: fixed } };
  const maxKey = "spark.dynamicAllocation.maxExecutors";
  const min = read.count("spark.dynamicAllocation.minExecutors", 0, 0);
  // Spark's own maximum is none at all.
  const max = read.count(maxKey, fixed, 1);
  const executors = { min: Math.min(min, max), max: Math.max(fixed, max) };
  if (read.has(maxKey)) return { executors };
  return {
    executors,
    problem: {
      code: "EXECUTORS_UNBOUNDED",
      field: "conf",
      sentence: {
        en: `conf turns on dynamic allocation without ${maxKey}, so what the job takes has no bound. Give it.`,
        zh: `conf 启用了动态分配但未设置 ${maxKey}，作业资源没有上限。请设置该项。`,
      },
      allowed: `${maxKey} as a whole number`,
      example: `${maxKey}=6`,
    },
  };
}

function overheadOf(read: ReturnType<typeof readConf>, role: "driver" | "executor", heap: number, factor: number) {
  const general = read.factor("spark.kubernetes.memoryOverheadFactor", factor);
  const own = read.factor(`spark.${role}.memoryOverheadFactor`, general);
  const overhead = read.memoryIfSet(`spark.${role}.memoryOverhead`);
  const offHeap = read.flag("spark.memory.offHeap.enabled", false)
    ? (read.memoryIfSet("spark.memory.offHeap.size", "b") ?? 0)
    : 0;
  return (overhead ?? Math.max(leastOverheadMiB, Math.floor(heap * own))) + offHeap;
}

/** Rounded up to a thousandth, so that a sum is never shown smaller than it is. */
function toCu(cores: number, memoryMiB: number): number {
  return Math.max(cores, Math.ceil((memoryMiB * 1000) / 4096) / 1000);
}

function toContainer({ cores, memoryMiB }: { cores: number; memoryMiB: number }) {
  return { cores, memoryGiB: Math.ceil((memoryMiB * 1000) / 1024) / 1000 };
}

function explain(estimate: Omit<SparkCuEstimate, "explanation">): Text {
  const { driver, executor, executors, fullSize, withOverhead, scType } = estimate;
  const count = executors.min === executors.max ? `${executors.max}` : `${executors.min} to ${executors.max}`;
  const containers = `${driver.cores} vCPU / ${driver.memoryGiB} GB + ${count} x ${executor.cores} vCPU / ${executor.memoryGiB} GB`;
  const more = withOverhead > fullSize;
  return {
    en: `Size ${scType}: ${containers} = ${fullSize} CU${more ? `, up to ${withOverhead} CU with memory beside the heap` : ""} (1 CU = 1 vCPU and 4 GB, whichever is more).`,
    zh: `规格 ${scType}：${containers.replace(" to ", " 至 ")} = ${fullSize} CU${more ? `，计入堆外内存最多 ${withOverhead} CU` : ""}（1 CU = 1 vCPU 和 4 GB，取较大者）。`,
  };
}

function outOfBounds(field: string, allowed: string, example: string): Problem {
  return {
    code: "SIZE_INVALID",
    field,
    sentence: {
      en: `${field} is not of the allowed size: ${allowed}; for example ${example}.`,
      zh: `${field} 不在允许范围内：${allowed}；例如 ${example}。`,
    },
    allowed,
    example,
  };
}
