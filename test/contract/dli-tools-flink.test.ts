import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDoubleFlinkEngine } from "../doubles/flink-engine.ts";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";
import { newDataFolder } from "../doubles/sandbox-emr.ts";
import { toolsOver } from "./dli-tools.support.ts";

/** The Flink tools over the sandbox's real wire, with a person who says yes. */

const queue = "sandbox_general";
const bucket = "acme-dli";

async function workplace() {
  const dataFolder = newDataFolder();
  const opened = await openDliSandbox({
    dataFolder,
    flinkEngine: createDoubleFlinkEngine(),
    objectStore: {},
    dli: { firstPool: true },
  });
  const jars = join(opened.sandbox.storageFolder, bucket, "jars");
  mkdirSync(jars, { recursive: true });
  writeFileSync(join(jars, "clicks.jar"), "");
  return toolsOver(opened);
}

const draft = {
  kind: "jar",
  name: "click_loader",
  queue,
  entrypoint: `obs://${bucket}/jars/clicks.jar`,
  mainClass: "com.example.StreamJob",
  flinkVersion: "1.15",
  agency: "dli_job_agency",
  fields: {
    cu_number: 3,
    parallel_number: 2,
    checkpoint_enabled: true,
    checkpoint_interval: 30,
    obs_bucket: bucket,
    log_enabled: true,
    runtime_config: { "env.java.opts": "-Dx=1" },
  },
};

test("a Jar job is drafted, scaled, run, looked at, stopped over a savepoint, run on from it and deleted", async () => {
  const { done, use, questions } = await workplace();
  const { data: created } = await done("create_flink_job", draft);
  const jobId = Number(created?.jobId);
  expect(created).toMatchObject({ state: "job_init", cu: 3 });
  expect((await done("create_flink_job", draft)).data).toMatchObject({ created: false, jobId });
  expect(await use("create_flink_job", { ...draft, fields: { ...draft.fields, cu_number: 4 } })).toMatchObject({
    kind: "refused",
    what: expect.stringContaining("cu_number is 3, not 4"),
  });

  const scaled = await done("update_flink_scaling", { jobId, action: "set", cuMax: 6, intervalMinutes: 60 });
  expect(scaled.data).toMatchObject({ before: "off", after: "on: 2 to 6 CU, looked at every 60 min" });

  const run = await done("run_flink_job", { jobId, fromSavepoint: false });
  expect(run.summary).toBe(`Flink job ${jobId} was started; it is job_running now.`);
  expect((await done("get_flink_job", { jobId })).data).toMatchObject({
    phase: "running",
    size: { cu: 3, mostCu: 6, taskManagers: 2 },
    runtimeConfig: expect.objectContaining({ "env.java.opts": "-Dx=1" }),
  });
  expect((await done("list_flink_jobs", { queue })).data?.jobs).toEqual([expect.objectContaining({ jobId })]);
  expect(await use("update_flink_scaling", { jobId, action: "remove" })).toMatchObject({
    kind: "refused",
    code: "PRECONDITION_NOT_MET",
  });

  const stopped = await done("stop_flink_job", { jobId });
  expect(stopped.data).toMatchObject({ settled: true, hasSavepoint: true });
  const removed = await done("update_flink_scaling", { jobId, action: "remove" });
  expect(removed.summary).toContain("it is off now");
  await done("update_flink_job", { jobId, fields: { cu_number: 4, parallel_number: 3 } });
  expect((await done("get_flink_job", { jobId })).data).toMatchObject({
    scaling: "off",
    size: { cu: 4 },
    runtimeConfig: { "env.java.opts": "-Dx=1" },
  });
  expect((await done("run_flink_job", { jobId, fromSavepoint: true })).summary).toContain("was started");
  expect((await done("stop_flink_job", { jobId, savepoint: false })).data).toMatchObject({ settled: true });
  expect((await done("delete_flink_job", { jobId })).data).toEqual({ jobId, settled: true });
  expect(questions).toHaveLength(9);
});

test("a SQL job is drafted and run on a queue", async () => {
  const { done } = await workplace();
  const sql =
    "CREATE TABLE s (a INT) WITH ('connector' = 'datagen'); CREATE TABLE t (a INT) WITH ('connector' = 'blackhole'); INSERT INTO t SELECT a FROM s";
  const { data } = await done("create_flink_job", { kind: "sql", name: "numbers", queue, sql, flinkVersion: "1.12" });
  const run = await done("run_flink_job", { jobId: Number(data?.jobId), fromSavepoint: false });
  expect(run.data).toMatchObject({ type: "flink_opensource_sql_job", phase: "running" });
});

test("metrics, traces, connections and quotas are read", async () => {
  const { done } = await workplace();
  await done("create_flink_job", draft);
  expect((await done("get_dli_metrics", { queue, metrics: ["queue_cu_num"] })).data?.metrics).toEqual([
    expect.objectContaining({ metric: "queue_cu_num", unit: "CU" }),
  ]);
  const { data: traced } = await done("list_dli_traces", {});
  expect(traced?.traces).toEqual(
    expect.arrayContaining([expect.objectContaining({ action: "createStreamJarJob", by: expect.any(String) })]),
  );
  expect((await done("list_dli_connections")).data).toMatchObject({ connections: [] });
  expect((await done("get_dli_quotas")).data?.quotas).toEqual(
    expect.arrayContaining([expect.objectContaining({ type: "CU" })]),
  );
});
