import type { Ledger } from "../../ledger/types.ts";
import type { ApprovalStrength } from "../../policy/types.ts";
import { placeOf } from "../place.ts";
import type { AuditMark, CallContext, Outcome, Where } from "../types.ts";

export interface Recording {
  operation: string;
  target?: string;
  requestDigest: string;
  where: Where;
  context: CallContext;
  approval?: { planId: string; strength: ApprovalStrength };
  now: number;
}

/**
 * Step 9: the decision becomes a row of the audit chain, whatever it was: who asked for what and where, who approved
 * that, when and how. Of the arguments only the target and a digest.
 */
export function record(ledger: Ledger, recording: Recording, outcome: Outcome<unknown>): AuditMark {
  const { approval, target, context } = recording;
  const planId = approval?.planId ?? ("plan" in outcome ? outcome.plan.planId : undefined);
  const plan = planId === undefined ? undefined : ledger.findPlan(planId);
  const requestId =
    outcome.kind === "done" ? outcome.requestId : outcome.kind === "refused" ? outcome.cloud?.requestId : undefined;
  return ledger.appendAudit({
    at: recording.now,
    event: "call",
    operation: recording.operation,
    ...(target !== undefined && { target }),
    place: placeOf(recording.where),
    profile: recording.where.profile,
    requester: context.requester,
    ...(context.principal && { principal: context.principal.name }),
    argumentsDigest: recording.requestDigest,
    outcome: outcome.kind,
    ...("code" in outcome && { code: outcome.code }),
    ...(planId !== undefined && { planId }),
    ...(plan && { planDigest: plan.planDigest }),
    ...(approval && { strength: approval.strength }),
    ...(plan?.decidedBy !== undefined && { decidedBy: plan.decidedBy }),
    ...(plan?.decidedAt !== undefined && { decidedAt: plan.decidedAt }),
    ...(requestId !== undefined && { requestId }),
  });
}
