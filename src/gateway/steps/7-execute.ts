import { isUnresolved } from "../../ledger/intents.ts";
import type { MintedSecret, MintSecret } from "../../ledger/secret-files.ts";
import type { Attempt, Intent, Ledger } from "../../ledger/types.ts";
import { findOperation } from "../../operations/registry.ts";
import { type CloudCaller, isUncertain } from "../cloud-call.ts";
import type { FailureCounter } from "../failures.ts";
import { canBeFound, type Finding, findEarlier } from "../find-earlier.ts";
import { masked, maskText, withoutValue } from "../mask.ts";
import { placeOf } from "../place.ts";
import { isRefused, refuse } from "../refuse.ts";
import { refuseNotSent, refuseRejected } from "../translate.ts";
import type { Call, CallContext, Clock, Done, Refused, Unknown } from "../types.ts";

export interface Executed {
  kind: "answered";
  body: unknown;
  requestId?: string;
  secret?: NonNullable<Done<unknown>["secret"]>;
  /** It was sent, and took effect, before this call. */
  foundFromEarlier?: true;
}

export interface Execution {
  call: Call;
  context: CallContext;
  callCloud: CloudCaller;
  ledger: () => Ledger;
  clock: Clock;
  newToken: () => string;
  mintSecret: MintSecret | undefined;
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
    reads: true,
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
  const { idempotency } = call.rule;
  const ledger = execution.ledger();
  const secret = mintFor(execution);
  if (secret && isRefused(secret)) return secret;
  // On disk before the first byte leaves: after a crash it must be clear that something may be out there.
  const begun = ledger.beginAttempt({
    requestDigest: call.requestDigest,
    operation: call.row.name,
    target: call.target,
    place: placeOf(call.where),
    at: clock.now(),
    resumeSince: resumeSince(call, clock.now()),
    ...((idempotency === "token" || call.rule.find) && { token: newToken() }),
    ...(execution.planId !== undefined && { planId: execution.planId }),
  });
  // Another process has sent it since the question was put.
  if (begun.kind === "blocked") {
    secret?.discard();
    return refuseEarlier(call, begun.intent);
  }
  const { intent, attemptId, resumed } = begun;
  const end = (result: NonNullable<Attempt["result"]>, answer: { body?: string; requestId?: string } = {}) =>
    ledger.endAttempt(attemptId, { result, at: clock.now(), ...answer });

  let answer: Awaited<ReturnType<CloudCaller>>;
  try {
    answer = await callCloud({
      row: call.row,
      input: call.input,
      regionId: call.where.regionId,
      timeout: call.rule.timeout,
      repeatable: idempotency !== "lookup",
      signal: context.signal,
      progress: context.progress,
      ...(intent.token !== undefined && { token: intent.token }),
      ...(secret && { minted: secret.value }),
    });
  } catch (error) {
    end("unknown");
    throw error;
  }

  if (answer.kind === "answered") {
    const body = withoutValue(answer.body, secret?.value);
    end("answered", {
      body: JSON.stringify(masked(call.row, body)),
      ...(answer.requestId !== undefined && { requestId: answer.requestId }),
    });
    return { ...answer, body, ...(secret && { secret: { file: secret.path, masked: maskText(secret.value) } }) };
  }
  if (answer.kind === "lost" || isUncertain(answer) || answer.earlierUncertain) {
    const found = await findLost(execution, intent);
    if (found) {
      end("answered", {
        body: JSON.stringify(masked(call.row, found.body)),
        ...(found.requestId !== undefined && { requestId: found.requestId }),
      });
      return found;
    }
    end("unknown");
    return unknown(call, intent, secret?.path);
  }
  const state = end(answer.kind);
  secret?.discard();
  const refusal =
    answer.kind === "not-sent" ? refuseNotSent(call, answer) : refuseRejected(call, answer, secret?.value);
  // What became of this attempt settles nothing about an earlier one, or one of another process.
  if (!resumed || !isUnresolved(state)) return refusal;
  return { ...refusal, next: `${refusal.next} ${earlierSend(intent)}; ${howToResolve(call, intent)}` };
}

/** When a lost answer is looked for: at once, and again when a list that lags may have caught up. */
const looksAfterMs = [500, 4_000] as const;

async function findLost({ call, context, callCloud, clock }: Execution, intent: Intent): Promise<Executed | undefined> {
  const { token } = intent;
  if (token === undefined || !canBeFound(call, intent)) return undefined;
  for (const waitMs of looksAfterMs) {
    try {
      await clock.sleep(waitMs, context.signal);
    } catch {
      return undefined;
    }
    const finding = await findEarlier(call, token, callCloud, context.signal);
    if (finding.kind === "found") return executedBy(finding);
  }
  return undefined;
}

function executedBy({ body, requestId }: Extract<Finding, { kind: "found" }>): Executed {
  return { kind: "answered", body, ...(requestId !== undefined && { requestId }) };
}

/**
 * Before a request that carried a key may be sent again: what became of it. Undefined: there is none, or it never took
 * effect, which is written down, so that the next one is another request with another key.
 */
export async function lookUpEarlier({
  call,
  ledger,
  clock,
  callCloud,
  signal,
}: Pick<Execution, "call" | "callCloud" | "clock"> & { ledger: Ledger; signal: AbortSignal }): Promise<
  Executed | Refused | undefined
> {
  const earlier = call.rule.find && ledger.unresolvedIntent(call.requestDigest);
  if (!earlier?.token || !canBeFound(call, earlier)) return undefined;
  const finding = await findEarlier(call, earlier.token, callCloud, signal);
  const resolve = (verdict: "happened" | "did-not-happen") =>
    ledger.resolveIntent(earlier.intentId, { verdict, by: "lookup", at: clock.now() });
  if (finding.kind === "found") {
    resolve("happened");
    return { ...executedBy(finding), foundFromEarlier: true };
  }
  if (finding.kind === "unclear") return refuseEarlier(call, earlier);
  const attempts = ledger.findIntent(earlier.intentId)?.attempts ?? [];
  const lastSent = Math.max(earlier.createdAt, ...attempts.map(({ startedAt }) => startedAt));
  const lateUntil = lastSent + (call.rule.find?.lateSeconds ?? 0) * 1_000;
  if (clock.now() < lateUntil) return refuseLate(call, earlier, lateUntil);
  resolve("did-not-happen");
  return undefined;
}

/** The value that the request is to carry, kept in a file from before it leaves; undefined where it carries none. */
function mintFor({ call, mintSecret }: Execution): MintedSecret | Refused | undefined {
  const { row, where } = call;
  if (row.minted === undefined || call.input[row.minted] === undefined) return undefined;
  const refused = (why: string) =>
    refuse(
      where,
      "SECRET_NOT_STORED",
      `${row.name} was not sent: ${why}.`,
      "Make the state folder writable; `spark-workspace-mcp doctor` names it.",
    );
  if (!mintSecret) return refused("this program keeps no secrets");
  try {
    // A token's own id says nothing of where it is good for.
    const owner = String(call.input.kyuubiServiceId ?? call.input.livyComputeId ?? call.target);
    return mintSecret({ operation: row.name, owner });
  } catch (error) {
    return refused(`its secret could not be stored (${error instanceof Error ? error.message : String(error)})`);
  }
}

/**
 * How long a token is relied on. The service does not say how long it remembers one; a retry after a crash or a lost
 * answer comes within minutes.
 */
const tokenTrustedMs = 60 * 60_000;

/** Unresolved intents from then on may be sent again. */
function resumeSince(call: Call, now: number): number {
  switch (call.rule.idempotency) {
    case "token":
      return now - tokenTrustedMs;
    case "lookup":
      return Number.POSITIVE_INFINITY;
    default:
      return 0;
  }
}

/** An earlier send of the same request that nobody knows the end of, and that must not be repeated as things are. */
export function blockedByEarlier(call: Call, ledger: Ledger, now: number): Refused | undefined {
  const earlier = call.rule.idempotency === "read" ? undefined : ledger.unresolvedIntent(call.requestDigest);
  return earlier && earlier.createdAt < resumeSince(call, now) ? refuseEarlier(call, earlier) : undefined;
}

/** What the person should know before saying yes to a request that may be out there already. */
export function noticeOfEarlier(call: Call, ledger: Ledger): string | undefined {
  const earlier = ledger.unresolvedIntent(call.requestDigest);
  return earlier && `${earlierSend(earlier)}. A yes sends it again in a way that takes effect once at most.`;
}

function refuseEarlier(call: Call, intent: Intent): Refused {
  const why = intent.token === undefined ? "" : ", and its idempotency token is too old to rely on";
  return refuse(
    call.where,
    "EARLIER_SEND_UNRESOLVED",
    `${call.row.name} of ${call.target} was not sent: ${lowerFirst(earlierSend(intent))}${why}.`,
    capitalised(howToResolve(call, intent)),
  );
}

function refuseLate(call: Call, intent: Intent, lateUntil: number): Refused {
  return refuse(
    call.where,
    "EARLIER_SEND_UNRESOLVED",
    `${call.row.name} of ${call.target} was not sent: ${lowerFirst(earlierSend(intent))}; it is not there yet, and may still be on its way.`,
    `Repeat the very same call after ${new Date(lateUntil).toISOString()}: it is looked for again, and sent only if it never arrived.`,
  );
}

function earlierSend({ intentId, createdAt }: Intent): string {
  return `The same request was sent at ${new Date(createdAt).toISOString()} and no answer came, so it may have taken effect (intent ${intentId})`;
}

/** Looking it up is anybody's; saying what came of it is a person's, on a terminal. */
function howToResolve(call: Call, { intentId }: Intent): string {
  const command = `spark-workspace-mcp intents resolve ${intentId}`;
  return `${lookUp(call)}, then a person runs \`${command} --happened\` or \`${command} --did-not-happen\`. Until then it is not sent again.`;
}

function lookUp(call: Call): string {
  const lookup = call.rule.lookup ?? call.rule.verify?.read;
  return lookup !== undefined && findOperation(lookup) ? `look it up with ${lookup}` : "look the target up";
}

/** Nobody knows whether it took effect; says how to find out. */
function unknown(call: Call, intent: Intent, secretFile: string | undefined): Unknown {
  const next = canBeFound(call, intent)
    ? "repeat the very same call: what became of it is looked up by the key it carried, and it is sent again only if it never arrived"
    : call.rule.idempotency === "lookup"
      ? howToResolve(call, intent)
      : `repeat the very same call: it is sent again in a way that takes effect once at most. Or ${lookUp(call)} first.`;
  return {
    kind: "unknown",
    code: "OUTCOME_UNKNOWN",
    what: `${call.row.name} of ${call.target}: the request was sent and no answer came, so it may or may not have taken effect (intent ${intent.intentId}).${secretFile === undefined ? "" : ` The secret it carried is in ${secretFile}.`}`,
    next: capitalised(next),
    where: call.where,
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
