/** What must outlive a crash: who was asked what, what was sent, and the record of both. */

import type { Fact } from "../policy/facts.ts";
import type { StandingBounds } from "../policy/standing.ts";
import type { ApprovalStrength, RiskClass } from "../policy/types.ts";

export interface StoredPlan {
  planId: string;
  /** Digest over operation, arguments, profile and identity. */
  requestDigest: string;
  /** Digest over all the person was shown: request, facts, details, expiry. */
  planDigest: string;
  operation: string;
  target: string;
  risk: RiskClass;
  requiredStrength: ApprovalStrength;
  /** Everything a person has to read before deciding, composed by the gateway. */
  question: string;
  /** Who asks: the client's name and, over HTTP, the principal. */
  requester: string;
  /** Whom the server authenticated, over HTTP. */
  principal?: string;
  /** `sandbox, cn-hangzhou, identity`: where it would be carried out. */
  place: string;
  facts: Readonly<Record<string, Fact>>;
  createdAt: number;
  expiresAt: number;
  /** `superseded`: the same request was planned anew because its facts had changed. */
  state: "waiting" | "approved" | "declined" | "used" | "superseded";
  strength?: ApprovalStrength;
  decidedAt?: number;
  /** Channel and, where known, person: `client`, `page`, `terminal+code`, `page:ann`, `standing:3`. */
  decidedBy?: string;
}

export interface Decision {
  verdict: "approved" | "declined";
  strength: ApprovalStrength;
  by: string;
  at: number;
}

/**
 * `sent`: written down before anything left, no answer known yet. `unknown`: it may or may not have taken effect.
 * `happened`, `did-not-happen`: a person looked it up.
 */
export type IntentState = "sent" | "answered" | "rejected" | "unknown" | "happened" | "did-not-happen";

/** A request that may happen once only. */
export interface Intent {
  intentId: number;
  requestDigest: string;
  operation: string;
  target: string;
  /** `sandbox, cn-hangzhou, identity` */
  place: string;
  /** Idempotency token, reused by every later attempt at the same request. */
  token?: string;
  state: IntentState;
  createdAt: number;
  /** The service's answer, as JSON text without secrets. */
  answer?: string;
  requestId?: string;
}

/** One time somebody tried to send it. Without a result: under way, or its process died. */
export interface Attempt {
  attemptId: number;
  planId?: string;
  /** Id of the process that sent it. */
  process: number;
  startedAt: number;
  endedAt?: number;
  result?: "answered" | "rejected" | "not-sent" | "unknown";
}

export interface NewAttempt {
  requestDigest: string;
  operation: string;
  target: string;
  place: string;
  /** Used when this is the first attempt. */
  token?: string;
  planId?: string;
  at: number;
  /** An unresolved intent older than this may not be sent again. Infinity: none may, 0: any may. */
  resumeSince: number;
}

export interface IntentLedger {
  /**
   * Writes down that a request is about to leave. An unresolved intent for the same request is gone on with (`resumed`),
   * so its token is used again, or blocks.
   */
  beginAttempt(
    wanted: NewAttempt,
  ): { kind: "begun"; intent: Intent; attemptId: number; resumed: boolean } | { kind: "blocked"; intent: Intent };
  /** Writes down what came of it; answers with what is known of the request now, all attempts taken together. */
  endAttempt(
    attemptId: number,
    end: { result: NonNullable<Attempt["result"]>; at: number; body?: string; requestId?: string },
  ): IntentState;
  unresolvedIntent(requestDigest: string): Intent | undefined;
  intentOfPlan(planId: string): Intent | undefined;
  /** The last intent of the same request since then that took effect: the person is told of it before a repeat. */
  answeredSince(requestDigest: string, since: number): Intent | undefined;
  findIntent(intentId: number): { intent: Intent; attempts: Attempt[] } | undefined;
  /** Newest first. */
  listIntents(wanted: { unresolvedOnly: boolean; limit: number }): Intent[];
  /** What a person found out, recorded in the audit. False: there was nothing to resolve. */
  resolveIntent(
    intentId: number,
    resolution: { verdict: "happened" | "did-not-happen"; by: string; at: number },
  ): boolean;
}

export interface AuditEntry {
  at: number;
  /**
   * `call`: what came of a call. `decision`: a plan was approved or declined, wherever that was done.
   * `resolution`: a person looked up what had become of a request. `standing`: a lasting approval was given or taken back.
   */
  event: "call" | "decision" | "resolution" | "standing";
  operation: string;
  target?: string;
  /** `sandbox, cn-hangzhou, identity` */
  place: string;
  profile?: string;
  /** The client's name, as it calls itself. */
  requester: string;
  /** Whom the server authenticated, over HTTP. */
  principal?: string;
  argumentsDigest: string;
  outcome: string;
  code?: string;
  planId?: string;
  planDigest?: string;
  strength?: ApprovalStrength;
  /** Channel and, where known, person. */
  decidedBy?: string;
  decidedAt?: number;
  requestId?: string;
}

export interface AuditHead {
  sequence: number;
  head: string;
}

/** A row as it is stored; `entry` is the text that the hash covers. */
export interface AuditRow {
  sequence: number;
  entry: string;
  previous: string;
  hash: string;
}

export interface AuditRecord extends AuditHead {
  entry: AuditEntry;
}

export interface AuditQuery {
  since?: number;
  operation?: string;
  /** An outcome such as `done`, or a code such as `DECLINED`. */
  outcome?: string;
  target?: string;
  place?: string;
  /** Only rows before this one. */
  before?: number;
  limit: number;
  /** Looks at this many rows at most. */
  scan?: number;
}

export interface AuditReader {
  /** Newest first. `before`: there may be more; ask again with it. */
  listAudit(query: AuditQuery): { records: AuditRecord[]; before?: number };
  findAudit(sequence: number): AuditRecord | undefined;
  /** Oldest first, one at a time, as they are stored. */
  auditRows(): Iterable<AuditRow>;
}

/** A yes given in advance, out of band, for as many requests within its bounds as `uses` says. */
export interface StandingApproval extends StandingBounds {
  standingId: number;
  strength: ApprovalStrength;
  /** Channel: `terminal`. */
  grantedBy: string;
  uses: number;
  used: number;
  createdAt: number;
  expiresAt: number;
  revokedAt?: number;
}

export interface StandingLedger {
  grantStanding(grant: Omit<StandingApproval, "standingId" | "used" | "revokedAt">): StandingApproval;
  /** Newest first, those that count no more too. */
  listStanding(): StandingApproval[];
  /** Counts from the next call on, in every process. False: there is none, or it was revoked before. */
  revokeStanding(standingId: number, revocation: { by: string; at: number }): boolean;
  /**
   * Counts one use and writes the plan down as approved by it and burnt, all or nothing. Undefined when nothing is left
   * of it, it has expired or was revoked.
   */
  useStanding(
    standingId: number,
    use: { plan: StoredPlan; mostUses: number; at: number },
  ): (StoredPlan & Required<Pick<StoredPlan, "strength" | "decidedBy">>) | undefined;
}

export interface Ledger extends IntentLedger, AuditReader, StandingLedger {
  savePlan(plan: StoredPlan): void;
  findPlan(planId: string): StoredPlan | undefined;
  /** Newest first. */
  listPlans(wanted: { state?: StoredPlan["state"]; limit: number }): StoredPlan[];
  /** The newest plan of this very request in that state whose time is not up. */
  planOfRequest(requestDigest: string, state: "waiting" | "approved", now: number): StoredPlan | undefined;
  /** Decides a waiting plan and records that in the audit. False: it was not waiting (decided, used or unknown). */
  decidePlan(planId: string, decision: Decision): boolean;
  /** A waiting plan whose facts no longer hold is put aside. */
  supersedePlan(planId: string): void;
  /** Takes an approval out of circulation. True exactly once for each approved plan. */
  burnPlan(planId: string): boolean;
  /**
   * When somebody asked for approvals since then, newest first: whoever has that principal, or calls themselves so
   * where there is none.
   */
  asksSince(who: Pick<StoredPlan, "principal" | "requester">, since: number, limit: number): number[];
  /** The last refusal by a person of this very request since then. */
  declinedSince(requestDigest: string, since: number): StoredPlan | undefined;

  /** Appends to the hash chain and returns the new head. */
  appendAudit(entry: AuditEntry): AuditHead;
  close(): void;
}
