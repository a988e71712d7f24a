import { expect, test } from "vitest";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";
import { toolsOver } from "./dli-tools.support.ts";

/** Pools, queues, batches, SQL and storage of DLI over the sandbox's real wire, with a person who says yes. */

const queue = "sandbox_general";
const sqlQueue = "sandbox_sql";

async function workplace({ firstPool = true } = {}) {
  const opened = await openDliSandbox({ objectStore: {}, dli: { firstPool } });
  return { ...toolsOver(opened), engine: opened.engine };
}

test("a pool and a queue are made, found there the second time, and scaled", async () => {
  const { done, use } = await workplace({ firstPool: false });
  const pool = { pool: "Pool_1", minCu: 64, maxCu: 128 };
  expect((await done("create_dli_pool", pool)).data).toMatchObject({ created: true, status: "AVAILABLE" });
  expect((await done("create_dli_pool", pool)).data).toMatchObject({ created: false });
  expect(await use("create_dli_pool", { ...pool, maxCu: 64 })).toMatchObject({ code: "BAD_INPUT" });

  const general = { queue: "spark_q", type: "general", cu: 16, pool: "pool_1" };
  expect((await done("create_dli_queue", general)).data).toMatchObject({ created: true });
  expect((await done("create_dli_queue", general)).data).toMatchObject({ created: false, pool: "pool_1" });
  expect(await use("create_dli_queue", { ...general, type: "sql" })).toMatchObject({ fields: [{ field: "type" }] });

  const { data } = await done("scale_dli_queue", { queue: "spark_q", minCu: 16, maxCu: 96, priority: 3 });
  expect(data).toMatchObject({ after: ["00:00-24:00: 16 to 96 CU, priority 3"] });
  expect((await done("list_dli_queues")).data).toMatchObject({
    pools: [{ pool: "pool_1", maxCu: 128, queues: [{ queue: "spark_q", type: "general", maxCu: 96 }] }],
  });
  expect((await done("scale_dli_queue", { pool: "pool_1", maxCu: 112 })).data).toMatchObject({
    shrunk: true,
    maxCu: 112,
  });
});

test("a program is uploaded, submitted, followed to its end, read and listed under its own name", async () => {
  const { done, questions } = await workplace();
  const uri = "obs://sandbox/jobs/clean.py";
  await done("upload_program", { uri, content: "print('hello')\n" });
  expect((await done("list_obs_objects", { bucket: "sandbox", prefix: "jobs/" })).data).toMatchObject({
    objects: [{ uri, bytes: 15 }],
  });
  const submitted = await done("submit_spark_batch", {
    queue,
    name: "nightly",
    file: uri,
    args: ["run=50", "log=hello", "log=world"],
    driverCores: 1,
    driverMemory: "1 GB",
    numExecutors: 1,
    executorMemory: "1G",
  });
  expect(submitted.data).toMatchObject({ cu: 2, size: "CUSTOMIZED" });
  expect(questions.at(-1)).toContain("nightly");
  const batchId = submitted.data?.batchId;
  const waited = await done("wait_spark_batch", { batchId, timeoutSeconds: 30 });
  expect(waited.summary).toContain("ended: success");
  expect(waited.data).toMatchObject({ name: "nightly", state: "success" });
  expect((await done("get_spark_batch_log", { batchId })).untrusted?.[0]?.text).toContain("world");
  const first = await done("get_spark_batch_log", { batchId, fromLine: 0, lines: 1 });
  expect(first.data).toMatchObject({ firstLine: 0 });
  expect((await done("list_spark_batches", { queue, state: "success" })).data?.batches).toMatchObject([
    { batchId, name: "nightly" },
  ]);
});

test("a running batch is cancelled and seen dead, an ended one is left alone", async () => {
  const { done, use } = await workplace();
  const uri = "obs://sandbox/jobs/long.py";
  await done("upload_program", { uri, content: "print(1)\n" });
  const { data } = await done("submit_spark_batch", { queue, name: "long", file: uri, args: ["run=600000"] });
  const { batchId } = data ?? {};
  expect((await done("cancel_spark_batch", { batchId })).data).toMatchObject({ state: "dead", settled: true });
  expect(await use("cancel_spark_batch", { batchId })).toMatchObject({ code: "PRECONDITION_NOT_MET" });
});

test("a query is answered with its rows unasked, and one that holds is cancelled", async () => {
  const { done, questions } = await workplace();
  const { data, untrusted } = await done("run_dli_sql", { queue: sqlQueue, sql: "SELECT 1 AS one", waitSeconds: 30 });
  expect(data).toMatchObject({ state: "FINISHED", rows: 1, columns: [{ name: "one" }] });
  expect(untrusted?.[0]?.text).toMatch(/^\["?1"?\]$/);
  expect(questions).toEqual([]);
  const held = await done("run_dli_sql", { queue: sqlQueue, sql: "HOLD", waitSeconds: 0 });
  const { jobId } = held.data ?? {};
  expect((await done("cancel_dli_sql", { jobId })).data).toMatchObject({ state: "CANCELLED", settled: true });
  expect((await done("get_dli_sql", { jobId })).summary).toContain("CANCELLED");
});

test("get_started tells an empty account from one in which a job has run", async () => {
  const { done } = await workplace({ firstPool: false });
  expect((await done("get_started")).next).toMatch(/^create_dli_pool;/);
  const ready = await workplace();
  const uri = "obs://sandbox/jobs/a.py";
  await ready.done("upload_program", { uri, content: "print(1)\n" });
  const { data } = await ready.done("submit_spark_batch", { queue, name: "a", file: uri });
  const steps = (await ready.done("get_started")).data?.steps;
  expect(JSON.stringify(steps)).toContain(String(data?.batchId));
});
