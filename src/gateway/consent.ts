import { sayIn } from "../language.ts";
import type { Ledger } from "../ledger/types.ts";
import { environmentsOf } from "../policy/environments.ts";
import { type Circumstances, requiredStrength } from "../policy/strength.ts";
import { noticeOfEarlier } from "./earlier.ts";
import { queuesAndPoolsOf } from "./queues.ts";
import { isRefused } from "./refuse.ts";
import { makePlan } from "./steps/4-plan.ts";
import { type Approved, ask, burnAnswer, checkAnswer, takeGranted, takeStanding } from "./steps/5-approve.ts";
import type { Approver, Ask, Awaiting, Call, CallContext, Facts, GatewayParts, Refused } from "./types.ts";

/** What a person's consent to one call is settled with. */
export interface ConsentParts extends Pick<GatewayParts, "clock" | "newToken"> {
  outOfBand: GatewayParts["outOfBand"] | undefined;
  call: Call;
  context: CallContext;
  ledger: Ledger;
  /** Nobody decides what they asked for themselves. */
  fourEyes: boolean;
}

/** `free`: nobody has to be asked. `Approved`: a yes covers this one execution and is out of circulation. */
export type Consent = { kind: "free" } | { kind: "approved"; approved: Approved } | Refused | Ask | Awaiting;

export interface Consenting {
  /** The answer that this round brought, looked at before anything is read of the cloud. */
  refusal: Refused | undefined;
  /** Steps 4 and 5, on the facts as they are now. */
  settle(facts: Facts): Promise<Consent>;
}

/** A repeat of a request answered this recently is pointed out to the person. */
const recentMs = 10 * 60_000;

export function consentTo({ call, context, ledger, clock, newToken, outOfBand, fourEyes }: ConsentParts): Consenting {
  // The client is the requester's own, so with four eyes nobody can be asked through it, and no answer comes from it.
  const approver: Approver = fourEyes ? { strength: "none" } : context.approver;
  // The answer belongs to the write of a tool's call, not to the reads that it makes before.
  const answer = call.rule.idempotency === "read" ? undefined : approver.answer;
  const checked = answer && checkAnswer(call, answer, approver.strength, ledger, clock.now());
  const answered = checked && !isRefused(checked) ? checked : undefined;

  return {
    refusal: checked && isRefused(checked) ? checked : undefined,
    async settle(facts) {
      const circumstances = circumstancesOf(call, facts, context);
      const required = requiredStrength(call.rule, call.policy.limits, circumstances);
      const now = clock.now();
      if (answer && answered) {
        const burnt = burnAnswer(call, answered, answer, approver.strength, required, ledger, now);
        return isRefused(burnt) ? burnt : { kind: "approved", approved: burnt };
      }
      if (required === "none") return { kind: "free" };
      const granted = takeGranted(call, required, ledger, now, fourEyes);
      if (granted) return { kind: "approved", approved: granted };

      const plan = makePlan({
        call,
        facts,
        requiredStrength: required,
        now,
        newToken,
        notices: noticesOf(call, ledger, now),
      });
      if (isRefused(plan)) return plan;
      const asking = { call, plan, context: { ...context, approver }, ledger, now, outOfBand, fourEyes };
      // What became of an earlier send is for a person to weigh, however much was allowed in advance. Who allowed it in
      // advance is not known, so with four eyes it may have been whoever asks.
      const mayStandIn = !fourEyes && noticeOfEarlier(call, ledger) === undefined;
      const standing = mayStandIn ? takeStanding(asking, circumstances) : undefined;
      return standing ? { kind: "approved", approved: standing } : ask(asking);
    },
  };
}

function circumstancesOf(call: Call, facts: Facts, { session }: CallContext): Circumstances {
  // Storage lies in no workspace. One that is yet to be created is known by the name it will get.
  if (call.row.cloud === "oss" || call.row.cloud === "obs") return { environments: [], tainted: session.tainted };
  if (call.row.cloud === "dli") {
    const queues = queuesAndPoolsOf(call.input, facts);
    // Names are their own ids; what names none may be any of them.
    const seen = queues.length === 0 ? [{}] : queues.map((name) => ({ id: name, name }));
    const environments = seen.flatMap((each) => environmentsOf(call.policy.environments, each));
    return { environments: [...new Set(environments)], tainted: session.tainted };
  }
  const id = call.workspaceId;
  const name = id === undefined ? call.input.workspaceName : (facts.bound.workspaceName ?? facts.context.workspaceName);
  const workspace = { id, name: typeof name === "string" ? name : undefined };
  return { environments: environmentsOf(call.policy.environments, workspace), tainted: session.tainted };
}

function noticesOf(call: Call, ledger: Ledger, now: number): string[] {
  const earlier = noticeOfEarlier(call, ledger);
  if (earlier !== undefined) return [earlier];
  const answered = ledger.answeredSince(call.requestDigest, now - recentMs);
  if (!answered) return [];
  const seconds = Math.round((now - answered.createdAt) / 1_000);
  const t = sayIn(call.language);
  return [
    t(
      `The very same request was already carried out ${seconds} s ago (${answered.answer ?? "no details"}).`,
      `完全相同的请求已在 ${seconds} 秒前执行（${answered.answer ?? "无详细信息"}）。`,
    ),
  ];
}
