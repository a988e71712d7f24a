import { describe, expect, test } from "vitest";
import { answered, type Script } from "../doubles/gateway-parts.ts";
import { batchId, desk } from "./dli-tools.support.ts";

const general = answered({
  queueName: "spark_q",
  queueType: "general",
  cuCount: 16,
  elastic_resource_pool_name: "pool_1",
});
const batch = (state: string, more: Record<string, unknown> = {}) =>
  answered({
    id: batchId,
    state,
    name: "nightly--rk0123456789abcdef",
    queue: "spark_q",
    sc_type: "A",
    create_time: 1_747_169_165_821,
    log: ["line one\n", "line two"],
    ...more,
  });
const submitting: Script = {
  ShowQueue: general,
  ListQueues: answered({ queues: [{ queue_name: "spark_q", queue_type: "general", used_cu: 0, cu_count: 16 }] }),
  ListElasticResourcePools: answered({ elastic_resource_pools: [] }),
  ListElasticResourcePoolQueues: answered({ queues: [] }),
  CreateSparkJob: answered({ id: batchId, state: "starting" }),
  ListSparkJobs: answered({ sessions: [], total: 0 }),
};
const jar = { queue: "SPARK_Q", name: "nightly", file: "obs://acme-dli/a.jar", className: "org.example.A" };

describe("submit_spark_batch", () => {
  test("sends the size that was priced, under a queue's name as the service keeps it", async () => {
    const { done, sent, questions } = desk(submitting);
    const { data, summary } = await done("submit_spark_batch", jar);
    expect(summary).toContain(`submitted once as ${batchId}`);
    expect(data).toMatchObject({ batchId, state: "starting", queue: "spark_q", size: "A", cu: 8 });
    expect(data).not.toHaveProperty("warnings");
    expect(sent("CreateSparkJob")).toHaveLength(1);
    expect(sent("CreateSparkJob")[0]?.body).toMatchObject({
      queue: "spark_q",
      sc_type: "A",
      className: "org.example.A",
    });
    expect(questions).toHaveLength(1);
  });

  test("sends every argument under the name that the service has for it", async () => {
    const { done, sent } = desk(submitting);
    await done("submit_spark_batch", {
      ...jar,
      args: ["--day", "1"],
      sc_type: "B",
      driverMemory: "7 GB",
      numExecutors: 2,
      jars: ["obs://acme-dli/l.jar"],
      pyFiles: ["obs://acme-dli/l.py"],
      files: ["obs://acme-dli/l.conf"],
      modules: ["sys.datasource.rds"],
      resources: [{ name: "g/a.jar", type: "jar" }],
      groups: ["g"],
      conf: { "spark.dli.job.priority": "5" },
      auto_recovery: true,
      max_retry_times: 2,
      feature: "basic",
      spark_version: "3.1.1",
      catalog_name: "dli",
      obs_bucket: "acme-dli",
      execution_agency_urn: "dli_job_agency",
    });
    expect(sent("CreateSparkJob")[0]?.body).toEqual({
      queue: "spark_q",
      name: expect.stringMatching(/^nightly/),
      file: jar.file,
      className: jar.className,
      args: ["--day", "1"],
      sc_type: "B",
      driverMemory: "7GB",
      numExecutors: 2,
      jars: ["obs://acme-dli/l.jar"],
      pyFiles: ["obs://acme-dli/l.py"],
      files: ["obs://acme-dli/l.conf"],
      modules: ["sys.datasource.rds"],
      resources: [{ name: "g/a.jar", type: "jar" }],
      groups: [{ name: "g" }],
      conf: { "spark.dli.job.priority": "5" },
      auto_recovery: true,
      max_retry_times: 2,
      feature: "basic",
      spark_version: "3.1.1",
      catalog_name: "dli",
      obs_bucket: "acme-dli",
      execution_agency_urn: "dli_job_agency",
    });
  });

  test("of a custom image names the image", async () => {
    const { done, sent } = desk(submitting);
    await done("submit_spark_batch", { ...jar, feature: "custom", image: "myorg/spark:v1" });
    expect(sent("CreateSparkJob")[0]?.body).toMatchObject({ feature: "custom", image: "myorg/spark:v1" });
  });

  test("passes on what a person should know", async () => {
    const { done } = desk(submitting);
    const { data } = await done("submit_spark_batch", { ...jar, spark_version: "3.3.1" });
    expect(data?.warnings).toEqual([expect.stringContaining("execution_agency_urn")]);
  });

  test("that would fail is refused by field, and nothing is asked or sent", async () => {
    const { use, cloud, questions } = desk(submitting);
    expect(await use("submit_spark_batch", { ...jar, file: "oss://lake/a.jar" })).toMatchObject({
      kind: "refused",
      code: "BAD_INPUT",
      what: expect.stringMatching(/^Nothing was submitted/),
      fields: [{ field: "file" }],
    });
    expect([cloud.sent, questions]).toEqual([[], []]);
  });

  test("takes no cluster_name, and a name that leaves room for the key", async () => {
    const { use } = desk(submitting);
    await expect(use("submit_spark_batch", { ...jar, cluster_name: "q" })).rejects.toThrow(/cluster_name/);
    await expect(use("submit_spark_batch", { ...jar, name: "n".repeat(109) })).rejects.toThrow(/name/);
    expect(await use("submit_spark_batch", { ...jar, name: "n".repeat(108) })).toMatchObject({ kind: "reply" });
  });
});

describe("a batch that is read", () => {
  test("shows its state, its own name and the last lines of its driver as foreign text", async () => {
    const { done } = desk({ ShowSparkJob: batch("running") });
    const { summary, data, untrusted, next } = await done("get_spark_batch", { batchId });
    expect(summary).toBe(`${batchId} is running.`);
    expect(data).toMatchObject({ name: "nightly", state: "running", size: "A", created: "2025-05-13T20:46:05.821Z" });
    expect(untrusted).toEqual([{ title: `last driver lines of ${batchId}`, text: "line one\nline two" }]);
    expect(next).toContain("wait_spark_batch");
  });

  test("that is dead may have failed or have been cancelled", async () => {
    const { done } = desk({ ShowSparkJob: batch("dead", { log: [] }) });
    const { untrusted, next } = await done("get_spark_batch", { batchId });
    expect(untrusted).toEqual([]);
    expect(next).toContain("cancelled batch too");
  });

  test("by an id that is none is refused before anything is sent", async () => {
    const { use, cloud } = desk({});
    const hostile = "../../queues/spark_q/aaaaaaaaaaaaaaa";
    expect(hostile).toHaveLength(36);
    expect(await use("get_spark_batch", { batchId: hostile })).toMatchObject({ code: "BAD_INPUT" });
    expect(cloud.sent).toEqual([]);
  });
});

test("list_spark_batches shows names without their keys and where the older ones begin", async () => {
  const { done, sent } = desk({
    ListSparkJobs: answered({ total: 3, sessions: [{ id: batchId, state: "success", name: "a--rk0123456789abcdef" }] }),
  });
  const input = { queue: "SPARK_Q", state: "success", since: "2026-01-08", from: 1, pageSize: 1 };
  const { data, next, summary } = await done("list_spark_batches", input);
  expect(summary).toBe("1 of 3 batches.");
  expect(data?.batches).toMatchObject([{ batchId, name: "a" }]);
  expect(next).toBe("Older ones: from 2.");
  expect(sent("ListSparkJobs")[0]?.query).toMatchObject({
    queue_name: "spark_q",
    state: "success",
    from: "1",
    size: "1",
    start: String(Date.parse("2026-01-08")),
  });
});

describe("wait_spark_batch", () => {
  const ending = (polls: number, state: string): Script => {
    let seen = 0;
    return {
      ShowSparkJobStatus: () => answered({ id: batchId, state: seen++ < polls ? "running" : state }),
      ShowSparkJob: batch(state),
    };
  };

  test("follows a batch to its end, no faster than every 10 s", async () => {
    const { done, clock, progress } = desk(ending(3, "Success"));
    const { summary, untrusted } = await done("wait_spark_batch", { batchId });
    expect(summary).toBe(`${batchId} ended: Success.`);
    expect(untrusted).toHaveLength(1);
    expect(progress).toHaveLength(3);
    expect(clock.slept).toHaveLength(3);
    expect(Math.min(...clock.slept)).toBeGreaterThanOrEqual(10_000);
  });

  test("asks the cloud on this machine more often", async () => {
    const { done, clock } = desk(ending(1, "dead"), "sandbox");
    await done("wait_spark_batch", { batchId });
    expect(clock.slept).toEqual([500]);
  });

  test("that runs out says that the batch goes on", async () => {
    const { done, clock } = desk({
      ShowSparkJobStatus: answered({ state: "running" }),
      ShowSparkJob: batch("running"),
    });
    const { summary, next } = await done("wait_spark_batch", { batchId, timeoutSeconds: 30 });
    expect(summary).toContain("still running");
    expect(next).toContain("wait_spark_batch");
    expect(clock.slept.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(30_000);
  });
});

describe("get_spark_batch_log", () => {
  const lines = Array.from({ length: 5 }, (_, at) => `line ${at + 5}\n`);

  test("reads the last lines where none is named, and counts them by the whole", async () => {
    const { done, sent } = desk({ ShowSparkJobLog: answered({ id: batchId, total: 10, log: lines }) });
    const { data, untrusted, next } = await done("get_spark_batch_log", { batchId, lines: 5 });
    expect(data).toEqual({ firstLine: 5, nextLine: null, totalLines: 10 });
    expect(untrusted?.[0]?.text).toBe("line 5\nline 6\nline 7\nline 8\nline 9");
    expect(next).toBeUndefined();
    expect(sent("ShowSparkJobLog")[0]?.query).toEqual({ type: "driver", size: "5" });
  });

  test("reads on from a line, of one attempt", async () => {
    const { done, sent } = desk({ ShowSparkJobLog: answered({ from: 0, total: 10, log: lines }) });
    const { next } = await done("get_spark_batch_log", { batchId, fromLine: 0, lines: 5, attempt: 1 });
    expect(next).toBe("Call again with fromLine 5.");
    expect(sent("ShowSparkJobLog")[0]?.query).toMatchObject({ from: "0", index: "1" });
  });

  test("of a batch that has printed nothing has no text", async () => {
    const { done } = desk({ ShowSparkJobLog: answered({ total: 0, log: [] }) });
    expect((await done("get_spark_batch_log", { batchId })).untrusted).toEqual([]);
  });
});

describe("cancel_spark_batch", () => {
  test("is asked about, and followed until the batch is dead", async () => {
    let told = false;
    const { done, questions } = desk({
      ShowSparkJob: batch("running"),
      ShowSparkJobStatus: () => answered({ state: told ? "dead" : "running" }),
      CancelSparkJob: () => {
        told = true;
        return answered({ msg: "deleted" });
      },
    });
    const { summary, data } = await done("cancel_spark_batch", { batchId });
    expect(summary).toBe(`${batchId} has ended: dead.`);
    expect(data).toMatchObject({ state: "dead", settled: true });
    expect(questions[0]).toContain(batchId);
  });

  test("leaves a batch alone that has ended", async () => {
    const { use, cloud } = desk({ ShowSparkJob: batch("success") });
    expect(await use("cancel_spark_batch", { batchId })).toMatchObject({ code: "PRECONDITION_NOT_MET" });
    expect(cloud.count("CancelSparkJob")).toBe(0);
  });
});
