import type { Text } from "../../language.ts";
import type { Ledger, StoredPlan } from "../../ledger/types.ts";
import { fourEyesProblem, personOf } from "../../policy/four-eyes.ts";
import { covers, mayStand, termsNow } from "../../policy/standing.ts";
import { type Circumstances, isAtLeast } from "../../policy/strength.ts";
import type { ApprovalStrength } from "../../policy/types.ts";
import { askedTooOften } from "../ask-rate.ts";
import type { OutcomeCode } from "../codes.ts";
import { digest } from "../digest.ts";
import { placeOf } from "../place.ts";
import { isRefused, refuse } from "../refuse.ts";
import type { Approver, Ask, Awaiting, Call, CallContext, GatewayParts, Plan, Refused } from "../types.ts";

/** A person's yes, taken out of circulation in the ledger: it covers this one execution. */
export interface Approved {
  planId: string;
  strength: ApprovalStrength;
  plan: StoredPlan;
  /** Set when it was given in advance: `standing:3`. */
  by?: string;
}

export interface Asking {
  call: Call;
  plan: Plan;
  context: CallContext;
  ledger: Ledger;
  now: number;
  outOfBand: GatewayParts["outOfBand"];
  fourEyes: boolean;
}

/** Step 5, first round: puts the question where it proves enough, or refuses when it may not or cannot be put. */
export async function ask(asking: Asking): Promise<Ask | Awaiting | Refused> {
  const { call, plan, context, ledger, now, outOfBand, fourEyes } = asking;
  const declined = ledger.declinedSince(call.requestDigest, now - call.policy.limits.plan.declinedSeconds * 1_000);
  if (declined) {
    return refuse(
      call,
      "DECLINED_BEFORE",
      {
        en: `${call.row.name} of ${call.target} was not sent: a person said no to the same request a short while ago.`,
        zh: `${call.target} 的 ${call.row.name} 未发送：用户不久前拒绝过同一请求。`,
      },
      {
        en: "Do not ask again; discuss it with the person, who can change the request.",
        zh: "不要再次询问；请与用户商量，由用户更改请求。",
      },
    );
  }
  const { strength } = context.approver;
  const byClient = strength !== "none" && isAtLeast(strength, plan.requiredStrength);
  if (!byClient && !outOfBand) {
    return refuse(
      call,
      "NOBODY_TO_ASK",
      {
        en: `${call.row.name} of ${call.target} was not sent: it needs a person's approval (${plan.requiredStrength}) and nobody can be asked from here.`,
        zh: `${call.target} 的 ${call.row.name} 未发送：需要用户批准（${plan.requiredStrength}），而此处无法询问任何人。`,
      },
      {
        en: "A person can use a client that supports MCP elicitation (Claude Code, VS Code), or run the operation in the console.",
        zh: "用户可使用支持 MCP elicitation 的客户端（Claude Code、VS Code），或在控制台执行该操作。",
      },
    );
  }
  const kept = keepPlan(asking);
  if (isRefused(kept)) return kept;
  if (byClient) return { kind: "ask", plan: kept, where: call.where };
  const how = await outOfBand?.(kept.planId);
  if (!how) throw new Error("the out-of-band channel gave no address");
  return { kind: "awaiting", plan: kept, how, ...(fourEyes && { byAnother: true }), where: call.where };
}

/** One plan, one question: a request that is waiting with the same facts keeps its plan, with others it gets a new one. */
function keepPlan({ call, plan, context, ledger, now }: Asking): Plan | Refused {
  const waiting = ledger.planOfRequest(call.requestDigest, "waiting", now);
  const isSame =
    waiting && digest(waiting.facts) === digest(plan.facts.bound) && waiting.requiredStrength === plan.requiredStrength;
  if (isSame) {
    return { ...plan, planId: waiting.planId, planDigest: waiting.planDigest, expiresAt: waiting.expiresAt };
  }
  const stored = toStored(call, plan, context, now);
  const tooOften = askedTooOften(call, stored, ledger, now);
  if (tooOften) return tooOften;
  if (waiting) ledger.supersedePlan(waiting.planId);
  ledger.savePlan(stored);
  return plan;
}

function toStored(call: Call, plan: Plan, context: CallContext, now: number): StoredPlan {
  return {
    planId: plan.planId,
    requestDigest: plan.requestDigest,
    planDigest: plan.planDigest,
    operation: plan.operation,
    target: plan.target,
    risk: call.rule.risk,
    requiredStrength: plan.requiredStrength,
    question: plan.question,
    requester: context.principal ? `${context.requester} (${context.principal.name})` : context.requester,
    ...(context.principal && { principal: context.principal.name }),
    place: placeOf(call.where),
    facts: plan.facts.bound,
    createdAt: now,
    expiresAt: plan.expiresAt,
    state: "waiting",
  };
}

/** Step 5 when a person has allowed requests like this one in advance: one use of that, counted in the ledger. */
export function takeStanding(
  { call, plan, context, ledger, now }: Omit<Asking, "outOfBand">,
  circumstances: Circumstances,
): Approved | undefined {
  const { limits } = call.policy;
  if (!mayStand(call.rule, circumstances)) return undefined;
  // A no to this very request, said later than the yes to its like, counts more.
  if (ledger.declinedSince(call.requestDigest, now - limits.plan.declinedSeconds * 1_000)) return undefined;
  const request = {
    operation: call.row.name,
    profile: call.where.profile,
    place: placeOf(call.where),
    principal: context.principal?.name,
    workspaceId: call.workspaceId,
    queue: call.input.resourceQueueId,
    name: call.input.name,
    cost: plan.review.cost,
  };
  for (const standing of ledger.listStanding()) {
    const terms = termsNow(standing, limits);
    const fits = isAtLeast(standing.strength, plan.requiredStrength) && covers(standing, request);
    if (!fits || terms.expiresAt <= now) continue;
    const used = ledger.useStanding(standing.standingId, {
      plan: toStored(call, plan, context, now),
      mostUses: terms.uses,
      at: now,
    });
    if (used) return { planId: used.planId, strength: used.strength, plan: used, by: used.decidedBy };
  }
  return undefined;
}

/**
 * Step 5 when a person has decided outside of the client meanwhile: their yes, taken out of circulation.
 * @param fourEyes whether it must be known that they are not whoever asked
 */
export function takeGranted(
  call: Call,
  required: ApprovalStrength,
  ledger: Ledger,
  now: number,
  fourEyes: boolean,
): Approved | undefined {
  const granted = ledger.planOfRequest(call.requestDigest, "approved", now);
  if (!granted?.strength || !isAtLeast(granted.strength, required)) return undefined;
  if (fourEyes && fourEyesProblem(granted, personOf(granted.decidedBy))) return undefined;
  return ledger.burnPlan(granted.planId)
    ? { planId: granted.planId, strength: granted.strength, plan: granted }
    : undefined;
}

type Answer = NonNullable<Approver["answer"]>;

/** Step 5, second round: the answer belongs to this request, is a yes, is in time and was never used. Reads no cloud. */
export function checkAnswer(
  call: Call,
  answer: Answer,
  channel: ApprovalStrength,
  ledger: Ledger,
  now: number,
): StoredPlan | Refused {
  const plan = ledger.findPlan(answer.planId);
  if (!plan || plan.requestDigest !== call.requestDigest || plan.state === "superseded") {
    return refuseApproval(
      call,
      "APPROVAL_INVALID",
      { en: "the approval was given for another request", zh: "该批准属于另一个请求" },
      {
        en: "Repeat the call without it; the person is asked anew.",
        zh: "请不带该批准重复调用，用户会被重新询问。",
      },
    );
  }
  if (plan.state === "used") {
    const sent = ledger.intentOfPlan(plan.planId);
    const state = sent && `${sent.state}${sent.answer ? `: ${sent.answer}` : ""}`;
    return refuseApproval(
      call,
      "APPROVAL_USED",
      {
        en: `its approval was used already${state === undefined ? "" : ` (${state})`}`,
        zh: `其批准已被使用${state === undefined ? "" : `（${state}）`}`,
      },
      { en: "Read the state of the target before anything else.", zh: "请先读取目标的状态。" },
    );
  }
  if (plan.state === "declined") {
    return refuseApproval(
      call,
      "DECLINED",
      { en: "the person said no", zh: "用户拒绝" },
      { en: "Do not ask again; discuss it with the person.", zh: "不要再次询问；请与用户商量。" },
    );
  }
  if (now > plan.expiresAt) {
    return refuseApproval(call, "APPROVAL_EXPIRED", { en: "the answer came too late", zh: "答复来得太晚" }, askedAnew);
  }
  if (answer.decision === "accepted") return plan;
  const saidNo = answer.decision === "declined";
  // Closing a dialog without an answer is no decision that should stick.
  if (saidNo && plan.state === "approved") ledger.burnPlan(plan.planId);
  else if (saidNo) ledger.decidePlan(plan.planId, { verdict: "declined", strength: channel, by: "client", at: now });
  return refuseApproval(
    call,
    "DECLINED",
    saidNo ? { en: "the person said no", zh: "用户拒绝" } : { en: "the person gave no answer", zh: "用户没有答复" },
    {
      en: "Do not repeat it unasked; discuss it with the person.",
      zh: "未经用户要求不要重复；请与用户商量。",
    },
  );
}

/** The answer proves enough for what is known now, and is taken out of circulation. */
export function burnAnswer(
  call: Call,
  plan: StoredPlan,
  answer: Answer,
  channel: ApprovalStrength,
  required: ApprovalStrength,
  ledger: Ledger,
  now: number,
): Approved | Refused {
  if (plan.state === "approved") {
    // A person was quicker outside of the client; their yes is the one that is used.
    const granted = takeGranted(call, required, ledger, now, false);
    if (granted) return granted;
  }
  const proven = strengthOf(answer, plan, channel);
  if (!isAtLeast(proven, required)) {
    return refuseApproval(
      call,
      "APPROVAL_INVALID",
      required === "typed"
        ? { en: `the name typed is not ${plan.target}`, zh: `输入的名称不是 ${plan.target}` }
        : {
            en: `the approval is ${proven}, and ${required} is needed`,
            zh: `批准的强度为 ${proven}，而需要 ${required}`,
          },
      askedAnew,
    );
  }
  const decided = ledger.decidePlan(plan.planId, { verdict: "approved", strength: proven, by: "client", at: now });
  if (decided && ledger.burnPlan(plan.planId)) return { planId: plan.planId, strength: proven, plan };
  return refuseApproval(
    call,
    "APPROVAL_USED",
    { en: "its approval was used already", zh: "其批准已被使用" },
    { en: "Read the state of the target first.", zh: "请先读取目标的状态。" },
  );
}

const askedAnew: Text = {
  en: "Repeat the call; the person is asked anew.",
  zh: "请重复该调用，用户会被重新询问。",
};

function refuseApproval(call: Call, code: OutcomeCode, why: Text, next: Text): Refused {
  return refuse(
    call,
    code,
    {
      en: `${call.row.name} of ${call.target} was not sent: ${why.en}.`,
      zh: `${call.target} 的 ${call.row.name} 未发送：${why.zh}。`,
    },
    next,
  );
}

/** A channel that can have the name typed proves it only when it was, and is the right one. */
function strengthOf(answer: Answer, plan: StoredPlan, channel: ApprovalStrength): ApprovalStrength {
  if (channel !== "typed") return channel;
  return answer.typedName === plan.target ? "typed" : "accepted";
}
