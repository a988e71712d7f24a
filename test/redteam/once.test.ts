import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { withoutRunKey } from "../../src/operations/run-key.ts";
import { startServer } from "../doubles/real-server.ts";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox } from "../doubles/sandbox-emr.ts";
import { eras } from "../fixtures/clients.ts";
import { startDliServer } from "./process/dli-server.ts";
import { familyOf } from "./scorecard/families.ts";
import { score } from "./scorecard/record.ts";

/** One submission only, whatever happens to the server or the answer. */

const job = (workspaceId: string) => ({
  workspaceId,
  queue: "root_queue",
  name: "nightly",
  codeType: "PYTHON",
  entryPoint: "oss://sandbox/jobs/nightly.py",
  conf: { "spark.executor.instances": "1" },
});

function scoreJobs(count: number, cloud: "emr" | "dli" = "emr"): void {
  const control = { of: 1, held: count > 0 ? 1 : 0 };
  score(familyOf(cloud, "the answer to a submission is lost"), { tries: 1, through: Math.max(0, count - 1), control });
}

for (const era of eras) {
  test(`${era}: a server killed between intent and answer leaves one job, also after the same call again`, async () => {
    const { sandbox, call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const home = newDataFolder();
    // The service carries the submission out and holds its answer back; the server is killed meanwhile.
    sandbox.faults.set([{ operation: "StartJobRun", kind: "slowAfterEffect", times: 1, delayMs: 3_000 }]);
    const first = await startServer({ sandbox, home, person: "accepts", era });
    const lost = first.call("start_job_run", job(workspaceId)).catch(() => "killed");
    while (((await call("ListJobRuns", { workspaceId })).jobRuns ?? []).length === 0) await delay(20);
    process.kill(first.pid, "SIGKILL");
    expect(await lost).toBe("killed");

    const second = await startServer({ sandbox, home, person: "accepts", era });
    onCleanUp(() => second.close());
    const again = await second.call("start_job_run", job(workspaceId));
    expect(again.text).toContain("was submitted");
    await delay(3_100);

    const listed = await call("ListJobRuns", { workspaceId });
    scoreJobs(listed.jobRuns?.length ?? 0);
    expect(listed.jobRuns?.map(({ jobRunId }) => jobRunId)).toEqual([again.data.jobRunId]);
    expect(sandbox.requestLog.count("StartJobRun")).toBe(2);
  }, 60_000);
}

for (const kind of [
  "resetAfterEffect",
  "serverErrorAfterEffect",
  "resetBeforeEffect",
  "serverErrorBeforeEffect",
] as const) {
  test(`${kind}: the lost submission is asked for again and runs once`, async () => {
    const { sandbox, call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    sandbox.faults.set([{ operation: "StartJobRun", kind, times: 1 }]);
    const server = await startServer({ sandbox, home: newDataFolder(), person: "accepts", era: "2026-07-28" });
    onCleanUp(() => server.close());
    const answer = await server.call("start_job_run", job(workspaceId));
    const listed = await call("ListJobRuns", { workspaceId });
    scoreJobs(listed.jobRuns?.length ?? 0);
    expect(listed.jobRuns?.map(({ jobRunId }) => jobRunId)).toEqual([answer.data.jobRunId]);
  }, 60_000);
}

test("the same submission twice on purpose is two jobs, and each had its own yes", async () => {
  const { sandbox, call } = await openSandbox();
  const workspaceId = await newWorkspace(call);
  const server = await startServer({ sandbox, home: newDataFolder(), person: "accepts", era: "2026-07-28" });
  onCleanUp(() => server.close());
  await server.call("start_job_run", job(workspaceId));
  await server.call("start_job_run", job(workspaceId));
  expect((await call("ListJobRuns", { workspaceId })).jobRuns).toHaveLength(2);
}, 60_000);

const batch = {
  queue: "sandbox_general",
  name: "nightly",
  file: "obs://sandbox/jobs/nightly.py",
  driverCores: 1,
  driverMemory: "1G",
  executorCores: 1,
  executorMemory: "1G",
  numExecutors: 1,
};

async function openDli() {
  const opened = await openDliSandbox({ dli: { firstPool: true } });
  return {
    ...opened,
    async batches() {
      const { body } = await opened.call("ListSparkJobs", { size: 100 });
      return (body as { sessions: Array<{ id: string; name: string }> }).sessions;
    },
  };
}

for (const kind of ["resetAfterEffect", "serverErrorAfterEffect"] as const) {
  test(`DLI: ${kind}: the lost submission is found by its key and not sent again`, async () => {
    const { sandbox, batches } = await openDli();
    sandbox.faults.set([{ operation: "CreateSparkJob", kind, times: 1 }]);
    const server = await startDliServer({ sandbox, home: newDataFolder(), person: "accepts", era: "2026-07-28" });
    onCleanUp(() => server.close());
    const answer = await server.call("submit_spark_batch", batch);
    const listed = await batches();
    scoreJobs(listed.length, "dli");
    expect(
      listed.map(({ id }) => id),
      answer.text,
    ).toEqual([answer.data.batchId]);
    expect(listed.map(({ name }) => withoutRunKey(name))).toEqual(["nightly"]);
    expect(sandbox.requestLog.count("CreateSparkJob")).toBe(1);
  }, 60_000);
}

for (const era of eras) {
  test(`DLI, ${era}: a server killed between intent and answer leaves one batch, also after the same call again`, async () => {
    const { sandbox, batches } = await openDli();
    const home = newDataFolder();
    // The service carries the submission out and holds its answer back; the server is killed meanwhile.
    sandbox.faults.set([{ operation: "CreateSparkJob", kind: "slowAfterEffect", times: 1, delayMs: 3_000 }]);
    const first = await startDliServer({ sandbox, home, person: "accepts", era });
    const lost = first.call("submit_spark_batch", batch).catch(() => "killed");
    while ((await batches()).length === 0) await delay(20);
    process.kill(first.pid, "SIGKILL");
    expect(await lost).toBe("killed");

    const second = await startDliServer({ sandbox, home, person: "declines", era });
    onCleanUp(() => second.close());
    // Nobody is asked: it is the very batch that was approved.
    const again = await second.call("submit_spark_batch", batch);
    const listed = await batches();
    scoreJobs(listed.length, "dli");
    expect(
      listed.map(({ id }) => id),
      again.text,
    ).toEqual([again.data.batchId]);
    // A request counts once its answer has left.
    await delay(3_100);
    expect(sandbox.requestLog.count("CreateSparkJob")).toBe(1);
  }, 60_000);
}

test("DLI: the same batch twice on purpose is two batches, and each had its own yes", async () => {
  const { sandbox, batches } = await openDli();
  const server = await startDliServer({ sandbox, home: newDataFolder(), person: "accepts", era: "2026-07-28" });
  onCleanUp(() => server.close());
  await server.call("submit_spark_batch", batch);
  await server.call("submit_spark_batch", batch);
  expect(await batches()).toHaveLength(2);
}, 60_000);
