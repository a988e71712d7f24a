import type { Ledger, StoredPlan } from "../ledger/types.ts";
import { decidedBy, type FourEyesProblem, fourEyesProblem } from "../policy/four-eyes.ts";
import type { Authenticator } from "./authenticator.ts";

/** What a person outside of the client wants done with a plan. */
export type Wish =
  /** A no needs nothing but the word: it is never dearer than the yes it prevents, and sticks for minutes only. */
  { verdict: "declined" } | { verdict: "approved"; name: string; code?: string };

export type Decided =
  | { kind: "decided"; plan: StoredPlan }
  | { kind: "refused"; why: "unknown" | "not-waiting" | "expired" | "wrong-name" | "wrong-code" | "used-code" }
  /** The plan needs a code, and no app is enrolled that could give one. */
  | { kind: "refused"; why: "no-app" }
  | { kind: "refused"; why: FourEyesProblem }
  /** Too many wrong answers; nothing is approved before then. */
  | { kind: "refused"; why: "locked"; until: number };

export interface Decider {
  /** @param person who decides, where the channel has made sure of that */
  decide(planId: string, wish: Wish, person?: string): Decided;
}

export interface DeciderParts {
  ledger: Ledger;
  authenticator: Authenticator;
  clock: { now(): number };
  /** Recorded with the decision. */
  by: "page" | "terminal";
  /** Whether nobody may decide what they asked for themselves; absent: they may. */
  fourEyes?: () => boolean;
}

const mostWrong = 5;
const pauseMs = 5 * 60_000;
/** Plans live for minutes; this bounds what remembering them can cost. */
const mostRemembered = 1_000;

/**
 * The one place outside of a client where a yes comes about, whatever the channel looks like. Everything is checked
 * before the code is, and the code is burnt before the plan is marked, so a failure on the way leaves no approval.
 */
export function createDecider({ ledger, authenticator, clock, by, fourEyes }: DeciderParts): Decider {
  const names = new Map<string, { wrong: number; lockedUntil: number }>();

  function nameIsWrong(planId: string, now: number): Decided {
    const wrong = (names.get(planId)?.wrong ?? 0) + 1;
    const locked = wrong >= mostWrong;
    for (const oldest of names.keys()) {
      if (names.size < mostRemembered) break;
      names.delete(oldest);
    }
    names.set(planId, locked ? { wrong: 0, lockedUntil: now + pauseMs } : { wrong, lockedUntil: 0 });
    return locked ? { kind: "refused", why: "locked", until: now + pauseMs } : { kind: "refused", why: "wrong-name" };
  }

  return {
    decide(planId, wish, person) {
      const now = clock.now();
      const plan = ledger.findPlan(planId);
      if (!plan) return { kind: "refused", why: "unknown" };
      if (plan.state !== "waiting") return { kind: "refused", why: "not-waiting" };
      if (now > plan.expiresAt) return { kind: "refused", why: "expired" };
      const problem = fourEyes?.() ? whyNotThis(plan, wish, person) : undefined;
      if (problem) return { kind: "refused", why: problem };
      let code = false;
      if (wish.verdict === "approved") {
        const until = names.get(planId)?.lockedUntil ?? 0;
        if (until > now) return { kind: "refused", why: "locked", until };
        if (wish.name.trim() !== plan.target) return nameIsWrong(planId, now);
        if (authenticator.status().enrolled) {
          const checked = authenticator.check(wish.code ?? "", now);
          if (checked.kind === "locked") return { kind: "refused", why: "locked", until: checked.until };
          if (checked.kind !== "accepted")
            return { kind: "refused", why: checked.kind === "used" ? "used-code" : "wrong-code" };
          // The record tells a decision that only a holder of the app could make from one that any local program could.
          code = true;
        } else if (person === undefined && plan.requiredStrength === "out-of-band+code") {
          return { kind: "refused", why: "no-app" };
        }
      }
      const { verdict } = wish;
      const channel = decidedBy(by, { code, ...(person !== undefined && { person }) });
      // Who is known by name has given a key of their own.
      const strength = code || person !== undefined ? "out-of-band+code" : "out-of-band";
      const decided = ledger.decidePlan(planId, { verdict, strength, by: channel, at: now });
      return decided ? { kind: "decided", plan } : { kind: "refused", why: "not-waiting" };
    },
  };
}

/** A plan that nobody is known to have asked for, as those of calls on this machine, is this machine's to decide. */
function whyNotThis(plan: StoredPlan, { verdict }: Wish, person: string | undefined): FourEyesProblem | undefined {
  if (plan.principal === undefined && person === undefined) return undefined;
  const problem = fourEyesProblem(plan, person);
  // A no from somebody unknown prevents nothing that an absent approver would not.
  return problem === "unknown-person" && verdict === "declined" ? undefined : problem;
}
