import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kyuubiRows } from "../../src/operations/kyuubi/rows.ts";
import { ossRows } from "../../src/operations/oss/rows.ts";
import type { OperationRow } from "../../src/operations/types.ts";
import { packageRoot } from "../../src/package-root.ts";
import { policyFileNames } from "../../src/policy/files.ts";
import { loadPolicy, type PolicyFile } from "../../src/policy/load.ts";
import type { OperationRule, Policy } from "../../src/policy/types.ts";

export function shippedFile(name: string): PolicyFile {
  return { name, text: readFileSync(join(packageRoot, "policies", name), "utf8") };
}

export const shippedFiles = {
  rules: policyFileNames.rules.map(shippedFile),
  limits: shippedFile(policyFileNames.limits),
};

let shipped: Policy | undefined;

/** Parsed once: reading it takes longer than most tests. */
export function shippedPolicy(): Policy {
  if (shipped) return shipped;
  const loaded = loadPolicy(shippedFiles);
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  shipped = loaded.policy;
  return shipped;
}

export function ruleOf(policy: Policy, operation: string): OperationRule {
  const rule = policy.rule(operation);
  if (!rule) throw new Error(`no rule for ${operation}`);
  return rule;
}

const rowsFolder = join(packageRoot, "src", "operations", "emr", "rows");
const emrRows = readdirSync(rowsFolder).map(
  (file) => JSON.parse(readFileSync(join(rowsFolder, file), "utf8")) as OperationRow,
);
export const allRows: readonly OperationRow[] = [...emrRows, ...ossRows, ...kyuubiRows];

export function rowOf(operation: string): OperationRow {
  const row = allRows.find(({ name }) => name === operation);
  if (!row) throw new Error(`no row ${operation}`);
  return row;
}
