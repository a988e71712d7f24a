import { operationIndex } from "../src/operations/registry.ts";
import { riskClassOf } from "../src/policy/risk-classes.gen.ts";
import { differenceOf } from "../src/sandbox/emr/differences.ts";
import { tools } from "../tools/index.ts";
import { withSection } from "./marked-section.ts";

/** Documents whose tables come from the code they speak of. */
export function documentFiles(): Map<string, string> {
  return new Map([
    ...withSection("SKILL.md", "tools", toolTable()),
    ...withSection("docs/differences.md", "operations", differenceTable()),
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

function differenceTable(): string {
  const operations = operationIndex
    .map(({ name }) => ({ name, how: "not simulated", quirks: [], ...differenceOf(name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const count = (how: string) => operations.filter((operation) => operation.how === how).length;
  const rows = operations.map(({ name, how, quirks }) => {
    const told = quirks.map(({ text, source }) => `${text} [${source}]`).join("; ");
    return `| \`${name}\` | ${how} |${told && ` ${told}`} |`;
  });
  return [
    `${operations.length} operations: ${count("simulated")} simulated, ${count("shape only")} shape only, ${count("not simulated")} not simulated.`,
    "",
    "| operation | how | quirks |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
}
