import { describe, expect, test } from "vitest";
import { differences } from "../../src/jobs/dli/differences.ts";
import {
  changedPolicies,
  checkLoneQueue,
  checkPolicies,
  checkPool,
  mostCuOf,
  type PolicyChange,
  type ScalingPolicy,
  shrinks,
} from "../../src/jobs/dli/pools.ts";
import { rowsOfResult, sqlConf } from "../../src/jobs/dli/sql.ts";
import { isRefused } from "../../src/jobs/problem.ts";

const wholeDay: ScalingPolicy = {
  priority: 5,
  impact_start_time: "00:00",
  impact_stop_time: "24:00",
  min_cu: 16,
  max_cu: 64,
};
const night: ScalingPolicy = {
  priority: 9,
  impact_start_time: "00:00",
  impact_stop_time: "06:00",
  min_cu: 16,
  max_cu: 128,
};

describe("a pool", () => {
  test.each([
    [{ minCu: 64, maxCu: 32_000 }, "standard"],
    [{ minCu: 16, maxCu: 64 }, "basic"],
    [{ minCu: 64, maxCu: 64 }, "standard"],
  ] as const)("of %j may be %s", (range, kind) => {
    expect(checkPool(range, kind)).toBeUndefined();
  });

  test.each([
    [{ minCu: 48, maxCu: 64 }, "standard", "minCu"],
    [{ minCu: 64, maxCu: 32_016 }, "standard", "maxCu"],
    [{ minCu: 65, maxCu: 80 }, "standard", "minCu"],
    [{ minCu: 16, maxCu: 80 }, "basic", "maxCu"],
    [{ minCu: 96, maxCu: 64 }, "standard", "minCu"],
  ] as const)("of %j may not be %s", (range, kind, field) => {
    expect(checkPool(range, kind)?.problem.field).toBe(field);
  });
});

test("a queue outside a pool has one of three sizes", () => {
  expect([16, 64, 256].map(checkLoneQueue)).toEqual([undefined, undefined, undefined]);
  expect(checkLoneQueue(32)?.problem).toMatchObject({ code: "QUEUE_SIZE_INVALID", field: "cu" });
});

describe("the policies of a queue", () => {
  const changed = (now: readonly ScalingPolicy[], change: PolicyChange) => {
    const after = changedPolicies(now, change, "standard");
    return isRefused(after) ? after.problem.code : after;
  };

  test("keep what nobody changes, windows too", () => {
    expect(changed([wholeDay, night], { maxCu: 96 })).toEqual([{ ...wholeDay, max_cu: 96 }, night]);
  });

  test("lose their windows when others are given", () => {
    const windows = [{ from: "08:00", to: "20:00", minCu: 32, maxCu: 64, priority: 10 }];
    expect(changed([wholeDay, night], { windows })).toEqual([
      wholeDay,
      { priority: 10, impact_start_time: "08:00", impact_stop_time: "20:00", min_cu: 32, max_cu: 64 },
    ]);
  });

  test("go on following the pool until they get a maximum of their own", () => {
    const following = { ...wholeDay, inherit_elastic_resource_pool_max_cu: true };
    expect(changed([following], { minCu: 32 })).toMatchObject([{ inherit_elastic_resource_pool_max_cu: true }]);
    expect(changed([following], { maxCu: 96 })).toEqual([{ ...wholeDay, max_cu: 96 }]);
  });

  test("cannot be made up where there were none", () => {
    expect(changed([], { minCu: 16 })).toBe("FULL_DAY_MISSING");
    expect(changed([], { minCu: 16, maxCu: 32 })).toMatchObject([{ min_cu: 16, max_cu: 32 }]);
  });

  test.each<[string, ScalingPolicy[], string]>([
    ["two full days", [wholeDay, wholeDay], "FULL_DAY_MISSING"],
    ["none", [night], "FULL_DAY_MISSING"],
    ["a minimum above the maximum", [{ ...wholeDay, min_cu: 80 }], "MIN_ABOVE_MAX"],
    ["a priority of 101", [{ ...wholeDay, priority: 101 }], "PRIORITY_INVALID"],
    ["a window across midnight", [wholeDay, { ...night, impact_start_time: "22:00" }], "WINDOW_INVALID"],
    ["a window that begins at half past", [wholeDay, { ...night, impact_start_time: "00:30" }], "WINDOW_INVALID"],
    [
      "windows that overlap",
      [wholeDay, night, { ...night, impact_start_time: "05:00", impact_stop_time: "07:00" }],
      "WINDOWS_OVERLAP",
    ],
    ["CU between the steps", [{ ...wholeDay, max_cu: 66 }], "CU_STEP_INVALID"],
  ])("with %s are refused", (_, policies, code) => {
    expect(checkPolicies(policies)?.problem.code).toBe(code);
  });

  test("may have windows that touch", () => {
    expect(
      checkPolicies([wholeDay, night, { ...night, impact_start_time: "06:00", impact_stop_time: "07:00" }]),
    ).toBeUndefined();
  });

  test("take finer steps in a basic pool only", () => {
    const fine = [{ ...wholeDay, max_cu: 20 }];
    expect(checkPolicies(fine, "basic")).toBeUndefined();
    expect(checkPolicies(fine, "standard")?.problem.code).toBe("CU_STEP_INVALID");
  });

  test("allow as much as the most generous hour, or the pool where they follow it", () => {
    expect(mostCuOf([wholeDay, night], 500)).toBe(128);
    expect(mostCuOf([{ ...wholeDay, inherit_elastic_resource_pool_max_cu: true }], 500)).toBe(500);
    expect(mostCuOf([], 500)).toBeUndefined();
  });

  test("shrink by a lower minimum or maximum, and not otherwise", () => {
    expect(shrinks([wholeDay], [{ ...wholeDay, max_cu: 48 }])).toBe(true);
    expect(shrinks([wholeDay, night], [wholeDay])).toBe(true);
    expect(shrinks([{ ...wholeDay, min_cu: 32 }], [wholeDay])).toBe(true);
    expect(shrinks([wholeDay], [wholeDay, night])).toBe(false);
    expect(shrinks([], [wholeDay])).toBe(false);
  });
});

test("differences are told only of what was asked for and is known, without case", () => {
  const there = { type: "SQL", pool: "p", cu: 16, engine: undefined };
  expect(differences({ type: "sql", pool: "p", engine: "spark" }, there)).toEqual([]);
  expect(differences({ type: "general", cu: 32 }, there)).toEqual([
    { field: "type", wanted: "general", there: "SQL" },
    { field: "cu", wanted: "32", there: "16" },
  ]);
});

test("rows of a result stand with their columns, and those beyond the cap are counted", () => {
  const result = {
    schema: [{ id: "int" }, { name: "string" }],
    rows: [
      [1, "a"],
      [2, "b"],
    ],
    row_count: 5,
  };
  expect(rowsOfResult(result, 1000)).toEqual({
    columns: [
      { name: "id", type: "int" },
      { name: "name", type: "string" },
    ],
    text: '[1,"a"]\n[2,"b"]',
    shown: 2,
    total: 5,
  });
  expect(rowsOfResult(result, 10)).toMatchObject({ shown: 1, total: 5 });
});

test("settings of a SQL job become a list of name=value, and none is none", () => {
  expect(sqlConf({ "spark.sql.shuffle.partitions": "4" })).toEqual(["spark.sql.shuffle.partitions=4"]);
  expect(sqlConf({})).toBeUndefined();
});
