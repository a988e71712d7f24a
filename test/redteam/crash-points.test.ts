import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/sqlite.ts";
import { verifyChain } from "../../src/ledger/verify.ts";
import { withoutRunKey } from "../../src/operations/run-key.ts";
import { type DliTestSandbox, openDliSandbox } from "../doubles/sandbox-dli.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox } from "../doubles/sandbox-emr.ts";
import { runCrashes } from "./crash/run.ts";
import { isQuick, score } from "./scorecard/record.ts";

/** However often and wherever the submitting process is killed, and whatever the network does: one job for each intent. */

const kills = { emr: isQuick ? 20 : 200, dli: isQuick ? 10 : 50 };

test(`${kills.emr} kills in ${kills.emr} submissions leave ${kills.emr} jobs`, async () => {
  const { sandbox, call } = await openSandbox();
  const workspaceId = await newWorkspace(call, 1_000);
  const ledgerFile = join(newDataFolder(), "ledger.db");
  const { emrEndpoint, regionId, accessKeyId, accessKeySecret } = sandbox;
  const { finished, killed } = await runCrashes({
    sandbox,
    order: {
      cloud: "emr",
      ledgerFile,
      host: emrEndpoint,
      place: { regionId },
      accessKeyId,
      accessKeySecret,
      operation: "StartJobRun",
      job: {
        workspaceId,
        codeType: "PYTHON",
        resourceQueueId: "root_queue",
        executionTimeoutSeconds: 600,
        jobDriver: {
          sparkSubmit: { entryPoint: "oss://sandbox/a.py", sparkSubmitParameters: "--conf spark.executor.instances=1" },
        },
      },
    },
    kills: kills.emr,
    lanes: 2,
    slowMs: 30,
  });

  const jobs = await allJobs(call, workspaceId);
  scoreJobs("killed while it submits", killed, jobs, finished);
  expect(killed).toBeGreaterThanOrEqual(kills.emr);
  expect(jobs).toHaveLength(kills.emr);
  expect(Object.fromEntries(jobs)).toEqual(Object.fromEntries(finished));
  const ledger = openLedger(ledgerFile);
  onCleanUp(() => ledger.close());
  expect(ledger.listIntents({ unresolvedOnly: true, limit: 10 })).toEqual([]);
  expect(ledger.listIntents({ unresolvedOnly: false, limit: 1_000 })).toHaveLength(kills.emr);
  expect(verifyChain(ledger.auditRows())).toMatchObject({ ok: true });
}, 300_000);

test(`DLI: ${kills.dli} kills in ${kills.dli} submissions leave ${kills.dli} batches, and none is sent twice`, async () => {
  const opened = await openDliSandbox({ dli: { firstPool: true } });
  const { sandbox, projectId, engine } = opened;
  const ledgerFile = join(newDataFolder(), "ledger.db");
  const { dliEndpoint: host = "", dliRegionId: regionId = "", accessKeyId, accessKeySecret } = sandbox;
  const { finished, killed, sent } = await runCrashes({
    sandbox,
    order: {
      cloud: "dli",
      ledgerFile,
      host,
      place: { regionId, projectId },
      accessKeyId,
      accessKeySecret,
      operation: "CreateSparkJob",
      job: {
        queue: "sandbox_general",
        file: "obs://sandbox/a.py",
        className: "",
        driverCores: 1,
        driverMemory: "1G",
        executorCores: 1,
        executorMemory: "1G",
        numExecutors: 1,
      },
    },
    kills: kills.dli,
    lanes: 2,
    slowMs: 1_500,
  });

  const batches = await allBatches(opened);
  const keyed = batches.map(([name]) => name);
  const jobs = batches.map(([name, id]) => [withoutRunKey(name), id] as const);
  scoreJobs("DLI: killed while it submits", killed, jobs, finished);
  expect(killed).toBeGreaterThanOrEqual(kills.dli);
  expect(jobs).toHaveLength(kills.dli);
  expect(Object.fromEntries(jobs)).toEqual(Object.fromEntries(finished));
  // Each carries a key, no key made two, and what was sent once was never sent again.
  expect(keyed.filter((name) => name === withoutRunKey(name))).toEqual([]);
  expect(new Set(keyed).size).toBe(keyed.length);
  expect(new Set(sent).size).toBe(sent.length);
  expect(engine.started.length).toBeLessThanOrEqual(kills.dli);
  const ledger = openLedger(ledgerFile);
  onCleanUp(() => ledger.close());
  expect(ledger.listIntents({ unresolvedOnly: true, limit: 10 })).toEqual([]);
  expect(verifyChain(ledger.auditRows())).toMatchObject({ ok: true });
}, 300_000);

type Job = readonly [name: string, id: string];

function scoreJobs(family: string, killed: number, jobs: readonly Job[], finished: ReadonlyMap<string, string>): void {
  score(family, {
    tries: killed,
    through: jobs.filter(([name, id]) => finished.get(name) !== id).length,
    control: {
      of: finished.size,
      held: [...finished].filter(([name, id]) => jobs.some(([n, i]) => n === name && i === id)).length,
    },
  });
}

async function allJobs(call: Awaited<ReturnType<typeof openSandbox>>["call"], workspaceId: string): Promise<Job[]> {
  const jobs: Job[] = [];
  let nextToken: string | undefined;
  do {
    const page = await call("ListJobRuns", { workspaceId, maxResults: 100, nextToken });
    for (const { name = "", jobRunId = "" } of page.jobRuns ?? []) jobs.push([name, jobRunId]);
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
  return jobs;
}

async function allBatches({ call }: DliTestSandbox): Promise<Job[]> {
  const { body } = await call("ListSparkJobs", { from: 0, size: 100 });
  const { sessions, total } = body as { sessions: Array<{ name: string; id: string }>; total: number };
  expect(total).toBe(sessions.length);
  return sessions.map(({ name, id }) => [name, id]);
}
