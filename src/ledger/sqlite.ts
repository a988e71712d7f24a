import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { auditTables, createAppend, createAuditReader, decisionOf } from "./audit.ts";
import { createHeadKeeper } from "./head-file.ts";
import { createIntents, intentTables } from "./intents.ts";
import { createStanding, standingTable } from "./standing.ts";
import type { AuditEntry, AuditHead, Ledger, StoredPlan } from "./types.ts";

const schema = `
create table if not exists plans (
  plan_id text primary key,
  request_digest text not null,
  plan_digest text not null,
  operation text not null,
  target text not null,
  risk text not null,
  required_strength text not null,
  question text not null,
  requester text not null,
  place text not null,
  facts text not null,
  created_at integer not null,
  expires_at integer not null,
  state text not null check (state in ('waiting', 'approved', 'declined', 'used', 'superseded')),
  strength text,
  decided_at integer,
  decided_by text,
  principal text
) strict;
create index if not exists plans_by_request on plans (request_digest, state);
create index if not exists plans_by_time on plans (created_at);
`;

/** Opens the ledger, creating file and folder (readable by the user alone) when absent. */
export function openLedger(file: string): Ledger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file);
  chmodSync(file, 0o600);
  // Two servers may share the file; synchronous=full because an intent must be on disk before its request leaves.
  database.exec("pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full;");
  // In one transaction, or a second process that starts at the same time would see half a ledger and take it for an old one.
  database.exec("begin immediate");
  try {
    migrate(database);
    database.exec(schema + intentTables + standingTable + auditTables);
    database.exec("commit");
  } catch (error) {
    database.close();
    throw error;
  }

  const insertPlan = database.prepare(
    `insert into plans values (:planId, :requestDigest, :planDigest, :operation, :target, :risk, :requiredStrength,
     :question, :requester, :place, :facts, :createdAt, :expiresAt, :state, null, null, null, :principal)`,
  );
  const selectPlan = database.prepare("select * from plans where plan_id = ?");
  const decidePlan = database.prepare(
    `update plans set state = ?, strength = ?, decided_by = ?, decided_at = ?
     where plan_id = ? and state = 'waiting'`,
  );
  const supersedePlan = database.prepare(
    "update plans set state = 'superseded' where plan_id = ? and state = 'waiting'",
  );
  const selectPlans = database.prepare("select * from plans order by created_at desc, rowid desc limit ?");
  const selectPlansInState = database.prepare(
    "select * from plans where state = ? order by created_at desc, rowid desc limit ?",
  );
  const selectPlanOfRequest = database.prepare(
    `select * from plans where request_digest = ? and state = ? and expires_at >= ?
     order by created_at desc, rowid desc limit 1`,
  );
  const burnPlan = database.prepare("update plans set state = 'used' where plan_id = ? and state = 'approved'");
  const selectDeclined = database.prepare(
    `select * from plans where request_digest = ? and state = 'declined' and decided_at >= ?
     order by decided_at desc limit 1`,
  );
  // What was allowed in advance asked nobody.
  const selectAsks = database.prepare(
    `select created_at from plans where created_at > :since and principal is :principal
       and (:principal is not null or requester = :requester)
       and (decided_by is null or decided_by not like 'standing:%')
     order by created_at desc limit :limit`,
  );
  const appendRow = createAppend(database);
  const audit = createAuditReader(database);
  const headFile = createHeadKeeper(file, (sequence) => audit.findAudit(sequence)?.head);
  const committed: Array<() => void> = [];
  const append = (entry: AuditEntry): AuditHead => {
    const head = appendRow(entry);
    committed.push(() => headFile.note(head));
    return head;
  };

  /** Takes the write lock first, so two processes can neither begin the same request anew nor fork the chain. */
  function exclusively<T>(work: () => T): T {
    database.exec("begin immediate");
    let result: T;
    try {
      result = work();
      database.exec("commit");
    } catch (error) {
      committed.length = 0;
      database.exec("rollback");
      throw error;
    }
    for (const step of committed.splice(0)) step();
    return result;
  }

  function savePlan(plan: StoredPlan): void {
    insertPlan.run({
      planId: plan.planId,
      requestDigest: plan.requestDigest,
      planDigest: plan.planDigest,
      operation: plan.operation,
      target: plan.target,
      risk: plan.risk,
      requiredStrength: plan.requiredStrength,
      question: plan.question,
      requester: plan.requester,
      place: plan.place,
      facts: JSON.stringify(plan.facts),
      createdAt: plan.createdAt,
      expiresAt: plan.expiresAt,
      state: plan.state,
      principal: plan.principal ?? null,
    });
  }

  return {
    savePlan,
    findPlan: (planId) => toPlan(selectPlan.get(planId)),
    listPlans: ({ state, limit }) =>
      (state === undefined ? selectPlans.all(limit) : selectPlansInState.all(state, limit)).flatMap(
        (row) => toPlan(row) ?? [],
      ),
    planOfRequest: (requestDigest, state, now) => toPlan(selectPlanOfRequest.get(requestDigest, state, now)),
    // Recorded in the same transaction, so that no channel can decide and leave no trace.
    decidePlan: (planId, { verdict, strength, by, at }) =>
      exclusively(() => {
        if (decidePlan.run(verdict, strength, by, at, planId).changes !== 1) return false;
        const plan = toPlan(selectPlan.get(planId));
        if (!plan) throw new Error("the ledger did not return the plan it decided");
        append(decisionOf(plan, { verdict, strength, by, at }));
        return true;
      }),
    supersedePlan: (planId) => void supersedePlan.run(planId),
    burnPlan: (planId) => burnPlan.run(planId).changes === 1,
    asksSince: ({ principal, requester }, since, limit) =>
      selectAsks.all({ since, principal: principal ?? null, requester, limit }).map(({ created_at: at }) => Number(at)),
    declinedSince: (requestDigest, since) => toPlan(selectDeclined.get(requestDigest, since)),

    ...createIntents(database, exclusively, append),
    ...createStanding({ database, exclusively, append, savePlan }),
    ...audit,
    appendAudit: (entry) => exclusively(() => append(entry)),
    close() {
      headFile.flush();
      database.close();
    },
  };
}

const schemaVersion = 4;

/** What turns a ledger of that version into one of the next. */
const migrations: Readonly<Record<number, string>> = {
  3: "alter table plans add column principal text;",
};

/** Within the caller's transaction. A ledger of any other version is left alone: guessing at approvals is worse than refusing. */
function migrate(database: DatabaseSync): void {
  const [row] = database.prepare("pragma user_version").all();
  const version = Number(row?.user_version ?? 0);
  const isNew = database.prepare("select count(*) as tables from sqlite_master").get()?.tables === 0;
  if (version === schemaVersion) return;
  const step = migrations[version];
  if (!isNew && step === undefined) {
    throw new Error(`it has version ${version} and this program reads version ${schemaVersion}; move the file away`);
  }
  if (!isNew && step !== undefined) database.exec(step);
  database.exec(`pragma user_version = ${schemaVersion}`);
}

type Row = Record<string, unknown>;

function toPlan(row: Row | undefined): StoredPlan | undefined {
  if (!row) return undefined;
  return {
    planId: String(row.plan_id),
    requestDigest: String(row.request_digest),
    planDigest: String(row.plan_digest),
    operation: String(row.operation),
    target: String(row.target),
    risk: row.risk as StoredPlan["risk"],
    requiredStrength: row.required_strength as StoredPlan["requiredStrength"],
    question: String(row.question),
    requester: String(row.requester),
    place: String(row.place),
    facts: JSON.parse(String(row.facts)) as StoredPlan["facts"],
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    state: row.state as StoredPlan["state"],
    ...(row.strength !== null && { strength: row.strength as NonNullable<StoredPlan["strength"]> }),
    ...(row.decided_at !== null && { decidedAt: Number(row.decided_at) }),
    ...(row.decided_by !== null && { decidedBy: String(row.decided_by) }),
    ...(row.principal !== null && { principal: String(row.principal) }),
  };
}
