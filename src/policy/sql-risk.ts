import type { OperationRule } from "./types.ts";

/** What is known of the SQL that a call carries; `why` is one sentence. */
export interface SqlVerdict {
  kind: "read" | "write" | "unknown";
  why: string;
}

/**
 * The rule of a call that carries SQL. A text that certainly only reads makes it a read, which may be repeated;
 * any other keeps the class of its operation.
 */
export function ruleForSql(rule: OperationRule, verdict: SqlVerdict): OperationRule {
  if (verdict.kind !== "read") return rule;
  // One that can be found is not started twice for nothing: what it scans is billed.
  return { ...rule, risk: "read", idempotency: rule.find ? rule.idempotency : "read" };
}
