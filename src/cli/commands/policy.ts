import { cloudOfOperation, findOperation } from "../../operations/registry.ts";
import { explainRule } from "../../policy/explain.ts";
import { foldersOf } from "../folders.ts";
import { readPolicy } from "../workbench.ts";

/** @returns exit code */
export function explainPolicy(operation: string, options: { environment?: string } = {}): number {
  const loaded = readPolicy(foldersOf(process.env).config, cloudOfOperation(operation));
  if (!loaded.ok) {
    console.error(`The policy is invalid, so nothing can be sent:\n${loaded.problems.join("\n")}`);
    return 1;
  }
  const { environment } = options;
  const known = Object.keys(loaded.policy.limits.environments);
  if (environment !== undefined && !known.includes(environment)) {
    console.error(`There is no environment ${environment}; there are ${known.join(", ")}.`);
    return 2;
  }
  const row = findOperation(operation);
  console.log(explainRule(loaded.policy, operation, row, "en", environment));
  return row ? 0 : 3;
}
