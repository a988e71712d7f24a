import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Group, groupMembers, reapGroup, startGroup } from "../../src/sandbox/engines/spark/process-group.ts";

const folder = mkdtempSync(join(tmpdir(), "spark-engine-group-"));
let output: number;
let group: Group | undefined;
beforeAll(() => {
  output = openSync(join(folder, "output.log"), "a");
});
afterEach(() => group?.stop());
afterAll(() => {
  closeSync(output);
  rmSync(folder, { recursive: true });
});

async function start(script: string, label = "jr-1"): Promise<Group> {
  const environment = { PATH: process.env.PATH ?? "" };
  const command = ["/bin/sh", "-c", script, label];
  group = await startGroup({ label, command, folder, environment, stdout: output, stderr: output });
  await sleep(200);
  return group;
}

test("the exit code is the command's, and nothing of its group outlives it", async () => {
  const { id, exit } = await start("sleep 60 & exit 3");
  expect(await exit).toEqual({ code: 3, signal: null });
  expect(await groupMembers(id)).toEqual([]);
});

test("stopping reaches the children of the command", async () => {
  const started = await start("sleep 60 & sleep 60");
  expect((await groupMembers(started.id)).length).toBeGreaterThan(2);
  await started.stop();
  expect(await groupMembers(started.id)).toEqual([]);
});

test.runIf(process.platform === "linux")("stopping reaches a child that made a group of its own", async () => {
  const started = await start("set -m; sleep 61 & sleep 62");
  expect((await groupMembers(started.id)).length).toBeGreaterThan(3);
  await started.stop();
  expect(await groupMembers(started.id)).toEqual([]);
});

test("a command that ignores SIGTERM is killed after ten seconds", async () => {
  const started = await start("trap '' TERM; while :; do sleep 0.2; done");
  const before = performance.now();
  await started.stop();
  expect(await started.exit).toEqual({ code: null, signal: "SIGKILL" });
  expect(performance.now() - before).toBeGreaterThan(9_000);
}, 20_000);

test("when the host dies by SIGKILL its group goes too", async () => {
  const module = join(import.meta.dirname, "../../src/sandbox/engines/spark/process-group.ts");
  const program = `
    import { openSync } from "node:fs";
    const { startGroup } = await import(${JSON.stringify(module)});
    const output = openSync("/dev/null", "a");
    const command = ["sleep", "60"];
    const group = await startGroup({ label: "jr-1", command, folder: "/", environment: process.env, stdout: output, stderr: output });
    console.log(group.id);
  `;
  const host = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const id = Number(await new Promise((resolve) => host.stdout.once("data", resolve)));
  expect(await groupMembers(id)).toContain(id);
  host.kill("SIGKILL");
  await expect.poll(async () => (await groupMembers(id)).includes(id), { timeout: 5_000 }).toBe(false);
  // The watchdog itself still sits out its ten seconds.
  await reapGroup(id, "jr-1");
  expect(await groupMembers(id)).toEqual([]);
});

test("a left-over group is reaped only if it is the job's", async () => {
  const started = await start("sleep 60", "jr-mine");
  await reapGroup(started.id, "jr-other");
  expect(await groupMembers(started.id)).toContain(started.id);
  await reapGroup(started.id, "jr-mine");
  expect(await groupMembers(started.id)).toEqual([]);
});
