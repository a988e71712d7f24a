import { findOperation } from "../../../src/operations/registry.ts";
import { eras } from "../../fixtures/clients.ts";
import { type AttackName, approveProperly, attacks, newGround } from "./attacks.ts";
import type { CloudUnderAttack } from "./cloud-under-attack.ts";
import { startObligingCloud } from "./obliging-cloud.ts";
import { otherInput, sampleInput } from "./sample-input.ts";

export interface Cell {
  operation: string;
  risk: string;
  era: string;
  attack: AttackName | "a person's yes";
  /** Requests of the operation that reached the cloud beyond what a person had approved. */
  unapproved: number;
  /** Of the control alone: requests that a yes let through. */
  approved?: number;
}

/**
 * Every gated operation x every attack x both eras, each beginning from a fresh ledger.
 * @param isTried leaves operations out of a quick run
 */
export async function runMatrix(
  attacked: CloudUnderAttack,
  isTried: (operation: string) => boolean = () => true,
): Promise<Cell[]> {
  const policy = attacked.policy();
  const cloud = await startObligingCloud(policy, attacked);
  const cells: Cell[] = [];
  try {
    for (const operation of attacked.operations.filter(isTried)) {
      const [row, rule] = [findOperation(operation), policy.rule(operation)];
      if (!row || !rule || rule.risk.startsWith("read")) continue;
      const input = sampleInput(row);
      const target = { operation, input, other: otherInput(row, input) };
      // A yes is more than any attack has, so what nothing lifts is tried with that alone.
      const tried = rule.risk === "forbidden" ? [] : (Object.keys(attacks) as AttackName[]);
      for (const era of eras) {
        for (const attack of tried) {
          cloud.oblige(rule, input);
          const start = cloud.count(operation);
          const ground = newGround(cloud, policy);
          const approvedByThen: unknown = await attacks[attack]({ ...target, era }, ground);
          ground.close();
          const allowed = typeof approvedByThen === "number" ? approvedByThen : start;
          cells.push({ operation, risk: rule.risk, era, attack, unapproved: cloud.count(operation) - allowed });
        }
        cloud.oblige(rule, input);
        const start = cloud.count(operation);
        const ground = newGround(cloud, policy);
        await approveProperly({ ...target, era }, ground);
        ground.close();
        const approved = cloud.count(operation) - start;
        const unapproved = rule.risk === "forbidden" ? approved : 0;
        cells.push({ operation, risk: rule.risk, era, attack: "a person's yes", unapproved, approved });
      }
    }
    return cells;
  } finally {
    await cloud.close();
  }
}
