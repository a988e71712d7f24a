import { findOperation } from "../../../src/operations/registry.ts";
import { answering, argumentsOf, type Ground, newGround, serverOver, stateOf, type Target, yes } from "./attacks.ts";
import type { CloudUnderAttack } from "./cloud-under-attack.ts";
import { startObligingCloud } from "./obliging-cloud.ts";
import { connectRaw } from "./raw-peer.ts";
import { sampleInput } from "./sample-input.ts";

/** What a person was shown changes after they said yes, one bound fact at a time, by each way of saying it. */

export interface DriftCell {
  operation: string;
  channel: Channel;
  /** Absent: nothing changed, which is the control. */
  fact?: string;
  reached: number;
  /** What the last call was answered. */
  said: string;
}

const channels = {
  "in the call": async (target, ground, flip) => {
    const reply = () => {
      flip();
      return yes;
    };
    const peer = await connectRaw(serverOver(ground), { era: "2025-11-25", canAsk: true, reply });
    const answer = await peer.call(argumentsOf(target));
    await peer.close();
    return answer;
  },
  "in a second call": async (target, ground, flip) => {
    const peer = await connectRaw(serverOver(ground), { era: "2026-07-28", canAsk: true });
    const state = stateOf(await peer.call(argumentsOf(target))) ?? "none";
    flip();
    const answer = await peer.call(argumentsOf(target), answering(state));
    await peer.close();
    return answer;
  },
  "outside of the client": async (target, ground, flip) => {
    const peer = await connectRaw(serverOver(ground), { era: "2026-07-28", canAsk: false });
    await peer.call(argumentsOf(target));
    for (const { planId } of ground.ledger.listPlans({ state: "waiting", limit: 10 })) {
      const at = ground.clock.now();
      ground.ledger.decidePlan(planId, { verdict: "approved", strength: "out-of-band", by: "terminal", at });
    }
    flip();
    const answer = await peer.call(argumentsOf(target));
    await peer.close();
    return answer;
  },
} satisfies Record<string, (target: Target, ground: Ground, flip: () => void) => Promise<object>>;

type Channel = keyof typeof channels;

/** @param isTried leaves operations out of a quick run */
export async function runDrift(
  attacked: CloudUnderAttack,
  isTried: (operation: string) => boolean = () => true,
): Promise<DriftCell[]> {
  const policy = attacked.policy();
  const cloud = await startObligingCloud(policy, attacked);
  const cells: DriftCell[] = [];
  try {
    for (const operation of attacked.operations.filter(isTried)) {
      const [row, rule] = [findOperation(operation), policy.rule(operation)];
      if (!row || !rule || rule.risk.startsWith("read") || rule.risk === "forbidden") continue;
      const input = sampleInput(row);
      const facts = rule.prechecks.flatMap((precheck) => Object.keys(precheck.facts));
      // What storage says of an object stands in headers, which nothing here can flip.
      if (facts.length === 0 || row.cloud === "obs") continue;
      for (const channel of Object.keys(channels) as Channel[]) {
        for (const fact of [undefined, ...facts]) {
          cloud.oblige(rule, input);
          const before = cloud.count(operation);
          const ground = newGround(cloud, policy);
          const flip = () => {
            if (fact !== undefined) cloud.flip(fact);
          };
          const answer = await channels[channel]({ operation, input, other: {}, era: "2026-07-28" }, ground, flip);
          ground.close();
          const seen = { reached: cloud.count(operation) - before, said: JSON.stringify(answer) };
          cells.push({ operation, channel, ...(fact !== undefined && { fact }), ...seen });
        }
      }
    }
    return cells;
  } finally {
    await cloud.close();
  }
}
