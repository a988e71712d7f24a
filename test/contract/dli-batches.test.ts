import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DliRequests } from "../../src/operations/dli/types.gen.ts";
import { queueUse, usedCuOf } from "../../src/sandbox/dli/jobs/batch-use.ts";
import { openStore } from "../../src/sandbox/store.ts";
import { ask, type Jobs, type Members, newGround, openJobs, refusal, until } from "./dli-jobs.support.ts";

type Body = DliRequests["CreateSparkJob"];

const python: Body = { queue: "etl", file: "obs://lake/main.py", className: "", name: "nightly" };

async function submit(jobs: Jobs, change: Body = {}): Promise<string> {
  const { id } = await ask(jobs, "CreateSparkJob", { ...python, ...change });
  return String(id);
}

async function stateOf(jobs: Jobs, batch_id: string): Promise<unknown> {
  return (await ask(jobs, "ShowSparkJobStatus", { batch_id })).state;
}

async function reached(jobs: Jobs, id: string, state: string): Promise<Members> {
  await until(async () => (await stateOf(jobs, id)) === state, `${id} is ${state}`);
  return ask(jobs, "ShowSparkJob", { batch_id: id });
}

async function logOf(jobs: Jobs, batch_id: string, window: Partial<DliRequests["ShowSparkJobLog"]> = {}) {
  return (await ask(jobs, "ShowSparkJobLog", { batch_id, ...window })).log as string[];
}

async function listed(jobs: Jobs, filter: DliRequests["ListSparkJobs"] = {}): Promise<unknown[]> {
  const { sessions } = await ask(jobs, "ListSparkJobs", filter);
  return (sessions as Members[]).map(({ name }) => name);
}

describe("a batch that is submitted", () => {
  test("is answered in the documented shape while it is starting", async () => {
    const jobs = openJobs();
    const sparkPi: Body = {
      file: "batch/spark-examples.jar",
      className: "org.apache.spark.examples.SparkPi",
      sc_type: "A",
      jars: ["demo-1.0.0.jar"],
      files: ["count.txt"],
      resources: [{ name: "libs/kafka-clients.jar", type: "jar" }],
      groups: [{ name: "libs", resources: [{ name: "kafka-clients.jar", type: "jar" }] }],
      queue: "ETL",
      name: "pi",
      feature: "basic",
      spark_version: "2.3.2",
    };
    expect(await ask(jobs, "CreateSparkJob", sparkPi)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
      appId: "",
      name: "pi",
      owner: "tester",
      proxyUser: "",
      state: "starting",
      kind: "spark",
      log: [],
      sc_type: "A",
      cluster_name: "etl",
      queue: "etl",
      create_time: expect.any(Number),
      update_time: expect.any(Number),
    });
  });

  test("runs with Spark's application id and ends as success", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { args: ["run=80"] });
    expect(await reached(jobs, id, "running")).toMatchObject({ appId: `spark-${id}` });
    const ended = await reached(jobs, id, "success");
    expect(ended).toMatchObject({ feature: "basic", spark_version: "3.3.1", kind: "spark" });
  });

  test("reaches the engine with its program, files and settings", async () => {
    const jobs = openJobs();
    const { packages } = jobs.ground;
    packages.set("libs/a.jar", { kind: "jar", location: "obs://lake/packages/a.jar" });
    packages.set("libs/b.py", { kind: "pyFile", location: "obs://lake/packages/b.py" });
    const id = await submit(jobs, {
      file: "obs://lake/app.jar",
      className: "com.acme.Nightly",
      args: ["2026-01-31"],
      jars: ["obs://lake/dep.jar"],
      resources: [{ name: "libs/a.jar", type: "jar" }],
      groups: [{ name: "libs" }],
      files: ["obs://lake/app.conf"],
      conf: { "spark.sql.shuffle.partitions": 4, "spark.jars": "obs://lake/own.jar" },
    });
    await reached(jobs, id, "success");
    expect(jobs.engine.started[0]).toMatchObject({
      jobRunId: id,
      name: "nightly",
      codeType: "JAR",
      entryPoint: "obs://lake/app.jar",
      entryPointArguments: ["2026-01-31"],
      sparkSubmitParameters: "--class com.acme.Nightly",
      configuration: {
        "spark.sql.shuffle.partitions": "4",
        "spark.jars": "obs://lake/own.jar,obs://lake/dep.jar,obs://lake/packages/a.jar",
        "spark.submit.pyFiles": "obs://lake/packages/b.py",
        "spark.files": "obs://lake/app.conf",
        "spark.driver.memory": "7G",
        "spark.executor.instances": "6",
      },
    });
  });

  test("is dead when a package of it is not there, and its log names it", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { file: "libs/main.py" });
    const { log } = await reached(jobs, id, "dead");
    expect(log).toEqual([expect.stringContaining("DLI.0002: There is no package libs/main.py.")]);
    expect(jobs.engine.started).toEqual([]);
  });

  test("is read back with its request, the defaults in it", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { sc_type: "B", executorMemory: "4G", args: ["x"], conf: { "spark.a": "b" } });
    const { req_body, sc_type } = await ask(jobs, "ShowSparkJob", { batch_id: id });
    expect(sc_type).toBe("CUSTOMIZED");
    expect(JSON.parse(String(req_body))).toEqual({
      file: "obs://lake/main.py",
      className: "",
      args: ["x"],
      sc_type: "B",
      jars: [],
      pyFiles: [],
      files: [],
      modules: [],
      resources: [],
      groups: [],
      archives: [],
      modelFiles: [],
      conf: { "spark.a": "b" },
      name: "nightly",
      driverMemory: "7G",
      driverCores: 2,
      executorMemory: "4G",
      executorCores: 2,
      numExecutors: 7,
      feature: "basic",
      queue: "etl",
      autoRecovery: false,
      maxRetryTimes: 20,
      minRecoveryDelayTime: 10_000,
    });
  });
});

describe("refused with its reason is", () => {
  const refused: [what: string, change: Body, code: string, message: RegExp][] = [
    ["a queue that is not there, blank and all", { queue: " test" }, "DLI.0002", /queue {2}test does not exist/],
    ["a queue for SQL", { queue: "bi" }, "DLI.0001", /bi is not a queue for general purpose/],
    ["a name of 129 characters", { name: "n".repeat(129) }, "DLI.0001", /name/],
    ["memory without a unit", { driverMemory: "4" }, "DLI.0001", /driverMemory must be a size with its unit/],
    ["no executor", { numExecutors: 0 }, "DLI.0001", /numExecutors/],
    ["more than 100 retries", { auto_recovery: true, max_retry_times: 101 }, "DLI.0001", /max_retry_times/],
    ["feature custom without image", { feature: "custom" }, "DLI.0001", /feature custom needs image/],
    ["an image without feature custom", { image: "org/spark:1" }, "DLI.0001", /image needs feature custom/],
    ["a program of this machine", { file: "file:///etc/main.py" }, "DLI.0001", /neither obs:\/\/bucket\/key nor/],
    ["a Jar without a class", { file: "obs://lake/a.jar" }, "DLI.0001", /className is mandatory/],
    ["a class with options", { file: "obs://lake/a.jar", className: "A --conf x=y" }, "DLI.0001", /name of a class/],
    ["a priority beyond 10", { conf: { "spark.dli.job.priority": 11 } }, "DLI.0001", /from 1 to 10/],
    ["a package for Spark 3.3.1", { file: "libs/main.py", spark_version: "3.3.1" }, "DLI.0001", /only paths of OBS/],
    ["a group for Spark 3.3.1", { groups: [{ name: "libs" }], spark_version: "3.3.1" }, "DLI.0001", /groups/],
    ["a bucket that is not there", { obs_bucket: "nowhere" }, "DLI.0002", /OBS bucket nowhere/],
  ];
  test.each(refused)("%s", async (_what, change, error_code, message) => {
    const jobs = openJobs();
    const error = await refusal(jobs, "CreateSparkJob", { ...python, ...change });
    expect(error).toMatchObject({ status: 400, error_code, error_msg: expect.stringMatching(message) });
    expect(await listed(jobs)).toEqual([]);
  });

  test.each(["ShowSparkJob", "ShowSparkJobStatus", "ShowSparkJobLog", "CancelSparkJob"] as const)(
    "%s of a batch that is not there",
    async (name) => {
      const batch_id = "00000000-0000-4000-8000-000000000000";
      expect(await refusal(openJobs(), name, { batch_id })).toMatchObject({ status: 400, error_code: "DLI.0002" });
    },
  );
});

describe("the CUs of a batch", () => {
  const sizes: [what: string, change: Body, cu: number][] = [
    ["none given: A", {}, 8],
    ["A", { sc_type: "A" }, 8],
    ["B", { sc_type: "B" }, 16],
    ["C", { sc_type: "C" }, 32],
    ["more memory than cores", { driverMemory: "16G", executorMemory: "8192M", numExecutors: 2 }, 8],
    ["one executor only", { numExecutors: 1 }, 3],
  ];
  test.each(sizes)("%s", async (_what, change, cu) => {
    const jobs = openJobs();
    jobs.ground.queues.set("etl", { queueType: "general", cuCount: 64 });
    const id = await submit(jobs, { ...change, args: ["run=60000"] });
    await reached(jobs, id, "running");
    expect(usedCuOf("ETL", jobs.context)).toBe(cu);
    await ask(jobs, "CancelSparkJob", { batch_id: id });
    await reached(jobs, id, "dead");
    expect(usedCuOf("etl", jobs.context)).toBe(0);
  });
});

describe("a batch without room in its queue", () => {
  test("stays starting, keeps those behind it waiting, and starts when there is room", async () => {
    const jobs = openJobs();
    jobs.ground.queues.set("etl", { queueType: "general", cuCount: 10 });
    const large = await submit(jobs, { name: "large", sc_type: "B" });
    const small = await submit(jobs, { name: "small" });
    await until(async () => (await logOf(jobs, large)).length > 0 && (await logOf(jobs, small)).length > 0);
    expect(await logOf(jobs, large)).toEqual([expect.stringContaining("10 of 10 CUs free, and the job asks for 16")]);
    expect(await logOf(jobs, small)).toEqual([expect.stringContaining("behind an earlier job in etl")]);
    expect([await stateOf(jobs, large), await stateOf(jobs, small)]).toEqual(["starting", "starting"]);

    jobs.ground.queues.set("etl", { queueType: "general", cuCount: 16 });
    await reached(jobs, large, "success");
    await reached(jobs, small, "success");
    expect(jobs.engine.started.map(({ name }) => name)).toEqual(["large", "small"]);
  });

  test("is dead after three hours, and not before", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { sc_type: "C" });
    await until(async () => (await logOf(jobs, id)).length > 0);
    jobs.ground.clock.ahead = 2.9 * 3_600_000;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await stateOf(jobs, id)).toBe("starting");
    jobs.ground.clock.ahead = 3.1 * 3_600_000;
    const { log } = await reached(jobs, id, "dead");
    expect((log as string[]).at(-1)).toMatch(/No resources could be obtained for three hours\.$/);
  });

  test("is dead when its queue is gone", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { sc_type: "C" });
    await until(async () => (await logOf(jobs, id)).length > 0);
    jobs.ground.queues.delete("etl");
    const { log } = await reached(jobs, id, "dead");
    expect((log as string[]).at(-1)).toMatch(/The queue etl no longer exists\.$/);
  });

  test("of another queue still waits for this machine's only place", async () => {
    const jobs = openJobs();
    jobs.ground.queues.set("other", { queueType: "general", cuCount: 16 });
    const first = await submit(jobs, { args: ["run=60"] });
    const second = await submit(jobs, { queue: "other" });
    await reached(jobs, first, "success");
    await reached(jobs, second, "success");
    expect(jobs.engine.mostAtOnce).toBe(1);
  });
});

describe("a batch that fails", () => {
  test("is dead, its log ending with Spark's reason", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { args: ["log=hello", "fail=NameError: x"] });
    const { log } = await reached(jobs, id, "dead");
    expect(log).toEqual(["hello", expect.stringMatching(/ DOUBLE: NameError: x$/)]);
    expect(jobs.engine.started).toHaveLength(1);
  });

  test("is tried again with auto_recovery, as often as it may, each try with a log of its own", async () => {
    const jobs = openJobs();
    const change = { auto_recovery: true, max_retry_times: 2, args: ["fail=broken", "run=5"] };
    const id = await submit(jobs, change);
    await reached(jobs, id, "recovering");
    await reached(jobs, id, "dead");
    expect(jobs.engine.started).toHaveLength(3);
    expect((await logOf(jobs, id, { index: 0 })).at(-1)).toMatch(/Try 1 of 2 follows\.$/);
    expect((await logOf(jobs, id, { index: 2 })).at(-1)).toMatch(/DOUBLE: broken$/);
    const error = await refusal(jobs, "ShowSparkJobLog", { batch_id: id, index: 3 });
    expect(error.error_msg).toContain("tried 3 times");
  });

  test("succeeds when a later try does", async () => {
    const jobs = openJobs();
    const { start } = jobs.engine;
    let starts = 0;
    jobs.engine.start = (job) => {
      starts += 1;
      return start(starts === 1 ? job : { ...job, entryPointArguments: [] });
    };
    const id = await submit(jobs, { auto_recovery: true, args: ["fail=once"] });
    await reached(jobs, id, "success");
    expect(starts).toBe(2);
  });

  test("is not tried again where Spark cannot run at all", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { auto_recovery: true, args: ["unavailable"] });
    const { log } = await reached(jobs, id, "dead");
    expect((log as string[]).at(-1)).toMatch(/No Java was found\. Install a Java 17 runtime\.$/);
  });
});

describe("a cancelled batch", () => {
  test("that runs is stopped and then dead", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { args: ["run=60000", "slow-stop=30"] });
    await reached(jobs, id, "running");
    expect(await ask(jobs, "CancelSparkJob", { batch_id: id })).toEqual({ msg: "deleted" });
    const { log } = await reached(jobs, id, "dead");
    expect((log as string[]).at(-1)).toMatch(/cancelled by tester\.$/);
    expect(jobs.engine.cancelled).toEqual([id]);
  });

  test("that waits is dead at once and never starts", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { sc_type: "C" });
    await ask(jobs, "CancelSparkJob", { batch_id: id });
    expect(await stateOf(jobs, id)).toBe("dead");
    jobs.ground.queues.set("etl", { queueType: "general", cuCount: 64 });
    const next = await submit(jobs);
    await reached(jobs, next, "success");
    expect(jobs.engine.started.map(({ jobRunId }) => jobRunId)).toEqual([next]);
  });

  test("that recovers is not tried again", async () => {
    const ground = newGround();
    const jobs = openJobs(ground);
    jobs.context.timings.recoveryDelayMs = 60_000;
    const id = await submit(jobs, { auto_recovery: true, args: ["fail=x"] });
    await reached(jobs, id, "recovering");
    await ask(jobs, "CancelSparkJob", { batch_id: id });
    expect(await stateOf(jobs, id)).toBe("dead");
  });

  test("cannot be cancelled again once it is dead", async () => {
    const jobs = openJobs();
    const id = await submit(jobs);
    await reached(jobs, id, "success");
    const error = await refusal(jobs, "CancelSparkJob", { batch_id: id });
    expect(error).toMatchObject({ status: 400, error_msg: `The batch job ${id} is success and cannot be cancelled.` });
  });

  test("goes on, and its log says so, when it cannot be stopped", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { args: ["run=150", "no-stop"] });
    await reached(jobs, id, "running");
    await ask(jobs, "CancelSparkJob", { batch_id: id });
    const { log } = await reached(jobs, id, "success");
    expect((log as string[]).at(-1)).toMatch(/could not be stopped: Operation not permitted$/);
  });
});

describe("the log of a batch", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `log=line ${index}`);

  test("is its last 100 lines, or those asked for, with how many there are", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { args: lines(130) });
    const { log } = await reached(jobs, id, "success");
    expect(log).toEqual(Array.from({ length: 10 }, (_, index) => `line ${120 + index}`));
    const whole = await ask(jobs, "ShowSparkJobLog", { batch_id: id });
    expect(whole).toMatchObject({ id, from: 30, total: 130 });
    expect(whole.log).toHaveLength(100);
    expect(await logOf(jobs, id, { from: 128, size: 5 })).toEqual(["line 128", "line 129"]);
    expect(await logOf(jobs, id, { size: 1, type: "driver" })).toEqual(["line 129"]);
  });

  test("of a detail is read from the end of a long one", async () => {
    const jobs = openJobs();
    const long = "x".repeat(40_000);
    const id = await submit(jobs, { args: [`log=${long}`, `log=${long}`, "log=end"] });
    expect((await reached(jobs, id, "success")).log).toEqual([long, "end"]);
  });

  test("grows while the batch runs, and a line keeps its number", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { args: ["run=60000", "log=first"] });
    await reached(jobs, id, "running");
    expect(await logOf(jobs, id)).toEqual(["first"]);
    const folder = jobs.engine.started[0]?.logFolder ?? "";
    appendFileSync(join(folder, "stdout.log"), "second\nhalf a li");
    expect(await logOf(jobs, id)).toEqual(["first", "second"]);
    appendFileSync(join(folder, "syslog.log"), "INFO from Spark\n");
    appendFileSync(join(folder, "stdout.log"), "ne\n");
    expect(await logOf(jobs, id, { from: 2 })).toEqual(["INFO from Spark", "half a line"]);
  });

  test("lies in obs_bucket where one is named, and a link a job left in it is not followed", async () => {
    const jobs = openJobs();
    const id = await submit(jobs, { obs_bucket: "lake", args: ["run=60000", "no-logs"] });
    await reached(jobs, id, "running");
    const folder = join(jobs.context.storageFolder, "lake", "jobs", "logs", "spark", id, "0");
    expect(jobs.engine.started[0]?.logFolder).toBe(folder);
    const secret = join(jobs.ground.dataFolder, "secret");
    writeFileSync(secret, "secret\n");
    mkdirSync(folder, { recursive: true });
    symlinkSync(secret, join(folder, "stdout.log"));
    expect(await logOf(jobs, id)).toEqual([]);
  });

  test("tells what Spark needs before it can start", async () => {
    const jobs = openJobs();
    jobs.engine.prepare = async (progress) => {
      progress("Fetching Spark");
      return { sparkHome: "/nowhere", sparkVersion: "0.0.0" };
    };
    const id = await submit(jobs);
    expect((await reached(jobs, id, "success")).log).toEqual([expect.stringMatching(/Z Fetching Spark$/)]);
  });

  test.each([
    [{ type: "executor" }, /type must be driver/],
    [{ from: -1 }, /must not be negative/],
    [{ index: 1 }, /index must be from 0 to 0/],
  ])("is refused for %j", async (window, message) => {
    const jobs = openJobs();
    const batch_id = await submit(jobs);
    expect((await refusal(jobs, "ShowSparkJobLog", { batch_id, ...window })).error_msg).toMatch(message);
  });
});

describe("the list of batches", () => {
  async function filled(): Promise<Jobs> {
    const jobs = openJobs();
    jobs.ground.queues.set("other", { queueType: "general", cuCount: 16 });
    for (const [name, queue, args] of [
      ["a", "etl", []],
      ["b", "etl", ["fail=x"]],
      ["c", "other", ["run=30"]],
    ] as const) {
      await reached(jobs, await submit(jobs, { name, queue, args }), name === "b" ? "dead" : "success");
      jobs.ground.clock.ahead += 1000;
    }
    return jobs;
  }

  test("has the newest first, all its members, and how many there are", async () => {
    const jobs = await filled();
    const { from, total, sessions } = await ask(jobs, "ListSparkJobs", {});
    expect({ from, total }).toEqual({ from: 0, total: 3 });
    expect((sessions as Members[]).map(({ name, state }) => [name, state])).toEqual([
      ["c", "success"],
      ["b", "dead"],
      ["a", "success"],
    ]);
    expect((sessions as Members[])[0]).toMatchObject({
      queue: "other",
      kind: "spark",
      req_body: expect.stringContaining('"name":"c"'),
      duration: expect.any(Number),
    });
  });

  test("is narrowed by name, queue under both its names, state, owner and id", async () => {
    const jobs = await filled();
    expect(await listed(jobs, { job_name: "a" })).toEqual(["a"]);
    expect(await listed(jobs, { queue_name: "ETL" })).toEqual(["b", "a"]);
    expect(await listed(jobs, { cluster_name: "other" })).toEqual(["c"]);
    expect(await listed(jobs, { cluster_name: "other", queue_name: "etl" })).toEqual([]);
    expect(await listed(jobs, { state: "dead" })).toEqual(["b"]);
    expect(await listed(jobs, { owner: "nobody" })).toEqual([]);
    const [newest] = (await ask(jobs, "ListSparkJobs", {})).sessions as Members[];
    expect(await listed(jobs, { "job-id": String(newest?.id) })).toEqual(["c"]);
  });

  test("is narrowed by time, ordered and paged", async () => {
    const jobs = await filled();
    const [, middle] = (await ask(jobs, "ListSparkJobs", {})).sessions as Members[];
    const time = Number(middle?.create_time);
    expect(await listed(jobs, { start: time })).toEqual(["c", "b"]);
    expect(await listed(jobs, { end: time })).toEqual(["b", "a"]);
    expect(await listed(jobs, { order: "CREATE_TIME_ASC" })).toEqual(["a", "b", "c"]);
    expect((await listed(jobs, { order: "DURATION_DESC" }))[0]).toBe("c");
    expect(await listed(jobs, { from: 1, size: 1 })).toEqual(["b"]);
  });
});

test.each([{ from: -1 }, { size: -1 }])("a list with %j is refused", async (page) => {
  expect(await refusal(openJobs(), "ListSparkJobs", page)).toMatchObject({ status: 400, error_code: "DLI.0001" });
});

describe("after a restart", () => {
  test("a batch that ran when the sandbox was closed is dead and says so", async () => {
    const ground = newGround();
    const before = openJobs(ground);
    const id = await submit(before, { auto_recovery: true, args: ["run=60000", "log=kept"] });
    await reached(before, id, "running");
    await before.close();
    expect(before.engine.cancelled).toEqual([id]);

    const after = openJobs(ground);
    const { state, log } = await ask(after, "ShowSparkJob", { batch_id: id });
    expect(state).toBe("dead");
    expect(log).toEqual(["kept", expect.stringMatching(/The sandbox was stopped while the job was active\.$/)]);
  });

  test("what a killed sandbox left running is stopped and dead", async () => {
    const ground = newGround();
    const before = openJobs(ground);
    const id = await submit(before, { args: ["run=60000", "log=kept"] });
    await reached(before, id, "running");
    const left = before.context.store.get("dliBatch", id) as Members;
    await before.close();

    // As it was before the orderly end.
    const store = openStore(join(ground.dataFolder, "state.db"));
    store.put("dliBatch", id, left);
    store.close();

    const after = openJobs(ground);
    const { log } = await reached(after, id, "dead");
    expect(after.engine.reaped).toEqual([{ processGroup: left.processGroup, jobRunId: id }]);
    expect(log).toEqual(["kept", expect.stringMatching(/ended while the job was active; what was left .* stopped\.$/)]);
  });

  test("a batch that still waited gets its turn", async () => {
    const ground = newGround();
    const before = openJobs(ground);
    const id = await submit(before, { sc_type: "C" });
    await before.close();
    ground.queues.set("etl", { queueType: "general", cuCount: 64 });
    const after = openJobs(ground);
    await reached(after, id, "success");
  });
});

test("the use of a queue counts what waits, runs and has ended", async () => {
  const jobs = openJobs();
  await reached(jobs, await submit(jobs), "success");
  await reached(jobs, await submit(jobs, { args: ["fail=x"] }), "dead");
  const running = await submit(jobs, { args: ["run=60000"] });
  await reached(jobs, running, "running");
  const cancelled = await submit(jobs);
  await ask(jobs, "CancelSparkJob", { batch_id: cancelled });
  await submit(jobs);
  expect(queueUse("Etl", jobs.context)).toEqual({
    usedCu: 8,
    launching: 1,
    running: 1,
    succeeded: 1,
    failed: 1,
    cancelled: 1,
  });
  expect(queueUse("etl", jobs.context, Date.now() + 1000)).toMatchObject({ launching: 1, succeeded: 0, failed: 0 });
  expect(queueUse("bi", jobs.context)).toMatchObject({ usedCu: 0, launching: 0, succeeded: 0 });
});
