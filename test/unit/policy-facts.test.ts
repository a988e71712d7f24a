import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePath, readFact } from "../../src/policy/facts.ts";

const queues = {
  queues: [
    { queueName: "root_queue", queueStatus: "RUNNING", maxResource: '{"cpu": "64","memory": "256Gi"}' },
    { queueName: "dev_queue", queueStatus: "Running", maxResource: '{"cpu": "32","memory": "128Gi"}' },
  ],
};
const applications = { applications: [{ state: "Running" }, { state: "TERMINATED" }, { state: "ERROR" }, {}] };

describe("a fact", () => {
  test.each([
    ["jobRun.state", { jobRun: { state: "Running" } }, "Running"],
    ["jobRun.state", { jobRun: {} }, null],
    ["jobRun.state", null, null],
    ["jobRun", { jobRun: { state: "Running" } }, null],
    ["resourceSpec|number", { resourceSpec: "100cu" }, 100],
    ["resourceSpec|number", { resourceSpec: "cu" }, null],
    ["enabled", { enabled: false }, false],
    ["toString", {}, null],
    ["tokenId|count", { tokenId: "tk-1" }, 1],
    ["tokenId|count", { tokenId: null }, 0],
    ["tokenId|count", {}, 0],
    ["count", { count: Number.POSITIVE_INFINITY }, null],
    ["cu", { cu: 8.5 }, 8.5],
    ["text|json.cpu", { text: "{" }, null],
    ["text|json.cpu", { text: { cpu: 4 } }, 4],
    ["resource|cu", { resource: 4 }, null],
    ["enabled|number", { enabled: true }, null],
    ["size|number", { size: "1e999" }, null],
    ["size|number", { size: 3 }, 3],
  ])("%s of %j is %j", (path, answer, expected) => {
    expect(readFact(answer, path, {})).toBe(expected);
  });

  test("is picked by a parameter of the call, exactly", () => {
    expect(readFact(queues, "queues[queueName=$queue].maxResource|json.cpu|number", { queue: "dev_queue" })).toBe(32);
    expect(readFact(queues, "queues[queueName=$queue].queueStatus", { queue: "DEV_QUEUE" })).toBeNull();
  });

  test("is picked by literals without case", () => {
    expect(readFact(applications, "applications[state=RUNNING|STARTING]|count", {})).toBe(1);
  });

  test("counts a state that nobody knows as one that is not over", () => {
    expect(readFact(applications, "applications[state!=TERMINATED|ERROR]|count", {})).toBe(2);
  });

  test("is absent when two elements match and one value was meant", () => {
    expect(readFact(queues, "queues[].queueStatus", {})).toBeNull();
  });

  test("sums JSON text over all elements", () => {
    expect(readFact(queues, "queues[].maxResource|json.cpu|sum", {})).toBe(96);
  });

  test("counts a resource in CU by what it has most of", () => {
    const queue = { used: '{"cpu": "2","memory": "16Gi"}', free: "none" };
    expect(readFact(queue, "used|cu", {})).toBe(4);
    expect(readFact(queue, "free|cu", {})).toBeNull();
  });

  test("has no sum when no element holds a number", () => {
    expect(readFact(queues, "queues[].maxResource|json.vcores|sum", {})).toBeNull();
  });

  test("counts an empty list as zero and a missing list as absent", () => {
    expect(readFact({ applications: [] }, "applications[state!=TERMINATED]|count", {})).toBe(0);
    expect(readFact({}, "applications[state!=TERMINATED]|count", {})).toBeNull();
    expect(readFact({ applications: "none" }, "applications[]|count", {})).toBeNull();
  });

  test("is absent when the parameter it is picked by was not given", () => {
    expect(readFact({ queues: [{}] }, "queues[queueName=$queue]|count", {})).toBeNull();
  });

  test("is a value or null for any answer whatever", () => {
    fc.assert(
      fc.property(fc.anything(), (answer) => {
        for (const path of ["a.b", "a[b=$c].d|json.e|number", "a[].b|sum", "[b!=x]|count"]) {
          const fact = readFact(answer, path, { c: "1" });
          expect(fact === null || ["string", "number", "boolean"].includes(typeof fact)).toBe(true);
        }
      }),
    );
  });
});

test.each(["a..b", "a.", "a[b", "a[b=]", "a[b=$]", "a|max", "a b", "a[b!=$c]", "$a"])(
  "the path %s is refused",
  (path) => {
    expect(() => parsePath(path)).toThrow(/cannot read the path/);
  },
);

describe("the settings of a Flink job", () => {
  const scaling = (enable: string) =>
    JSON.stringify([
      { key: "flink.dli.job.scale.enable", value: enable },
      { key: "flink.dli.job.cu.max", value: "8" },
    ]);
  const job = (runtime_config?: string) => ({
    job: { cu_number: 4, manager_cu_number: 1, parallel_number: 3, tm_cus: 1, tm_slot_num: 1, runtime_config },
  });

  test("come to its CU, and to those that dynamic scaling may take it to", () => {
    expect(readFact(job(), "job|flinkCu", {})).toBe(4);
    expect(readFact(job(), "job|flinkMostCu", {})).toBe(4);
    expect(readFact(job(scaling("true")), "job|flinkMostCu", {})).toBe(8);
    expect(readFact(job(scaling("false")), "job|flinkMostCu", {})).toBe(4);
  });

  test("tell that scaling in words", () => {
    expect(readFact(job(scaling("true")), "job|flinkScaling", {})).toMatch(/8 CU/);
    expect(readFact(job(), "job|flinkScaling", {})).toBe("off");
  });

  test("that are none come to nothing", () => {
    for (const fold of ["flinkCu", "flinkMostCu", "flinkScaling"]) {
      expect(readFact({ job: "x" }, `job|${fold}`, {})).toBeNull();
      expect(readFact({ job: { cu_number: "many" } }, `job|${fold}`, {})).toBeNull();
    }
  });
});
