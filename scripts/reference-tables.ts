import { outcomeCodes } from "../src/gateway/codes.ts";
import { contracts } from "../src/jobs/contract.ts";
import { rules as diagnosisRules } from "../src/jobs/diagnosis/rules.ts";
import {
  howScalingWorks,
  problemsOfScaling,
  readScaling,
  scalingKeys,
  warningsOfScaling,
} from "../src/jobs/dli/flink-scaling.ts";
import { dliProcess } from "../src/jobs/dli/process.ts";
import type { Step } from "../src/jobs/onboarding.ts";
import { emrProcess } from "../src/jobs/onboarding-emr.ts";
import type { Language } from "../src/language.ts";
import { explainWords } from "../src/policy/explain-words.ts";
import { notExpressed } from "../src/policy/ram.ts";
import type { Tool } from "../tools/define.ts";
import { dliTools } from "../tools/dli/index.ts";
import { tools as emrTools } from "../tools/index.ts";
import {
  accessDocument,
  argumentTable,
  consentTable,
  gateOf,
  gateTable,
  isDirectory,
  limitTable,
  neverTable,
  operationsOf,
  operationTable,
  permissionTable,
  riskOf,
} from "./gate-tables.ts";
import { mono, table } from "./markdown-table.ts";
import { words } from "./reference-words.ts";
import { type Route, routes } from "./skill-routes.ts";

type Sections = Readonly<Record<string, string>>;

const allTools = [...emrTools, ...dliTools.filter((tool) => !emrTools.includes(tool))];
const ofDli = (tool: Tool) => !emrTools.includes(tool);
/** What a client sees that chose nothing. */
const byDefault: readonly string[] = ["core", "job", "queue", "storage"];
const asked = new Set(routes.flatMap(({ emr = [], dli = [] }) => [...emr, ...dli]));

/** The generated sections of a page of references/: page -> name of the section -> content. */
export function referenceSections(language: Language): Readonly<Record<string, Sections>> {
  const emr = (...toolsets: readonly string[]) =>
    gateTable(
      emrTools.filter(({ toolset }) => toolsets.includes(toolset)),
      language,
    );
  const named = (listed: readonly Tool[], ...names: readonly string[]) =>
    gateTable(
      listed.filter(({ name }) => names.includes(name)),
      language,
    );
  return {
    "getting-started": {
      steps: processTable(emrProcess, language),
      toolsets: toolsetTable(language),
      consent: consentTable(language),
    },
    "workspace-lifecycle": {
      gates: named(emrTools, "list_workspaces", "create_workspace", "list_workspace_queues", "list_release_versions"),
      "dli-gates": named(dliTools, "list_dli_queues", "create_dli_pool", "create_dli_queue"),
      never: neverTable(asked, language),
    },
    "job-management": {
      gates: emr("job", "storage", "inspect"),
      states: stateTable("emr", "job", language),
      limits: limitTable(["spend.maxJob", "logs", "upload", "timeoutsSeconds"], language),
    },
    "kyuubi-service": { gates: emr("kyuubi"), sessions: emr("session") },
    scaling: {
      gates: emr("queue"),
      "dli-gates": named(dliTools, "list_dli_queues", "scale_dli_queue", "get_dli_metrics"),
      limits: limitTable(["spend"], language),
    },
    "ram-policies": {
      policy: accessDocument(
        "emr",
        emrTools.filter(({ toolset }) => byDefault.includes(toolset)),
      ),
      limits: list(notExpressed("emr", language)),
      "dli-limits": list(notExpressed("dli", language)),
      actions: permissionTable(emrTools, language),
      "dli-actions": permissionTable(dliTools, language),
      members: emr("member"),
    },
    "api-parameters": {
      tools: argumentTable(emrTools, language),
      "dli-tools": argumentTable(dliTools.filter(ofDli), language),
      operations: operationTable(language),
    },
    "dli-job-development": {
      process: processTable(dliProcess, language),
      gates: gateTable(dliTools.filter(ofDli), language),
      batch: stateTable("dli", "batch", language),
    },
    "flink-dynamic-scaling": { how: howScalingWorks[language], ...scalingTables(language) },
    troubleshooting: {
      codes: table(
        [words[language].code, words[language].meaning],
        Object.entries(outcomeCodes).map(([code, meaning]) => [mono(code), meaning[language]]),
      ),
      diagnosis: table(
        [words[language].diagnosis, words[language].cause, words[language].fix],
        diagnosisRules.map(({ id, cause, fix }) => [mono(id), cause[language], fix[language]]),
      ),
      limits: limitTable(["timeoutsSeconds", "throttling", "failures", "plan"], language),
    },
  };
}

/** The first table of SKILL.md. */
export function routeTable(): string {
  return table(
    ["asked for", "EMR", "DLI", "gate", "more"],
    routes.map(({ say, emr = [], dli = [], page }) => [
      `${say.en} · ${say.zh}`,
      routed(emr, emrTools),
      routed(dli, dliTools),
      gateOfRoute({ emr, dli }),
      `[${page}](references/${page}.md)`,
    ]),
  );
}

function routed(names: readonly string[], listed: readonly Tool[]): string {
  for (const name of names) {
    if (listed.some((tool) => tool.name === name) || riskOf(name) === "forbidden") continue;
    throw new Error(`scripts/skill-routes.ts names ${name}, which is no tool of that cloud and not refused always`);
  }
  const shown = names.filter((name) => riskOf(name) !== "forbidden").map(mono);
  return shown.length > 0 ? shown.join(", ") : "none";
}

function gateOfRoute({ emr = [], dli = [] }: Pick<Route, "emr" | "dli">): string {
  const names = [...emr, ...dli];
  if (names.every((name) => riskOf(name) === "forbidden")) return words.en.never;
  const named = allTools.filter((tool) => names.includes(tool.name));
  return named.some(isDirectory) ? words.en.byOperation : gateOf(named.flatMap(operationsOf), "en");
}

function toolsetTable(language: Language): string {
  const sets = [...new Set(allTools.map(({ toolset }) => toolset))];
  const of = (listed: readonly Tool[], set: string) =>
    listed
      .filter(({ toolset }) => toolset === set)
      .map(({ name }) => mono(name))
      .join(", ");
  return table(
    [words[language].toolset, "EMR", "DLI"],
    sets.map((set) => [mono(set), of(emrTools, set), of(dliTools, set)]),
  );
}

function stateTable(cloud: keyof typeof contracts, kind: string, language: Language): string {
  const states = Object.entries(contracts[cloud].states[kind] ?? {});
  return table(
    [words[language].state, words[language].means],
    states.map(([state, common]) => [mono(state), common]),
  );
}

function processTable(steps: ReadonlyArray<Step<string>>, language: Language): string {
  const said = words[language];
  const rows = steps.map((step, position) => {
    const by = [
      ...(step.tool === undefined ? [] : [step.tool[language].replace(/\b[a-z]+(?:_[a-z]+)+\b/g, mono)]),
      ...(step.console ? [`${said.console}${explainWords[language].colon}${step.console[language]}`] : []),
    ];
    const title = `${position + 1}. ${step.title[language]}${step.optional ? ` (${said.optional})` : ""}`;
    return [title, step.what[language], by.join("; "), step.reads.map(mono).join(", ")];
  });
  return table([said.step, said.meant, said.how, said.evidence], rows);
}

/** What the rules say of a job that breaks all of them, so that none can be left out of the page. */
function scalingTables(language: Language): Sections {
  const said = words[language];
  const totalCu = 4;
  const broken = {
    definition: { job_type: "flink_sql_job", flink_version: "1.10" },
    config: {},
    totalCu,
    status: "job_running",
  };
  const wish = { enabled: true, intervalMinutes: 0, cuMin: 5, cuMax: 3 };
  const problems = problemsOfScaling(wish, broken);
  const bare = { definition: {}, config: {}, totalCu };
  const warnings = warningsOfScaling({ enabled: true, intervalMinutes: 5, cuMin: totalCu, cuMax: totalCu }, bare);
  const { intervalMinutes, cuMin } = readScaling({}, totalCu);
  const keys: ReadonlyArray<readonly [string, Readonly<Record<Language, string>>, string]> = [
    [scalingKeys.enable, { en: "whether it scales", zh: "是否开启" }, "false"],
    [scalingKeys.interval, { en: "minutes between two looks", zh: "检查间隔（分钟）" }, String(intervalMinutes)],
    [
      scalingKeys.cuMax,
      { en: "most CU", zh: "CU 上限" },
      language === "en" ? "what the job is configured to take" : "作业配置的 CU",
    ],
    [scalingKeys.cuMin, { en: "fewest CU", zh: "CU 下限" }, String(cuMin)],
  ];
  return {
    keys: table(
      [said.key, said.meant, said.default],
      keys.map(([key, meaning, value]) => [mono(key), meaning[language], value]),
    ),
    rules: table(
      [said.field, said.rule],
      problems.map(({ field, sentence }) => [mono(field), sentence[language]]),
    ),
    warnings: list(warnings.map((text) => text[language])),
  };
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
