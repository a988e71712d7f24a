import { describe, expect, test } from "vitest";
import { usedCuOf } from "../../src/sandbox/dli/flink/jobs.ts";
import { parseRuntimeConfig } from "../../src/sandbox/dli/flink/runtime-config.ts";
import { cuOf, sizingOf } from "../../src/sandbox/dli/flink/sizes.ts";
import {
  bucket,
  detail,
  type JarJob,
  jarJob,
  newJob,
  openFlink,
  queue,
  startedJob,
  until,
  untilState,
} from "./dli-flink.support.ts";

const scaled = (keys: Record<string, string>): Partial<JarJob> => ({
  obs_bucket: bucket,
  log_enabled: true,
  checkpoint_enabled: true,
  tm_slot_num: 1,
  runtime_config: JSON.stringify(
    Object.entries({
      "flink.dli.job.scale.enable": "true",
      "flink.dli.job.scale.interval": "1",
      ...keys,
    }).map(([key, value]) => ({ key, value })),
  ),
});

describe("dynamic scaling", () => {
  test("a busy job gets one more TaskManager, shows job_savepointing meanwhile, and its CUs and graph follow", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "", scaled({ "flink.dli.job.cu.max": "3" }));
    flink.engine.run(`dli-${jobId}`).load(0.95);
    const scaling = await untilState(flink, jobId, "job_savepointing");
    expect(scaling.status_desc).toBe("Scaling from 2 to 3 CUs.");
    const job = await untilState(flink, jobId, "job_running");
    expect(job.status_desc).toBe("Scaled from 2 to 3 CUs.");
    expect(job.job_config).toMatchObject({ cu_number: 2, real_cu_number: 3 });
    expect(flink.engine.run(`dli-${jobId}`).size).toEqual({ parallelism: 2, taskManagers: 2, slotsPerTaskManager: 1 });
    expect(JSON.parse(job.execution_graph ?? "")).toMatchObject({ parallelism: 2, taskManagers: 2 });
    expect(usedCuOf(queue, flink.context)).toBe(3);
    expect(flink.engine.started).toHaveLength(1);
  });

  test("it never goes beyond flink.dli.job.cu.max", async () => {
    const flink = openFlink({ timings: { scaleMinuteMs: 5 } });
    const jobId = await startedJob(flink, "clicks", "", scaled({ "flink.dli.job.cu.max": "4" }));
    flink.engine.run(`dli-${jobId}`).load(0.1, 0.9);
    await until(async () => ((await detail(flink, jobId)).job_config?.real_cu_number === 4 ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await detail(flink, jobId)).job_config?.real_cu_number).toBe(4);
  });

  test("an idle one gives TaskManagers back down to flink.dli.job.cu.min", async () => {
    const flink = openFlink({ timings: { scaleMinuteMs: 5 } });
    const change = { ...scaled({ "flink.dli.job.cu.min": "2" }), cu_number: 4, parallel_number: 3 };
    const jobId = await startedJob(flink, "clicks", "", change);
    flink.engine.run(`dli-${jobId}`).load(0.05);
    await until(async () => ((await detail(flink, jobId)).job_config?.real_cu_number === 2 ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(usedCuOf(queue, flink.context)).toBe(2);
  });

  test("one of usual load keeps its size", async () => {
    const flink = openFlink({ timings: { scaleMinuteMs: 5 } });
    const jobId = await startedJob(flink, "clicks", "", scaled({ "flink.dli.job.cu.max": "8" }));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await detail(flink, jobId)).job_config?.real_cu_number).toBe(2);
  });

  test("without room in the queue it stays as it is and says so", async () => {
    const flink = openFlink({ timings: { scaleMinuteMs: 5 } });
    await startedJob(flink, "large", "", { cu_number: 46 });
    const jobId = await startedJob(flink, "clicks", "", scaled({ "flink.dli.job.cu.max": "8" }));
    flink.engine.run(`dli-${jobId}`).load(1);
    const job = await until(async () => {
      const read = await detail(flink, jobId);
      return read.status_desc === "" ? undefined : read;
    });
    expect(job.status_desc).toBe("Scaling to 3 CUs waits: the queue has 0 CUs free.");
    expect(job.job_config?.real_cu_number).toBe(2);
  });

  test("when Flink does not come to the size, the job goes on with what it had", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "no-rescale", scaled({ "flink.dli.job.cu.max": "3" }));
    flink.engine.run(`dli-${jobId}`).load(1);
    await untilState(flink, jobId, "job_savepointing");
    const job = await untilState(flink, jobId, "job_running");
    expect(job.status_desc).toBe("Scaling to 3 CUs failed: no slots came");
    expect(usedCuOf(queue, flink.context)).toBe(2);
  });

  test("a restart after an exception keeps the scaled size", async () => {
    const flink = openFlink();
    const change = { ...scaled({ "flink.dli.job.cu.max": "3" }), restart_when_exception: true };
    const jobId = await startedJob(flink, "clicks", "", change);
    const first = flink.engine.run(`dli-${jobId}`);
    first.load(1);
    await until(async () => ((await detail(flink, jobId)).status_desc?.startsWith("Scaled") ? true : undefined));
    first.fail("boom");
    await until(() => (flink.engine.started.length === 2 ? true : undefined));
    expect(flink.engine.started[1]?.size).toMatchObject({ parallelism: 2, taskManagers: 2 });
  });

  test("a stop in the middle of it stops the job", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "", scaled({ "flink.dli.job.cu.max": "3" }));
    flink.engine.run(`dli-${jobId}`).load(1);
    await untilState(flink, jobId, "job_savepointing");
    await flink.call("BatchStopFlinkJobs", { job_ids: [jobId], trigger_savepoint: true });
    const job = await untilState(flink, jobId, "job_cancel_success");
    expect(job.has_savepoint).toBe(true);
    expect(usedCuOf(queue, flink.context)).toBe(0);
  });

  test.each([
    ["no bucket", { obs_bucket: "", log_enabled: false }, "needs obs_bucket, log_enabled true"],
    ["no checkpoints", { checkpoint_enabled: false }, "needs checkpoint_enabled true"],
    ["Flink 1.10", { flink_version: "1.10" }, "needs Flink 1.12 or later"],
  ] as const)("with %s it is refused", async (_, change, text) => {
    const flink = openFlink();
    const job = jarJob("clicks", "", { ...scaled({}), ...change });
    expect(await flink.refused("CreateFlinkJarJob", job)).toContain(text);
  });

  test.each([
    [{ "flink.dli.job.cu.max": "1" }, "flink.dli.job.cu.max cannot be below the job's 2 CUs"],
    [{ "flink.dli.job.cu.min": "3" }, "flink.dli.job.cu.min cannot be above the job's 2 CUs"],
    [{ "flink.dli.job.priority": "11" }, "flink.dli.job.priority is a whole number from 1 to 10"],
    [{ "flink.dli.job.scale.interval": "0" }, "flink.dli.job.scale.interval is a whole number of minutes"],
    [{ "flink.dli.job.scale.enable": "yes" }, "flink.dli.job.scale.enable is true or false"],
  ])("%j is refused", async (keys, text) => {
    const flink = openFlink();
    expect(await flink.refused("CreateFlinkJarJob", jarJob("clicks", "", scaled(keys)))).toContain(text);
  });

  test("keys beside enable count only when it is true", async () => {
    const flink = openFlink();
    const runtime_config = "flink.dli.job.cu.max=1\nflink.dli.job.priority=99";
    expect(await newJob(flink, "clicks", "", { runtime_config })).toBeGreaterThan(0);
  });
});

describe("CUs, TaskManagers and slots", () => {
  const sizeOf = (definition: Partial<JarJob>, runtime = "") => {
    const parsed = parseRuntimeConfig(runtime);
    const sizing = sizingOf({ ...definition, name: "x" }, "config" in parsed ? parsed.config : {});
    if ("problem" in sizing) throw new Error(sizing.problem);
    const { taskManagers, slotsPerTaskManager, parallelism } = sizing;
    return { cu: cuOf(sizing), taskManagers, slotsPerTaskManager, parallelism };
  };
  const v2 = (resource_config: NonNullable<JarJob["resource_config"]>) => ({
    resource_config_version: "v2" as const,
    resource_config,
  });

  test.each<[string, Partial<JarJob>, ReturnType<typeof sizeOf>]>([
    ["nothing said", {}, { cu: 2, taskManagers: 1, slotsPerTaskManager: 1, parallelism: 1 }],
    [
      "slots from CUs",
      { cu_number: 6, manager_cu_number: 2, parallel_number: 8, tm_cus: 2 },
      { cu: 6, taskManagers: 2, slotsPerTaskManager: 4, parallelism: 8 },
    ],
    [
      "TaskManagers from slots",
      { cu_number: 4, parallel_number: 3, tm_slot_num: 2, tm_cus: 1 },
      { cu: 3, taskManagers: 2, slotsPerTaskManager: 2, parallelism: 3 },
    ],
    [
      "version 2 with its defaults",
      v2({ max_slot: 2, parallel_number: 4 }),
      { cu: 3, taskManagers: 2, slotsPerTaskManager: 2, parallelism: 4 },
    ],
    [
      "version 2 by memory",
      { ...v2({ parallel_number: 2, taskmanager_resource_spec: { cpu: 0.5, memory: "8" } }), cu_number: 50 },
      { cu: 5, taskManagers: 2, slotsPerTaskManager: 1, parallelism: 2 },
    ],
  ])("%s", (_, definition, expected) => {
    expect(sizeOf(definition)).toEqual(expected);
  });

  test("runtime_config wins over the resource fields", () => {
    const runtime = "kubernetes.taskmanager.cpu=3\ntaskmanager.memory.process.size=6144MB";
    expect(sizeOf(v2({ parallel_number: 2 }), runtime)).toMatchObject({ cu: 7 });
  });
});
