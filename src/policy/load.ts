import { languages } from "../language.ts";
import { placeholdersOf } from "./confirmation.ts";
import { tryPath } from "./facts.ts";
import { applyOverlay } from "./overlay.ts";
import { completeRule, environmentsFile, limitsFile, overlayFile, rulesFile } from "./schema.ts";
import { type PolicyFile, parseSource, type Source } from "./source.ts";
import type { LoadedPolicy, OperationRule, Policy } from "./types.ts";

export type { PolicyFile } from "./source.ts";
export type { LoadedPolicy } from "./types.ts";

/** Builds the policy from its files. One problem anywhere and there is no policy at all: nothing may be sent then. */
export function loadPolicy(files: {
  rules: readonly PolicyFile[];
  limits: PolicyFile;
  /** The user's; absent when there is none. */
  environments?: PolicyFile;
  /** The user's policy.yaml, which may only tighten; absent when there is none. */
  overlay?: PolicyFile;
}): LoadedPolicy {
  const problems: string[] = [];
  const rules = new Map<string, OperationRule>();
  const sources = new Map<string, Source<unknown>>();
  const placed: Array<[place: string, rule: OperationRule]> = [];

  for (const file of files.rules) {
    const source = parseSource(file, rulesFile, problems);
    if (!source) continue;
    for (const [operation, written] of Object.entries(source.value.operations)) {
      const place = `${file.name}:${source.originOf(["operations", operation]).line}: ${operation}`;
      const say = (problem: string) => problems.push(`${place}: ${problem}`);
      const rule = completeRule(operation, written);
      if (rules.has(operation)) say("has a rule already");
      else if (!rule) say("needs `idempotency`: what does a lost answer mean?");
      else {
        rules.set(operation, rule);
        sources.set(operation, source);
        placed.push([place, rule]);
      }
    }
  }
  for (const [place, rule] of placed) {
    problems.push(...problemsOfRule(rule, rules).map((problem) => `${place}: ${problem}`));
  }
  if (rules.size === 0 && problems.length === 0) problems.push("there is no rule at all");

  const limits = parseSource(files.limits, limitsFile, problems);
  const environments = files.environments && parseSource(files.environments, environmentsFile, problems);
  const overlay = files.overlay && parseSource(files.overlay, overlayFile, problems);
  if (!limits || problems.length > 0) return { ok: false, problems };
  const shipped: Policy = {
    environments: environments?.value.environments ?? [],
    rule: (operation) => rules.get(operation),
    origin: (operation, ...member) => sources.get(operation)?.originOf(["operations", operation, ...member]),
    operations: () => [...rules.keys()],
    limits: limits.value,
    limitOrigin: (...member) => limits.originOf(member),
  };
  const loaded: LoadedPolicy = overlay ? applyOverlay(shipped, overlay) : { ok: true, policy: shipped };
  if (!loaded.ok) return loaded;
  if (environments) problems.push(...environmentsWithoutStrengths(loaded.policy, environments));
  if (overlay) problems.push(...environmentsWithoutWorkspaces(loaded.policy, shipped, overlay));
  return problems.length > 0 ? { ok: false, problems } : loaded;
}

/** A misspelt environment would guard nothing: what has workspaces has strengths, and what the user adds has workspaces. */
function environmentsWithoutStrengths({ environments, limits }: Policy, { originOf }: Source<unknown>): string[] {
  const known = Object.keys(limits.environments);
  return environments.flatMap(({ name }, position) => {
    if (known.includes(name)) return [];
    const { file, line } = originOf(["environments", position]);
    return [`${file}:${line}: ${name} is not an environment; there are ${known.join(", ")}`];
  });
}

function environmentsWithoutWorkspaces(
  { environments, limits }: Policy,
  shipped: Policy,
  { originOf }: Source<unknown>,
): string[] {
  return Object.keys(limits.environments)
    .filter((name) => !Object.hasOwn(shipped.limits.environments, name))
    .filter((name) => !environments.some((each) => each.name === name))
    .map((name) => {
      const { file, line } = originOf(["environments", name]);
      return `${file}:${line}: ${name} has no workspaces in environments.yaml`;
    });
}

/** What a schema cannot say. */
function problemsOfRule(rule: OperationRule, rules: ReadonlyMap<string, OperationRule>): string[] {
  const isRead = rule.risk === "read" || rule.risk === "read-secret";
  const problems: string[] = [];
  if (rule.risk === "forbidden" && !rule.instead) problems.push("a forbidden operation needs `instead`");
  if (rule.risk !== "forbidden" && rule.instead) problems.push("only a forbidden operation has `instead`");
  if ((rule.idempotency === "lookup") !== (rule.lookup !== undefined)) {
    problems.push("idempotency lookup, and nothing else, has `lookup`");
  }
  if (rule.find && rule.idempotency !== "lookup") problems.push("only idempotency lookup has `find`");
  if (isRead !== (rule.idempotency === "read")) problems.push("reads, and only reads, have idempotency read");
  if (isRead && (rule.prechecks.length > 0 || rule.verify)) problems.push("a read has neither prechecks nor `verify`");
  for (const read of [...rule.prechecks.map((precheck) => precheck.read), rule.verify?.read, rule.lookup]) {
    if (read !== undefined && !rules.get(read)?.risk.startsWith("read")) {
      problems.push(`${read} is not a read with a rule`);
    }
  }
  return [...problems, ...problemsOfFacts(rule), ...problemsOfTexts(rule)];
}

function problemsOfFacts(rule: OperationRule): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const paths = [...(rule.verify ? [rule.verify.state] : []), ...(rule.find ? [rule.find.found] : [])];
  for (const precheck of rule.prechecks) {
    for (const [fact, path] of [...Object.entries(precheck.facts), ...Object.entries(precheck.context ?? {})]) {
      if (seen.has(fact)) problems.push(`two facts are named ${fact}`);
      seen.add(fact);
      paths.push(path);
    }
    for (const fact of Object.keys(precheck.require ?? {})) {
      if (!Object.hasOwn(precheck.facts, fact)) {
        problems.push(`require names the fact ${fact}, which ${precheck.read} does not read`);
      }
    }
  }
  for (const path of paths) {
    const steps = tryPath(path);
    if (typeof steps === "string") problems.push(steps);
  }
  return problems;
}

function problemsOfTexts(rule: OperationRule): string[] {
  const facts = new Set(rule.prechecks.flatMap((precheck) => Object.keys({ ...precheck.facts, ...precheck.context })));
  const problems: string[] = [];
  for (const language of languages) {
    const placeholders = placeholdersOf(rule.impact[language]);
    if (!placeholders) problems.push(`impact.${language} has a brace that opens or closes nothing`);
    for (const { name, kind } of placeholders ?? []) {
      if (kind === "fact" && !facts.has(name)) problems.push(`impact.${language} names the unknown fact {${name}}`);
    }
    if (/[.。!?！？]$/.test(rule.impact[language])) problems.push(`impact.${language} must not end a sentence`);
    const plain = rule.prechecks.flatMap(({ otherwise, next }) => [otherwise[language], next[language]]);
    if ([...plain, rule.instead?.[language] ?? ""].some((each) => /[{}]/.test(each))) {
      problems.push(`only impact.${language} may have placeholders`);
    }
  }
  return problems;
}
