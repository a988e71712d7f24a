import { describe, expect, test } from "vitest";
import { estimateSparkCu, parseMemory, presets, type SizeContext, type SparkSize } from "../../src/jobs/dli/sizes.ts";
import { hasEnded, stateOfBatch, stateOfSql } from "../../src/jobs/dli/states.ts";

function estimate(size: SparkSize, context: SizeContext = {}) {
  const need = estimateSparkCu(size, context);
  if ("problem" in need) throw new Error(need.problem.sentence.en);
  return need;
}

function problem(size: SparkSize, context: SizeContext = {}) {
  const need = estimateSparkCu(size, context);
  return "problem" in need ? need.problem : undefined;
}

describe("the CU of a Spark batch", () => {
  test.each([
    ["A", 8, 8.524],
    ["B", 16, 17.325],
    ["C", 32, 34.925],
  ] as const)("of the preset %s are those that it is named after", (sc_type, cu, withOverhead) => {
    expect(estimate({ sc_type })).toMatchObject({ fullSize: cu, startsWith: cu, withOverhead, scType: sc_type });
  });

  test("of a batch without a size are those of the smallest preset", () => {
    expect(estimate({})).toEqual(estimate({ sc_type: "A" }));
  });

  test("of sizes given one by one take the rest from the preset, and are named as the service names them", () => {
    const need = estimate({ sc_type: "B", numExecutors: 2 });
    expect(need).toMatchObject({ fullSize: 6, scType: "CUSTOMIZED", driver: { cores: presets.B.driverCores } });
  });

  test("count memory where it is more than the cores", () => {
    expect(
      estimate({ driverCores: 1, driverMemory: "4G", executorCores: 1, executorMemory: "16G", numExecutors: 2 })
        .fullSize,
    ).toBe(9);
  });

  test("of a Python program leave more room beside the heap", () => {
    const size = { sc_type: "A" } as const;
    expect(estimate(size, { python: true }).withOverhead).toBeGreaterThan(estimate(size).withOverhead);
    expect(estimate(size, { python: true }).fullSize).toBe(8);
  });

  test("count memory beside the heap that conf asks for", () => {
    const conf = { "spark.executor.memoryOverhead": "4g", "spark.driver.memoryOverhead": "1g" };
    expect(estimate({ sc_type: "A" }, { conf }).withOverhead).toBe((8 + 6 * 8) / 4);
  });

  test("range from the fewest to the most executors under dynamic allocation", () => {
    const conf = {
      "spark.dynamicAllocation.enabled": "true",
      "spark.dynamicAllocation.minExecutors": "1",
      "spark.dynamicAllocation.maxExecutors": "10",
    };
    expect(estimate({ sc_type: "A" }, { conf })).toMatchObject({ startsWith: 3, fullSize: 12 });
  });

  test("cannot be told of dynamic allocation without a maximum", () => {
    const conf = { "spark.dynamicAllocation.enabled": "true" };
    expect(problem({}, { conf })).toMatchObject({ code: "EXECUTORS_UNBOUNDED", field: "conf" });
  });

  test("are explained in both languages with the same numbers", () => {
    const { explanation } = estimate({ sc_type: "C" });
    const numbers = (text: string) => text.match(/\d+(\.\d+)?/g);
    expect(explanation.en).toContain("32 CU");
    expect(numbers(explanation.zh)).toEqual(numbers(explanation.en));
  });
});

test.each([
  ["7G", 7168],
  ["7 GB", 7168],
  ["2048m", 2048],
  ["512MB", 512],
])("%s is %d MiB", (text, mib) => {
  expect(parseMemory(text)).toBe(mib);
});

test.each(["7", "", "7T", "7.5G", "-1G", "G", "7 G B"])(
  "%j is no size, since the service wants a number with M or G",
  (text) => {
    expect(parseMemory(text)).toBeUndefined();
  },
);

describe("sizes that the service does not admit are refused by field:", () => {
  test.each([
    [{ driverCores: 0 }, "driverCores"],
    [{ driverCores: 17 }, "driverCores"],
    [{ executorCores: 1.5 }, "executorCores"],
    [{ numExecutors: 0 }, "numExecutors"],
    [{ driverMemory: "449M" }, "driverMemory"],
    [{ executorMemory: "65G" }, "executorMemory"],
    [{ executorMemory: "4096" }, "executorMemory"],
  ] as const)("%j", (size, field) => {
    expect(problem(size)).toMatchObject({ code: "SIZE_INVALID", field });
  });

  test.each([{ driverMemory: "450M" }, { executorMemory: "64G" }, { driverCores: 16 }])("but not %j", (size) => {
    expect(problem(size)).toBeUndefined();
  });

  test("a basic pool takes smaller ones only", () => {
    expect(problem({ executorMemory: "16G", executorCores: 4 }, { pool: "basic" })).toBeUndefined();
    expect(problem({ executorMemory: "17G" }, { pool: "basic" })?.field).toBe("executorMemory");
    expect(problem({ executorCores: 5 }, { pool: "basic" })?.field).toBe("executorCores");
  });

  test("everything that is wrong is said at once", () => {
    const need = estimateSparkCu({ driverCores: 0, executorMemory: "1" });
    expect("problems" in need && need.problems.map(({ field }) => field)).toEqual(["driverCores", "executorMemory"]);
  });
});

describe("a state", () => {
  test.each([
    ["starting", "queued"],
    ["RUNNING", "running"],
    ["recovering", "running"],
    ["Success", "succeeded"],
    ["dead", "failed"],
    ["not_started", "unknown"],
    [undefined, "unknown"],
  ])("of a batch, %s, is %s", (state, common) => {
    expect(stateOfBatch(state)).toBe(common);
  });

  test.each([
    ["LAUNCHING", "queued"],
    ["finished", "succeeded"],
    ["FAILED", "failed"],
    ["CANCELLED", "cancelled"],
    ["COMPUTED", "running"],
    ["constructor", "unknown"],
  ])("of a SQL job, %s, is %s", (state, common) => {
    expect(stateOfSql(state)).toBe(common);
  });

  test("that nobody knows has not ended", () => {
    expect((["succeeded", "failed", "cancelled"] as const).every(hasEnded)).toBe(true);
    expect((["queued", "running", "unknown"] as const).some(hasEnded)).toBe(false);
  });
});
