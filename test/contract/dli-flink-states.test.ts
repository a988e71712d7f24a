import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flinkSample } from "../../src/sandbox/dli/flink/index.ts";
import { usedCuOf } from "../../src/sandbox/dli/flink/jobs.ts";
import { openStore } from "../../src/sandbox/store.ts";
import {
  bucket,
  detail,
  newFolder,
  newJob,
  openFlink,
  queue,
  startedJob,
  type TestFlink,
  until,
  untilState,
} from "./dli-flink.support.ts";

const stop = (flink: TestFlink, jobId: number, trigger_savepoint = false) =>
  flink.call("BatchStopFlinkJobs", { job_ids: [jobId], trigger_savepoint });
const run = (flink: TestFlink, jobId: number, resume_savepoint = false) =>
  flink.call("BatchRunFlinkJobs", { job_ids: [jobId], resume_savepoint });
const inBucket = { obs_bucket: bucket };

describe("stopping a Flink job", () => {
  test("without a savepoint it goes through job_canceling to job_cancel_success", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "slow-stop=30");
    expect(await stop(flink, jobId)).toEqual([
      { is_success: "true", message: "The request for stopping DLI jobs is delivered successfully." },
    ]);
    expect((await detail(flink, jobId)).status).toBe("job_canceling");
    const job = await untilState(flink, jobId, "job_cancel_success");
    expect(job.has_savepoint).toBe(false);
    expect(usedCuOf(queue, flink.context)).toBe(0);
  });

  test("with a savepoint it lies in the bucket, and a start with resume_savepoint goes on from it", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "", inBucket);
    await stop(flink, jobId, true);
    expect((await detail(flink, jobId)).status).toBe("job_savepointing");
    const stopped = await untilState(flink, jobId, "job_cancel_success");
    expect(stopped.has_savepoint).toBe(true);
    expect(stopped.savepoint_path).toMatch(new RegExp(`^${bucket}/jobs/savepoint/${jobId}/\\d{4}-`));
    const folder = join(flink.storageFolder, stopped.savepoint_path ?? "");
    expect(existsSync(join(folder, "_metadata"))).toBe(true);

    await run(flink, jobId, true);
    await untilState(flink, jobId, "job_running");
    expect(flink.engine.started[1]?.resumeFrom).toBe(folder);
  });

  test("a start without resume_savepoint starts anew", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "", inBucket);
    await stop(flink, jobId, true);
    await untilState(flink, jobId, "job_cancel_success");
    await run(flink, jobId);
    await untilState(flink, jobId, "job_running");
    expect(flink.engine.started[1]).not.toHaveProperty("resumeFrom");
  });

  test("when the savepoint fails the job goes on and says so", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "no-savepoint");
    await stop(flink, jobId, true);
    const job = await untilState(flink, jobId, "job_running");
    expect(job.status_desc).toBe("The savepoint failed, the job goes on: no checkpoint coordinator");
    await stop(flink, jobId);
    await untilState(flink, jobId, "job_cancel_success");
  });

  test("what cannot be stopped is job_cancel_fail and keeps its CUs", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "no-stop");
    await stop(flink, jobId);
    const job = await untilState(flink, jobId, "job_cancel_fail");
    expect(job.status_desc).toContain("Operation not permitted");
    expect(usedCuOf(queue, flink.context)).toBe(2);
    flink.engine.run(`dli-${jobId}`).fail("gone");
    await until(() => (usedCuOf(queue, flink.context) === 0 ? true : undefined));
  });

  test("one that still starts, or waits for its queue, is stopped before it runs", async () => {
    const flink = openFlink({ slots: 1 });
    const starting = await newJob(flink, "starting", "slow-start=30");
    const waiting = await newJob(flink, "waiting");
    await flink.call("BatchRunFlinkJobs", { job_ids: [starting, waiting] });
    await flink.call("BatchStopFlinkJobs", { job_ids: [starting, waiting] });
    await untilState(flink, starting, "job_cancel_success");
    await untilState(flink, waiting, "job_cancel_success");
    expect(flink.engine.started.map(({ name }) => name)).toEqual(["starting"]);
  });

  test("one that does not run is not stopped", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    expect(await flink.refused("BatchStopFlinkJobs", { job_ids: [jobId] })).toContain("nothing to stop");
  });
});

describe("a Flink job that fails", () => {
  test("stays job_running_exception with the reason, and may be started again", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    flink.engine.run(`dli-${jobId}`).fail("java.lang.RuntimeException: boom");
    const job = await untilState(flink, jobId, "job_running_exception");
    expect(job.status_desc).toBe("java.lang.RuntimeException: boom");
    await until(() => (usedCuOf(queue, flink.context) === 0 ? true : undefined));
    await run(flink, jobId);
    await untilState(flink, jobId, "job_running");
  });

  test("with restart_when_exception and resume_checkpoint restarts from its newest checkpoint", async () => {
    const flink = openFlink();
    const change = { ...inBucket, restart_when_exception: true, resume_checkpoint: true, checkpoint_enabled: true };
    const jobId = await startedJob(flink, "clicks", "", change);
    const first = flink.engine.run(`dli-${jobId}`);
    first.checkpoint(1);
    first.checkpoint(9);
    const newest = first.checkpoint(10);
    first.fail("boom");
    await until(async () => ((await detail(flink, jobId)).restart_times === 1 ? true : undefined));
    await untilState(flink, jobId, "job_running");
    expect(newest).toContain(join(bucket, "jobs", "checkpoint", `${jobId}`));
    expect(flink.engine.started[1]?.resumeFrom).toBe(newest);
  });

  test("a checkpoint of an earlier run is not gone on from", async () => {
    const flink = openFlink();
    const change = { ...inBucket, restart_when_exception: true, resume_checkpoint: true, checkpoint_enabled: true };
    const jobId = await startedJob(flink, "clicks", "", change);
    flink.engine.run(`dli-${jobId}`).checkpoint(1);
    await stop(flink, jobId);
    await untilState(flink, jobId, "job_cancel_success");
    await run(flink, jobId);
    await untilState(flink, jobId, "job_running");
    flink.engine.run(`dli-${jobId}`).fail("boom");
    await until(() => (flink.engine.started.length === 3 ? true : undefined));
    expect(flink.engine.started[2]).not.toHaveProperty("resumeFrom");
  });

  test("is restarted resume_max_num times an hour and no more", async () => {
    const flink = openFlink();
    const change = { restart_when_exception: true, resume_max_num: 2 };
    const jobId = await startedJob(flink, "clicks", "", change);
    for (const starts of [2, 3]) {
      flink.engine.run(`dli-${jobId}`).fail("boom");
      await until(() => (flink.engine.started.length === starts ? true : undefined));
      await untilState(flink, jobId, "job_running");
    }
    flink.engine.run(`dli-${jobId}`).fail("boom again");
    await until(() => (usedCuOf(queue, flink.context) === 0 ? true : undefined));
    expect(await detail(flink, jobId)).toMatchObject({ status: "job_running_exception", restart_times: 2 });
  });

  test("is stopped while it waits for its restart", async () => {
    const flink = openFlink({ timings: { recoveryDelayMs: 60_000 } });
    const jobId = await startedJob(flink, "clicks", "", { restart_when_exception: true });
    flink.engine.run(`dli-${jobId}`).fail("boom");
    await untilState(flink, jobId, "job_running_exception");
    await stop(flink, jobId);
    await untilState(flink, jobId, "job_cancel_success");
    expect(flink.engine.started).toHaveLength(1);
  });

  test("is job_running_exception while Flink itself restarts it, and job_running after that", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    flink.engine.run(`dli-${jobId}`).state = "RESTARTING";
    await untilState(flink, jobId, "job_running_exception");
    flink.engine.run(`dli-${jobId}`).state = "RUNNING";
    await untilState(flink, jobId, "job_running");
  });
});

describe("savepoints", () => {
  test("one is taken into the folder named while the job runs on", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "slow-savepoint=30");
    const answer = await flink.call("ExecuteFlinkJobSavepoint", {
      job_id: jobId,
      action: "TRIGGER",
      savepoint_path: `${bucket}/savepoints/`,
    });
    expect(answer).toEqual({ is_success: "true", message: "" });
    expect((await detail(flink, jobId)).status).toBe("job_savepointing");
    const job = await untilState(flink, jobId, "job_running");
    expect(job).toMatchObject({ has_savepoint: true });
    const folder = join(flink.storageFolder, bucket, "savepoints");
    expect(readdirSync(folder).map((name) => join(bucket, "savepoints", name))).toEqual([job.savepoint_path]);
  });

  test("a savepoint that is in the storage is imported and started from", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    const folder = join(flink.storageFolder, bucket, "old", "sp1");
    const savepoint_path = `obs://${bucket}/old/sp1/`;
    expect(await flink.refused("ImportFlinkJobSavepoint", { job_id: jobId, savepoint_path })).toContain("no _metadata");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "_metadata"), "");
    await flink.call("ImportFlinkJobSavepoint", { job_id: jobId, savepoint_path });
    await run(flink, jobId, true);
    await untilState(flink, jobId, "job_running");
    expect(flink.engine.started[0]?.resumeFrom).toBe(folder);
  });

  test("a start with resume_savepoint is refused when there is none", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    const refusal = await flink.refused("BatchRunFlinkJobs", { job_ids: [jobId], resume_savepoint: true });
    expect(refusal).toContain("has no savepoint");
  });

  test("a folder that leads out of the storage is refused", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    for (const savepoint_path of ["acme-dli/../../x", "/etc", "obs://../x"]) {
      const request = { job_id: jobId, action: "TRIGGER" as const, savepoint_path };
      expect(await flink.refused("ExecuteFlinkJobSavepoint", request)).toContain("DLI.0001");
    }
  });
});

describe("after a restart of the sandbox", () => {
  test("a running job is job_running_exception and may be started again", async () => {
    const folder = newFolder();
    const before = openFlink({ folder });
    const jobId = await startedJob(before, "clicks");
    await before.close();

    const after = openFlink({ folder });
    const job = await untilState(after, jobId, "job_running_exception");
    expect(job.status_desc).toBe("The sandbox ended while the job was running.");
    expect(usedCuOf(queue, after.context)).toBe(0);
    await run(after, jobId);
    await untilState(after, jobId, "job_running");
  });

  test("one with restart_when_exception and resume_checkpoint goes on from its checkpoint", async () => {
    const folder = newFolder();
    const before = openFlink({ folder });
    const change = { ...inBucket, restart_when_exception: true, resume_checkpoint: true, checkpoint_enabled: true };
    const jobId = await startedJob(before, "clicks", "", change);
    const checkpoint = before.engine.run(`dli-${jobId}`).checkpoint(7);
    await before.close();

    const after = openFlink({ folder });
    const job = await untilState(after, jobId, "job_running");
    expect(job.restart_times).toBe(1);
    expect(after.engine.started[0]?.resumeFrom).toBe(checkpoint);
  });

  test("what a crash left is cleared up by its process group, what waited is started", async () => {
    const folder = newFolder();
    const before = openFlink({ folder, slots: 1 });
    const running = await startedJob(before, "clicks");
    const waiting = await newJob(before, "next");
    await run(before, waiting);
    const crashed = before.context.store.get("dliFlinkJob", `${running}`) as { processGroup?: number };
    await before.close();
    const store = openStore(join(folder, "state.db"));
    store.put("dliFlinkJob", `${running}`, crashed);
    store.close();

    const after = openFlink({ folder });
    await untilState(after, waiting, "job_running");
    expect(after.engine.reaped).toEqual([{ processGroup: crashed.processGroup, jobId: `dli-${running}` }]);
    expect((await detail(after, running)).status).toBe("job_running_exception");
  });
});

describe("metrics of Cloud Eye", () => {
  test("a running job has them, with rates between two readings", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    const job = flink.engine.run(`dli-${jobId}`);
    job.load(0.6, 0.7);
    job.count(1000);
    await until(() => (flinkSample(jobId, flink.context)?.flink_read_records_total === 1000 ? true : undefined));
    job.count(2000);
    const sample = await until(() => {
      const read = flinkSample(jobId, flink.context);
      return read?.flink_read_records_total === 2000 ? read : undefined;
    });
    expect(sample).toMatchObject({
      flink_write_records_total: 2000,
      flink_read_bytes_total: 20_000,
      flink_cpu_usage: 60,
      flink_max_op_backpressure_level: 100,
    });
    expect(sample.flink_read_records_per_second).toBeGreaterThan(0);
    const { metrics } = await flink.call("ShowFlinkMetric", { job_ids: [jobId] });
    expect(metrics?.jobs?.[0]?.metrics?.sinks).toEqual([{ name: "Sink: counts", records: 2000, corrupted_records: 0 }]);
  });

  test("a job that does not run has none", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    expect(flinkSample(jobId, flink.context)).toBeUndefined();
  });
});
