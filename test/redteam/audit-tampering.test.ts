import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chainHash, emptyHead, openAuditFile } from "../../src/ledger/audit.ts";
import { readHeadFile } from "../../src/ledger/head-file.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { AuditEntry, AuditRow } from "../../src/ledger/types.ts";
import { type KnownHead, parseHead, verifyChain } from "../../src/ledger/verify.ts";
import { score } from "./scorecard/record.ts";

/**
 * Whoever owns the file can write whatever they like into it, hashes included. What they cannot change is a head that
 * was told to somebody: the file beside the ledger, or the twelve digits that an answer showed.
 */

const count = 12;
let folder: string;
let file: string;
let rows: readonly AuditRow[];
/** Each is all that is known in one verification. */
let known: readonly KnownHead[];

const entry = (at: number): AuditEntry => ({
  at,
  event: "call",
  operation: at % 2 === 0 ? "CancelJobRun" : "GetJobRun",
  target: `jr-${at}`,
  place: "sandbox, cn-hangzhou, sandbox",
  requester: "client 1.0",
  argumentsDigest: `digest-${at}`,
  outcome: at % 3 === 0 ? "refused" : "done",
  strength: "out-of-band",
  decidedBy: "terminal",
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tampering-"));
  file = join(folder, "ledger.db");
  const ledger = openLedger(file);
  let last = { sequence: 0, head: "" };
  for (let at = 1; at <= count; at += 1) last = ledger.appendAudit(entry(at));
  ledger.close();
  rows = rowsOf(file);
  const heads = [readHeadFile(file), parseHead(`${last.sequence}:${last.head.slice(0, 12)}`, "an answer")];
  known = heads.filter((head) => head !== undefined);
  expect(rows).toHaveLength(count);
  expect(known).toHaveLength(2);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function rowsOf(path: string): AuditRow[] {
  const audit = openAuditFile(path);
  const read = [...(audit?.auditRows() ?? [])];
  audit?.close();
  return read;
}

/** What verification says of a copy of the ledger with these rows in it, once for each head that may be known. */
function verdicts(tampered: readonly AuditRow[]): boolean[] {
  const copy = join(folder, "copy.db");
  copyFileSync(file, copy);
  const database = new DatabaseSync(copy);
  database.exec("drop trigger audit_is_not_changed; drop trigger audit_is_not_removed; delete from audit; begin");
  const insert = database.prepare("insert into audit values (?, ?, ?, ?)");
  for (const { sequence, entry: text, previous, hash } of tampered) insert.run(sequence, text, previous, hash);
  database.exec("commit");
  database.close();
  return known.map((head) => verifyChain(rowsOf(copy), [head]).ok);
}

/** Every hash made anew, as somebody would who knows how they are made. */
function rehashed(changed: readonly AuditRow[]): AuditRow[] {
  let previous = emptyHead;
  return changed.map((row, at) => {
    const sequence = at + 1;
    const fresh = { sequence, entry: row.entry, previous, hash: chainHash(sequence, previous, row.entry) };
    previous = fresh.hash;
    return fresh;
  });
}

/** Only the row's own hash made anew. */
const signed = (row: AuditRow): AuditRow => ({ ...row, hash: chainHash(row.sequence, row.previous, row.entry) });
const renumbered = (changed: readonly AuditRow[]): AuditRow[] =>
  changed.map((row, at) => ({ ...row, sequence: at + 1 }));

function expectAllFound(family: string, tampered: ReadonlyArray<readonly AuditRow[]>): void {
  // A verification that finds fault with everything would find all of these too.
  const grown = [
    ...rows,
    { sequence: count + 1, entry: JSON.stringify(entry(99)), previous: rows.at(-1)?.hash ?? "", hash: "" },
  ];
  const untouched = [...verdicts(rows), ...verdicts(rehashed(rows)), ...verdicts(grown.map(signed))];
  const said = tampered.flatMap(verdicts);
  const held = untouched.filter((ok) => ok).length;
  score(family, {
    tries: said.length,
    through: said.filter((ok) => ok).length,
    control: { of: untouched.length, held },
  });
  expect(said.filter((ok) => ok)).toEqual([]);
  expect(untouched.filter((ok) => !ok)).toEqual([]);
}

test("an edit of any member of any row is found, also where the row's own hash was made anew", () => {
  const edits = rows.flatMap((row, at) => {
    const told = JSON.parse(row.entry) as AuditEntry;
    return Object.entries(told).flatMap(([name, value]) => {
      const text = JSON.stringify({ ...told, [name]: typeof value === "number" ? value + 1 : `${value}x` });
      return [{ ...row, entry: text }, signed({ ...row, entry: text })].map((changed) => rows.with(at, changed));
    });
  });
  expectAllFound("audit row edited, its own hash anew or not", edits);
});

test("rows taken out are found, one or a run of them, also where the rest is renumbered", () => {
  const cuts = rows.flatMap((_, from) => [1, 2, 5].map((length) => rows.toSpliced(from, length)));
  expectAllFound(
    "audit rows removed",
    [...cuts, ...cuts.map(renumbered)].filter((left) => left.length < count),
  );
});

test("any two rows in each other's place are found, with their numbers or without, their hashes anew or not", () => {
  const pairs = rows.flatMap((one, at) => rows.slice(at + 1).map((other) => [one, other] as const));
  const swapped = pairs.map(([one, other]) =>
    rows
      .with(one.sequence - 1, { ...other, sequence: one.sequence })
      .with(other.sequence - 1, { ...one, sequence: other.sequence }),
  );
  expectAllFound("audit rows in another order", [...swapped, ...swapped.map((order) => order.map(signed))]);
});

test("a chain cut off at any row, down to none, is found", () => {
  expectAllFound(
    "audit cut off at its end",
    rows.map((_, length) => rows.slice(0, length)),
  );
});

test("a chain rewritten from any row on with every hash made anew is found, shorter, as long or longer", () => {
  const rewritten = rows.flatMap((_, from) => {
    const others = Array.from({ length: count + 3 }, (_, at) => ({ entry: JSON.stringify(entry(at + 100)) }));
    return [count - 1, count, count + 3].map((length) =>
      rehashed(
        [...rows.slice(0, from), ...others]
          .slice(0, Math.max(length, from))
          .map((row) => ({ sequence: 0, previous: "", hash: "", ...row })),
      ),
    );
  });
  expectAllFound("audit rewritten from a row on, hashes anew", rewritten);
});
