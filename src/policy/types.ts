import type { Text } from "../language.ts";
/** The policy's vocabulary. Everything in this room is pure: no I/O, no clock, no randomness. */

import type { EnvironmentPattern } from "./environments.ts";

export const riskClasses = [
  "read",
  "read-secret",
  "write",
  "spend",
  "credential",
  "privilege",
  "destructive",
  "forbidden",
] as const;
export type RiskClass = (typeof riskClasses)[number];

/**
 * How sure one can be that a person said yes, weakest first.
 * `accepted`: the client says its user accepted. `typed`: the user typed the target's name in the client.
 * `out-of-band`: a person decided outside the client. `out-of-band+code`: and gave what no program on the machine has,
 * a code of the enrolled app or an approver's own key.
 */
export const approvalStrengths = ["none", "accepted", "typed", "out-of-band", "out-of-band+code"] as const;
export type ApprovalStrength = (typeof approvalStrengths)[number];

/**
 * What a lost answer means.
 * `token`: the operation carries an idempotency token, so it is sent again with the same one.
 * `same-effect`: sending it twice changes nothing more than once (setting a size, cancelling).
 * `lookup`: never sent again before somebody looked whether it took effect.
 * `read`: no effect at all.
 */
export type Idempotency = "read" | "token" | "same-effect" | "lookup";
export type TimeoutClass = "read" | "write";

/** A read that must happen before the operation, and what of its answer counts. */
export interface Precheck {
  read: string;
  /** Parameter that holds a list: read once for each element, which `$parameter` stands for within this precheck. */
  each?: string;
  /** Parameter of the read -> `$parameter` of the call, or a literal. */
  with: Readonly<Record<string, string>>;
  /** Follow nextToken to the end and join the pages' lists. */
  pages?: "all";
  /** Bound to the approval: a different value at execution refuses. Name -> path into the answer (see facts.ts). */
  facts: Readonly<Record<string, string>>;
  /** Shown to the person, free to change before execution. */
  context?: Readonly<Record<string, string>>;
  /** Fact -> admitted values, compared without case. An absent fact is never admitted. */
  require?: Readonly<Record<string, readonly string[]>>;
  /** Said when `require` does not hold or the object is not found; a clause, no placeholders. */
  otherwise: Text;
  /** What the caller may do then. */
  next: Text;
}

/** What must be seen after the operation for it to count as done. */
export interface Verification {
  read: string;
  /** Parameter of the read -> `$name` of a parameter of the call or of a member of its answer, or a literal. */
  with: Readonly<Record<string, string>>;
  state: string;
  /** States that end the waiting, the first being the one hoped for. */
  until: readonly string[];
  /** How long one call follows it, in seconds; what is not reached by then is reported as observed. */
  withinSeconds: number;
}

/** Finds what a request made whose answer got lost, by the key that it carried. */
export interface Search {
  /**
   * Parameter of the rule's `lookup` -> `$name` of a member of the request's body as it was sent, `$runKeyTag` (the key
   * as a filter by tags), or a literal.
   */
  with: Readonly<Record<string, string>>;
  /** Path to the elements that are it; each stands for the answer that got lost. */
  found: string;
  /** For so long, in seconds, a request that is not found may still be on its way. */
  lateSeconds: number;
}

export interface OperationRule {
  operation: string;
  risk: RiskClass;
  /** Parameter that holds SQL: what only reads makes the call a read (see sql-risk.ts). */
  sql?: string;
  /** Parameter that names what is acted on, shown and typed by the person; `$a/$b` joins two, plain words name a whole list. */
  target: string;
  /** Clause without a full stop; `{fact}` and `{$parameter}` stand for quoted values (see confirmation.ts). */
  impact: Text;
  prechecks: readonly Precheck[];
  idempotency: Idempotency;
  timeout: TimeoutClass;
  verify?: Verification;
  /** For `lookup`: which operation tells whether it took effect. */
  lookup?: string;
  /** For `lookup` of a request that carries a key of run-key.ts: how the very request is found under it. */
  find?: Search;
  /** For `forbidden`: what to do instead. */
  instead?: Text;
  /** Least strength for this operation beyond that of its class; only the user's policy.yaml sets it. */
  approval?: ApprovalStrength;
  /** Forbidden by the user's policy.yaml and not by the shipped rules. */
  forbiddenByUser?: true;
}

export interface PolicyOrigin {
  file: string;
  line: number;
}

export interface Limits {
  /** Least approval strength per risk class. */
  approval: Readonly<Record<Exclude<RiskClass, "forbidden">, ApprovalStrength>>;
  /** More than that for the workspaces of an environment; never less. */
  environments: Readonly<Record<string, Readonly<Partial<Record<RiskClass, ApprovalStrength | undefined>>>>>;
  timeoutsSeconds: { read: number; write: number; pollAttempt: number; pollTotal: number };
  throttling: { minWaitSeconds: number; maxWaitSeconds: number; retries: number };
  /** After that many failures in a row of the same request nothing is sent for `pauseSeconds`. */
  failures: { inARow: number; pauseSeconds: number };
  plan: { validSeconds: number; declinedSeconds: number; maxAsksPerHour: number };
  spend: { maxJobCu: number; maxJobCuHours: number; maxWorkspaceCu: number };
  logs: { maxBytes: number; maxLines: number };
  upload: { maxBytes: number };
  /** What a person may allow in advance at most (see standing.ts). */
  standing: { maxDays: number; maxUses: number };
}

export type LoadedPolicy = { ok: true; policy: Policy } | { ok: false; problems: readonly string[] };

export interface Policy {
  /** Environments the user has named; the first pattern that matches a workspace counts. */
  environments: readonly EnvironmentPattern[];
  rule(operation: string): OperationRule | undefined;
  limits: Limits;
  /** Where the rule of an operation, or one of its members, stands, for `policy explain`. */
  origin(operation: string, ...member: ReadonlyArray<string | number>): PolicyOrigin | undefined;
  /** Where a limit stands, for example `limitOrigin("approval", "spend")`. */
  limitOrigin(...member: readonly string[]): PolicyOrigin | undefined;
  operations(): readonly string[];
}
