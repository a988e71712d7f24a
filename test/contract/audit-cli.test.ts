import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, expect, test } from "vitest";
import { headFileOf } from "../../src/ledger/head-file.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { AuditEntry } from "../../src/ledger/types.ts";
import { packageRoot } from "../../src/package-root.ts";
import { newDataFolder } from "../doubles/sandbox-emr.ts";

/** `audit` as a person or a script uses it. */

let home: string;
let file: string;
beforeEach(() => {
  home = newDataFolder();
  file = join(home, "state", "ledger.db");
});

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

function audit(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageRoot, "src/cli/bin.ts"), "audit", ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: home, SPARK_WORKSPACE_HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ran: Ran = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      ran.stdout += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      ran.stderr += String(chunk);
    });
    child.on("close", (code) => resolve({ ...ran, code }));
  });
}

const entry: AuditEntry = {
  at: Date.parse("2026-01-08T09:00:00Z"),
  event: "call",
  operation: "CancelJobRun",
  target: "jr-1",
  place: "sandbox, cn-hangzhou, sandbox",
  profile: "sandbox",
  requester: "client\u001b[31m 1.0",
  argumentsDigest: "d",
  outcome: "done",
  strength: "out-of-band",
  decidedBy: "terminal",
};

function record(...entries: Partial<AuditEntry>[]): { sequence: number; head: string } {
  const ledger = openLedger(file);
  let last = { sequence: 0, head: "" };
  for (const change of entries) last = ledger.appendAudit({ ...entry, ...change });
  ledger.close();
  return last;
}

function tamper(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(`drop trigger audit_is_not_changed; drop trigger audit_is_not_removed; ${sql}`);
  database.close();
}

test("list answers who approved what, when and how, newest first and narrowed", async () => {
  record({}, { operation: "EditWorkspaceQueue", outcome: "refused", code: "DECLINED" }, { at: Date.now() });
  const all = await audit("list");
  expect(all.stdout.split("\n")[2]).toBe(
    "1  2026-01-08T09:00:00.000Z  CancelJobRun jr-1  done  by terminal (out-of-band)",
  );
  const declined = await audit("list", "--outcome", "DECLINED", "--json");
  expect(JSON.parse(declined.stdout)).toMatchObject([{ sequence: 2, operation: "EditWorkspaceQueue" }]);
  expect(JSON.parse((await audit("list", "--since", "1h", "--json")).stdout)).toMatchObject([{ sequence: 3 }]);
});

test("show prints one record in full, without control characters", async () => {
  record({ planId: "plan-1", planDigest: "p" });
  const { code, stdout } = await audit("show", "1");
  expect(code).toBe(0);
  expect(stdout).toMatch(/planId +plan-1/);
  expect(stdout).not.toContain("\u001b");
  expect((await audit("show", "2")).code).toBe(2);
});

test("export prints every record with the text its hash covers", async () => {
  const { head } = record({}, { target: "jr-2" });
  const { stdout } = await audit("export");
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([{ sequence: 1 }, { sequence: 2, hash: head, entry: { target: "jr-2" } }]);
});

test("verify says that the chain is whole and what it was held against, and changes nothing", async () => {
  const { sequence, head } = record({}, {});
  const before = statSync(file).mtimeMs;
  const { code, stdout } = await audit("verify", "--head", `${sequence}:${head.slice(0, 12)}`);
  expect(code).toBe(0);
  expect(stdout).toContain("The chain is whole: 2 rows.");
  expect(stdout).toContain("--head (row 2)");
  expect(statSync(file).mtimeMs).toBe(before);
});

test("verify exits 1 and names the first bad row", async () => {
  record({}, {}, {});
  tamper("update audit set entry = replace(entry, 'jr-1', 'jr-9') where sequence = 2");
  const { code, stdout } = await audit("verify");
  expect(code).toBe(1);
  expect(stdout).toContain("Row 2 is bad");
  expect(JSON.parse((await audit("verify", "--json")).stdout)).toMatchObject({ ok: false, sequence: 2 });
});

test("verify finds rows cut off the end, and a ledger that is gone, by the head file", async () => {
  record({}, {}, {});
  tamper("delete from audit where sequence = 3");
  expect((await audit("verify")).stdout).toContain("the rows after 2 are missing");
  expect(headFileOf(file)).toBe(`${file}.head`);
});

test("without a ledger there is nothing to list and nothing bad, and none is made", async () => {
  expect(await audit("list")).toMatchObject({ code: 0, stdout: "No such records.\n" });
  expect((await audit("verify")).stdout).toContain("0 rows");
  expect(() => statSync(file)).toThrow();
});

test("bad usage exits 2 and names what is allowed", async () => {
  mkdirSync(home, { recursive: true });
  for (const args of [
    ["list", "--limit", "0"],
    ["list", "--since", "yesterday"],
    ["verify", "--head", "12"],
    ["export", "--format", "csv"],
  ]) {
    const { code, stderr } = await audit(...args);
    expect(code, args.join(" ")).toBe(2);
    expect(stderr, args.join(" ")).toMatch(/for example|allowed|such as/);
  }
});
