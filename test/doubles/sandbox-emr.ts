import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { EmrResponses } from "../../src/operations/emr/types.gen.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Call, officialClient } from "./emr-client.ts";
import { createDoubleSparkEngine, type DoubleSparkEngine } from "./spark-engine.ts";
import { createDoubleSqlEngine, type DoubleSqlEngine } from "./sql-engine.ts";

/** A sandbox with the double engine, closed after the test. */

export const quick = { workspaceStartMs: 0, workspaceStopMs: 0, queueEditIntervalMs: 0, idleCheckMs: 5 };

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (let step = cleanUps.pop(); step; step = cleanUps.pop()) await step();
});

export function onCleanUp(step: () => unknown): void {
  cleanUps.push(step);
}

export function newDataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-emr-"));
  onCleanUp(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestSandbox {
  sandbox: Sandbox;
  engine: DoubleSparkEngine;
  sql: DoubleSqlEngine;
  call: Call;
}

export async function openSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const engine = createDoubleSparkEngine();
  const sql = createDoubleSqlEngine();
  const sandbox = await startSandbox({
    dataFolder: options.dataFolder ?? newDataFolder(),
    objectStore: false,
    timings: quick,
    engine,
    sqlEngine: sql,
    ...options,
  });
  onCleanUp(() => sandbox.close());
  return { sandbox, engine, sql, call: officialClient(sandbox) };
}

type JobRun = NonNullable<EmrResponses["GetJobRun"]["jobRun"]>;

export async function newWorkspace(call: Call, cu = 16): Promise<string> {
  const created = await call("CreateWorkspace", workspaceRequest({ resourceSpec: { cu: String(cu) } }));
  return created.workspaceId ?? "";
}

export function workspaceRequest(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    workspaceName: "etl",
    ossBucket: "oss://sandbox",
    ramRoleName: "AliyunEMRSparkJobRunDefaultRole",
    paymentType: "PayAsYouGo",
    resourceSpec: { cu: "16" },
    ...change,
  };
}

/** A job of 2 CU: a driver and one executor of a core each. */
export function jobRequest(args: string[] = [], change: Record<string, unknown> = {}) {
  return {
    name: "probe",
    codeType: "PYTHON",
    resourceQueueId: "root_queue",
    jobDriver: {
      sparkSubmit: {
        entryPoint: "oss://sandbox/probe.py",
        entryPointArguments: args,
        sparkSubmitParameters: "--conf spark.executor.instances=1",
      },
    },
    ...change,
  };
}

export async function startJob(
  call: Call,
  workspaceId: string,
  args: string[] = [],
  change: Record<string, unknown> = {},
): Promise<string> {
  return (await call("StartJobRun", { workspaceId, ...jobRequest(args, change) })).jobRunId ?? "";
}

export async function waitForState(
  call: Call,
  workspaceId: string,
  jobRunId: string,
  ...states: string[]
): Promise<JobRun> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const { jobRun } = await call("GetJobRun", { workspaceId, jobRunId });
    if (jobRun && states.includes(jobRun.state ?? "")) return jobRun;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the run never became ${states.join(" or ")}`);
}
