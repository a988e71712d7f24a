import { describe, expect, test } from "vitest";
import {
  isProblem,
  parseRuntimeConfig,
  renderRuntimeConfig,
  runtimeConfigOf,
} from "../../src/jobs/dli/flink-runtime-config.ts";
import { cuOfFlinkConfig, type FlinkSizing, parseMemoryGb, sizeOfFlinkJob } from "../../src/jobs/dli/flink-size.ts";
import { flinkStateNames, isFlinkJobStopped, phaseOfFlinkJob } from "../../src/jobs/dli/flink-states.ts";

function size(sizing: FlinkSizing) {
  const found = sizeOfFlinkJob(sizing);
  if (isProblem(found)) throw new Error(found.problem.sentence.en);
  return found;
}

function problem(sizing: FlinkSizing) {
  const found = sizeOfFlinkJob(sizing);
  return isProblem(found) ? found.problem : undefined;
}

const config = (entries: Record<string, string>) => renderRuntimeConfig(entries);

describe("CUs by version 1", () => {
  test("without any number are one for the JobManager and one for a TaskManager", () => {
    expect(size({})).toMatchObject({ version: "v1", cu: 2, mostCu: 2, taskManagers: 1, slotsPerTaskManager: 1 });
  });

  test("without slots are divided among TaskManagers, and the slots follow from the parallelism", () => {
    expect(size({ cu_number: 9, manager_cu_number: 1, tm_cus: 2, parallel_number: 8 })).toMatchObject({
      taskManagers: 4,
      slotsPerTaskManager: 2,
      cu: 9,
    });
  });

  test("with slots follow from the parallelism, whatever cu_number says", () => {
    expect(size({ cu_number: 2, parallel_number: 8, tm_slot_num: 2, tm_cus: 1 })).toMatchObject({
      taskManagers: 4,
      slotsPerTaskManager: 2,
      cu: 5,
    });
  });

  test("that leave a rest count one TaskManager more", () => {
    expect(size({ cu_number: 4, tm_cus: 2 })).toMatchObject({ taskManagers: 2, cu: 5 });
    expect(size({ parallel_number: 5, tm_slot_num: 2 })).toMatchObject({ taskManagers: 3, cu: 4 });
  });

  test("that leave no TaskManager are a problem", () => {
    expect(problem({ cu_number: 2, manager_cu_number: 2 })).toMatchObject({ code: "FLINK_NO_TASK_MANAGER" });
    expect(problem({ cu_number: 3, tm_cus: 3 })).toMatchObject({ field: "cu_number", example: "4" });
    expect(problem({ cu_number: 4, tm_cus: 3 })).toBeUndefined();
  });

  test("take what a read gives for not set as not set", () => {
    expect(size({ tm_slot_num: 0, resource_config: null, runtime_config: "", cu_number: null })).toMatchObject({
      cu: 2,
    });
  });
});

describe("CUs by version 2", () => {
  const v2 = (resource_config: FlinkSizing["resource_config"]) =>
    size({ resource_config_version: "v2", resource_config });

  test("ignore the CU fields and count cores and memory, whichever is more", () => {
    const specs = {
      jobmanager_resource_spec: { cpu: 1, memory: "4GB" },
      taskmanager_resource_spec: { cpu: 1, memory: "8192MB" },
    };
    expect(
      size({
        cu_number: 50,
        resource_config_version: "v2",
        resource_config: { parallel_number: 4, max_slot: 2, ...specs },
      }),
    ).toMatchObject({
      version: "v2",
      taskManagers: 2,
      cu: 5,
    });
    expect(v2({ taskmanager_resource_spec: { cpu: 3.5, memory: "4" } }).cu).toBe(4.5);
  });

  test("have one core and 4 GB each where nothing is given", () => {
    expect(v2(undefined)).toMatchObject({ cu: 2, jobManager: { cpu: 1, memoryGb: 4 } });
  });

  test.each([
    [{ taskmanager_resource_spec: { cpu: 0.4 } }, "resource_config.taskmanager_resource_spec.cpu"],
    [{ jobmanager_resource_spec: { memory: "1GB" } }, "resource_config.jobmanager_resource_spec.memory"],
    [{ jobmanager_resource_spec: { memory: "lots" } }, "resource_config.jobmanager_resource_spec.memory"],
  ])("of %j are a problem", (resource_config, field) => {
    expect(problem({ resource_config_version: "v2", resource_config })).toMatchObject({ field });
  });
});

describe("runtime_config", () => {
  test("wins over the fields", () => {
    const settings = config({ "kubernetes.taskmanager.cpu": "2", "taskmanager.memory.process.size": "12g" });
    expect(size({ cu_number: 3, runtime_config: settings })).toMatchObject({
      taskManager: { cpu: 2, memoryGb: 12 },
      cu: 7,
    });
  });

  test.each([
    ["kubernetes.jobmanager.cpu", "none"],
    ["kubernetes.jobmanager.cpu", "Infinity"],
    ["jobmanager.memory.process.size", "4"],
    ["taskmanager.memory.process.size", "1g"],
    ["flink.dli.job.cu.max", "many"],
  ])("with %s of %s is a problem", (key, value) => {
    const on = { "flink.dli.job.scale.enable": "true" };
    expect(problem({ runtime_config: config({ ...on, [key]: value }) })).toMatchObject({
      field: `runtime_config.${key}`,
    });
  });

  test("may let a job grow, only with scaling on", () => {
    const max = { "flink.dli.job.cu.max": "12" };
    expect(size({ runtime_config: config({ ...max, "flink.dli.job.scale.enable": "TRUE" }) })).toMatchObject({
      cu: 2,
      mostCu: 12,
    });
    expect(size({ runtime_config: config(max) }).mostCu).toBe(2);
  });

  test("is read from the wire's list and from the console's lines, and of a key twice the last counts", () => {
    expect(parseRuntimeConfig('[{"key":"a.b","value":"1"},{"key":"a.b","value":2}]')).toEqual({ "a.b": "2" });
    expect(parseRuntimeConfig("a.b = 1\n\nc=x=y\r\n")).toEqual({ "a.b": "1", c: "x=y" });
    expect(parseRuntimeConfig(undefined)).toEqual({});
    expect(parseRuntimeConfig(null)).toEqual({});
  });

  test.each(["[", "[1]", '[{"key":"a"}]', '[{"key":"a b","value":"1"}]', '{"a":"b"}', "no setting"])(
    "that reads %j is a problem",
    (text) => {
      expect(parseRuntimeConfig(text)).toMatchObject({ problem: { code: "RUNTIME_CONFIG_UNREADABLE" } });
    },
  );

  test("survives being written and read, with a key called problem too", () => {
    const settings = { "a.b": 'say "x"', problem: "p", __proto__x: "1" };
    const read = parseRuntimeConfig(renderRuntimeConfig(settings));
    expect(read).toEqual(settings);
    expect(isProblem(read)).toBe(false);
  });

  test("may be given as an object of plain values", () => {
    expect(runtimeConfigOf({ a: 1, b: true, c: "x" })).toEqual({ a: "1", b: "true", c: "x" });
    expect(runtimeConfigOf({ a: {} })).toBeUndefined();
  });
});

test("memory is read in MB and GB, and a bare number only where its unit is agreed", () => {
  expect(parseMemoryGb("4096m")).toBe(4);
  expect(parseMemoryGb("4 GiB")).toBe(4);
  expect(parseMemoryGb("4")).toBeUndefined();
  expect(parseMemoryGb("4", "gb")).toBe(4);
  expect(parseMemoryGb("4t", "gb")).toBeUndefined();
});

test("a job's settings come to its CUs, what it had grown to included, and unreadable ones to none", () => {
  expect(cuOfFlinkConfig({ cu_number: 4, real_cu_number: 0 })).toEqual({ cu: 4, mostCu: 4 });
  expect(cuOfFlinkConfig({ cu_number: 4, real_cu_number: 9 })).toEqual({ cu: 4, mostCu: 9 });
  expect(cuOfFlinkConfig({ runtime_config: "?" })).toBeUndefined();
  expect(cuOfFlinkConfig(null)).toBeUndefined();
});

test("a size is explained with its containers", () => {
  expect(size({ cu_number: 3, parallel_number: 4 }).explanation.en).toBe(
    "JobManager 1 core / 4 GB and 2 TaskManagers of 1 core / 4 GB with 2 slots each make 3 CU (1 CU = 1 core and 4 GB, whichever is more).",
  );
});

test("every state of the service has a phase, compared without case, and others are unknown", () => {
  expect(flinkStateNames).toHaveLength(14);
  for (const state of flinkStateNames) expect(phaseOfFlinkJob(state.toUpperCase())).not.toBe("unknown");
  expect(phaseOfFlinkJob("job_dancing")).toBe("unknown");
  expect(phaseOfFlinkJob("constructor")).toBe("unknown");
});

test("a job is stopped in just the states from which the policy lets it run", () => {
  const stopped = ["job_init", "job_submit_fail", "job_cancel_success", "job_finish", "job_arrearage_stopped"];
  expect(flinkStateNames.filter(isFlinkJobStopped).toSorted()).toEqual(stopped.toSorted());
  expect(isFlinkJobStopped(undefined)).toBe(false);
});
