/** What must outlive a crash: who was asked what, what was sent, and the record of both. */

import type { Fact } from "../policy/facts.ts";
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
  /** `sandbox, cn-hangzhou, identity`: where it would be carried out. */
  place: string;
  facts: Readonly<Record<string, Fact>>;
  createdAt: number;
  expiresAt: number;
  /** `superseded`: the same request was planned anew because its facts had changed. */
  state: "waiting" | "approved" | "declined" | "used" | "superseded";
  strength?: ApprovalStrength;
  decidedAt?: number;
  /** Channel and, where known, person: `client`, `page`, `terminal`, `standing:3`. */
  decidedBy?: string;
}

export interface Decision {
  verdict: "approved" | "declined";
  strength: ApprovalStrength;
  by: string;
  at: number;
}

export type IntentState = "reserved" | "sent" | "answered" | "rejected" | "unknown";

export interface Intent {
  intentId: number;
  requestDigest: string;
  operation: string;
  /** Idempotency token, reused by every later attempt at the same request. */
  token?: string;
  planId?: string;
  state: IntentState;
  createdAt: number;
  /** The service's answer, as JSON text without secrets. */
  answer?: string;
  requestId?: string;
}

export interface AuditEntry {
  at: number;
  operation: string;
  profile: string;
  identity: string;
  requester: string;
  argumentsDigest: string;
  outcome: string;
  code?: string;
  planId?: string;
  strength?: ApprovalStrength;
  requestId?: string;
}

export interface Ledger {
  savePlan(plan: StoredPlan): void;
  findPlan(planId: string): StoredPlan | undefined;
  /** Newest first. */
  listPlans(wanted: { state?: StoredPlan["state"]; limit: number }): StoredPlan[];
  /** The newest plan of this very request in that state whose time is not up. */
  planOfRequest(requestDigest: string, state: "waiting" | "approved", now: number): StoredPlan | undefined;
  /** Decides a waiting plan. False: it was not waiting (decided, used or unknown). */
  decidePlan(planId: string, decision: Decision): boolean;
  /** A waiting plan whose facts no longer hold is put aside. */
  supersedePlan(planId: string): void;
  /** Takes an approval out of circulation. True exactly once for each approved plan. */
  burnPlan(planId: string): boolean;
  /** The last refusal by a person of this very request since then. */
  declinedSince(requestDigest: string, since: number): StoredPlan | undefined;

  /**
   * Writes down that a request is about to leave. An unresolved intent for the same request is handed back instead
   * (`resumed`), so its token is used again.
   */
  reserveIntent(wanted: { requestDigest: string; operation: string; token?: string; planId?: string; at: number }): {
    intent: Intent;
    resumed: boolean;
  };
  markIntent(intentId: number, state: IntentState, answer?: { body?: string; requestId?: string }): void;
  intentOfPlan(planId: string): Intent | undefined;
  /** The last answered intent of the same request since then: the person is told of it before a repeat. */
  answeredSince(requestDigest: string, since: number): Intent | undefined;

  /** Appends to the hash chain and returns the new head. */
  appendAudit(entry: AuditEntry): { sequence: number; head: string };
  close(): void;
}
