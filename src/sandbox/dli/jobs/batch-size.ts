import type { DliRequests } from "../../../operations/dli/types.gen.ts";

/** How large a Spark batch is and what it costs (section 6 of the API notes). */

export interface BatchSize {
  /** As read back: what was given one by one is CUSTOMIZED. */
  scType: "A" | "B" | "C" | "CUSTOMIZED";
  driverCores: number;
  driverMemory: string;
  executorCores: number;
  executorMemory: string;
  numExecutors: number;
  cu: number;
}

type Asked = Pick<
  DliRequests["CreateSparkJob"],
  "sc_type" | "driverCores" | "driverMemory" | "executorCores" | "executorMemory" | "numExecutors"
>;

const presets = {
  A: { driverCores: 2, driverMemory: "7G", executorCores: 1, executorMemory: "4G", numExecutors: 6 },
  B: { driverCores: 2, driverMemory: "7G", executorCores: 2, executorMemory: "8G", numExecutors: 7 },
  C: { driverCores: 4, driverMemory: "15G", executorCores: 2, executorMemory: "8G", numExecutors: 14 },
} as const;

/** The size, or what is wrong with it in one sentence. */
export function readSize(asked: Asked): BatchSize | { problem: string } {
  const { sc_type = "A", driverCores, driverMemory, executorCores, executorMemory, numExecutors } = asked;
  for (const [name, value] of Object.entries({ driverCores, executorCores, numExecutors })) {
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      return { problem: `${name} must be a whole number above 0.` };
    }
  }
  const own = Object.entries({ driverCores, driverMemory, executorCores, executorMemory, numExecutors });
  const given = Object.fromEntries(own.filter(([, value]) => value !== undefined)) as Partial<Omit<BatchSize, "cu">>;
  const size = { ...presets[sc_type], ...given };
  const driverGb = gigabytes(size.driverMemory);
  const executorGb = gigabytes(size.executorMemory);
  if (driverGb === undefined) return { problem: memoryProblem("driverMemory") };
  if (executorGb === undefined) return { problem: memoryProblem("executorMemory") };
  return {
    ...size,
    scType: Object.keys(given).length > 0 ? "CUSTOMIZED" : sc_type,
    cu: Math.max(
      size.driverCores + size.numExecutors * size.executorCores,
      (driverGb + size.numExecutors * executorGb) / 4,
    ),
  };
}

const memoryProblem = (name: string) => `${name} must be a size with its unit, such as 4G or 512M.`;

function gigabytes(text: string): number | undefined {
  const [, number, unit] = /^([1-9]\d*)(g|gb|m|mb)$/i.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  return unit.toLowerCase().startsWith("g") ? Number(number) : Number(number) / 1024;
}
