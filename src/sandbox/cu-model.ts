/** How many compute units a job asks for: 1 CU = 1 core and 4 GiB, and the scarcer of the two counts. */

export interface JobResources {
  cores: number;
  memoryMiB: number;
  cu: number;
}

const mib = 1;
const gib = 1024 * mib;

/**
 * Driver and executors that must be there for the job to start. With dynamic allocation that is the minimum:
 * the rest is taken when there is room, which one machine cannot imitate.
 */
export function declaredResources(conf: Readonly<Record<string, string>>): JobResources {
  const executors = startingExecutors(conf);
  const offHeap = offHeapMiB(conf);

  const driverHeap = memoryMiB(conf["spark.driver.memory"], gib, mib);
  const driver = driverHeap + overheadMiB(driverHeap, conf["spark.driver.memoryOverhead"]);

  const executorHeap = memoryMiB(conf["spark.executor.memory"], gib, mib);
  const pyspark = memoryMiB(conf["spark.executor.pyspark.memory"], 0, mib);
  const executor = executorHeap + overheadMiB(executorHeap, conf["spark.executor.memoryOverhead"]) + offHeap + pyspark;

  const cores = wholeNumber(conf["spark.driver.cores"], 1) + executors * wholeNumber(conf["spark.executor.cores"], 1);
  const memory = driver + executors * executor;
  return { cores, memoryMiB: Math.round(memory), cu: Math.max(cores, memory / (4 * gib)) };
}

/** Two executors are Spark's own default for a cluster, and the documented minimum of dynamic allocation on EMR. */
function startingExecutors(conf: Readonly<Record<string, string>>): number {
  if (conf["spark.dynamicAllocation.enabled"]?.toLowerCase() === "true") {
    return wholeNumber(conf["spark.dynamicAllocation.minExecutors"], 2);
  }
  return wholeNumber(conf["spark.executor.instances"], 2);
}

function overheadMiB(heap: number, declared: string | undefined): number {
  return memoryMiB(declared, Math.max(384 * mib, heap * 0.1), mib);
}

function offHeapMiB(conf: Readonly<Record<string, string>>): number {
  if (conf["spark.memory.offHeap.enabled"]?.toLowerCase() !== "true") return 0;
  // The one size whose bare number means bytes.
  return memoryMiB(conf["spark.memory.offHeap.size"], 0, 1 / (1024 * 1024));
}

const units: Readonly<Record<string, number>> = {
  b: 1 / (1024 * 1024),
  k: 1 / 1024,
  m: mib,
  g: gib,
  t: 1024 * gib,
  p: 1024 * 1024 * gib,
};

function memoryMiB(text: string | undefined, fallback: number, bareUnit: number): number {
  const match = /^\s*(\d+)\s*([bkmgtp])?b?\s*$/i.exec(text ?? "");
  if (!match?.[1]) return fallback;
  const unit = match[2] === undefined ? bareUnit : (units[match[2].toLowerCase()] ?? bareUnit);
  return Number(match[1]) * unit;
}

function wholeNumber(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : fallback;
}
