import { sayIn, type Text } from "../language.ts";
import type { Intent, Ledger } from "../ledger/types.ts";
import { findOperation } from "../operations/registry.ts";
import { type CloudCaller, longestUntilSent } from "./cloud-call.ts";
import { canBeFound, type Finding, findEarlier } from "./find-earlier.ts";
import { refuse } from "./refuse.ts";
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
export function noticeOfEarlier(call: Call, ledger: Ledger): string | undefined {
  const earlier = ledger.unresolvedIntent(call.requestDigest);
  if (!earlier) return undefined;
  const { en, zh } = earlierSend(earlier);
  return sayIn(call.language)(
    `${en}. A yes sends it again in a way that takes effect once at most.`,
    `${zh}。批准后会以最多生效一次的方式再次发送。`,
  );
}

export function refuseEarlier(call: Call, intent: Intent): Refused {
  const resolve = howToResolve(call, intent);
  if (canBeFound(call, intent)) {
    return refuseUnresolved(
      call,
      intent,
      { en: ", and what became of it is not known yet", zh: "，其结果尚不清楚" },
      {
        en: `Repeat the very same call in a minute: it is looked for again. If that does not tell, ${resolve.en}`,
        zh: `请在一分钟后原样重复该调用：会再次查找。若仍不清楚，${resolve.zh}`,
      },
    );
  }
  const tooOld = { en: ", and its idempotency token is too old to rely on", zh: "，其幂等令牌已过旧，不可依赖" };
  const next = { en: capitalised(resolve.en), zh: resolve.zh };
  return refuseUnresolved(call, intent, intent.token === undefined ? { en: "", zh: "" } : tooOld, next);
}

function refuseLate(call: Call, intent: Intent, lateUntil: number): Refused {
  const until = new Date(lateUntil).toISOString();
  return refuseUnresolved(
    call,
    intent,
    { en: "; it is not there yet, and may still be on its way", zh: "；目前还没有出现，可能仍在途中" },
    {
      en: `Repeat the very same call after ${until}: it is looked for again, and sent only if it never arrived.`,
      zh: `请在 ${until} 之后原样重复该调用：会再次查找，只有确实未到达时才发送。`,
    },
  );
}

/** When the request had left at the latest. */
function leftAt(call: Call, { intentId, createdAt }: Intent, ledger: Ledger): number {
  const last = ledger.findIntent(intentId)?.attempts.at(-1);
  // An attempt without an end died with its process, and may have waited for its turn before it was sent.
  return last?.endedAt ?? createdAt + longestUntilSent(call.policy.limits, call.rule.timeout);
}

function refuseUnresolved(call: Call, intent: Intent, why: Text, next: Text): Refused {
  const earlier = earlierSend(intent);
  return refuse(
    call,
    "EARLIER_SEND_UNRESOLVED",
    {
      en: `${call.row.name} of ${call.target} was not sent: ${lowerFirst(earlier.en)}${why.en}.`,
      zh: `${call.target} 的 ${call.row.name} 未发送：${earlier.zh}${why.zh}。`,
    },
    next,
  );
}

export function earlierSend({ intentId, createdAt }: Intent): Text {
  const at = new Date(createdAt).toISOString();
  return {
    en: `The same request was sent at ${at} and no answer came, so it may have taken effect (intent ${intentId})`,
    zh: `相同的请求已于 ${at} 发送且未收到应答，可能已经生效（intent ${intentId}）`,
  };
}

/** Looking it up is anybody's; saying what came of it is a person's, on a terminal. */
export function howToResolve(call: Call, { intentId }: Intent): Text {
  const command = `spark-workspace-mcp intents resolve ${intentId}`;
  const look = lookUp(call);
  return {
    en: `${look.en}, then a person runs \`${command} --happened\` or \`${command} --did-not-happen\`. Until then it is not sent again.`,
    zh: `${look.zh}，然后由用户运行 \`${command} --happened\` 或 \`${command} --did-not-happen\`。在此之前不会再次发送。`,
  };
}

function lookUp(call: Call): Text {
  const lookup = call.rule.lookup ?? call.rule.verify?.read;
  return lookup !== undefined && findOperation(lookup)
    ? { en: `look it up with ${lookup}`, zh: `请先用 ${lookup} 查看` }
    : { en: "look the target up", zh: "请先查看目标" };
}

/** Nobody knows whether it took effect; says how to find out. */
export function unknownOutcome(call: Call, intent: Intent, secretFile: string | undefined): Unknown {
  const say = sayIn(call.language);
  const next = nextOfUnknown(call, intent);
  const secret =
    secretFile === undefined
      ? ""
      : say(` The secret it carried is in ${secretFile}.`, `其所携带的密钥在 ${secretFile} 中。`);
  const what = say(
    `${call.row.name} of ${call.target}: the request was sent and no answer came, so it may or may not have taken effect (intent ${intent.intentId}).`,
    `${call.target} 的 ${call.row.name}：请求已发送但没有应答，可能已经生效，也可能没有（intent ${intent.intentId}）。`,
  );
  return {
    kind: "unknown",
    code: "OUTCOME_UNKNOWN",
    what: `${what}${secret}`,
    next: capitalised(next[call.language]),
    where: call.where,
  };
}

function nextOfUnknown(call: Call, intent: Intent): Text {
  if (canBeFound(call, intent)) {
    return {
      en: "repeat the very same call: what became of it is looked up by the key it carried, and it is sent again only if it never arrived",
      zh: "请原样重复该调用：会按其携带的键查找结果，只有确实未到达时才再次发送",
    };
  }
  if (call.rule.idempotency === "lookup") return howToResolve(call, intent);
  const look = lookUp(call);
  return {
    en: `repeat the very same call: it is sent again in a way that takes effect once at most. Or ${look.en} first.`,
    zh: `请原样重复该调用：会以最多生效一次的方式再次发送。也可以${look.zh}。`,
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
  const { find } = call.rule;
  const earlier = find && ledger.unresolvedIntent(call.requestDigest);
  if (!find || !earlier?.token || !canBeFound(call, earlier)) return undefined;
  const finding = await findEarlier(call, earlier.token, callCloud, signal);
  const resolve = (verdict: "happened" | "did-not-happen") =>
    ledger.resolveIntent(earlier.intentId, { verdict, by: "lookup", at: clock.now() });
  if (finding.kind === "found") {
    resolve("happened");
    return { ...executedBy(finding), foundFromEarlier: true };
  }
  if (finding.kind === "unclear") return refuseEarlier(call, earlier);
  const lateUntil = leftAt(call, earlier, ledger) + find.lateSeconds * 1_000;
  if (clock.now() < lateUntil) return refuseLate(call, earlier, lateUntil);
  resolve("did-not-happen");
  return undefined;
}
