import { type ApprovalStrength, approvalStrengths, type Limits, type OperationRule, type RiskClass } from "./types.ts";

export function isAtLeast(strength: ApprovalStrength, least: ApprovalStrength): boolean {
  return approvalStrengths.indexOf(strength) >= approvalStrengths.indexOf(least);
}

export function strongest(...strengths: readonly ApprovalStrength[]): ApprovalStrength {
  return strengths.reduce((most, each) => (isAtLeast(each, most) ? each : most), "none");
}

/** Text of a stranger may have steered the session, so these need a person outside of it. */
export const classesForbiddenToTainted: ReadonlySet<RiskClass> = new Set(["destructive", "credential", "privilege"]);

export interface Circumstances {
  /** Environments the target may belong to; more than one when that cannot be told, and then the strictest counts. */
  environments: readonly string[];
  /** The session has read text that a job or a cloud's user wrote. */
  tainted: boolean;
}

/** What a call of this rule needs from a person. A forbidden operation has no strength that would do. */
export function requiredStrength(rule: OperationRule, limits: Limits, circumstances: Circumstances): ApprovalStrength {
  if (rule.risk === "forbidden") return "out-of-band";
  const { risk } = rule;
  const inEnvironments = circumstances.environments.map((name) => limits.environments[name]?.[risk] ?? "none");
  const least = strongest(limits.approval[risk], rule.approval ?? "none", ...inEnvironments);
  return circumstances.tainted && classesForbiddenToTainted.has(risk) ? strongest(least, "out-of-band") : least;
}
