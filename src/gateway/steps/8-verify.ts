import { findOperation } from "../../operations/registry.ts";
import { readFact } from "../../policy/facts.ts";
import type { CloudCaller } from "../cloud-call.ts";
import type { Call, CallContext, Clock } from "../types.ts";

export interface Observation {
  state?: string;
  /** The hoped-for state, or one that ends the waiting, was seen. */
  settled: boolean;
}

const firstWaitMs = 500;

/**
 * Step 8: follows the target to the state that counts, as long as the rule says. "Cancelling" is not "Cancelled":
 * what was not reached is reported as observed, never as done.
 */
export async function verify(
  call: Call,
  answerBody: unknown,
  context: CallContext,
  callCloud: CloudCaller,
  clock: Clock,
): Promise<Observation> {
  const { verify: rule } = call.rule;
  if (!rule) return { settled: true };
  const row = findOperation(rule.read);
  if (!row) throw new Error(`the policy names the read ${rule.read}, which is not in the registry`);
  const known = { ...(typeof answerBody === "object" ? answerBody : {}), ...call.input };
  const input = Object.fromEntries(
    Object.entries(rule.with).map(([name, value]) => [
      name,
      value.startsWith("$") ? (known as Record<string, unknown>)[value.slice(1)] : value,
    ]),
  );

  const giveUpAt = clock.now() + Math.min(rule.withinSeconds, call.policy.limits.timeoutsSeconds.pollTotal) * 1_000;
  const longestWaitMs = call.policy.limits.timeoutsSeconds.pollAttempt * 1_000;
  let waitMs = firstWaitMs;
  let state: string | undefined;
  for (;;) {
    const answer = await callCloud({
      row,
      input,
      regionId: call.where.regionId,
      timeout: "read",
      repeatable: true,
      signal: context.signal,
    });
    if (answer.kind === "answered") {
      const seen = readFact(answer.body, rule.state, known);
      if (seen !== null) state = String(seen);
    }
    const settled = state !== undefined && rule.until.some((each) => each.toLowerCase() === state?.toLowerCase());
    if (settled || clock.now() + waitMs > giveUpAt) return { settled, ...(state !== undefined && { state }) };
    context.progress?.(`${call.target} is ${state ?? "not visible yet"}`);
    try {
      await clock.sleep(waitMs, context.signal);
    } catch {
      return { settled: false, ...(state !== undefined && { state }) };
    }
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}
