import type { Ledger, StoredPlan } from "../ledger/types.ts";
import { refuse } from "./refuse.ts";
import type { Call, Refused } from "./types.ts";

const hourMs = 60 * 60_000;

/** Who is asked all the time stops reading, so one identity puts so many new questions in an hour and no more. */
export function askedTooOften(call: Call, plan: StoredPlan, ledger: Ledger, now: number): Refused | undefined {
  const { maxAsksPerHour } = call.policy.limits.plan;
  const last = ledger.asksSince(plan, now - hourMs, maxAsksPerHour).at(maxAsksPerHour - 1);
  if (last === undefined) return undefined;
  return refuse(
    call.where,
    "ASKED_TOO_OFTEN",
    `${call.row.name} of ${call.target} was not sent: as many approvals were asked for within the last hour as policy admits (${maxAsksPerHour}).`,
    `The next may be asked for at ${new Date(last + hourMs).toISOString()}. Until then, do what needs no approval, or discuss with the person what is worth asking for.`,
  );
}
