import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kyuubiRows } from "../../src/operations/kyuubi/rows.ts";
import { obsRows } from "../../src/operations/obs/rows.ts";
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
  rules: policyFileNames.emr.map(shippedFile),
  limits: shippedFile(policyFileNames.limits),
};

/** Each parsed once: reading them takes longer than most tests. */
const parsed = new Map<readonly PolicyFile[], Policy>();

export function shippedPolicy(): Policy {
  return policyOf(shippedFiles.rules);
}

const dliFiles = policyFileNames.dli.map(shippedFile);

/** The rules of Huawei Cloud DLI, which no profile loads with those of the other cloud. */
export function dliPolicy(): Policy {
  return policyOf(dliFiles);
}

function policyOf(rules: readonly PolicyFile[]): Policy {
  const known = parsed.get(rules);
  if (known) return known;
  const loaded = loadPolicy({ ...shippedFiles, rules });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  parsed.set(rules, loaded.policy);
  return loaded.policy;
}

export function ruleOf(policy: Policy, operation: string): OperationRule {
  const rule = policy.rule(operation);
  if (!rule) throw new Error(`no rule for ${operation}`);
  return rule;
}

const rowsIn = (cloud: string) => {
  const folder = join(packageRoot, "src", "operations", cloud, "rows");
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as OperationRow);
};
const emrRows = rowsIn("emr");
/** What a profile of Huawei Cloud has rules for. */
export const dliRows: readonly OperationRow[] = [...rowsIn("dli"), ...obsRows];
export const allRows: readonly OperationRow[] = [...emrRows, ...ossRows, ...kyuubiRows];

export function rowOf(operation: string): OperationRow {
  const row = allRows.find(({ name }) => name === operation);
  if (!row) throw new Error(`no row ${operation}`);
  return row;
}
