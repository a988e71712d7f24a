import { type Capability, type CommonState, capabilities, contracts } from "../src/jobs/contract.ts";
import { languages } from "../src/language.ts";
import { dliIndex, operationIndex } from "../src/operations/registry.ts";
import type { OperationIndexEntry } from "../src/operations/types.ts";
import { dliDifferenceOf } from "../src/sandbox/dli/differences.ts";
import { differenceOf } from "../src/sandbox/emr/differences.ts";
import { referenceFile } from "../src/server/resources.ts";
import { withSection, withSections } from "./marked-section.ts";
import { referenceSections, routeTable } from "./reference-tables.ts";

/** Documents whose tables come from the code they speak of. */
export function documentFiles(): Map<string, string> {
  return new Map([
    ...withSection("SKILL.md", "intents", routeTable()),
    ...referenceFiles(),
    ...withSections("docs/capabilities.md", { capabilities: capabilityTable(), states: stateTable() }),
    ...withSection("docs/differences.md", "operations", differenceTable(operationIndex, differenceOf)),
    ...withSection("docs/differences-dli.md", "operations", differenceTable(dliIndex, dliDifferenceOf)),
  ]);
}

function referenceFiles(): Map<string, string> {
  const pages = languages.flatMap((language) =>
    Object.entries(referenceSections(language)).map(([page, sections]) => ({
      file: referenceFile(page, language),
      sections,
    })),
  );
  return new Map(pages.flatMap(({ file, sections }) => [...withSections(file, sections)]));
}

const asked: Readonly<Record<Capability, string>> = {
  submit: "submit a job",
  status: "its state",
  wait: "wait for its end",
  list: "find jobs",
  cancel: "cancel one",
  logs: "its log",
  logsWhileRunning: "its log while it runs",
  diagnosis: "why it failed",
  queues: "queues and free CU",
  resizeQueue: "change a queue's CU",
  sql: "run SQL",
  sqlRows: "rows of a statement",
  upload: "upload a program",
  timeLimit: "a time limit for a job",
  submitOnce: "once, also after a lost answer",
  sessions: "interactive sessions",
  streaming: "streaming jobs",
  usage: "CU-hours used",
};

function capabilityTable(): string {
  const clouds = Object.values(contracts);
  const rows = capabilities.map((capability) => {
    const cells = clouds.map(({ can }) => {
      const found = can[capability];
      if (!found.has) return `no. ${found.why.en}${found.instead ? ` ${found.instead.en}` : ""}`;
      const { tool, operation, how } = found;
      const by = [tool, operation].flatMap((name) => (name === undefined ? [] : [`\`${name}\``])).join(", ");
      return how ? `${by}: ${how.en}` : by;
    });
    return `| ${[asked[capability], ...cells].join(" | ")} |`;
  });
  return [`| what | ${clouds.map(({ title }) => title).join(" | ")} |`, divider(clouds.length + 1), ...rows].join("\n");
}

const commonStates: Readonly<Record<CommonState, string>> = {
  queued: "submitted, not started",
  running: "holds CU, or may",
  succeeded: "ended well",
  failed: "ended otherwise",
  cancelled: "ended because somebody said so",
  unknown: "neither active nor ended: a draft, or a state nobody knows",
};

/** One column for each kind of work of each cloud, the cloud's own states in its cells. */
function stateTable(): string {
  const columns = Object.entries(contracts).flatMap(([cloud, { states }]) =>
    Object.entries(states).map(([kind, table]) => ({ heading: `${cloud} ${kind}`, table })),
  );
  const rows = Object.entries(commonStates).map(([common, meaning]) => {
    const cells = columns.map(({ table }) =>
      Object.entries(table)
        .flatMap(([state, to]) => (to === common ? [`\`${state}\``] : []))
        .join(", "),
    );
    return `| ${[`${common}: ${meaning}`, ...cells].join(" | ")} |`;
  });
  return [
    `| state | ${columns.map(({ heading }) => heading).join(" | ")} |`,
    divider(columns.length + 1),
    ...rows,
  ].join("\n");
}

function divider(columns: number): string {
  return `|${" --- |".repeat(columns)}`;
}

interface Told {
  how: string;
  quirks: readonly { text: string; source: string }[];
}

function differenceTable(index: readonly OperationIndexEntry[], told: (name: string) => Told | undefined): string {
  const operations = index
    .map(({ name }) => ({ name, how: "not simulated", quirks: [], ...told(name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const count = (how: string) => operations.filter((operation) => operation.how === how).length;
  const rows = operations.map(({ name, how, quirks }) => {
    const all = quirks.map(({ text, source }) => `${text} [${source}]`).join("; ");
    return `| \`${name}\` | ${how} |${all && ` ${all}`} |`;
  });
  return [
    `${operations.length} operations: ${count("simulated")} simulated, ${count("shape only")} shape only, ${count("not simulated")} not simulated.`,
    "",
    "| operation | how | quirks |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
}
