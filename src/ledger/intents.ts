import type { DatabaseSync } from "node:sqlite";
import type { Append } from "./audit.ts";
import type { Attempt, Intent, IntentLedger, IntentState } from "./types.ts";

/** One row for each request that may happen once only; one row in `attempts` for each time somebody tried to send it. */
export const intentTables = `
create table if not exists intents (
  intent_id integer primary key,
  request_digest text not null,
  operation text not null,
  target text not null,
  place text not null,
  token text,
  state text not null check (state in ('sent', 'answered', 'rejected', 'unknown', 'happened', 'did-not-happen')),
  created_at integer not null,
  answer text,
  request_id text
) strict;
create index if not exists intents_by_request on intents (request_digest, state);
create table if not exists attempts (
  attempt_id integer primary key,
  intent_id integer not null references intents (intent_id),
  plan_id text,
  process integer not null,
  started_at integer not null,
  ended_at integer,
  result text check (result in ('answered', 'rejected', 'not-sent', 'unknown'))
) strict;
create index if not exists attempts_by_intent on attempts (intent_id);
create index if not exists attempts_by_plan on attempts (plan_id);
`;

const unresolved = "('sent', 'unknown')";

/**
 * What a crash or a second process may not confuse: an intent is settled by its attempts taken together, so one that
 * was rejected says nothing about another whose answer is still to come, or never came.
 */
export function createIntents(
  database: DatabaseSync,
  exclusively: <T>(work: () => T) => T,
  append: Append,
): IntentLedger {
  const selectUnresolved = database.prepare(
    `select * from intents where request_digest = ? and state in ${unresolved} order by intent_id desc limit 1`,
  );
  const insertIntent = database.prepare(
    `insert into intents (request_digest, operation, target, place, token, state, created_at)
     values (?, ?, ?, ?, ?, 'sent', ?) returning *`,
  );
  const insertAttempt = database.prepare(
    "insert into attempts (intent_id, plan_id, process, started_at) values (?, ?, ?, ?) returning attempt_id",
  );
  const endAttempt = database.prepare(
    "update attempts set result = ?, ended_at = ? where attempt_id = ? and result is null returning intent_id",
  );
  const selectIntent = database.prepare("select * from intents where intent_id = ?");
  const selectAttempts = database.prepare("select * from attempts where intent_id = ? order by attempt_id");
  const updateIntent = database.prepare(
    "update intents set state = ?, answer = coalesce(?, answer), request_id = coalesce(?, request_id) where intent_id = ?",
  );
  const selectIntentOfPlan = database.prepare(
    `select intents.* from intents join attempts using (intent_id) where attempts.plan_id = ?
     order by attempt_id desc limit 1`,
  );
  const selectAnswered = database.prepare(
    `select * from intents where request_digest = ? and state in ('answered', 'happened') and created_at >= ?
     order by intent_id desc limit 1`,
  );
  const selectIntents = database.prepare("select * from intents order by intent_id desc limit ?");
  const selectAllUnresolved = database.prepare(
    `select * from intents where state in ${unresolved} order by intent_id desc limit ?`,
  );

  const attemptsOf = (intentId: number) => selectAttempts.all(intentId).map(toAttempt);

  return {
    beginAttempt: (wanted) =>
      exclusively(() => {
        const open = selectUnresolved.get(wanted.requestDigest);
        const earlier = open && toIntent(open);
        if (earlier && earlier.createdAt < wanted.resumeSince) return { kind: "blocked", intent: earlier };
        const { requestDigest, operation, target, place, token, planId, at } = wanted;
        const intent =
          earlier ?? toIntent(returned(insertIntent.get(requestDigest, operation, target, place, token ?? null, at)));
        const attempt = returned(insertAttempt.get(intent.intentId, planId ?? null, process.pid, at));
        return { kind: "begun", intent, attemptId: Number(attempt.attempt_id), resumed: earlier !== undefined };
      }),
    endAttempt: (attemptId, { result, at, body, requestId }) =>
      exclusively(() => {
        const ended = endAttempt.get(result, at, attemptId);
        if (!ended) throw new Error(`attempt ${attemptId} is not open`);
        const intentId = Number(ended.intent_id);
        const before = toIntent(returned(selectIntent.get(intentId)));
        const state = stateAfter(before.state, attemptsOf(intentId));
        updateIntent.run(state, body ?? null, requestId ?? null, intentId);
        return state;
      }),
    unresolvedIntent: (requestDigest) => optionalIntent(selectUnresolved.get(requestDigest)),
    intentOfPlan: (planId) => optionalIntent(selectIntentOfPlan.get(planId)),
    answeredSince: (requestDigest, since) => optionalIntent(selectAnswered.get(requestDigest, since)),
    findIntent(intentId) {
      const intent = optionalIntent(selectIntent.get(intentId));
      return intent && { intent, attempts: attemptsOf(intentId) };
    },
    listIntents: ({ unresolvedOnly, limit }) =>
      (unresolvedOnly ? selectAllUnresolved : selectIntents).all(limit).map(toIntent),
    resolveIntent: (intentId, { verdict, by, at }) =>
      exclusively(() => {
        const intent = optionalIntent(selectIntent.get(intentId));
        if (!intent || !isUnresolved(intent.state)) return false;
        updateIntent.run(verdict, null, null, intentId);
        append({
          at,
          event: "resolution",
          operation: intent.operation,
          target: intent.target,
          place: intent.place,
          requester: by,
          decidedBy: by,
          argumentsDigest: intent.requestDigest,
          outcome: verdict,
        });
        return true;
      }),
  };
}

export function isUnresolved(state: IntentState): boolean {
  return state === "sent" || state === "unknown";
}

/** An answer settles it, also against what a person had found; without one, it is rejected only when every attempt was. */
function stateAfter(before: IntentState, attempts: readonly Attempt[]): IntentState {
  const has = (result: Attempt["result"]) => attempts.some((attempt) => attempt.result === result);
  if (before === "answered" || has("answered")) return "answered";
  if (!isUnresolved(before)) return before;
  if (has(undefined)) return "sent";
  return has("unknown") ? "unknown" : "rejected";
}

type Row = Record<string, unknown>;

function returned(row: Row | undefined): Row {
  if (!row) throw new Error("the ledger did not return the row it wrote");
  return row;
}

function optionalIntent(row: Row | undefined): Intent | undefined {
  return row && toIntent(row);
}

function toIntent(row: Row): Intent {
  return {
    intentId: Number(row.intent_id),
    requestDigest: String(row.request_digest),
    operation: String(row.operation),
    target: String(row.target),
    place: String(row.place),
    ...(row.token !== null && { token: String(row.token) }),
    state: row.state as IntentState,
    createdAt: Number(row.created_at),
    ...(row.answer !== null && { answer: String(row.answer) }),
    ...(row.request_id !== null && { requestId: String(row.request_id) }),
  };
}

function toAttempt(row: Row): Attempt {
  return {
    attemptId: Number(row.attempt_id),
    ...(row.plan_id !== null && { planId: String(row.plan_id) }),
    process: Number(row.process),
    startedAt: Number(row.started_at),
    ...(row.ended_at !== null && { endedAt: Number(row.ended_at) }),
    ...(row.result !== null && { result: row.result as NonNullable<Attempt["result"]> }),
  };
}
