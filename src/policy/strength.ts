import { type ApprovalStrength, approvalStrengths, type Limits, type OperationRule } from "./types.ts";

export function isAtLeast(strength: ApprovalStrength, least: ApprovalStrength): boolean {
  return approvalStrengths.indexOf(strength) >= approvalStrengths.indexOf(least);
}

/** What a call of this rule needs from a person. A forbidden operation has no strength that would do. */
export function requiredStrength(rule: OperationRule, limits: Limits): ApprovalStrength {
  return rule.risk === "forbidden" ? "out-of-band" : limits.approval[rule.risk];
}
