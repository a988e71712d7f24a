import { describe, expect, test } from "vitest";
import { formatLocalTime } from "../../src/sandbox/metering.ts";
import { refusalOf } from "../doubles/emr-client.ts";
import { jobRequest, newWorkspace, openSandbox, startJob, waitForState } from "../doubles/sandbox-emr.ts";
import { createDoubleSparkEngine } from "../doubles/spark-engine.ts";

const ended = ["Success", "Failed", "Cancelled"];

describe("a job run", () => {
  test("goes from Submitted over Running to Success", async () => {
    const { call, engine } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=200"]);
    expect(jobRunId).toMatch(/^jr-[0-9a-f]{16}$/);
    const first = (await call("GetJobRun", { workspaceId, jobRunId })).jobRun?.state;
    expect(["Submitted", "Running"]).toContain(first);
    await waitForState(call, workspaceId, jobRunId, "Running");
    const jobRun = await waitForState(call, workspaceId, jobRunId, ...ended);
    expect(jobRun).toMatchObject({ state: "Success", stateChangeReason: { code: "0" } });
    expect(jobRun.endTime).toBeGreaterThanOrEqual(jobRun.submitTime ?? Number.POSITIVE_INFINITY);
    expect(engine.started).toHaveLength(1);
  });

  test("is handed to the engine as it was submitted", async () => {
    const { call, engine, sandbox } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const entry = (configFileName: string, configItemKey: string, configItemValue: string) => ({
      configFileName,
      configItemKey,
      configItemValue,
    });
    const jobRunId = await startJob(call, workspaceId, ["a b", "--x=1"], {
      configurationOverrides: {
        configurations: [
          entry("spark-defaults.conf", "spark.app.name", "etl"),
          entry("common.conf", "hive.metastore.type", "USER_RDS"),
        ],
      },
    });
    await waitForState(call, workspaceId, jobRunId, "Success");
    expect(engine.started[0]).toEqual({
      jobRunId,
      workspaceId,
      name: "probe",
      codeType: "PYTHON",
      entryPoint: "oss://sandbox/probe.py",
      entryPointArguments: ["a b", "--x=1"],
      sparkSubmitParameters: "--conf spark.executor.instances=1",
      configuration: { "spark.app.name": "etl" },
      logFolder: `${sandbox.storageFolder}/sandbox/${workspaceId}/spark/logs/${jobRunId}/driver`,
    });
  });

  test("GetJobRun repeats the request and the release in both forms", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const tags = [{ key: "environment", value: "production" }];
    const jobRunId = await startJob(call, workspaceId, [], {
      displayReleaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12)",
      executionTimeoutSeconds: 60,
      tags,
    });
    expect((await call("GetJobRun", { workspaceId, jobRunId })).jobRun).toMatchObject({
      jobRunId,
      workspaceId,
      name: "probe",
      codeType: "PYTHON",
      resourceQueueId: "root_queue",
      releaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
      displayReleaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12)",
      fusion: false,
      executionTimeoutSeconds: 60,
      jobDriver: { sparkSubmit: { entryPoint: "oss://sandbox/probe.py" } },
      tags,
    });
  });

  test("that fails says why", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["fail=Table not found: orders"]);
    expect(await waitForState(call, workspaceId, jobRunId, ...ended)).toMatchObject({
      state: "Failed",
      stateChangeReason: { code: "ERR-100000", message: "DOUBLE: Table not found: orders (exit code 1)" },
    });
  });

  test("fails with what is missing and the fix when Spark cannot run here", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["unavailable"]);
    const { state, stateChangeReason } = await waitForState(call, workspaceId, jobRunId, ...ended);
    expect(state).toBe("Failed");
    expect(stateChangeReason?.message).toBe("Spark cannot run here: No Java was found. Install a Java 17 runtime.");
  });

  test("ends Failed when it takes longer than executionTimeoutSeconds", async () => {
    const { call, engine } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000"], { executionTimeoutSeconds: 1 });
    const { state, stateChangeReason } = await waitForState(call, workspaceId, jobRunId, ...ended);
    expect(state).toBe("Failed");
    expect(stateChangeReason?.message).toContain("executionTimeoutSeconds (1 s)");
    expect(engine.cancelled).toEqual([jobRunId]);
  });

  test.each([
    ["no name", { name: undefined }, { Code: "MissingParameter", statusCode: 400 }],
    ["no queue", { resourceQueueId: undefined }, { Code: null, Message: "queueName: null is not valid" }],
    ["no codeType", { codeType: undefined }, { Code: "InternalError", statusCode: 500 }],
    ["no jobDriver", { jobDriver: undefined }, { Code: "MissingParameter" }],
    ["no entry point", { jobDriver: { sparkSubmit: {} } }, { Code: "MissingParameter" }],
    ["an unknown queue", { resourceQueueId: "nowhere" }, { Code: "InvalidParameter" }],
    ["an unknown codeType", { codeType: "COBOL" }, { Code: "InvalidParameter" }],
    ["an unknown engine version", { releaseVersion: "esr-9" }, { Code: "InvalidParameter" }],
    ["Fusion", { fusion: true }, { Code: "InvalidParameter" }],
    ["a timeout that is no whole number", { executionTimeoutSeconds: 1.5 }, { Code: "InvalidParameter" }],
    [
      "arguments that are no texts",
      { jobDriver: { sparkSubmit: { entryPointArguments: [1] } } },
      { Code: "InvalidParameter" },
    ],
    [
      "a web address as entry point",
      { jobDriver: { sparkSubmit: { entryPoint: "http://x/y.py" } } },
      { Code: "InvalidParameter" },
    ],
  ])("with %s is refused and not started", async (_, change, refusal) => {
    const { call, engine } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const refused = await refusalOf(call("StartJobRun", { workspaceId, ...jobRequest([], change) }));
    expect(refused).toMatchObject(refusal);
    expect((await call("ListJobRuns", { workspaceId })).totalCount).toBe(0);
    expect(engine.started).toEqual([]);
  });
});

describe("CancelJobRun", () => {
  test("leads over Cancelling to Cancelled and stops the processes", async () => {
    const { call, engine } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    expect((await call("CancelJobRun", { workspaceId, jobRunId })).jobRunId).toBe(jobRunId);
    const jobRun = await waitForState(call, workspaceId, jobRunId, ...ended);
    expect(jobRun.state).toBe("Cancelled");
    expect(engine.cancelled).toEqual([jobRunId]);
  });

  test("is seen as Cancelling until the processes are gone", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000", "slow-stop=500"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    await call("CancelJobRun", { workspaceId, jobRunId });
    expect((await call("GetJobRun", { workspaceId, jobRunId })).jobRun?.state).toBe("Cancelling");
    expect(await call("CancelJobRun", { workspaceId, jobRunId })).toHaveProperty("jobRunId", jobRunId);
    expect((await waitForState(call, workspaceId, jobRunId, ...ended)).state).toBe("Cancelled");
  });

  test("of a run that is just being started stops it as soon as it is up", async () => {
    const { call, engine } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000", "slow-start=60"]);
    await call("CancelJobRun", { workspaceId, jobRunId });
    expect((await waitForState(call, workspaceId, jobRunId, ...ended)).state).toBe("Cancelled");
    expect(engine.cancelled).toEqual([jobRunId]);
  });

  test("of a run that waits for Spark to be fetched ends it at once", async () => {
    const engine = createDoubleSparkEngine();
    engine.prepare = (progress) => {
      progress("Fetching Spark, 12 of 317 MB");
      return new Promise(() => {});
    };
    const { call } = await openSandbox({ engine });
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId);
    const reason = async () => (await call("GetJobRun", { workspaceId, jobRunId })).jobRun?.stateChangeReason?.message;
    await expect.poll(reason).toBe("Fetching Spark, 12 of 317 MB");
    await call("CancelJobRun", { workspaceId, jobRunId });
    expect((await waitForState(call, workspaceId, jobRunId, ...ended)).state).toBe("Cancelled");
    expect(engine.started).toEqual([]);
  });

  test("of a run that finishes first leaves it Success", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=250", "slow-stop=2000"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    await call("CancelJobRun", { workspaceId, jobRunId });
    expect((await waitForState(call, workspaceId, jobRunId, ...ended)).state).toBe("Success");
  });

  test("that does not work is CancelFailed, and the run goes on to its end", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=400", "no-stop"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    await call("CancelJobRun", { workspaceId, jobRunId });
    const failed = await waitForState(call, workspaceId, jobRunId, "CancelFailed");
    expect(failed.stateChangeReason?.message).toContain("Operation not permitted");
    expect((await waitForState(call, workspaceId, jobRunId, ...ended)).state).toBe("Success");
  });

  test("of a waiting run ends it without it ever starting", async () => {
    const { call, engine } = await openSandbox({ slots: 1 });
    const workspaceId = await newWorkspace(call);
    const first = await startJob(call, workspaceId, ["run=60000"]);
    const second = await startJob(call, workspaceId);
    await waitForState(call, workspaceId, second, "Pending");
    await call("CancelJobRun", { workspaceId, jobRunId: second });
    expect((await waitForState(call, workspaceId, second, ...ended)).state).toBe("Cancelled");
    expect(engine.started.map((job) => job.jobRunId)).toEqual([first]);
  });

  test("of a run that has ended is denied", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId);
    await waitForState(call, workspaceId, jobRunId, "Success");
    expect(await refusalOf(call("CancelJobRun", { workspaceId, jobRunId }))).toMatchObject({ Code: "OperationDenied" });
  });

  test("of a run in another workspace finds nothing", async () => {
    const { call } = await openSandbox();
    const jobRunId = await startJob(call, await newWorkspace(call), ["run=60000"]);
    const workspaceId = await newWorkspace(call);
    expect(await refusalOf(call("CancelJobRun", { workspaceId, jobRunId }))).toMatchObject({
      Code: "ResourceNotFound",
    });
  });
});

describe("the queue", () => {
  test("runs two jobs at once at most and the third afterwards", async () => {
    const { call, engine } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobs = [];
    for (let count = 0; count < 3; count += 1) jobs.push(await startJob(call, workspaceId, ["run=250"]));
    const third = jobs[2] ?? "";
    expect((await waitForState(call, workspaceId, third, "Pending")).stateChangeReason?.message).toContain(
      "the sandbox runs 2 jobs at once",
    );
    await waitForState(call, workspaceId, third, "Success");
    expect(engine.mostAtOnce).toBe(2);
  });

  test("keeps a job Pending while its CU are taken", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call, 16);
    const large = {
      jobDriver: {
        sparkSubmit: { ...jobRequest(["run=250"]).jobDriver.sparkSubmit, sparkSubmitParameters: "--num-executors 5" },
      },
    };
    await startJob(call, workspaceId, [], large);
    const second = await startJob(call, workspaceId, [], large);
    const pending = await waitForState(call, workspaceId, second, "Pending");
    expect(pending.stateChangeReason?.message).toBe("Waiting: the queue root_queue has 2 CU free, the job declares 6.");
    await waitForState(call, workspaceId, second, "Success");
  });

  test("fails a job that can never fit, and says so", async () => {
    const { call, engine } = await openSandbox();
    const workspaceId = await newWorkspace(call, 4);
    const jobDriver = {
      sparkSubmit: { entryPoint: "oss://sandbox/a.py", sparkSubmitParameters: "--conf spark.executor.memory=64g" },
    };
    const jobRunId = await startJob(call, workspaceId, [], { jobDriver });
    const jobRun = await waitForState(call, workspaceId, jobRunId, ...ended);
    expect(jobRun.state).toBe("Failed");
    expect(jobRun.stateChangeReason?.message).toContain("the queue root_queue has 2 CU at most");
    expect(engine.started).toEqual([]);
  });
});

describe("ListJobRuns", () => {
  test("pages through all runs, newest first, each once", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const started = [];
    for (let count = 0; count < 5; count += 1) started.push(await startJob(call, workspaceId));
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await call("ListJobRuns", { workspaceId, maxResults: 2, ...(nextToken ? { nextToken } : {}) });
      expect(page).toMatchObject({ maxResults: 2, totalCount: 5 });
      seen.push(...(page.jobRuns ?? []).map((run) => run.jobRunId ?? ""));
      nextToken = page.nextToken;
      // Arrives while somebody pages: not on a later page.
      if (seen.length === 2) await startJob(call, await newWorkspace(call));
    } while (nextToken);
    expect([...seen].sort()).toEqual([...started].sort());
  });

  test.each([0, 101, -1])("refuses maxResults=%i", async (maxResults) => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    expect(await refusalOf(call("ListJobRuns", { workspaceId, maxResults }))).toMatchObject({
      Code: "InvalidParameter",
    });
  });

  test("refuses a token that it did not hand out", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    expect(await refusalOf(call("ListJobRuns", { workspaceId, nextToken: "zzz" }))).toMatchObject({
      Code: "InvalidParameter",
    });
  });

  test("filters by state, name, tag, queue, time and configuration", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const tags = [{ key: "workflow", value: "true" }];
    const good = await startJob(call, workspaceId, [], { name: "nightly", tags, resourceQueueId: "dev_queue" });
    const bad = await startJob(call, workspaceId, ["fail=x"]);
    await waitForState(call, workspaceId, good, "Success");
    const { endTime = 0 } = await waitForState(call, workspaceId, bad, "Failed");
    const idsFor = async (filter: object) =>
      (await call("ListJobRuns", { workspaceId, ...filter })).jobRuns?.map((run) => run.jobRunId);
    expect(await idsFor({ states: ["failed"] })).toEqual([bad]);
    expect(await idsFor({ name: "night" })).toEqual([good]);
    expect(await idsFor({ tags })).toEqual([good]);
    expect(await idsFor({ isWorkflow: "false" })).toEqual([bad]);
    expect(await idsFor({ resourceQueueId: "dev_queue" })).toEqual([good]);
    expect(await idsFor({ startTime: { endTime: 1 } })).toEqual([]);
    expect(await idsFor({ endTime: { startTime: endTime, endTime }, states: ["Failed"] })).toEqual([bad]);
    expect(await idsFor({ minDuration: 3_600_000 })).toEqual([]);
    const applicationConfigs = JSON.stringify([{ key: "spark.executor.instances", value: "1" }]);
    expect((await idsFor({ applicationConfigs }))?.length).toBe(2);
  });

  test("counts runs by state when asked", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    for (const argument of ["run=0", "fail=x"]) {
      await waitForState(call, workspaceId, await startJob(call, workspaceId, [argument]), ...ended);
    }
    expect((await call("ListJobRuns", { workspaceId, groupByState: true })).aggregations).toEqual({
      Success: "1",
      Failed: "1",
    });
    expect(await call("ListJobRuns", { workspaceId })).not.toHaveProperty("aggregations");
  });

  test("tells what a run used", async () => {
    const { call, workspaceId } = await ranForTenMinutes();
    const run = (await call("ListJobRuns", { workspaceId })).jobRuns?.[0];
    // A driver and an executor of one core and 1 GiB + 384 MiB each.
    expect(run).toMatchObject({ vcoreSeconds: 1200, mbSeconds: 1_689_600, cuHours: 0.333333 });
  });
});

/** On a clock that is moved by hand, no further than signatures allow. */
async function ranForTenMinutes() {
  let time = Date.now();
  const { call } = await openSandbox({ now: () => time });
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=250"]);
  await waitForState(call, workspaceId, jobRunId, "Running");
  time += 600_000;
  await waitForState(call, workspaceId, jobRunId, "Success");
  return { call, workspaceId, time };
}

describe("logs", () => {
  async function finished(args: string[]) {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, args);
    const { log } = await waitForState(call, workspaceId, jobRunId, ...ended);
    const read = (change: Record<string, unknown> = {}) =>
      call("ListLogContents", { workspaceId, fileName: log?.driverStdOut, offset: 0, length: 9999, ...change });
    return { call, workspaceId, jobRunId, log, read };
  }

  test("lie in OSS after the end and are read by line", async () => {
    const { workspaceId, jobRunId, log, read } = await finished(["log=one", "log=two", "log=three"]);
    expect(log).toEqual({
      driverStdOut: `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}/driver/stdout.log`,
      driverStdError: `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}/driver/stderr.log`,
      driverSyslog: `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}/driver/syslog.log`,
      driverStartup: `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}/driver/startup.log`,
    });
    expect((await read()).listLogContent).toEqual({
      contents: ["one\n", "two\n", "three\n"].map((LineContent) => ({ LineContent })),
      totalLength: 3,
    });
    expect((await read({ offset: 1, length: 1 })).listLogContent).toEqual({
      contents: [{ LineContent: "two\n" }],
      totalLength: 3,
    });
  });

  test("are links while the run is active, and ListLogContents does not work yet", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000", "log=early"]);
    const { log, webUI } = await waitForState(call, workspaceId, jobRunId, "Running");
    expect(log?.driverStdOut).toMatch(/^https:\/\//);
    expect(webUI).toMatch(/^https:\/\//);
    const fileName = `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}/driver/stdout.log`;
    const read = call("ListLogContents", { workspaceId, fileName, offset: 0, length: 10 });
    expect(await refusalOf(read)).toMatchObject({ Code: "ResourceNotFound" });
  });

  test("need offset and length", async () => {
    const { read } = await finished(["log=one"]);
    expect(await refusalOf(read({ offset: undefined }))).toMatchObject({ Code: "MissingParameter" });
    expect(await refusalOf(read({ length: undefined }))).toMatchObject({ Code: "MissingParameter" });
  });

  test("of a run that died at once have a place but no file", async () => {
    const { log, read } = await finished(["no-logs", "fail=at once"]);
    expect(log?.driverStdOut).toMatch(/^oss:/);
    expect(await refusalOf(read())).toMatchObject({ Code: "ResourceNotFound" });
  });

  test("are found under every accepted form of the file name", async () => {
    const { log, read } = await finished(["log=one"]);
    for (const host of [
      "sandbox.oss-cn-hangzhou.aliyuncs.com",
      "sandbox.oss-cn-hangzhou-internal.aliyuncs.com",
      "sandbox.cn-hangzhou.oss-dls.aliyuncs.com",
    ]) {
      const fileName = log?.driverStdOut?.replace("oss://sandbox/", `oss://${host}/`);
      expect((await read({ fileName })).listLogContent?.totalLength).toBe(1);
    }
    const fileName = log?.driverStdOut?.replace("oss://sandbox/", "oss://logs.example.com/");
    expect(await refusalOf(read({ fileName }))).toMatchObject({ Code: "InvalidParameter" });
  });

  test("outside the workspace's runs are not read", async () => {
    const { workspaceId, jobRunId, read } = await finished(["log=one"]);
    const base = `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}`;
    for (const fileName of [
      `${base}/../../../../../../access-key.json`,
      `${base}/driver/%2e%2e/x`,
      "oss://sandbox/data.csv",
    ]) {
      expect((await refusalOf(read({ fileName }))).statusCode).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("executors", () => {
  test("are listed under the name that the wire really has", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=60000"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    const { exexutors, totalCount } = await call("ListJobExecutors", { workspaceId, jobRunId });
    expect(totalCount).toBe(2);
    expect(exexutors?.[0]).toEqual({
      jobRunId,
      workspaceId,
      executorId: "1",
      executorType: "executor",
      hostPort: "127.0.0.1:4041",
      totalCores: 2,
      addTime: expect.any(Number),
      status: "Running",
    });
    const drivers = await call("ListJobExecutors", { workspaceId, jobRunId, executorType: "driver" });
    expect(drivers.exexutors?.map((executor) => executor.executorId)).toEqual(["driver"]);
  });

  test("of an ended run are Dead and still known", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId);
    await waitForState(call, workspaceId, jobRunId, "Success");
    const { exexutors } = await call("ListJobExecutors", { workspaceId, jobRunId, status: "Dead" });
    expect(exexutors).toHaveLength(2);
  });

  test("have logs whose files ListLogContents reads", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["log=hello"]);
    await waitForState(call, workspaceId, jobRunId, "Success");
    const request = { workspaceId, jobRunId, executorId: "driver" };
    const all = await call("ListExecutorLogs", request);
    expect(all.logs?.map((log) => log.logName)).toEqual(["startup.log", "stderr.log", "stdout.log", "syslog.log"]);
    const { logs } = await call("ListExecutorLogs", { ...request, logType: "stdout" });
    expect(logs).toMatchObject([{ fileSize: 6, logType: "stdout" }]);
    const read = { workspaceId, fileName: logs?.[0]?.fileName, offset: 0, length: 1 };
    expect((await call("ListLogContents", read)).listLogContent?.contents).toEqual([{ LineContent: "hello\n" }]);
    expect(await refusalOf(call("ListExecutorLogs", { ...request, executorId: "99" }))).toMatchObject({
      Code: "ResourceNotFound",
    });
  });
});

describe("GetRunConfiguration", () => {
  test("shows overrides and, over them, the options of spark-submit", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const configFileName = "spark-defaults.conf";
    const jobRunId = await startJob(call, workspaceId, [], {
      jobDriver: {
        sparkSubmit: {
          entryPoint: "oss://sandbox/etl.jar",
          sparkSubmitParameters: '--class org.example.Etl --conf "spark.app.name=from conf"',
        },
      },
      configurationOverrides: {
        configurations: [
          { configFileName, configItemKey: "spark.app.name", configItemValue: "from override" },
          { configFileName, configItemKey: "spark.driver.cores", configItemValue: "1" },
        ],
      },
    });
    const { runConfiguration } = await call("GetRunConfiguration", { workspaceId, runId: jobRunId });
    expect(runConfiguration).toEqual({
      applicationConfigs: [
        { configFileName, configItemKey: "spark.app.name", configItemValue: "from conf" },
        { configFileName, configItemKey: "spark.driver.cores", configItemValue: "1" },
      ],
      logConfig: { LogLevel: "INFO", LogPath: `oss://sandbox/${workspaceId}/spark/logs/${jobRunId}` },
      runtimeConfigs: [{ key: "mainClass", value: "org.example.Etl" }],
    });
  });
});

describe("GetCuHours", () => {
  test("meters what a queue really used, as a Java map's text", async () => {
    const { call, workspaceId, time } = await ranForTenMinutes();
    const window = { startTime: formatLocalTime(time - 3_600_000), endTime: formatLocalTime(time + 60_000) };
    const { data } = await call("GetCuHours", { workspaceId, queue: "root_queue", ...window });
    expect(data?.cuHours).toMatch(/^\{\d{4}-\d\d-\d\d \d\d:00:00=0\.\d+(, \d{4}-\d\d-\d\d \d\d:00:00=0\.\d+)?\}$/);
    const hours = [...(data?.cuHours ?? "").matchAll(/=([\d.]+)/g)].map((match) => Number(match[1]));
    expect(hours.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1 / 3, 5);
    const idle = await call("GetCuHours", { workspaceId, queue: "dev_queue", ...window });
    expect(idle.data?.cuHours).toBe("{}");
  });

  test("refuses a window of more than one month", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const ask = (endTime: string) =>
      call("GetCuHours", { workspaceId, queue: "root_queue", startTime: "2026-01-01 00:00:00", endTime });
    expect(await refusalOf(ask("2026-02-01 00:00:01"))).toMatchObject({
      Code: null,
      Message: "Invalid Parameters: Query interval over one month not allowed!",
    });
    expect((await ask("2026-02-01 00:00:00")).data?.cuHours).toBe("{}");
    expect(await refusalOf(ask("yesterday"))).toMatchObject({ Code: "InvalidParameter" });
  });
});
