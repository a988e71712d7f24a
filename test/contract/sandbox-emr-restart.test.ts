import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runningSandbox, SandboxInUse, startSandbox } from "../../src/sandbox/sandbox.ts";
import { officialClient } from "../doubles/emr-client.ts";
import {
  jobRequest,
  newDataFolder,
  newWorkspace,
  onCleanUp,
  openSandbox,
  startJob,
  waitForState,
} from "../doubles/sandbox-emr.ts";
import { createDoubleSparkEngine } from "../doubles/spark-engine.ts";

describe("after a restart", () => {
  test("workspaces, queues, runs and the AccessKey are as they were", async () => {
    const dataFolder = newDataFolder();
    const before = await openSandbox({ dataFolder });
    const workspaceId = await newWorkspace(before.call);
    const jobRunId = await startJob(before.call, workspaceId, ["log=kept"]);
    const ended = await waitForState(before.call, workspaceId, jobRunId, "Success");
    await before.sandbox.close();

    const after = await openSandbox({ dataFolder });
    expect(after.sandbox.accessKeySecret).toBe(before.sandbox.accessKeySecret);
    expect((await after.call("ListWorkspaceQueues", { workspaceId })).totalCount).toBe(2);
    expect((await after.call("GetJobRun", { workspaceId, jobRunId })).jobRun).toEqual(ended);
  });

  test("a clientToken still gives the first answer", async () => {
    const dataFolder = newDataFolder();
    const before = await openSandbox({ dataFolder });
    const workspaceId = await newWorkspace(before.call);
    const request = { workspaceId, clientToken: "t-1", ...jobRequest() };
    const { jobRunId } = await before.call("StartJobRun", request);
    await before.sandbox.close();

    const after = await openSandbox({ dataFolder });
    expect((await after.call("StartJobRun", request)).jobRunId).toBe(jobRunId);
    expect((await after.call("ListJobRuns", { workspaceId })).totalCount).toBe(1);
  });

  test("a run that was stopped with the sandbox is Failed and says so", async () => {
    const dataFolder = newDataFolder();
    const before = await openSandbox({ dataFolder });
    const workspaceId = await newWorkspace(before.call);
    const jobRunId = await startJob(before.call, workspaceId, ["run=60000"]);
    await waitForState(before.call, workspaceId, jobRunId, "Running");
    await before.sandbox.close();
    expect(before.engine.cancelled).toEqual([jobRunId]);

    const after = await openSandbox({ dataFolder });
    const { jobRun } = await after.call("GetJobRun", { workspaceId, jobRunId });
    expect(jobRun?.state).toBe("Failed");
    expect(jobRun?.stateChangeReason?.message).toBe("The sandbox was stopped while the run was active.");
  });

  test("a run that still waited for Spark is queued again", async () => {
    const dataFolder = newDataFolder();
    const engine = createDoubleSparkEngine();
    engine.prepare = () => new Promise(() => {});
    const before = await openSandbox({ dataFolder, engine });
    const workspaceId = await newWorkspace(before.call);
    const jobRunId = await startJob(before.call, workspaceId);
    await before.sandbox.close();

    const after = await openSandbox({ dataFolder });
    await waitForState(after.call, workspaceId, jobRunId, "Success");
  });

  test("a run that a crash cut off is cleared up and Failed, one that waited runs", async () => {
    const before = await openSandbox({ slots: 1 });
    const workspaceId = await newWorkspace(before.call);
    const running = await startJob(before.call, workspaceId, ["run=60000"]);
    await waitForState(before.call, workspaceId, running, "Running");
    const waiting = await startJob(before.call, workspaceId);
    await waitForState(before.call, workspaceId, waiting, "Pending");
    // What a crash leaves: the folder as it is at this moment.
    const dataFolder = join(newDataFolder(), "after-crash");
    cpSync(before.sandbox.dataFolder, dataFolder, { recursive: true });

    const after = await openSandbox({ dataFolder });
    await waitForState(after.call, workspaceId, waiting, "Success");
    expect(after.engine.reaped).toEqual([{ processGroup: 1001, jobRunId: running }]);
    const { jobRun } = await after.call("GetJobRun", { workspaceId, jobRunId: running });
    expect(jobRun?.state).toBe("Failed");
    expect(jobRun?.stateChangeReason?.message).toContain("The sandbox ended while the run was active");
    expect(after.engine.started.map((job) => job.jobRunId)).toEqual([waiting]);
  });
});

describe("a data folder", () => {
  test("keeps the AccessKey where only its owner reads it", async () => {
    const { sandbox } = await openSandbox();
    expect(statSync(join(sandbox.dataFolder, "access-key.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(sandbox.dataFolder, "owner.json")).mode & 0o777).toBe(0o600);
  });

  test("has a bucket named sandbox", async () => {
    const { sandbox } = await openSandbox();
    expect(statSync(join(sandbox.storageFolder, "sandbox")).isDirectory()).toBe(true);
  });

  test("can be given a first workspace, once", async () => {
    const dataFolder = newDataFolder();
    const firstWorkspace = { workspaceName: "first", cu: 8 };
    const before = await openSandbox({ dataFolder, firstWorkspace });
    await before.sandbox.close();
    const after = await openSandbox({ dataFolder, firstWorkspace });
    expect((await after.call("ListWorkspaces")).workspaces).toMatchObject([
      { workspaceName: "first", workspaceStatus: "RUNNING", resourceSpec: "8cu" },
    ]);
  });

  test("is not shared: a second start is refused and told where the first listens", async () => {
    const { sandbox } = await openSandbox();
    const second = startSandbox({ dataFolder: sandbox.dataFolder, engine: createDoubleSparkEngine() });
    await expect(second).rejects.toThrow(SandboxInUse);
    await expect(second).rejects.toMatchObject({ owner: { emrEndpoint: sandbox.emrEndpoint, pid: process.pid } });
    expect(await officialClient(sandbox)("ListWorkspaces")).toHaveProperty("totalCount", 0);
  });

  test("of nobody has no running sandbox", async () => {
    const dataFolder = newDataFolder();
    expect(runningSandbox(dataFolder)).toBeUndefined();
    const { sandbox } = await openSandbox({ dataFolder });
    expect(runningSandbox(dataFolder)?.emrEndpoint).toBe(sandbox.emrEndpoint);
    await sandbox.close();
    expect(runningSandbox(dataFolder)).toBeUndefined();
  });

  test("of another process can be joined, and taken over when that process was killed", async () => {
    const dataFolder = newDataFolder();
    const owner = await startElsewhere(dataFolder);
    await expect(openSandbox({ dataFolder })).rejects.toMatchObject({ owner: { pid: owner.pid } });
    const connection = runningSandbox(dataFolder);
    expect(connection?.pid).toBe(owner.pid);
    expect(await officialClient(connection ?? never())("ListWorkspaces")).toHaveProperty("totalCount", 0);

    owner.kill("SIGKILL");
    await once(owner, "exit");
    expect(runningSandbox(dataFolder)).toBeUndefined();
    const { call } = await openSandbox({ dataFolder });
    expect(await call("ListWorkspaces")).toHaveProperty("totalCount", 0);
  });

  test("is not touched by a start that fails for another reason", async () => {
    const dataFolder = newDataFolder();
    mkdirSync(join(dataFolder, "state.db"));
    await expect(openSandbox({ dataFolder })).rejects.toThrow();
    expect(runningSandbox(dataFolder)).toBeUndefined();
    expect(readFileSync(join(dataFolder, "access-key.json"), "utf8")).toContain("accessKeyId");
  });
});

async function startElsewhere(dataFolder: string) {
  const script = `
    const { startSandbox } = await import(${JSON.stringify(new URL("../../src/sandbox/sandbox.ts", import.meta.url).href)});
    const { createDoubleSparkEngine } = await import(${JSON.stringify(new URL("../doubles/spark-engine.ts", import.meta.url).href)});
    await startSandbox({ dataFolder: ${JSON.stringify(dataFolder)}, engine: createDoubleSparkEngine(), objectStore: false });
    console.log("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onCleanUp(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

function never(): never {
  throw new Error("there is no running sandbox");
}
