import type { Ledger } from "../../ledger/types.ts";
import { findOperation } from "../../operations/registry.ts";
import { type CloudCaller, isUncertain } from "../cloud-call.ts";
import type { FailureCounter } from "../failures.ts";
import { masked } from "../mask.ts";
import { refuse } from "../refuse.ts";
import { refuseNotSent, refuseRejected } from "../translate.ts";
import type { Call, CallContext, Clock, Refused, Unknown } from "../types.ts";

export interface Executed {
  kind: "answered";
  body: unknown;
  requestId?: string;
}

export interface Execution {
  call: Call;
  context: CallContext;
  callCloud: CloudCaller;
  ledger: () => Ledger;
  clock: Clock;
  newToken: () => string;
  failures: FailureCounter;
  planId?: string;
}

/** Step 7: the intent is on disk, then the request leaves, once. */
export async function execute(execution: Execution): Promise<Executed | Refused | Unknown> {
  const { call, failures, clock } = execution;
  const paused = failures.pausedFor(call.requestDigest, call.policy.limits.failures, clock.now());
  if (paused > 0) {
    return refuse(
      call.where,
      "TOO_MANY_FAILURES",
      `${call.row.name} was not sent: the same request failed ${call.policy.limits.failures.inARow} times in a row.`,
      `Stop and look for the reason; it may be tried again in ${Math.ceil(paused / 1_000)} s.`,
    );
  }
  const result = call.rule.idempotency === "read" ? await sendRead(execution) : await sendWrite(execution);
  if (result.kind === "answered") failures.clear(call.requestDigest);
  else failures.count(call.requestDigest, clock.now());
  return result;
}

async function sendRead({ call, context, callCloud }: Execution): Promise<Executed | Refused | Unknown> {
  const answer = await callCloud({
    row: call.row,
    input: call.input,
    regionId: call.where.regionId,
    timeout: call.rule.timeout,
    repeatable: true,
    signal: context.signal,
    progress: context.progress,
  });
  switch (answer.kind) {
    case "answered":
      return answer;
    case "not-sent":
      return refuseNotSent(call, answer);
    case "rejected":
      return refuseRejected(call, answer);
    case "lost":
      return refuse(
        call.where,
        "UNREACHABLE",
        `${call.row.name} gave no answer (${answer.message}); nothing was changed, it only reads.`,
        "Repeat the call.",
      );
  }
}

async function sendWrite(execution: Execution): Promise<Executed | Refused | Unknown> {
  const { call, context, callCloud, clock, newToken } = execution;
  const ledger = execution.ledger();
  const { intent, resumed } = ledger.reserveIntent({
    requestDigest: call.requestDigest,
    operation: call.row.name,
    at: clock.now(),
    ...(call.rule.idempotency === "token" && { token: newToken() }),
    ...(execution.planId !== undefined && { planId: execution.planId }),
  });
  if (resumed && call.rule.idempotency === "lookup") return unknown(call, "an earlier send of the same request");

  // On disk before the first byte leaves: after a crash it must be clear that something may be out there.
  ledger.markIntent(intent.intentId, "sent");
  const answer = await callCloud({
    row: call.row,
    input: call.input,
    regionId: call.where.regionId,
    timeout: call.rule.timeout,
    repeatable: call.rule.idempotency !== "lookup",
    signal: context.signal,
    progress: context.progress,
    ...(intent.token !== undefined && { token: intent.token }),
  });

  if (answer.kind === "answered") {
    ledger.markIntent(intent.intentId, "answered", {
      body: JSON.stringify(masked(call.row, answer.body)),
      ...(answer.requestId !== undefined && { requestId: answer.requestId }),
    });
    return answer;
  }
  if (isUncertain(answer)) {
    ledger.markIntent(intent.intentId, "unknown");
    return unknown(call, "the request");
  }
  // A request that never left settles nothing about an earlier one with the same token.
  ledger.markIntent(intent.intentId, resumed && answer.kind === "not-sent" ? "unknown" : "rejected");
  if (answer.kind === "not-sent") return refuseNotSent(call, answer);
  if (answer.kind === "rejected") return refuseRejected(call, answer);
  return unknown(call, "the request");
}

/** Nobody knows whether it took effect; says how to find out. */
function unknown(call: Call, subject: string): Unknown {
  const lookup = call.rule.lookup ?? call.rule.verify?.read;
  const look = lookup && findOperation(lookup) ? `Look it up with ${lookup} first.` : "Look the target up first.";
  const next =
    call.rule.idempotency === "lookup"
      ? `${look} It is not sent again by itself, because it might happen twice.`
      : `Repeat the very same call: it is sent again in a way that takes effect once at most. ${look}`;
  return {
    kind: "unknown",
    code: "OUTCOME_UNKNOWN",
    what: `${call.row.name} of ${call.target}: ${subject} was sent and no answer came, so it may or may not have taken effect.`,
    next,
    where: call.where,
  };
}
