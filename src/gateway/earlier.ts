import type { Intent, Ledger } from "../ledger/types.ts";
import { findOperation } from "../operations/registry.ts";
import type { Language } from "../policy/types.ts";
import type { CloudCaller } from "./cloud-call.ts";
import { canBeFound, type Finding, findEarlier } from "./find-earlier.ts";
import { refuse } from "./refuse.ts";
import { inLanguage } from "./reviews/words.ts";
import type { Call, Clock, Executed, Refused, Unknown } from "./types.ts";

/** What an earlier send of the very same request means, when nobody knows what became of it. */

/**
 * How long a token is relied on. The service does not say how long it remembers one; a retry after a crash or a lost
 * answer comes within minutes.
 */
const tokenTrustedMs = 60 * 60_000;

/** Unresolved intents from then on may be sent again. */
export function resumeSince(call: Call, now: number): number {
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
export function noticeOfEarlier(call: Call, ledger: Ledger, language: Language): string | undefined {
  const earlier = ledger.unresolvedIntent(call.requestDigest);
  if (!earlier) return undefined;
  return inLanguage(language)(
    `${earlierSend(earlier)}. A yes sends it again in a way that takes effect once at most.`,
    `相同的请求已于 ${new Date(earlier.createdAt).toISOString()} 发送且未收到应答，可能已经生效（intent ${earlier.intentId}）。批准后会以最多生效一次的方式再次发送。`,
  );
}

export function refuseEarlier(call: Call, intent: Intent): Refused {
  const [why, next] = canBeFound(call, intent)
    ? [
        ", and what became of it is not known yet",
        `repeat the very same call in a minute: it is looked for again. If that does not tell, ${howToResolve(call, intent)}`,
      ]
    : [
        intent.token === undefined ? "" : ", and its idempotency token is too old to rely on",
        howToResolve(call, intent),
      ];
  return refuse(
    call.where,
    "EARLIER_SEND_UNRESOLVED",
    `${call.row.name} of ${call.target} was not sent: ${lowerFirst(earlierSend(intent))}${why}.`,
    capitalised(next),
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

export function earlierSend({ intentId, createdAt }: Intent): string {
  return `The same request was sent at ${new Date(createdAt).toISOString()} and no answer came, so it may have taken effect (intent ${intentId})`;
}

/** Looking it up is anybody's; saying what came of it is a person's, on a terminal. */
export function howToResolve(call: Call, { intentId }: Intent): string {
  const command = `spark-workspace-mcp intents resolve ${intentId}`;
  return `${lookUp(call)}, then a person runs \`${command} --happened\` or \`${command} --did-not-happen\`. Until then it is not sent again.`;
}

function lookUp(call: Call): string {
  const lookup = call.rule.lookup ?? call.rule.verify?.read;
  return lookup !== undefined && findOperation(lookup) ? `look it up with ${lookup}` : "look the target up";
}

/** Nobody knows whether it took effect; says how to find out. */
export function unknownOutcome(call: Call, intent: Intent, secretFile: string | undefined): Unknown {
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

export function executedBy({ body, requestId }: Extract<Finding, { kind: "found" }>): Executed {
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
}: {
  call: Call;
  ledger: Ledger;
  clock: Clock;
  callCloud: CloudCaller;
  signal: AbortSignal;
}): Promise<Executed | Refused | undefined> {
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
