import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { startServer } from "../doubles/real-server.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox } from "../doubles/sandbox-emr.ts";
import { eras } from "../fixtures/clients.ts";
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

function scoreJobs(count: number): void {
  const control = { of: 1, held: count > 0 ? 1 : 0 };
  score("the answer to a submission is lost", { tries: 1, through: Math.max(0, count - 1), control });
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
