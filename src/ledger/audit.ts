import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import stringify from "safe-stable-stringify";
import type { ApprovalStrength } from "../policy/types.ts";
import type { AuditEntry, AuditHead, AuditQuery, AuditReader, AuditRecord, AuditRow, StoredPlan } from "./types.ts";

/** The triggers stop a bug, not an owner of the file, who can drop them: against that there is the chain. */
export const auditTables = `
create table if not exists audit (
  sequence integer primary key,
  entry text not null,
  previous text not null,
  hash text not null
) strict;
create trigger if not exists audit_is_not_changed before update on audit
begin select raise(abort, 'audit rows are never changed'); end;
create trigger if not exists audit_is_not_removed before delete on audit
begin select raise(abort, 'audit rows are never removed'); end;
`;

/** What the first row follows. */
export const emptyHead = "0".repeat(64);

/** The chain: each row's hash covers its number, its text and the hash before it. */
export function chainHash(sequence: number, previous: string, entry: string): string {
  return createHash("sha256").update(`${sequence}\n${previous}\n${entry}`).digest("hex");
}

/** The record of a person's decision about a plan, now or in advance. */
export function decisionOf(
  plan: StoredPlan,
  decision: { verdict: "approved" | "declined"; strength: ApprovalStrength; by: string; at: number },
): AuditEntry {
  return {
    at: decision.at,
    event: "decision",
    operation: plan.operation,
    target: plan.target,
    place: plan.place,
    requester: plan.requester,
    ...(plan.principal !== undefined && { principal: plan.principal }),
    argumentsDigest: plan.requestDigest,
    outcome: decision.verdict,
    planId: plan.planId,
    planDigest: plan.planDigest,
    strength: decision.strength,
    decidedBy: decision.by,
  };
}

/** Appends within the caller's transaction, so that what is recorded and the record of it come to be together. */
export type Append = (entry: AuditEntry) => AuditHead;

export function createAppend(database: DatabaseSync): Append {
  const selectHead = database.prepare("select sequence, hash from audit order by sequence desc limit 1");
  const insert = database.prepare("insert into audit values (?, ?, ?, ?)");
  return (entry) => {
    const last = selectHead.get();
    const sequence = Number(last?.sequence ?? 0) + 1;
    const previous = String(last?.hash ?? emptyHead);
    const text = stringify(entry) ?? "";
    const head = chainHash(sequence, previous, text);
    insert.run(sequence, text, previous, head);
    return { sequence, head };
  };
}

export function createAuditReader(database: DatabaseSync): AuditReader {
  const selectOne = database.prepare("select * from audit where sequence = ?");
  return {
    findAudit(sequence) {
      const row = selectOne.get(sequence);
      return row && toRecord(toRow(row));
    },
    listAudit(query) {
      // A statement of its own: two walks over one statement would disturb each other.
      const newestFirst = database.prepare("select * from audit where sequence < ? order by sequence desc");
      const records: AuditRecord[] = [];
      let scanned = 0;
      for (const row of newestFirst.iterate(query.before ?? Number.MAX_SAFE_INTEGER)) {
        const record = toRecord(toRow(row));
        if (scanned === query.scan || records.length === query.limit) {
          return { records, before: record.sequence + 1 };
        }
        scanned += 1;
        if (matches(record.entry, query)) records.push(record);
      }
      return { records };
    },
    *auditRows() {
      for (const row of database.prepare("select * from audit order by sequence").iterate()) yield toRow(row);
    },
  };
}

/** Opens a ledger to read its audit, changing nothing; undefined when there is none. */
export function openAuditFile(file: string): (AuditReader & { close(): void }) | undefined {
  if (!existsSync(file)) return undefined;
  const database = new DatabaseSync(file, { readOnly: true });
  database.exec("pragma busy_timeout = 5000");
  return { ...createAuditReader(database), close: () => database.close() };
}

function matches(entry: AuditEntry, { since, operation, outcome, target, place }: AuditQuery): boolean {
  return (
    (since === undefined || entry.at >= since) &&
    (operation === undefined || entry.operation === operation) &&
    (outcome === undefined || entry.outcome === outcome || entry.code === outcome) &&
    (target === undefined || entry.target === target) &&
    (place === undefined || entry.place === place)
  );
}

type Row = Record<string, unknown>;

function toRow(row: Row): AuditRow {
  return {
    sequence: Number(row.sequence),
    entry: String(row.entry),
    previous: String(row.previous),
    hash: String(row.hash),
  };
}

function toRecord({ sequence, entry, hash }: AuditRow): AuditRecord {
  return { sequence, head: hash, entry: JSON.parse(entry) as AuditEntry };
}
