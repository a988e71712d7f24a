import type { Ledger } from "../../ledger/types.ts";
import type { ApprovalStrength } from "../../policy/types.ts";
import type { AuditMark, CallContext, Outcome, Where } from "../types.ts";

export interface Recording {
  operation: string;
  requestDigest: string;
  where: Where;
  context: CallContext;
  approval?: { planId: string; strength: ApprovalStrength };
  now: number;
}

/** Step 9: the decision becomes a row of the audit chain, whatever it was. */
export function record(ledger: Ledger, recording: Recording, outcome: Outcome<unknown>): AuditMark {
  const { approval } = recording;
  const planId = approval?.planId ?? ("plan" in outcome ? outcome.plan.planId : undefined);
  const requestId =
    outcome.kind === "done" ? outcome.requestId : outcome.kind === "refused" ? outcome.cloud?.requestId : undefined;
  return ledger.appendAudit({
    at: recording.now,
    operation: recording.operation,
    profile: recording.where.profile,
    identity: recording.where.identity,
    requester: recording.context.requester,
    argumentsDigest: recording.requestDigest,
    outcome: outcome.kind,
    ...("code" in outcome && { code: outcome.code }),
    ...(planId !== undefined && { planId }),
    ...(approval && { strength: approval.strength }),
    ...(requestId !== undefined && { requestId }),
  });
}
