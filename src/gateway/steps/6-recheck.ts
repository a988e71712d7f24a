import type { StoredPlan } from "../../ledger/types.ts";
import { refuse } from "../refuse.ts";
import type { Call, Drift, Facts, Refused } from "../types.ts";

/** Step 6: what the person was shown must still be so. */
export function recheck(call: Call, plan: StoredPlan, now: Facts): Refused | undefined {
  const names = new Set([...Object.keys(plan.facts), ...Object.keys(now.bound)]);
  const changes: Drift[] = [];
  for (const fact of names) {
    const before = plan.facts[fact] ?? null;
    const current = now.bound[fact] ?? null;
    if (before !== current) changes.push({ fact, before, now: current });
  }
  if (changes.length === 0) return undefined;
  return refuse(
    call,
    "STATE_CHANGED",
    {
      en: `${call.row.name} of ${call.target} was not sent: ${changes
        .map(
          ({ fact, before, now: current }) => `${fact} was ${before} when the person was asked and is ${current} now`,
        )
        .join("; ")}.`,
      zh: `${call.target} 的 ${call.row.name} 未发送：${changes
        .map(({ fact, before, now: current }) => `询问时 ${fact} 为 ${before}，现在为 ${current}`)
        .join("；")}。`,
    },
    {
      en: "Repeat the call; the person is asked anew with the present state.",
      zh: "请重复该调用，用户会看到当前状态并被重新询问。",
    },
    { changes },
  );
}
