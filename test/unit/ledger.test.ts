import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { Decision, StoredPlan } from "../../src/ledger/types.ts";

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "ledger-")), "state", "ledger.db");
});

const plan: StoredPlan = {
  planId: "plan-1",
  requestDigest: "r",
  planDigest: "p",
  operation: "CancelJobRun",
  target: "jr-1",
  risk: "destructive",
  requiredStrength: "accepted",
  question: "About to execute: CancelJobRun",
  requester: "test",
  place: "sandbox, cn-hangzhou, test",
  facts: { state: "Running" },
  createdAt: 1,
  expiresAt: 1_000,
  state: "waiting",
};

const yes = (at: number): Decision => ({ verdict: "approved", strength: "accepted", by: "client", at });

test("an approval can be burnt once, also by a second process", () => {
  const [first, second] = [openLedger(file), openLedger(file)];
  first.savePlan(plan);
  expect(first.decidePlan("plan-1", yes(5))).toBe(true);
  expect(second.decidePlan("plan-1", yes(6))).toBe(false);
  expect(second.burnPlan("plan-1")).toBe(true);
  expect(first.burnPlan("plan-1")).toBe(false);
  expect(first.findPlan("plan-1")).toMatchObject({ state: "used", strength: "accepted", facts: { state: "Running" } });
});

test("a plan that nobody approved cannot be burnt", () => {
  const ledger = openLedger(file);
  ledger.savePlan(plan);
  expect(ledger.burnPlan("plan-1")).toBe(false);
  expect(ledger.burnPlan("plan-2")).toBe(false);
});

test("a no is found again by the request it was said to", () => {
  const ledger = openLedger(file);
  ledger.savePlan(plan);
  ledger.decidePlan("plan-1", { verdict: "declined", strength: "accepted", by: "client", at: 100 });
  expect(ledger.declinedSince("r", 100)?.planId).toBe("plan-1");
  expect(ledger.declinedSince("r", 101)).toBeUndefined();
  expect(ledger.declinedSince("other", 0)).toBeUndefined();
});

test("the ledger is readable by its owner alone", () => {
  openLedger(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
