import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { EngineUnavailable } from "../../src/sandbox/engine.ts";
import { createSqlEngine } from "../../src/sandbox/engines/sql/engine.ts";

const folder = mkdtempSync(join(tmpdir(), "kyuubi-engine-"));
const user = { name: "kb-1", sparkConf: {} };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function withoutJava() {
  return createSqlEngine({
    spark: { installation: () => Promise.reject(new EngineUnavailable("no Java was found", "Install a JDK 17.")) },
    dataFolder: folder,
    storageFolder: folder,
  });
}

test("a user is not let in where Spark cannot be had, and is told the fix", async () => {
  const engine = withoutJava();
  await expect(engine.admit(user)).rejects.toMatchObject({ name: "EngineUnavailable", fix: "Install a JDK 17." });
  expect(await engine.applications("kb-1")).toEqual([]);
});

test.each(["", "../kb-1", "kb 1", "kb:1", "kb/1"])("%j is no name of a user", async (name) => {
  await expect(withoutJava().admit({ ...user, name })).rejects.toThrow("is not the name of a user");
});

test("a statement of a user that was not let in fails, and no Spark is started", async () => {
  const statement = await withoutJava().run("kb-1", "SELECT 1", { maxRows: 1 });
  expect(await statement.end).toEqual({ kind: "failed", message: "kb-1 is not running" });
});

test("a connection of a user that was not let in is refused", async () => {
  await expect(withoutJava().thriftAddress("kb-1")).rejects.toThrow("kb-1 is not running");
});

test("dismissing and ending what is not there does nothing", async () => {
  const engine = withoutJava();
  await engine.dismiss("kb-1");
  await engine.endApplication("kb-1", "spark-1");
  await engine.close();
});

test("a process that has ended since leaves nothing to reap but its file", async () => {
  const processes = join(folder, "processes");
  mkdirSync(processes);
  // No process has an id this high: the kernel's limit is 2^22.
  writeFileSync(join(processes, "spark-1"), "4194305");
  await withoutJava().reap();
  expect(readdirSync(processes)).toEqual([]);
});

test("an engine that was closed lets nobody in", async () => {
  const engine = withoutJava();
  await engine.close();
  await expect(engine.admit(user)).rejects.toMatchObject({ name: "AbortError" });
});
