import { expect, test } from "vitest";
import { readPolicy } from "../../src/cli/workbench.ts";
import { createEmrTransport } from "../../src/clouds/emr/transport.ts";
import { createOssTransport } from "../../src/clouds/storage/oss-transport.ts";
import { systemClock } from "../../src/gateway/clock.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import type { Approver } from "../../src/gateway/types.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { Reply, ToolCall, ToolResult } from "../../tools/define.ts";
import { tools } from "../../tools/index.ts";
import { contextWith } from "../doubles/gateway-parts.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox, startJob, waitForState } from "../doubles/sandbox-emr.ts";

/** Every tool over the sandbox's real wire, with a person who says yes. */

async function workplace() {
  const opened = await openSandbox({ objectStore: {} });
  const { sandbox, call } = opened;
  const credentials = {
    kind: "pair",
    accessKeyId: sandbox.accessKeyId,
    accessKeySecret: sandbox.accessKeySecret,
  } as const;
  const emr = createEmrTransport({ host: sandbox.emrEndpoint, protocol: "http", credentials });
  const oss = createOssTransport(async () => ({
    regionId: sandbox.regionId,
    endpoint: sandbox.ossEndpoint ?? "",
    ...credentials,
  }));
  const ledger = openLedger(`${newDataFolder()}/ledger.db`);
  onCleanUp(() => ledger.close());
  const policy = readPolicy();
  let tokens = 0;
  const gateway = createGateway({
    profile: {
      name: "test",
      cloud: "emr",
      environment: "sandbox",
      regionId: sandbox.regionId,
      endpoint: sandbox.emrEndpoint,
      mode: "full",
      identity: "test",
    },
    policy: () => policy,
    ledger: () => ledger,
    transport: async (cloud) => (cloud === "oss" ? oss : emr),
    clock: systemClock,
    newToken: () => `token${++tokens}`,
  });
  const progress: string[] = [];

  async function use(name: string, input: Record<string, unknown>): Promise<ToolResult> {
    const tool = tools.find((each) => each.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    const withApprover = (approver: Approver): ToolCall => ({
      gateway,
      clock: systemClock,
      context: { ...contextWith(approver), progress: (message) => progress.push(message) },
    });
    const result = await tool.run(input, withApprover({ strength: "accepted" }));
    if (result.kind !== "ask") return result;
    const answer = { planId: result.plan.planId, decision: "accepted" } as const;
    return tool.run(input, withApprover({ strength: "accepted", answer }));
  }
  async function done(name: string, input: Record<string, unknown>): Promise<Reply> {
    const result = await use(name, input);
    if (result.kind !== "reply") throw new Error(`${name}: ${JSON.stringify(result)}`);
    expect(result.where.environment).toBe("sandbox");
    return result;
  }
  return { ...opened, call, use, done, progress };
}

test("get_started names the next step, before and after there is a workspace and a job", async () => {
  const { done, call } = await workplace();
  expect((await done("get_started", {})).next).toBe("create_workspace");
  const workspaceId = await newWorkspace(call);
  expect((await done("get_started", {})).next).toContain("start_job_run");
  await startJob(call, workspaceId);
  expect((await done("get_started", {})).summary).toContain("11 of 11");
});

test("a workspace is created and seen running, with its queues", async () => {
  const { done } = await workplace();
  const created = await done("create_workspace", { name: "analytics", bucket: "oss://sandbox", cu: 8 });
  expect(created.data).toMatchObject({ state: "RUNNING" });
  expect(created.approval).toMatchObject({ strength: "accepted" });
  const listed = await done("list_workspaces", { name: "analytics" });
  expect(listed.data?.workspaces).toMatchObject([{ workspaceId: created.data?.workspaceId, state: "RUNNING" }]);
  const queues = await done("list_workspace_queues", { workspaceId: created.data?.workspaceId });
  expect(queues.data?.queues).toMatchObject([
    { name: "root_queue", maxCu: 4, usedCu: 0, freeCu: 4 },
    { name: "dev_queue", maxCu: 4 },
  ]);
});

test("a queue is resized, and one size too many is refused with what to do", async () => {
  const { done, use, call } = await workplace();
  const workspaceId = await newWorkspace(call, 16);
  const edited = await done("edit_workspace_queue", { workspaceId, queue: "dev_queue", cu: 4 });
  expect(edited.summary).toContain("from 8 to 4 CU");
  const refused = await use("edit_workspace_queue", { workspaceId, queue: "dev_queue", cu: 64 });
  expect(refused).toMatchObject({ kind: "refused", code: "CLOUD_REJECTED", cloud: { code: "UnSupportedOperator" } });
  expect(refused.kind === "refused" && refused.next).toContain("Scale another queue down");
});

test("a program is uploaded, run, followed with progress and read back", async () => {
  const { done, call, progress } = await workplace();
  const workspaceId = await newWorkspace(call);
  const uri = "oss://sandbox/jobs/clean.py";
  await done("upload_program", { uri, content: "print('hello')\n" });
  const buckets = await done("list_buckets", {});
  expect(buckets.data?.buckets).toMatchObject([{ name: "sandbox" }]);
  const started = await done("start_job_run", {
    workspaceId,
    queue: "root_queue",
    name: "clean",
    codeType: "PYTHON",
    entryPoint: uri,
    arguments: ["run=1200", "log=hello", "log=world"],
    conf: { "spark.executor.instances": "1" },
  });
  const jobRunId = started.data?.jobRunId;
  const waited = await done("wait_job_run", { workspaceId, jobRunId, timeoutSeconds: 30 });
  expect(waited.data).toMatchObject({ state: "Success", ended: true });
  expect(progress.some((message) => message.includes("Running"))).toBe(true);
  const log = await done("list_log_contents", { workspaceId, jobRunId });
  expect(log.untrusted?.[0]?.text).toContain("hello");
  const first = await done("list_log_contents", { workspaceId, jobRunId, fromLine: 0, lines: 1 });
  expect(first.next).toBe("Call again with fromLine 1.");
  const listed = await done("list_job_runs", { workspaceId, states: ["Success"] });
  expect(listed.data?.jobRuns).toMatchObject([{ jobRunId, name: "clean" }]);
});

test("the sizes that were priced are the sizes that are sent", async () => {
  const { done, call } = await workplace();
  const workspaceId = await newWorkspace(call);
  const started = await done("start_job_run", {
    workspaceId,
    queue: "root_queue",
    name: "n",
    codeType: "PYTHON",
    entryPoint: "oss://sandbox/a.py",
  });
  const { jobRun } = await call("GetJobRun", { workspaceId, jobRunId: started.data?.jobRunId });
  const parameters = jobRun?.jobDriver?.sparkSubmit?.sparkSubmitParameters ?? "";
  for (const key of ["spark.driver.cores", "spark.executor.memory", "spark.executor.instances"]) {
    expect(parameters).toContain(key);
  }
});

test("a wait that runs out says the job goes on and how to continue", async () => {
  const { done, call } = await workplace();
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  const waited = await done("wait_job_run", { workspaceId, jobRunId, timeoutSeconds: 1 });
  expect(waited.data).toMatchObject({ ended: false });
  expect(waited.next).toContain("wait_job_run again");
});

test("a running job is cancelled and seen Cancelled, an ended one is left alone", async () => {
  const { done, use, call } = await workplace();
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  await waitForState(call, workspaceId, jobRunId, "Running");
  const cancelled = await done("cancel_job_run", { workspaceId, jobRunId });
  expect(cancelled.data).toMatchObject({ state: "Cancelled", settled: true });
  expect(await use("cancel_job_run", { workspaceId, jobRunId })).toMatchObject({ code: "PRECONDITION_NOT_MET" });
});

test("a log asked for while the job runs is refused with what to do", async () => {
  const { use, call } = await workplace();
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  await waitForState(call, workspaceId, jobRunId, "Running");
  const refused = await use("list_log_contents", { workspaceId, jobRunId });
  expect(refused).toMatchObject({ kind: "refused", code: "PRECONDITION_NOT_MET" });
  expect(refused.kind === "refused" && refused.next).toContain("wait_job_run");
});

test("a failed job is explained by its reason even when it left no logs", async () => {
  const { done, call } = await workplace();
  const workspaceId = await newWorkspace(call);
  const message = "java.lang.ClassNotFoundException: org.example.Etl";
  const jobRunId = await startJob(call, workspaceId, [`fail=${message}`, "no-logs"]);
  await waitForState(call, workspaceId, jobRunId, "Failed");
  const diagnosed = await done("diagnose_job_run", { workspaceId, jobRunId });
  expect(diagnosed.data?.findings).toMatchObject([{ evidenceFrom: "reason" }]);
  expect(diagnosed.untrusted?.some(({ text }) => text.includes("org.example.Etl"))).toBe(true);
});

test("CU-hours and engine versions are read as data", async () => {
  const { done, call } = await workplace();
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=300"]);
  await waitForState(call, workspaceId, jobRunId, "Success");
  const now = Date.now();
  const moment = (at: number) => new Date(at).toISOString().slice(0, 19).replace("T", " ");
  const used = await done("get_cu_hours", {
    workspaceId,
    queue: "root_queue",
    from: moment(now - 86_400_000),
    to: moment(now + 86_400_000),
  });
  expect(Number(used.data?.totalCuHours)).toBeGreaterThan(0);
  const versions = await done("list_release_versions", {});
  expect(JSON.stringify(versions.data)).toContain("Spark 3.5");
});

test("inline SQL that could be misread is refused with the way out, and nothing is asked", async () => {
  const { use, call } = await workplace();
  const workspaceId = await newWorkspace(call);
  const refused = await use("start_job_run", {
    workspaceId,
    queue: "root_queue",
    name: "q",
    codeType: "SQL",
    sql: "SELECT 'a'",
  });
  expect(refused).toMatchObject({ kind: "refused", code: "BAD_INPUT", fields: [{ field: "sql" }] });
});
