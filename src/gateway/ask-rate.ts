import type { Ledger, StoredPlan } from "../ledger/types.ts";
import { refuse } from "./refuse.ts";
import type { Call, Refused } from "./types.ts";

const hourMs = 60 * 60_000;

/** Who is asked all the time stops reading, so one identity puts so many new questions in an hour and no more. */
export function askedTooOften(call: Call, plan: StoredPlan, ledger: Ledger, now: number): Refused | undefined {
  const { maxAsksPerHour } = call.policy.limits.plan;
  const last = ledger.asksSince(plan, now - hourMs, maxAsksPerHour).at(maxAsksPerHour - 1);
  if (last === undefined) return undefined;
  const nextAt = new Date(last + hourMs).toISOString();
  return refuse(
    call,
    "ASKED_TOO_OFTEN",
    {
      en: `${call.row.name} of ${call.target} was not sent: as many approvals were asked for within the last hour as policy admits (${maxAsksPerHour}).`,
      zh: `${call.target} 的 ${call.row.name} 未发送：最近一小时内请求批准的次数已达策略上限（${maxAsksPerHour}）。`,
    },
    {
      en: `The next may be asked for at ${nextAt}. Until then, do what needs no approval, or discuss with the person what is worth asking for.`,
      zh: `${nextAt} 之后才能再次请求批准。在此之前请只做无需批准的操作，或与用户商量哪些操作值得请求批准。`,
    },
  );
}
