import { randomBytes } from "node:crypto";

/** Proof that a form was read from this page a short while ago. For one form, and for one sending. */
export interface FormTokens {
  /** @param form what it is the form of: the plan, and the session of the person where there is one */
  issue(form: string, now: number): string;
  /** True once. */
  take(token: string, form: string, now: number): boolean;
}

const validMs = 30 * 60_000;
const mostIssued = 1_000;

export function createFormTokens(): FormTokens {
  const issued = new Map<string, { form: string; until: number }>();
  return {
    issue(form, now) {
      for (const [oldest, { until }] of issued) {
        if (until >= now && issued.size < mostIssued) break;
        issued.delete(oldest);
      }
      const token = randomBytes(32).toString("base64url");
      issued.set(token, { form, until: now + validMs });
      return token;
    },
    take(token, form, now) {
      const known = issued.get(token);
      if (!known) return false;
      issued.delete(token);
      return known.form === form && known.until >= now;
    },
  };
}
