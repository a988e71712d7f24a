import type { RiskClass } from "./types.ts";

/** What a person of a team may do; one may hold several. */
export const roles = ["reader", "operator", "approver"] as const;
export type Role = (typeof roles)[number];

/** An approver reads what they decide on; deciding happens outside of any client, so it is no call. */
const readers: readonly Role[] = ["reader", "approver"];

/** Whether somebody with these roles may make a call of that risk, with the approvals it needs. */
export function mayCall(held: readonly Role[], risk: RiskClass): boolean {
  if (held.includes("operator")) return true;
  return risk.startsWith("read") && readers.some((role) => held.includes(role));
}
