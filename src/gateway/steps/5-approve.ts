import type { Ledger, StoredPlan } from "../../ledger/types.ts";
import { isAtLeast, requiredStrength } from "../../policy/strength.ts";
import type { ApprovalStrength } from "../../policy/types.ts";
import { refuse } from "../refuse.ts";
import type { Approver, Ask, Call, Plan, Refused } from "../types.ts";

/** A person's yes, taken out of circulation in the ledger: it covers this one execution. */
export interface Approved {
  planId: string;
  strength: ApprovalStrength;
  plan: StoredPlan;
}

/** Step 5, first round: puts the question, or refuses when it may not or cannot be put. */
export function ask(call: Call, plan: Plan, approver: Approver, ledger: Ledger, now: number): Ask | Refused {
  const declined = ledger.declinedSince(call.requestDigest, now - call.policy.limits.plan.declinedSeconds * 1_000);
  if (declined) {
    return refuse(
      call.where,
      "DECLINED_BEFORE",
      `${call.row.name} of ${call.target} was not sent: a person said no to the same request a short while ago.`,
      "Do not ask again; discuss it with the person, who can change the request.",
    );
  }
  if (approver.strength === "none" || !isAtLeast(approver.strength, plan.requiredStrength)) {
    return refuse(
      call.where,
      "NOBODY_TO_ASK",
      `${call.row.name} of ${call.target} was not sent: it needs a person's approval (${plan.requiredStrength}) and this client cannot ask for one.`,
      "A person can use a client that supports MCP elicitation (Claude Code, VS Code), or run the operation in the console.",
    );
  }
  ledger.savePlan({
    planId: plan.planId,
    requestDigest: plan.requestDigest,
    planDigest: plan.planDigest,
    operation: plan.operation,
    target: plan.target,
    facts: plan.facts.bound,
    createdAt: now,
    expiresAt: plan.expiresAt,
    state: "waiting",
  });
  return { kind: "ask", plan, where: call.where };
}

/** Step 5, second round: the answer belongs to this request, is a yes, is in time and was never used. */
export function approve(
  call: Call,
  answer: NonNullable<Approver["answer"]>,
  strength: ApprovalStrength,
  ledger: Ledger,
  now: number,
): Approved | Refused {
  const refuseWith = (code: Refused["code"], why: string, next: string): Refused =>
    refuse(call.where, code, `${call.row.name} of ${call.target} was not sent: ${why}.`, next);

  const plan = ledger.findPlan(answer.planId);
  if (!plan || plan.requestDigest !== call.requestDigest) {
    return refuseWith(
      "APPROVAL_INVALID",
      "the approval was given for another request",
      "Repeat the call without it; the person is asked anew.",
    );
  }
  if (plan.state === "used" || plan.state === "approved") {
    const sent = ledger.intentOfPlan(plan.planId);
    return refuseWith(
      "APPROVAL_USED",
      `its approval was used already${sent ? ` (${sent.state}${sent.answer ? `: ${sent.answer}` : ""})` : ""}`,
      "Read the state of the target before anything else.",
    );
  }
  if (plan.state === "declined") {
    return refuseWith("DECLINED", "the person said no", "Do not ask again; discuss it with the person.");
  }
  if (now > plan.expiresAt) {
    return refuseWith("APPROVAL_EXPIRED", "the answer came too late", "Repeat the call; the person is asked anew.");
  }
  if (answer.decision !== "accepted") {
    // Closing a dialog without an answer is no decision that should stick.
    if (answer.decision === "declined") ledger.decidePlan(plan.planId, "declined", strength, now);
    return refuseWith(
      "DECLINED",
      answer.decision === "declined" ? "the person said no" : "the person gave no answer",
      "Do not repeat it unasked; discuss it with the person.",
    );
  }
  const required = requiredStrength(call.rule, call.policy.limits);
  const proven = strengthOf(answer, plan, strength);
  if (!isAtLeast(proven, required)) {
    return refuseWith(
      "APPROVAL_INVALID",
      required === "typed"
        ? `the name typed is not ${plan.target}`
        : `the approval is ${proven}, and ${required} is needed`,
      "Repeat the call; the person is asked anew.",
    );
  }
  const first = ledger.decidePlan(plan.planId, "approved", proven, now) && ledger.burnPlan(plan.planId);
  if (!first) {
    return refuseWith("APPROVAL_USED", "its approval was used already", "Read the state of the target first.");
  }
  return { planId: plan.planId, strength: proven, plan };
}

function strengthOf(
  answer: NonNullable<Approver["answer"]>,
  plan: StoredPlan,
  channel: ApprovalStrength,
): ApprovalStrength {
  if (channel !== "typed") return channel;
  return answer.typedName === plan.target ? "typed" : "accepted";
}
