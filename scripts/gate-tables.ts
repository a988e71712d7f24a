import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Language } from "../src/language.ts";
import { findOperation, operationIndex } from "../src/operations/registry.ts";
import { isSetByGateway } from "../src/operations/validate.ts";
import { packageRoot } from "../src/package-root.ts";
import { explainWords } from "../src/policy/explain-words.ts";
import { policyFileNames } from "../src/policy/files.ts";
import { loadPolicy } from "../src/policy/load.ts";
import { type AccessCloud, accessPolicy, actionsIn, readsOf } from "../src/policy/ram.ts";
import { riskClassOf } from "../src/policy/risk-classes.gen.ts";
import { type Policy, type RiskClass, riskClasses } from "../src/policy/types.ts";
import { portableSchema } from "../src/server/tool-schema.ts";
import type { Tool } from "../tools/define.ts";
import { mono, table } from "./markdown-table.ts";
import { limitWords, words } from "./reference-words.ts";

/** Tables of what the policy and the registry say of tools and operations. */

const policy = shippedPolicy();

/** Both reach whatever the registry has, so what they ask for is said of each operation. */
export function isDirectory({ name }: Tool): boolean {
  return name === "search_operations" || name === "call_operation";
}

export function operationsOf(tool: Tool): readonly string[] {
  return isDirectory(tool) ? [] : tool.operations;
}

export function riskOf(operation: string): RiskClass | undefined {
  return Object.entries(riskClassOf).find(([name]) => name === operation)?.[1];
}

/** What of these a person is asked about. */
export function gateOf(operations: readonly string[], language: Language): string {
  const found = new Set(operations.map(riskOf));
  const asks = riskClasses.filter((risk) => found.has(risk) && risk !== "read" && risk !== "read-secret");
  if (asks.length === 0) return words[language].reads;
  return operations.some((operation) => policy.rule(operation)?.sql !== undefined)
    ? words[language].asksUnlessRead(asks)
    : words[language].asks(asks);
}

export function gateTable(listed: readonly Tool[], language: Language): string {
  const said = words[language];
  const rows = listed
    .filter((tool) => !isDirectory(tool))
    .flatMap((tool) => {
      const acting = tool.operations.filter((operation) => !["read", "read-secret"].includes(riskOf(operation) ?? ""));
      if (acting.length === 0) return [[mono(tool.name), said.reads, "", "", ""]];
      return acting.map((operation) => gateRow(tool.name, operation, language));
    });
  return table([said.tool, said.riskAndConsent, said.before, said.after, said.lost], rows);
}

function gateRow(tool: string, operation: string, language: Language): string[] {
  const rule = policy.rule(operation);
  if (!rule || rule.risk === "forbidden") throw new Error(`${operation} of ${tool} has no rule that admits it`);
  const say = explainWords[language];
  const demands = rule.prechecks.flatMap(({ require = {} }) =>
    Object.entries(require).map(([fact, admitted]) => say.demand(mono(fact), admitted)),
  );
  return [
    `${mono(tool)} (${operation})`,
    [rule.risk, policy.limits.approval[rule.risk], ...(rule.sql ? [words[language].readsRunAtOnce] : [])].join(", "),
    demands.join(say.semicolon),
    (rule.verify?.until ?? []).map((state) => (state === "0" ? words[language].gone : mono(state))).join(", "),
    rule.find
      ? say.found(rule.lookup ?? "", rule.find.lateSeconds)
      : say.idempotency[rule.idempotency](rule.lookup ?? ""),
  ];
}

export function consentTable(language: Language): string {
  const { approval, environments } = policy.limits;
  const rows = riskClasses.flatMap((risk) => {
    if (risk === "forbidden") return [];
    const { strengths, why } = explainWords[language];
    return [[mono(risk), why[risk], strengths[approval[risk]], environments.production?.[risk] ?? approval[risk]]];
  });
  return table([words[language].risk, words[language].meaning, words[language].consent, "production"], rows);
}

/** @param asked what people do ask for, though it is deprecated */
export function neverTable(asked: ReadonlySet<string>, language: Language): string {
  const rows = policy.operations().flatMap((operation) => {
    const rule = policy.rule(operation);
    // Of deprecated calls the answer names the successor, and nobody asks for those by name.
    const isAskedFor = findOperation(operation)?.status === undefined || asked.has(operation);
    return rule?.risk === "forbidden" && rule.instead && isAskedFor ? [[mono(operation), rule.instead[language]]] : [];
  });
  return table([words[language].operation, words[language].instead], rows);
}

export function permissionTable(listed: readonly Tool[], language: Language): string {
  const sets = [...new Set(listed.map(({ toolset }) => toolset))];
  const rows = sets.map((set) => {
    const named = listed.filter(({ toolset }) => toolset === set).flatMap(operationsOf);
    const operations = named.flatMap((operation) => [operation, ...readsOf(policy.rule(operation))]);
    const actions = operations.flatMap((operation) => actionsIn(findOperation(operation)?.ramAction));
    return [mono(set), [...new Set(actions)].sort().map(mono).join(", ")];
  });
  return table([words[language].toolset, words[language].permissions], rows);
}

/** What an administrator has to admit for these tools; beside them call_operation reaches what nobody asked for. */
export function accessDocument(cloud: AccessCloud, listed: readonly Tool[]): string {
  const { documents } = accessPolicy({
    cloud,
    operations: listed.flatMap(operationsOf),
    rule: (operation) => policy.rule(operation),
    actionText: (operation) => findOperation(operation)?.ramAction,
  });
  return documents.map(({ document }) => `\`\`\`json\n${JSON.stringify(document, null, 2)}\n\`\`\``).join("\n");
}

export function argumentTable(listed: readonly Tool[], language: Language): string {
  const said = words[language];
  const rows = listed.map((tool) => {
    const { properties = {}, required = [] } = portableSchema(tool.input.strict());
    const names = Object.keys(properties).map((name) => (required.includes(name) ? `**${name}**` : name));
    const gate = isDirectory(tool) ? said.byOperation : gateOf(tool.operations, language);
    return [mono(tool.name), tool.description, names.join(", "), gate];
  });
  return table([said.tool, said.what, said.arguments, said.gate], rows);
}

export function operationTable(language: Language): string {
  const said = words[language];
  const rows = operationIndex.map(({ name, method, path }) => {
    const row = findOperation(name);
    const offered = (row?.parameters ?? []).filter((parameter) => row && !isSetByGateway(row, parameter.name));
    const names = offered.map((parameter) =>
      parameter.in === "path" || parameter.required || parameter.requiredInPractice
        ? `**${parameter.name}**`
        : parameter.name,
    );
    const risk = riskOf(name);
    const gate = risk === "forbidden" ? said.never : gateOf([name], language);
    return [mono(name), mono(`${method} ${path}`), names.join(", "), gate];
  });
  return table([said.operation, said.request, said.parameters, said.gate], rows);
}

export function limitTable(prefixes: readonly string[], language: Language): string {
  const rows = Object.entries(limitWords).flatMap(([path, said]) =>
    prefixes.some((prefix) => path.startsWith(prefix)) ? [[said[language], limitAt(path), mono(path)]] : [],
  );
  return table([words[language].limit, words[language].value, "policies/limits.yaml"], rows);
}

function limitAt(path: string): string {
  const value = path
    .split(".")
    .reduce<unknown>(
      (node, key) => (typeof node === "object" && node !== null ? Reflect.get(node, key) : undefined),
      policy.limits,
    );
  if (typeof value !== "number") throw new Error(`policies/limits.yaml has no number at ${path}`);
  return String(value);
}

function shippedPolicy(): Policy {
  const read = (name: string) => ({ name, text: readFileSync(join(packageRoot, "policies", name), "utf8") });
  const { emr, dli, limits } = policyFileNames;
  const loaded = loadPolicy({ rules: [...emr, ...dli].map(read), limits: read(limits) });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  return loaded.policy;
}
