import type { Text } from "../language.ts";
import { badValue, readConf, refusedValues } from "./conf-values.ts";
import type { CodeType, Problem, Refused, SparkConf } from "./problem.ts";

/**
 * What a job takes from a queue, from its declared settings. 1 CU = 1 core and 4 GiB; a job counts max(cores, GiB / 4)
 * over its driver and executors. Source: EMR Serverless Spark product guide ("Manage default configurations": overhead
 * max(384 MB, 10 %), dynamic allocation off unless asked for, then 2 to 10 executors, the 10 only where
 * spark.executor.instances is absent; Fusion turns 1 GiB of off-heap memory on). GetCuHours is per queue, so this stays
 * an estimate: where sources leave room it errs on the high side.
 */
export interface CuContext {
  readonly codeType?: CodeType;
  readonly fusion?: boolean;
  /** Settings of the workspace or queue, below the job's own. */
  readonly defaults?: SparkConf;
}

export interface Container {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly cu: number;
}

export interface CuEstimate {
  /** Driver and the fewest executors. */
  readonly startsWith: number;
  /** Driver and the most executors. */
  readonly fullSize: number;
  readonly driver: Container;
  readonly executor: Container;
  readonly executors: { readonly min: number; readonly max: number; readonly initial: number };
  /** Settings nobody gave, with the value taken: `spark.executor.memory=4g`. */
  readonly assumed: readonly string[];
  readonly explanation: Text;
}

/** Sizes of the service's own examples; a workspace may have others, see CuContext.defaults. */
export const fallbackConf = {
  "spark.driver.cores": 1,
  "spark.driver.memory": "4g",
  "spark.executor.cores": 1,
  "spark.executor.memory": "4g",
  "spark.executor.instances": 2,
} as const;

const leastHeapMiB = 450; // UnifiedMemoryManager: 1.5 times the 300 MiB it reserves
const leastOverheadMiB = 384;
const overheadFactor = 0.1;

export function estimateCu(
  conf: SparkConf,
  context: CuContext = {},
): CuEstimate | (Refused & { readonly problems: readonly Problem[] }) {
  const settings: SparkConf = { ...context.defaults, ...conf };
  const read = readConf(settings);
  const offHeapOn = read.flag("spark.memory.offHeap.enabled", context.fusion ?? false);
  const offHeapSet = read.memoryIfSet("spark.memory.offHeap.size", "b");
  const offHeapMiB = offHeapOn ? (offHeapSet ?? 1024) : 0;

  const container = (role: "driver" | "executor") => {
    const heap = read.memory(`spark.${role}.memory`, fallbackConf[`spark.${role}.memory`], leastHeapMiB);
    const factor = read.factor(
      `spark.${role}.memoryOverheadFactor`,
      read.factor("spark.kubernetes.memoryOverheadFactor", overheadFactor),
    );
    const least = read.memory(`spark.${role}.minMemoryOverhead`, `${leastOverheadMiB}m`, 0);
    const overhead = read.memoryIfSet(`spark.${role}.memoryOverhead`) ?? Math.max(least, Math.floor(heap * factor));
    const pyspark =
      role === "executor" && context.codeType === "PYTHON"
        ? (read.memoryIfSet("spark.executor.pyspark.memory") ?? 0)
        : 0;
    return {
      cores: read.count(`spark.${role}.cores`, fallbackConf[`spark.${role}.cores`], 1),
      // Spark's own schedulers add off-heap memory to executors only; counted on the driver too, to err high.
      memoryMiB: heap + overhead + offHeapMiB + pyspark,
    };
  };
  const driver = container("driver");
  const executor = container("executor");
  const { dynamic, problem, ...executors } = countExecutors(read);
  const refusal = refusedValues([...read.problems, ...(problem ? [problem] : [])]);
  if (refusal) return refusal;

  const total = (count: number) =>
    toCu(driver.cores + count * executor.cores, driver.memoryMiB + count * executor.memoryMiB);
  const assumed = Object.entries(fallbackConf)
    .filter(([key]) => !read.has(key) && !(dynamic && key === "spark.executor.instances"))
    .map(([key, value]) => `${key}=${value}`);
  const estimate = {
    startsWith: total(executors.min),
    fullSize: total(executors.max),
    driver: toContainer(driver),
    executor: toContainer(executor),
    executors,
    assumed,
  };
  return { ...estimate, explanation: explain(estimate) };
}

function countExecutors(read: ReturnType<typeof readConf>) {
  const fixed = read.count("spark.executor.instances", fallbackConf["spark.executor.instances"], 1);
  const dynamic = read.flag("spark.dynamicAllocation.enabled", false);
  if (!dynamic) return { dynamic, min: fixed, max: fixed, initial: fixed, problem: undefined };
  const given = read.has("spark.executor.instances") ? fixed : undefined;
  const maxSet = read.has("spark.dynamicAllocation.maxExecutors");
  const minSet = read.has("spark.dynamicAllocation.minExecutors");
  const min = read.count("spark.dynamicAllocation.minExecutors", 2, 0);
  // With instances given and no maximum the guide is silent; Spark would have no limit at all, so 10 stays the least guess.
  const max = read.count("spark.dynamicAllocation.maxExecutors", Math.max(given ?? 10, minSet ? min : 0, 1), 1);
  const least = minSet ? min : Math.min(min, max);
  const wanted = read.count("spark.dynamicAllocation.initialExecutors", least, 0);
  const initial = Math.min(max, Math.max(least, wanted, given ?? 0));
  const problem =
    minSet && maxSet && min > max
      ? badValue("spark.dynamicAllocation.minExecutors", "not above spark.dynamicAllocation.maxExecutors", String(max))
      : undefined;
  return { dynamic, min: least, max: Math.max(least, max), initial, problem };
}

/** Rounded up to a thousandth, so that a sum is never shown smaller than it is. */
function toCu(cores: number, memoryMiB: number): number {
  return Math.max(cores, Math.ceil((memoryMiB * 1000) / 4096) / 1000);
}

function toContainer({ cores, memoryMiB }: { cores: number; memoryMiB: number }): Container {
  return { cores, memoryGiB: Math.ceil((memoryMiB * 1000) / 1024) / 1000, cu: toCu(cores, memoryMiB) };
}

function explain(estimate: Omit<CuEstimate, "explanation">): Text {
  const { driver, executor, executors, assumed, startsWith, fullSize } = estimate;
  const range = (from: number, to: number, between: string) => (from === to ? `${to}` : `${from}${between}${to}`);
  const en = [
    `Driver ${size(driver)} and ${range(executors.min, executors.max, " to ")} executors of ${size(executor)}, overhead included, make ${range(startsWith, fullSize, " to ")} CU`,
    "(1 CU = 1 core and 4 GiB, whichever is more).",
    ...(assumed.length > 0 ? [`Not given, so assumed: ${assumed.join(", ")}.`] : []),
  ].join(" ");
  const zh = [
    `Driver（${sizeZh(driver)}）与 ${range(executors.min, executors.max, " 至 ")} 个执行器（各 ${sizeZh(executor)}），含额外内存，共 ${range(startsWith, fullSize, " 至 ")} CU`,
    "（1 CU = 1 核 4 GiB，取较大者）。",
    ...(assumed.length > 0 ? [`未指定而采用默认值：${assumed.join("、")}。`] : []),
  ].join("");
  return { en, zh };
}

function sizeZh({ cores, memoryGiB }: Container): string {
  return `${cores} 核 / ${memoryGiB} GiB`;
}

function size({ cores, memoryGiB }: Container): string {
  return `${cores} ${cores === 1 ? "core" : "cores"} / ${memoryGiB} GiB`;
}

/** The most a run can use before its time limit ends it; null where there is no limit. */
export function maxCuHours(cu: number, timeoutSeconds: number | undefined): number | null {
  if (timeoutSeconds === undefined || !(timeoutSeconds > 0)) return null;
  return Math.ceil((cu * timeoutSeconds * 1000) / 3600 - 1e-6) / 1000;
}

export interface QueueRoom {
  readonly maxCu: number;
  readonly usedCu: number;
}

export interface QueueVerdict {
  /** Driver and fewest executors fit into what is free. */
  readonly startsNow: boolean;
  /** All executors fit into what is free. */
  readonly fullSizeNow: boolean;
  /** Driver and fewest executors fit into the queue once it is empty. */
  readonly fitsEver: boolean;
  readonly freeCu: number;
  readonly sentence: Text;
}

export function compareWithQueue(need: Pick<CuEstimate, "startsWith" | "fullSize">, queue: QueueRoom): QueueVerdict {
  const freeCu = Math.round(Math.max(0, queue.maxCu - queue.usedCu) * 1000) / 1000;
  const verdict = {
    startsNow: need.startsWith <= freeCu,
    fullSizeNow: need.fullSize <= freeCu,
    fitsEver: need.startsWith <= queue.maxCu,
    freeCu,
  };
  return { ...verdict, sentence: verdictText(need, queue, verdict) };
}

function verdictText(
  { startsWith, fullSize }: Pick<CuEstimate, "startsWith" | "fullSize">,
  { maxCu }: QueueRoom,
  verdict: Omit<QueueVerdict, "sentence">,
): Text {
  const free = verdict.freeCu;
  if (!verdict.fitsEver) {
    return {
      en: `It can never start in this queue: it needs ${startsWith} CU at the least and the queue has ${maxCu} CU. Ask for less or use a larger queue.`,
      zh: `该作业无法在此队列启动：至少需要 ${startsWith} CU，而队列上限为 ${maxCu} CU。请减少资源或换用更大的队列。`,
    };
  }
  if (!verdict.startsNow) {
    return {
      en: `It would wait: it needs ${startsWith} CU to start and ${free} of ${maxCu} CU are free now.`,
      zh: `需要排队：启动需要 ${startsWith} CU，当前空闲 ${free} CU（上限 ${maxCu} CU）。`,
    };
  }
  if (verdict.fullSizeNow) {
    return {
      en: `It starts now at full size: it needs ${fullSize} CU and ${free} of ${maxCu} CU are free.`,
      zh: `可立即以全部资源启动：需要 ${fullSize} CU，当前空闲 ${free} CU（上限 ${maxCu} CU）。`,
    };
  }
  const later = fullSize <= maxCu;
  return {
    en: `It starts now with ${startsWith} CU (${free} of ${maxCu} CU are free); its full size of ${fullSize} CU ${later ? "has to wait for room" : "is more than the queue has"}.`,
    zh: `可立即以 ${startsWith} CU 启动（当前空闲 ${free} CU，上限 ${maxCu} CU）；全部资源 ${fullSize} CU ${later ? "需等待空闲" : "超过队列上限"}。`,
  };
}
