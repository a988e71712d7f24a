import { findOperation } from "../../operations/registry.ts";
import { explainRule } from "../../policy/explain.ts";
import { readPolicy } from "../workbench.ts";

/** @returns exit code */
export function explainPolicy(operation: string): number {
  const loaded = readPolicy();
  if (!loaded.ok) {
    console.error(`The policy is invalid, so nothing can be sent:\n${loaded.problems.join("\n")}`);
    return 1;
  }
  const row = findOperation(operation);
  console.log(explainRule(loaded.policy, operation, row, "en"));
  return row ? 0 : 3;
}
