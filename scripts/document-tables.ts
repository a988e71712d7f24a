import { riskClassOf } from "../src/policy/risk-classes.gen.ts";
import { simulatedOperations } from "../src/sandbox/sandbox.ts";
import { tools } from "../tools/index.ts";
import { withSection } from "./marked-section.ts";

/** Documents whose tables come from the code they speak of. */
export function documentFiles(): Map<string, string> {
  return new Map([
    ...withSection("SKILL.md", "tools", toolTable()),
    ...withSection("docs/differences.md", "simulated", `${[...simulatedOperations].sort().join(", ")}.`),
  ]);
}

function toolTable(): string {
  const rows = tools.map((tool) => {
    const risks = new Set(tool.operations.map((operation) => riskClassOf[operation]));
    const asks = [...risks].filter((risk) => risk !== "read" && risk !== "read-secret");
    return `| \`${tool.name}\` | ${tool.description} | ${asks.length > 0 ? `a person approves (${asks.join(", ")})` : "reads"} |`;
  });
  return ["| tool | what for | gate |", "| --- | --- | --- |", ...rows].join("\n");
}
