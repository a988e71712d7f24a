import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CuContext, type CuEstimate, compareWithQueue, estimateCu, maxCuHours } from "../../src/jobs/cu.ts";
import { isRefused, type SparkConf } from "../../src/jobs/problem.ts";

function estimate(conf: SparkConf, context?: CuContext): CuEstimate {
  const result = estimateCu(conf, context);
  if (isRefused(result)) throw new Error(result.problem.field);
  return result;
}

function fieldsRefused(conf: SparkConf): string[] {
  const result = estimateCu(conf);
  return isRefused(result) ? result.problems.map((problem) => problem.field) : [];
}

const small = { "spark.driver.cores": "1", "spark.driver.memory": "1g", "spark.executor.cores": "1" };

describe("CU of a job", () => {
  test("memory counts with its overhead of 10 % where it outweighs the cores", () => {
    const result = estimate({
      "spark.driver.cores": "2",
      "spark.driver.memory": "8g",
      "spark.executor.cores": "4",
      "spark.executor.memory": "16g",
      "spark.executor.instances": "2",
    });
    expect([result.driver.memoryGiB, result.executor.cu, result.fullSize]).toEqual([8.8, 4.4, 11]);
    expect(result.startsWith).toBe(result.fullSize);
  });

  test("cores count where they outweigh the memory", () => {
    const result = estimate({
      ...small,
      "spark.executor.memory": "1g",
      "spark.executor.cores": "8",
      "spark.executor.instances": "3",
    });
    expect(result.fullSize).toBe(25);
  });

  test("the overhead is 384 MiB at the least", () => {
    expect(estimate({ ...small, "spark.executor.memory": "1g" }).executor.memoryGiB).toBe(1.375);
  });

  test("a given overhead takes the place of the computed one", () => {
    const conf = { ...small, "spark.executor.memory": "1g", "spark.executor.memoryOverhead": "3g" };
    expect(estimate(conf).executor.memoryGiB).toBe(4);
  });

  test("an overhead factor takes the place of the 10 %", () => {
    const conf = { ...small, "spark.executor.memory": "10g", "spark.executor.memoryOverheadFactor": "0.4" };
    expect(estimate(conf).executor.memoryGiB).toBe(14);
  });

  test("off-heap memory counts where it is on, in bytes without a unit", () => {
    const conf = { ...small, "spark.executor.memory": "1g", "spark.memory.offHeap.size": "1073741824" };
    expect(estimate(conf).executor.memoryGiB).toBe(1.375);
    expect(estimate({ ...conf, "spark.memory.offHeap.enabled": "true" }).executor.memoryGiB).toBe(2.375);
  });

  test("Fusion turns 1 GiB of off-heap memory on", () => {
    const plain = estimate(small).executor.memoryGiB;
    expect(estimate(small, { fusion: true }).executor.memoryGiB).toBe(plain + 1);
  });

  test("PySpark's own limit counts for Python jobs only", () => {
    const conf = { ...small, "spark.executor.memory": "1g", "spark.executor.pyspark.memory": "2g" };
    expect(estimate(conf, { codeType: "PYTHON" }).executor.memoryGiB).toBe(3.375);
    expect(estimate(conf, { codeType: "JAR" }).executor.memoryGiB).toBe(1.375);
  });

  test.each([
    ["1024", 1.375],
    ["1024m", 1.375],
    ["1024MB", 1.375],
    ["1048576k", 1.375],
    [" 1G ", 1.375],
    ["10g", 11],
  ])("the size %j is read as Spark reads it", (memory, gib) => {
    expect(estimate({ ...small, "spark.executor.memory": memory }).executor.memoryGiB).toBe(gib);
  });

  test("settings of the workspace stand below the job's own", () => {
    const defaults = { "spark.executor.cores": "4", "spark.driver.cores": "2" };
    const result = estimate({ "spark.executor.cores": "8" }, { defaults });
    expect([result.driver.cores, result.executor.cores]).toEqual([2, 8]);
  });

  test("what nobody gave is named as assumed", () => {
    const result = estimate({ "spark.executor.memory": "8g", "spark.executor.instances": "1" });
    expect(result.assumed).toEqual(["spark.driver.cores=1", "spark.driver.memory=4g", "spark.executor.cores=1"]);
    expect(result.explanation.en).toContain("spark.driver.memory=4g");
    expect(result.explanation.zh).toContain("spark.driver.memory=4g");
  });
});

describe("dynamic allocation", () => {
  const on = { "spark.dynamicAllocation.enabled": "true" };

  test("goes from 2 to 10 executors where nothing else is given", () => {
    expect(estimate(on).executors).toEqual({ min: 2, max: 10, initial: 2 });
  });

  test("takes spark.executor.instances for its limit where no maximum is given", () => {
    expect(estimate({ ...on, "spark.executor.instances": "20" }).executors).toEqual({ min: 2, max: 20, initial: 20 });
  });

  test("keeps to its own bounds where they are given", () => {
    const conf = { ...on, "spark.dynamicAllocation.minExecutors": "0", "spark.dynamicAllocation.maxExecutors": "5" };
    expect(estimate({ ...conf, "spark.executor.instances": "3" }).executors).toEqual({ min: 0, max: 5, initial: 3 });
  });

  test("is off unless asked for", () => {
    expect(estimate({ "spark.dynamicAllocation.maxExecutors": "50" }).executors).toEqual({
      min: 2,
      max: 2,
      initial: 2,
    });
  });

  test("is refused when its least is above its most", () => {
    const conf = { ...on, "spark.dynamicAllocation.minExecutors": "9", "spark.dynamicAllocation.maxExecutors": "5" };
    expect(fieldsRefused(conf)).toEqual(["conf.spark.dynamicAllocation.minExecutors"]);
  });
});

describe("settings that Spark would not accept", () => {
  test.each([
    ["spark.executor.memory", "8 gigs"],
    ["spark.executor.memory", "3.5g"],
    ["spark.executor.memory", "-1g"],
    ["spark.executor.memory", ""],
    ["spark.driver.memory", "100m"],
    ["spark.executor.cores", "0"],
    ["spark.executor.cores", "1.5"],
    ["spark.executor.instances", "0"],
    ["spark.executor.instances", "999999999"],
    ["spark.executor.memory", "99999999999999p"],
    ["spark.executor.memoryOverhead", "lots"],
    ["spark.executor.memoryOverheadFactor", "-1"],
    ["spark.memory.offHeap.enabled", "yes"],
    ["spark.dynamicAllocation.enabled", "1"],
  ])("%s=%s is refused with what is allowed and an example", (key, value) => {
    const result = estimateCu({ [key]: value });
    expect(isRefused(result) && result.problem).toMatchObject({ code: "CONF_VALUE_INVALID", field: `conf.${key}` });
    expect(isRefused(result) && result.problem.allowed).toBeTruthy();
    expect(isRefused(result) && result.problem.example).toBeTruthy();
  });

  test("all of them are named at once", () => {
    expect(fieldsRefused({ "spark.executor.memory": "x", "spark.driver.cores": "y" }).sort()).toEqual([
      "conf.spark.driver.cores",
      "conf.spark.executor.memory",
    ]);
  });

  test("every example given would itself be accepted", () => {
    const bad = [
      "spark.executor.memory",
      "spark.driver.cores",
      "spark.executor.instances",
      "spark.executor.memoryOverheadFactor",
    ];
    for (const key of bad) {
      const result = estimateCu({ [key]: "?" });
      const example = isRefused(result) ? (result.problem.example ?? "") : "";
      expect(fieldsRefused({ [key]: example })).toEqual([]);
    }
  });
});

test("asking for more never costs less", () => {
  const size = fc.record({
    driverCores: fc.integer({ min: 1, max: 32 }),
    driverMiB: fc.integer({ min: 450, max: 200_000 }),
    cores: fc.integer({ min: 1, max: 32 }),
    memoryMiB: fc.integer({ min: 450, max: 200_000 }),
    instances: fc.integer({ min: 1, max: 500 }),
    dynamic: fc.boolean(),
  });
  const toConf = (s: {
    driverCores: number;
    driverMiB: number;
    cores: number;
    memoryMiB: number;
    instances: number;
    dynamic: boolean;
  }) => ({
    "spark.driver.cores": String(s.driverCores),
    "spark.driver.memory": `${s.driverMiB}m`,
    "spark.executor.cores": String(s.cores),
    "spark.executor.memory": `${s.memoryMiB}m`,
    "spark.executor.instances": String(s.instances),
    "spark.dynamicAllocation.enabled": String(s.dynamic),
  });
  const grown = fc.constantFrom("driverCores", "driverMiB", "cores", "memoryMiB", "instances");
  fc.assert(
    fc.property(size, grown, fc.integer({ min: 1, max: 100 }), (base, member, by) => {
      const less = estimate(toConf(base));
      const more = estimate(toConf({ ...base, [member]: base[member] + by }));
      expect(more.startsWith).toBeGreaterThanOrEqual(less.startsWith);
      expect(more.fullSize).toBeGreaterThanOrEqual(less.fullSize);
      expect(less.startsWith).toBeLessThanOrEqual(less.fullSize);
    }),
    { numRuns: 500 },
  );
});

describe("CU-hours", () => {
  test("are CU times the time limit", () => {
    expect(maxCuHours(10, 1800)).toBe(5);
  });

  test("are rounded up", () => {
    expect(maxCuHours(1, 1)).toBe(0.001);
  });

  test.each([undefined, 0, -1, Number.NaN])("have no bound with the time limit %s", (seconds) => {
    expect(maxCuHours(10, seconds)).toBeNull();
  });
});

describe("a job against its queue", () => {
  const need = { startsWith: 4, fullSize: 12 };

  test.each([
    [{ maxCu: 20, usedCu: 0 }, true, true, true, "full size"],
    [{ maxCu: 20, usedCu: 10 }, true, false, true, "wait for room"],
    [{ maxCu: 10, usedCu: 0 }, true, false, true, "more than the queue has"],
    [{ maxCu: 20, usedCu: 18 }, false, false, true, "would wait"],
    [{ maxCu: 3, usedCu: 0 }, false, false, false, "never start"],
    [{ maxCu: 4, usedCu: 9 }, false, false, true, "would wait"],
  ])("in %j", (queue, startsNow, fullSizeNow, fitsEver, words) => {
    const verdict = compareWithQueue(need, queue);
    expect(verdict).toMatchObject({ startsNow, fullSizeNow, fitsEver });
    expect(verdict.sentence.en).toContain(words);
    expect(verdict.sentence.zh).toContain(`${queue.maxCu} CU`);
  });

  test("decimal fractions add up", () => {
    expect(compareWithQueue({ startsWith: 0.2, fullSize: 0.2 }, { maxCu: 0.3, usedCu: 0.1 }).startsNow).toBe(true);
  });
});
