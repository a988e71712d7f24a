import { randomBytes } from "node:crypto";

/** Proof that a form was read from this page a short while ago. For one plan, and for one sending. */
export interface FormTokens {
  issue(planId: string, now: number): string;
  /** True once. */
  take(token: string, planId: string, now: number): boolean;
}

const validMs = 30 * 60_000;
const mostIssued = 1_000;

export function createFormTokens(): FormTokens {
  const issued = new Map<string, { planId: string; until: number }>();
  return {
    issue(planId, now) {
      for (const [oldest, { until }] of issued) {
        if (until >= now && issued.size < mostIssued) break;
        issued.delete(oldest);
      }
      const token = randomBytes(32).toString("base64url");
      issued.set(token, { planId, until: now + validMs });
      return token;
    },
    take(token, planId, now) {
      const known = issued.get(token);
      if (!known) return false;
      issued.delete(token);
      return known.planId === planId && known.until >= now;
    },
  };
}
