import { createHash } from "node:crypto";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import stringify from "safe-stable-stringify";
import type { Intent, IntentState, Ledger, StoredPlan } from "./types.ts";

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
  decided_by text
) strict;
create index if not exists plans_by_request on plans (request_digest, state);
create table if not exists intents (
  intent_id integer primary key,
  request_digest text not null,
  operation text not null,
  token text,
  plan_id text,
  state text not null check (state in ('reserved', 'sent', 'answered', 'rejected', 'unknown')),
  created_at integer not null,
  answer text,
  request_id text
) strict;
create index if not exists intents_by_request on intents (request_digest, state);
create table if not exists audit (
  sequence integer primary key,
  entry text not null,
  previous text not null,
  hash text not null
) strict;
`;

const emptyHead = "0".repeat(64);
const unresolved = "('reserved', 'sent', 'unknown')";

/** Opens the ledger, creating file and folder (readable by the user alone) when absent. */
export function openLedger(file: string): Ledger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file);
  chmodSync(file, 0o600);
  // Two servers may share the file; synchronous=full because an intent must be on disk before its request leaves.
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;");
  assertVersion(database);
  database.exec(schema);

  const insertPlan = database.prepare(
    `insert into plans values (:planId, :requestDigest, :planDigest, :operation, :target, :risk, :requiredStrength,
     :question, :requester, :place, :facts, :createdAt, :expiresAt, :state, null, null, null)`,
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
  const selectUnresolved = database.prepare(
    `select * from intents where request_digest = ? and state in ${unresolved} order by intent_id desc limit 1`,
  );
  const insertIntent = database.prepare(
    `insert into intents (request_digest, operation, token, plan_id, state, created_at)
     values (?, ?, ?, ?, 'reserved', ?) returning *`,
  );
  const updateIntent = database.prepare(
    "update intents set state = ?, answer = coalesce(?, answer), request_id = coalesce(?, request_id) where intent_id = ?",
  );
  const selectIntentOfPlan = database.prepare(
    "select * from intents where plan_id = ? order by intent_id desc limit 1",
  );
  const selectAnswered = database.prepare(
    `select * from intents where request_digest = ? and state = 'answered' and created_at >= ?
     order by intent_id desc limit 1`,
  );
  const selectHead = database.prepare("select sequence, hash from audit order by sequence desc limit 1");
  const insertAudit = database.prepare("insert into audit values (?, ?, ?, ?)");

  /** Takes the write lock first, so two processes can neither reserve the same request nor fork the chain. */
  function exclusively<T>(work: () => T): T {
    database.exec("begin immediate");
    try {
      const result = work();
      database.exec("commit");
      return result;
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  }

  return {
    savePlan(plan) {
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
      });
    },
    findPlan: (planId) => toPlan(selectPlan.get(planId)),
    listPlans: ({ state, limit }) =>
      (state === undefined ? selectPlans.all(limit) : selectPlansInState.all(state, limit)).flatMap(
        (row) => toPlan(row) ?? [],
      ),
    planOfRequest: (requestDigest, state, now) => toPlan(selectPlanOfRequest.get(requestDigest, state, now)),
    decidePlan: (planId, { verdict, strength, by, at }) =>
      decidePlan.run(verdict, strength, by, at, planId).changes === 1,
    supersedePlan: (planId) => void supersedePlan.run(planId),
    burnPlan: (planId) => burnPlan.run(planId).changes === 1,
    declinedSince: (requestDigest, since) => toPlan(selectDeclined.get(requestDigest, since)),

    reserveIntent: (wanted) =>
      exclusively(() => {
        const open = toIntent(selectUnresolved.get(wanted.requestDigest));
        if (open) return { intent: open, resumed: true };
        const row = insertIntent.get(
          wanted.requestDigest,
          wanted.operation,
          wanted.token ?? null,
          wanted.planId ?? null,
          wanted.at,
        );
        const intent = toIntent(row);
        if (!intent) throw new Error("the ledger did not return the intent it wrote");
        return { intent, resumed: false };
      }),
    markIntent(intentId, state, answer) {
      updateIntent.run(state, answer?.body ?? null, answer?.requestId ?? null, intentId);
    },
    intentOfPlan: (planId) => toIntent(selectIntentOfPlan.get(planId)),
    answeredSince: (requestDigest, since) => toIntent(selectAnswered.get(requestDigest, since)),

    appendAudit: (entry) =>
      exclusively(() => {
        const last = selectHead.get() as { sequence: number; hash: string } | undefined;
        const sequence = (last?.sequence ?? 0) + 1;
        const previous = last?.hash ?? emptyHead;
        const text = stringify(entry) ?? "";
        const head = chainHash(sequence, previous, text);
        insertAudit.run(sequence, text, previous, head);
        return { sequence, head };
      }),
    close: () => database.close(),
  };
}

const schemaVersion = 2;

/** A ledger of another version is left alone: guessing at approvals is worse than refusing. */
function assertVersion(database: DatabaseSync): void {
  const [row] = database.prepare("pragma user_version").all();
  const version = Number(row?.user_version ?? 0);
  const isNew = database.prepare("select count(*) as tables from sqlite_master").get()?.tables === 0;
  if (isNew) database.exec(`pragma user_version = ${schemaVersion}`);
  else if (version !== schemaVersion) {
    throw new Error(`it has version ${version} and this program reads version ${schemaVersion}; move the file away`);
  }
}

/** The chain: each row's hash covers its number, its text and the hash before it. */
export function chainHash(sequence: number, previous: string, entry: string): string {
  return createHash("sha256").update(`${sequence}\n${previous}\n${entry}`).digest("hex");
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
  };
}

function toIntent(row: Row | undefined): Intent | undefined {
  if (!row) return undefined;
  return {
    intentId: Number(row.intent_id),
    requestDigest: String(row.request_digest),
    operation: String(row.operation),
    ...(row.token !== null && { token: String(row.token) }),
    ...(row.plan_id !== null && { planId: String(row.plan_id) }),
    state: row.state as IntentState,
    createdAt: Number(row.created_at),
    ...(row.answer !== null && { answer: String(row.answer) }),
    ...(row.request_id !== null && { requestId: String(row.request_id) }),
  };
}
