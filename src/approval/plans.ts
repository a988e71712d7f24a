import type { Ledger, StoredPlan } from "../ledger/types.ts";

const mostListed = 200;

/** Plans that a person can decide now, newest first. */
export function waitingPlans(ledger: Ledger, now: number): StoredPlan[] {
  return ledger.listPlans({ state: "waiting", limit: mostListed }).filter(({ expiresAt }) => expiresAt >= now);
}

/** The plan of that id, or the waiting plans whose id begins so, with or without `plan-`. */
export function plansNamed(ledger: Ledger, text: string, now: number): StoredPlan[] {
  const exact = ledger.findPlan(text);
  if (exact) return [exact];
  const short = text.replace(/^plan-/, "");
  if (short === "") return [];
  return waitingPlans(ledger, now).filter(({ planId }) => planId.startsWith(`plan-${short}`));
}

/** Text of foreign origin without what moves, reorders or hides characters; what is left is what has to be typed. */
export function visible(text: string): string {
  return text.toWellFormed().replace(/(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu, "");
}
