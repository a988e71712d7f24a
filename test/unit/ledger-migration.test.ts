import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLedger } from "../../src/ledger/sqlite.ts";
import { verifyChain } from "../../src/ledger/verify.ts";
import { planOf } from "./approval.support.ts";

const old = readFileSync(join(import.meta.dirname, "../fixtures/ledger-version-3.sql"), "utf8");

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
  file = join(folder, "state", "ledger.db");
  mkdirSync(dirname(file));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function versionOf(): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  const version = database.prepare("pragma user_version").get()?.user_version;
  database.close();
  return version;
}

/** A ledger with the columns of version 3 and the number of version 4 would fail at each use. */
const columns = () => {
  const database = new DatabaseSync(file, { readOnly: true });
  const names = database
    .prepare("select name from pragma_table_info('plans')")
    .all()
    .map(({ name }) => name);
  database.close();
  return names;
};

test("a ledger of version 3 is gone on with: its plans, its approvals and its audit are there", () => {
  write(old);
  const ledger = openLedger(file);
  expect(ledger.findPlan("plan-1")).toMatchObject({
    state: "waiting",
    requester: "test (bearer)",
    facts: { state: "Running" },
  });
  expect(ledger.findPlan("plan-1")).not.toHaveProperty("principal");
  expect(ledger.decidePlan("plan-1", { verdict: "approved", strength: "out-of-band", by: "page:bob", at: 3_000 })).toBe(
    true,
  );
  expect([ledger.burnPlan("plan-2"), ledger.burnPlan("plan-2")]).toEqual([true, false]);
  expect(verifyChain(ledger.auditRows()).ok).toBe(true);
  expect([...ledger.auditRows()]).toHaveLength(2);
  ledger.close();
  expect(versionOf()).toBe(4);
});

test("a plan of a person is found again with their name, in a migrated ledger and in a new one", () => {
  for (const sql of [old, undefined]) {
    rmSync(file, { force: true });
    if (sql !== undefined) write(sql);
    const ledger = openLedger(file);
    ledger.savePlan(planOf({ principal: "ann" }));
    expect(ledger.findPlan(planOf().planId)?.principal).toBe("ann");
    ledger.close();
    expect(columns().at(-1)).toBe("principal");
  }
});

test("a migrated ledger is opened again, also by a second process at the same time", () => {
  write(old);
  const [first, second] = [openLedger(file), openLedger(file)];
  first.savePlan(planOf({ principal: "ann" }));
  expect(second.findPlan(planOf().planId)?.principal).toBe("ann");
  first.close();
  second.close();
  openLedger(file).close();
});

test("a migration that fails leaves version 3 as it was", () => {
  // A column of that name makes the second half fail.
  write(`${old}\nalter table plans add column principal text;`);
  const before = columns();
  expect(() => openLedger(file)).toThrow(/principal/);
  expect([versionOf(), columns()]).toEqual([3, before]);
});

test.each([1, 2, 5, 99])("a ledger of version %i is left alone", (version) => {
  write(old.replace("user_version = 3", `user_version = ${version}`));
  expect(() => openLedger(file)).toThrow(`it has version ${version} and this program reads version 4`);
  expect(versionOf()).toBe(version);
});
