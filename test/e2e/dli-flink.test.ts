import { copyFileSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createFlinkEngine } from "../../src/sandbox/engines/flink/engine.ts";
import type { FlinkEngine, RunningFlinkJob } from "../../src/sandbox/flink-engine.ts";
import { storageFolderOf } from "../../src/sandbox/sandbox.ts";
import { type DliTestSandbox, openDliSandbox, quickDli } from "../doubles/sandbox-dli.ts";
import { newDataFolder } from "../doubles/sandbox-emr.ts";

/** DLI's wire over real Flink; the first test on a machine fetches it. */

interface Job {
  status: string;
  status_desc: string;
  savepoint_path: string;
  execution_graph: string;
  job_config: { real_cu_number: number };
}

const bucket = "sandbox";
const scaling = [
  { key: "flink.dli.job.scale.enable", value: "true" },
  { key: "flink.dli.job.scale.interval", value: "1" },
  { key: "flink.dli.job.cu.max", value: "3" },
];
const rollingCount = {
  name: "rolling_count",
  queue_name: "sandbox_general",
  manager_cu_number: 1,
  cu_number: 2,
  parallel_number: 1,
  tm_cus: 1,
  tm_slot_num: 1,
  log_enabled: true,
  obs_bucket: bucket,
  main_class: "RollingCount",
  entrypoint: `obs://${bucket}/jars/rolling-count.jar`,
  entrypoint_args: "--rate 40 --keys 4",
  checkpoint_enabled: true,
  checkpoint_interval: 2,
  runtime_config: JSON.stringify(scaling),
};

interface World extends Pick<DliTestSandbox, "call"> {
  storageFolder: string;
  /** Newest last. */
  started: RunningFlinkJob[];
}

/** A sandbox with real Flink and the program in its bucket. */
async function openWorld(): Promise<World> {
  const dataFolder = newDataFolder();
  const storageFolder = storageFolderOf(dataFolder);
  const engine = createFlinkEngine({ storageFolder, dataFolder: join(dataFolder, "flink") });
  const started: RunningFlinkJob[] = [];
  const flinkEngine: FlinkEngine = {
    ...engine,
    async start(job) {
      const running = await engine.start(job);
      started.push(running);
      return running;
    },
  };
  const dli = { firstPool: true, timings: { ...quickDli, scaleMinuteMs: 5000 } };
  const { call } = await openDliSandbox({ dataFolder, flinkEngine, dli });
  mkdirSync(join(storageFolder, bucket, "jars"));
  copyFileSync(await engine.rollingCountJar(), join(storageFolder, bucket, "jars", "rolling-count.jar"));
  return { call, storageFolder, started };
}

test("a Jar job grows from one slot to two, stops with a savepoint and resumes, its counts kept", async () => {
  const { call, storageFolder } = await openWorld();
  const created = await call("CreateFlinkJarJob", rollingCount);
  expect(created.body).toMatchObject({ is_success: "true", job: { status_name: "job_init" } });
  const { job_id: jobId } = (created.body as { job: { job_id: number } }).job;
  const logs = join(storageFolder, bucket, "jobs", "logs", `${jobId}`);
  await call("BatchRunFlinkJobs", { job_ids: [jobId] });

  const grown = await jobWith(call, jobId, (job) => job.status_desc === "Scaled from 2 to 3 CUs.");
  expect(grown).toMatchObject({ status: "job_running", job_config: { real_cu_number: 3 } });
  const { vertices } = JSON.parse(grown.execution_graph) as { vertices: { parallelism: number }[] };
  expect(vertices.map(({ parallelism }) => parallelism)).toEqual([2, 2]);
  const atGrowth = Math.max(...counts(logs));
  await until(() => Math.max(...counts(logs)) > atGrowth + 20 || undefined);
  expect(counts(logs).filter((count) => count === 1)).toEqual([1]);

  await call("BatchStopFlinkJobs", { job_ids: [jobId], trigger_savepoint: true });
  const stopped = await jobWith(call, jobId, (job) => job.status === "job_cancel_success");
  expect(stopped.savepoint_path).toContain(`${bucket}/jobs/savepoint/${jobId}/`);
  expect(globSync("**/_metadata", { cwd: join(storageFolder, stopped.savepoint_path) })).toEqual(["_metadata"]);
  const before = Math.max(...counts(logs));

  await call("BatchRunFlinkJobs", { job_ids: [jobId], resume_savepoint: true });
  await jobWith(call, jobId, (job) => job.status === "job_running");
  await until(() => Math.max(...counts(logs)) > before + 10 || undefined);
  expect(counts(logs).filter((count) => count === 1)).toEqual([1]);
  await call("BatchStopFlinkJobs", { job_ids: [jobId] });
  await jobWith(call, jobId, (job) => job.status === "job_cancel_success");
}, 600_000);

test("a Jar job whose JobManager dies is started again from its newest checkpoint", async () => {
  const { call, storageFolder, started } = await openWorld();
  const { runtime_config: _, ...plain } = rollingCount;
  const change = { restart_when_exception: true, resume_checkpoint: true, resume_max_num: 1 };
  const created = await call("CreateFlinkJarJob", { ...plain, ...change });
  const { job_id: jobId } = (created.body as { job: { job_id: number } }).job;
  const logs = join(storageFolder, bucket, "jobs", "logs", `${jobId}`);
  const checkpoints = join(storageFolder, bucket, "jobs", "checkpoint", `${jobId}`);
  await call("BatchRunFlinkJobs", { job_ids: [jobId] });
  await until(() => globSync("*/chk-*/_metadata", { cwd: checkpoints }).length > 0 || undefined);
  const before = Math.max(...counts(logs));

  process.kill(-(started[0]?.processGroup ?? Number.NaN), "SIGKILL");
  await until(() => started.length === 2 || undefined);
  await jobWith(call, jobId, (job) => job.status === "job_running");
  await until(() => Math.max(...counts(logs)) > before + 20 || undefined);
  expect(counts(logs).filter((count) => count === 1)).toEqual([1]);
}, 600_000);

function jobWith(call: DliTestSandbox["call"], jobId: number, holds: (job: Job) => boolean): Promise<Job> {
  return until(async () => {
    const { body } = await call("ShowFlinkJob", { job_id: jobId });
    const { job_detail: job } = body as { job_detail: Job };
    if (job.status === "job_submit_fail" || job.status === "job_running_exception") throw new Error(job.status_desc);
    return holds(job) ? job : undefined;
  });
}

/** Counts of key 0 in the output of all TaskManagers of all starts: "0,17", behind "2> " with more than one subtask. */
function counts(logs: string): number[] {
  return globSync("*/taskmanager-*.out", { cwd: logs }).flatMap((file) =>
    readFileSync(join(logs, file), "utf8")
      .split("\n")
      .flatMap((line) => Number(/^(?:\d+> )?0,(\d+)$/.exec(line)?.[1] ?? Number.NaN) || []),
  );
}

async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; await sleep(300)) {
    const found = await ask();
    if (found !== undefined) return found;
  }
  throw new Error("it has not come to that within three minutes");
}
