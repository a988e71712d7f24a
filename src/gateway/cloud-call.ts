import type { CloudAnswer, CloudTransport } from "../clouds/transport.ts";
import { renderRequest } from "../operations/request.ts";
import type { Cloud, OperationRow } from "../operations/types.ts";
import type { Limits, TimeoutClass } from "../policy/types.ts";
import type { Clock } from "./types.ts";

export interface CloudCall {
  row: OperationRow;
  input: Readonly<Record<string, unknown>>;
  regionId: string;
  timeout: TimeoutClass;
  /** May be sent again when the answer is lost or the service failed. */
  repeatable: boolean;
  /** It changes nothing. */
  reads?: true;
  token?: string;
  /** Value of the row's minted member. */
  minted?: string;
  signal: AbortSignal;
  progress?: ((message: string) => void) | undefined;
}

/** `earlierUncertain`: an earlier try within this call was lost, so even a plain refusal does not say that nothing happened. */
export type CalledAnswer = CloudAnswer & { earlierUncertain?: true };
export type CloudCaller = (call: CloudCall) => Promise<CalledAnswer>;

/** How often a repeatable request whose answer got lost is sent again, and how long after. */
const repeats = { times: 2, waitMs: 1_000 };

/**
 * One request with the policy's deadlines and patience: throttling is waited out 5 to 10 s at most 5 times,
 * a lost answer is asked for again only where sending twice is harmless.
 */
export function createCloudCaller(parts: {
  transport: (cloud: Cloud) => Promise<CloudTransport>;
  clock: Clock;
  limits: Limits;
  /** Uniform in [0, 1). */
  random: () => number;
}): CloudCaller {
  const { clock, limits } = parts;

  return async (call) => {
    const transport = await parts.transport(call.row.cloud);
    const request = renderRequest(call.row, call.input, {
      regionId: call.regionId,
      ...(transport.projectId !== undefined && { projectId: transport.projectId }),
      ...(call.token !== undefined && { token: call.token }),
      ...(call.minted !== undefined && { minted: call.minted }),
    });
    let throttled = 0;
    let repeated = 0;
    const ending = (answer: CloudAnswer): CalledAnswer => ({
      ...answer,
      ...(repeated > 0 && { earlierUncertain: true }),
    });
    for (;;) {
      if (call.signal.aborted)
        return ending({ kind: "not-sent", reason: "cancelled", message: "the caller cancelled" });
      const answer = await transport.send(request, {
        deadlineMs: limits.timeoutsSeconds[call.timeout] * 1_000,
        signal: call.signal,
        ...(call.reads && { reads: true }),
      });
      let waitMs: number;
      if (isThrottling(answer) && throttled < limits.throttling.retries) {
        throttled++;
        waitMs = throttlingWait(limits, answer, parts.random());
        call.progress?.(`${call.row.name} is throttled; waiting ${Math.round(waitMs / 1_000)} s`);
      } else if (isUncertain(answer) && call.repeatable && repeated < repeats.times && !call.signal.aborted) {
        repeated++;
        waitMs = repeats.waitMs * repeated;
      } else {
        return ending(answer);
      }
      try {
        await clock.sleep(waitMs, call.signal);
      } catch {
        return ending(answer);
      }
    }
  };
}

/** From the first try of a request that is not repeated until its last leaves, at the longest: it may be throttled before. */
export function longestUntilSent({ throttling, timeoutsSeconds }: Limits, timeout: TimeoutClass): number {
  return throttling.retries * (throttling.maxWaitSeconds + timeoutsSeconds[timeout]) * 1_000;
}

export function isThrottling(answer: CloudAnswer): answer is Extract<CloudAnswer, { kind: "rejected" }> {
  return answer.kind === "rejected" && (answer.status === 429 || /^Throttling(\.|$)/.test(answer.code));
}

/** It may or may not have taken effect: no answer, or the service failed on its own side. */
export function isUncertain(answer: CloudAnswer): boolean {
  return answer.kind === "lost" || (answer.kind === "rejected" && answer.status >= 500);
}

function throttlingWait(limits: Limits, answer: { retryAfterMs?: number }, random: number): number {
  const { minWaitSeconds, maxWaitSeconds } = limits.throttling;
  const chosen = (minWaitSeconds + random * (maxWaitSeconds - minWaitSeconds)) * 1_000;
  // What the service asks for counts when it is longer, up to the policy's own upper bound.
  return Math.round(Math.min(Math.max(chosen, answer.retryAfterMs ?? 0), maxWaitSeconds * 1_000));
}
