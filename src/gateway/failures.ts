import type { Limits } from "../policy/types.ts";

/** Counts failures in a row per request, so that a loop of the same failing call comes to rest. */
export interface FailureCounter {
  count(requestDigest: string, now: number): void;
  clear(requestDigest: string): void;
  /** Milliseconds the request still rests; 0 when it may be sent. */
  pausedFor(requestDigest: string, limits: Limits["failures"], now: number): number;
}

const mostRemembered = 1_000;

export function createFailureCounter(): FailureCounter {
  const failures = new Map<string, { times: number; last: number }>();
  return {
    count(requestDigest, now) {
      const times = (failures.get(requestDigest)?.times ?? 0) + 1;
      failures.delete(requestDigest);
      failures.set(requestDigest, { times, last: now });
      const oldest = failures.keys().next().value;
      if (failures.size > mostRemembered && oldest !== undefined) failures.delete(oldest);
    },
    clear: (requestDigest) => void failures.delete(requestDigest),
    pausedFor(requestDigest, limits, now) {
      const known = failures.get(requestDigest);
      if (!known || known.times < limits.inARow) return 0;
      const left = known.last + limits.pauseSeconds * 1_000 - now;
      return Math.max(0, left);
    },
  };
}
