import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { chainHash } from "../../src/ledger/audit.ts";
import { headFileOf, readHeadFile } from "../../src/ledger/head-file.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { AuditEntry, AuditRow, Ledger, StoredPlan } from "../../src/ledger/types.ts";
import { type KnownHead, parseHead, verifyChain } from "../../src/ledger/verify.ts";

let file: string;
let ledger: Ledger;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "audit-")), "ledger.db");
  ledger = openLedger(file);
});

const entry = (at: number, change: Partial<AuditEntry> = {}): AuditEntry => ({
  at,
  event: "call",
  operation: "GetJobRun",
  target: "jr-1",
  place: "sandbox, cn-hangzhou, sandbox",
  profile: "sandbox",
  requester: "test",
  argumentsDigest: "d",
  outcome: "done",
  ...change,
});

function append(count: number): KnownHead {
  let last = { sequence: 0, head: "" };
  for (let at = 1; at <= count; at++) last = ledger.appendAudit(entry(at));
  return { sequence: last.sequence, hash: last.head, from: "an answer" };
}

/** Somebody with the file and an SQLite shell; the triggers are no obstacle to them. */
function tamper(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec("drop trigger audit_is_not_changed; drop trigger audit_is_not_removed;");
  database.exec(sql);
  database.close();
}

const verify = (...heads: KnownHead[]) => verifyChain(ledger.auditRows(), heads);

test("an untouched chain verifies, written by two processes too", () => {
  append(3);
  openLedger(file).appendAudit(entry(4));
  expect(verify()).toMatchObject({ ok: true, rows: 4 });
});

test("an empty ledger verifies", () => {
  expect(verify()).toMatchObject({ ok: true, rows: 0 });
});

test("an edit is found and names the row", () => {
  append(6);
  tamper(`update audit set entry = replace(entry, 'jr-1', 'jr-2') where sequence = 3`);
  expect(verify()).toMatchObject({ ok: false, sequence: 3, problem: expect.stringContaining("was changed") });
});

test("an edit that makes the row's own hash anew is found", () => {
  append(6);
  const row = [...ledger.auditRows()][2] as AuditRow;
  const text = row.entry.replace("jr-1", "jr-2");
  tamper(`update audit set entry = '${text}', hash = '${chainHash(3, row.previous, text)}' where sequence = 3`);
  expect(verify()).toMatchObject({ ok: false, sequence: 3, problem: expect.stringContaining("was replaced") });
});

test("a row taken out of the middle is found, also when the rest is renumbered", () => {
  append(6);
  tamper("delete from audit where sequence = 3");
  expect(verify()).toMatchObject({ ok: false, sequence: 3, problem: expect.stringContaining("is missing") });
  tamper2("update audit set sequence = sequence - 1 where sequence > 3");
  expect(verify()).toMatchObject({ ok: false, sequence: 3 });
});

function tamper2(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

test("two rows in each other's place are found", () => {
  append(6);
  tamper(`update audit set sequence = 99 where sequence = 3; update audit set sequence = 3 where sequence = 4;
    update audit set sequence = 4 where sequence = 99`);
  expect(verify()).toMatchObject({ ok: false, sequence: 3 });
});

test("a chain cut at its end looks whole by itself, and is found against a head that somebody has", () => {
  const head = append(6);
  tamper("delete from audit where sequence > 4");
  expect(verify()).toMatchObject({ ok: true, rows: 4 });
  expect(verify(head)).toMatchObject({ ok: false, sequence: 5, problem: expect.stringContaining("are missing") });
});

test("a chain rewritten from a row on is found against a head that somebody has", () => {
  const head = append(6);
  tamper("delete from audit where sequence > 2");
  const other = openLedger(file);
  for (let at = 3; at <= 8; at++) other.appendAudit(entry(at, { target: "jr-2" }));
  expect(verify()).toMatchObject({ ok: true, rows: 8 });
  expect(verify(head)).toMatchObject({ ok: false, sequence: 6, problem: expect.stringContaining("rewritten") });
});

test("the 12 digits that an answer shows are a head, fewer are none", () => {
  const { sequence, hash } = append(2);
  const head = parseHead(`${sequence}:${hash.slice(0, 12)}`, "an answer");
  expect(head && verify(head)).toMatchObject({ ok: true });
  for (const text of ["2:abc", "0:aaaaaaaaaaaa", "2", "x:aaaaaaaaaaaa", `2:${"a".repeat(65)}`]) {
    expect(parseHead(text, "x"), text).toBeUndefined();
  }
});

/** Rows in a row share one write of the head file. */
const headWritten = () => setTimeout(400);

test("the head file follows the chain and is readable by its owner alone", async () => {
  const head = append(3);
  await headWritten();
  expect(readHeadFile(file)).toMatchObject({ sequence: 3, hash: head.hash });
  expect(statSync(headFileOf(file)).mode & 0o777).toBe(0o600);
});

test("a ledger put back from a copy contradicts the head file, and going on does not wipe that out", async () => {
  append(6);
  await headWritten();
  const before = readFileSync(headFileOf(file), "utf8");
  tamper("delete from audit where sequence > 2");
  const again = openLedger(file);
  for (let at = 3; at <= 9; at++) again.appendAudit(entry(at, { target: "jr-2" }));
  again.close();
  expect(readFileSync(headFileOf(file), "utf8")).toBe(before);
  const known = readHeadFile(file);
  expect(known && verify(known)).toMatchObject({ ok: false, sequence: 6 });
});

test("a damaged or missing head file is made anew by the next row", async () => {
  append(2);
  await headWritten();
  writeFileSync(headFileOf(file), "nonsense");
  append(1);
  await headWritten();
  expect(readHeadFile(file)?.sequence).toBe(3);
  rmSync(headFileOf(file));
  append(1);
  await headWritten();
  expect(readHeadFile(file)?.sequence).toBe(4);
});

test("no statement of the program can change or remove a row", () => {
  append(2);
  expect(() => tamper2("update audit set entry = '{}' where sequence = 1")).toThrow("never changed");
  expect(() => tamper2("delete from audit where sequence = 2")).toThrow("never removed");
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

test("a decision is recorded with the deciding, by whatever channel, and once", () => {
  ledger.savePlan(plan);
  const yes = { verdict: "approved", strength: "out-of-band", by: "terminal", at: 5 } as const;
  expect(ledger.decidePlan("plan-1", yes)).toBe(true);
  expect(openLedger(file).decidePlan("plan-1", { ...yes, verdict: "declined" })).toBe(false);
  expect(ledger.listAudit({ limit: 9 }).records.map((record) => record.entry)).toEqual([
    {
      at: 5,
      event: "decision",
      operation: "CancelJobRun",
      target: "jr-1",
      place: "sandbox, cn-hangzhou, test",
      requester: "test",
      argumentsDigest: "r",
      outcome: "approved",
      planId: "plan-1",
      planDigest: "p",
      strength: "out-of-band",
      decidedBy: "terminal",
    },
  ]);
});

test("records come newest first, narrowed, and go on where they stopped", () => {
  for (let at = 1; at <= 9; at++) {
    ledger.appendAudit(
      entry(at, at % 3 === 0 ? { operation: "CancelJobRun", outcome: "refused", code: "DECLINED" } : {}),
    );
  }
  const sequences = (query: Parameters<Ledger["listAudit"]>[0]) =>
    ledger.listAudit(query).records.map(({ sequence }) => sequence);
  expect(sequences({ limit: 3 })).toEqual([9, 8, 7]);
  expect(ledger.listAudit({ limit: 3 }).before).toBe(7);
  expect(sequences({ limit: 3, before: 7 })).toEqual([6, 5, 4]);
  expect(ledger.listAudit({ limit: 9 }).before).toBeUndefined();
  expect(sequences({ limit: 9, operation: "CancelJobRun" })).toEqual([9, 6, 3]);
  expect(sequences({ limit: 9, outcome: "DECLINED", since: 6 })).toEqual([9, 6]);
  expect(sequences({ limit: 9, outcome: "refused", target: "jr-2" })).toEqual([]);
  expect(ledger.listAudit({ limit: 9, outcome: "DECLINED", scan: 4 })).toMatchObject({ before: 6 });
});

test("a chain is read a row at a time, and no further than its first bad row", () => {
  let read = 0;
  function* rows(): Iterable<AuditRow> {
    let previous = "0".repeat(64);
    for (let sequence = 1; ; sequence++) {
      read = sequence;
      const hash = chainHash(sequence, previous, "{}");
      yield { sequence, entry: sequence === 1_000 ? "{ }" : "{}", previous, hash };
      previous = hash;
    }
  }
  expect(verifyChain(rows())).toMatchObject({ ok: false, sequence: 1_000 });
  expect(read).toBe(1_000);
});
