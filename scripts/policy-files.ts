import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../src/package-root.ts";
import { policyFileNames } from "../src/policy/files.ts";
import { loadPolicy } from "../src/policy/load.ts";

/** The risk class of every operation as code, so that tools can be listed before any policy file is parsed. */
export function policyGeneratedFiles(): Map<string, string> {
  const read = (name: string) => ({ name, text: readFileSync(join(packageRoot, "policies", name), "utf8") });
  const { emr, dli, limits } = policyFileNames;
  const loaded = loadPolicy({ rules: [...emr, ...dli].map(read), limits: read(limits) });
  if (!loaded.ok) throw new Error(`the policy does not load:\n${loaded.problems.join("\n")}`);

  const { policy } = loaded;
  const lines = [...policy.operations()]
    .sort()
    .map((operation) => `  ${operation}: "${policy.rule(operation)?.risk}",`);
  const content = [
    "// Generated from policies/*.yaml by scripts/generate.ts; do not edit.",
    'import type { RiskClass } from "./types.ts";',
    "",
    "export const riskClassOf = {",
    ...lines,
    "} as const satisfies Record<string, RiskClass>;",
    "",
  ].join("\n");
  return new Map([["src/policy/risk-classes.gen.ts", content]]);
}
