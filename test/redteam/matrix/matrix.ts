import { readPolicy } from "../../../src/cli/workbench.ts";
import { findOperation, operationIndex } from "../../../src/operations/registry.ts";
import { eras } from "../../fixtures/clients.ts";
import { type AttackName, approveProperly, attacks, newGround } from "./attacks.ts";
import { startObligingCloud } from "./obliging-cloud.ts";
import { sampleInput } from "./sample-input.ts";

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

/** Every gated operation x every attack x both eras, each beginning from a fresh ledger. */
export async function runMatrix(onCell: (cell: Cell) => void = () => undefined): Promise<Cell[]> {
  const loaded = readPolicy();
  if (!loaded.ok) throw new Error(loaded.problems.join("; "));
  const { policy } = loaded;
  const cloud = await startObligingCloud(policy);
  const cells: Cell[] = [];
  const add = (cell: Cell) => {
    cells.push(cell);
    onCell(cell);
  };
  try {
    for (const { name: operation } of operationIndex) {
      const [row, rule] = [findOperation(operation), policy.rule(operation)];
      if (!row || !rule || rule.risk.startsWith("read")) continue;
      const input = sampleInput(row);
      const target = { operation, input, other: changed(input) };
      for (const era of eras) {
        for (const attack of Object.keys(attacks) as AttackName[]) {
          cloud.oblige(rule, input);
          const start = cloud.count(operation);
          const ground = newGround(cloud, policy);
          const approvedByThen: unknown = await attacks[attack]({ ...target, era }, ground);
          ground.close();
          const allowed = typeof approvedByThen === "number" ? approvedByThen : start;
          add({ operation, risk: rule.risk, era, attack, unapproved: cloud.count(operation) - allowed });
        }
        cloud.oblige(rule, input);
        const start = cloud.count(operation);
        const ground = newGround(cloud, policy);
        await approveProperly({ ...target, era }, ground);
        ground.close();
        const approved = cloud.count(operation) - start;
        const unapproved = rule.risk === "forbidden" ? approved : 0;
        add({ operation, risk: rule.risk, era, attack: "a person's yes", unapproved, approved });
      }
    }
    return cells;
  } finally {
    await cloud.close();
  }
}

/** The same arguments with the last text changed, so that another object is meant. */
function changed(input: Record<string, unknown>): Record<string, unknown> {
  const [name, value] = Object.entries(input).findLast(([, each]) => typeof each === "string") ?? [];
  return name === undefined ? { ...input, extra: 1 } : { ...input, [name]: `${String(value)}2` };
}
