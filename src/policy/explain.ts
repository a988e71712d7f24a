import type { Language } from "../language.ts";
import type { HttpMethod } from "../operations/types.ts";
import { entry, paragraph } from "./columns.ts";
import { type ExplainWords, explainWords } from "./explain-words.ts";
import { strongest } from "./strength.ts";
import type { ApprovalStrength, OperationRule, Policy, PolicyOrigin, Precheck, RiskClass } from "./types.ts";

/** What explaining needs of a registry row. */
export interface OperationSummary {
  /** `emr`: its permissions are RAM's; absent: likewise. */
  cloud?: string;
  method: HttpMethod;
  path: string;
  summary: string;
  ramAction: string;
}

const indent = 12;

/** Limits that bound what one operation may ask for. */
const boundsOf: Readonly<Record<string, ReadonlyArray<readonly [group: "spend" | "upload", name: string]>>> = {
  StartJobRun: [
    ["spend", "maxJobCu"],
    ["spend", "maxJobCuHours"],
  ],
  CreateWorkspace: [["spend", "maxWorkspaceCu"]],
  EditWorkspaceQueue: [["spend", "maxWorkspaceCu"]],
  PutObject: [["upload", "maxBytes"]],
};

/**
 * The effective rule of one operation in words, and where each line of it comes from. Without a row or a rule: refused.
 * What it needs is said for every environment, or for the one named.
 */
export function explainRule(
  policy: Policy,
  operation: string,
  summary: OperationSummary | undefined,
  language: Language,
  environment?: string,
): string {
  const words = explainWords[language];
  const rule = policy.rule(operation);
  if (!rule || !summary) return paragraph(words.refused(operation.replace(/[^\w.-]/g, "?").slice(0, 64)));

  const at = (...member: ReadonlyArray<string | number>) => mark(policy.origin(operation, ...member));
  const lines: Array<[label: string, text: string]> = [
    [words.request, `${summary.method} ${summary.path}`],
    [words.risk, `${words.risks[rule.risk]}${at("risk")}`],
    [words.approval, approvalText(policy, rule, words)],
    ...environmentLines(policy, rule, words, environment),
    ...boundLines(policy, rule, words),
    [words.target, `${rule.target}${at("target")}`],
    [words.impact, `${rule.impact[language]}${at("impact")}`],
    ...rule.prechecks.map((precheck, position): [string, string] => [
      words.before,
      `${precheckText(precheck, words, language)}${at("prechecks", position)}`,
    ]),
    [words.repeat, `${repeatText(rule, words)}${at("idempotency")}`],
    [words.deadline, deadlineText(policy, rule, words)],
    ...(rule.verify
      ? [[words.afterwards, `${words.follow(rule.verify)}${at("verify")}`] satisfies [string, string]]
      : []),
    [summary.cloud === "dli" || summary.cloud === "obs" ? "IAM" : "RAM", summary.ramAction],
  ];
  // A forbidden operation never gets as far as a repeat or a deadline.
  const shown = rule.risk === "forbidden" ? lines.slice(0, 5) : lines;
  return [
    paragraph(`${operation}: ${summary.summary}`),
    ...shown.map(([label, text]) => entry(label, text, indent)),
  ].join("\n");
}

function mark(origin: PolicyOrigin | undefined): string {
  return origin ? ` [${origin.file}:${origin.line}]` : "";
}

function repeatText({ idempotency, lookup = "", find }: OperationRule, words: ExplainWords): string {
  return find ? words.found(lookup, find.lateSeconds) : words.idempotency[idempotency](lookup);
}

function approvalText(policy: Policy, rule: OperationRule, words: ExplainWords): string {
  if (rule.risk === "forbidden") {
    const never = rule.forbiddenByUser ? words.neverByUser : words.never;
    return `${never} ${rule.instead?.[words.language] ?? ""}${mark(policy.origin(rule.operation, "instead"))}`;
  }
  const { strength, origin } = asked(policy, rule, rule.risk);
  return `${words.strengths[strength]}${words.semicolon}${words.why[rule.risk]}${mark(origin)}`;
}

interface Asked {
  strength: ApprovalStrength;
  origin: PolicyOrigin | undefined;
}

/** What the rule's class, the user's line for the operation and the environment ask for: the strongest, and its place. */
function asked(
  policy: Policy,
  { operation, approval }: OperationRule,
  risk: Exclude<RiskClass, "forbidden">,
  environment?: string,
): Asked {
  const { limits, limitOrigin } = policy;
  const inEnvironment = environment === undefined ? undefined : limits.environments[environment]?.[risk];
  const asking: Asked[] = [
    { strength: limits.approval[risk], origin: limitOrigin("approval", risk) },
    ...(approval ? [{ strength: approval, origin: policy.origin(operation, "approval") }] : []),
    ...(environment !== undefined && inEnvironment
      ? [{ strength: inEnvironment, origin: limitOrigin("environments", environment, risk) }]
      : []),
  ];
  const strength = strongest(...asking.map((each) => each.strength));
  return { strength, origin: asking.find((each) => each.strength === strength)?.origin };
}

function environmentLines(
  policy: Policy,
  rule: OperationRule,
  words: ExplainWords,
  environment: string | undefined,
): Array<[string, string]> {
  const { risk } = rule;
  if (risk === "forbidden") return [];
  const names = environment === undefined ? Object.keys(policy.limits.environments) : [environment];
  const lines = names.map((name) => ({ name, ...asked(policy, rule, risk, name) }));
  // Of a read that nobody asks about anywhere there is nothing to tell.
  if (environment === undefined && lines.every(({ strength }) => strength === "none")) return [];
  return lines.map(({ name, strength, origin }) => [
    words.environment,
    `${name}${words.colon}${words.strengths[strength]}${mark(origin)}`,
  ]);
}

function boundLines(
  { limits, limitOrigin }: Policy,
  rule: OperationRule,
  words: ExplainWords,
): Array<[string, string]> {
  if (rule.risk === "forbidden") return [];
  const texts = (boundsOf[rule.operation] ?? []).map(([group, name]) => {
    const numbers: Readonly<Record<string, number>> = limits[group];
    return `${name} ${numbers[name]}${mark(limitOrigin(group, name))}`;
  });
  return texts.length === 0 ? [] : [[words.bounds, texts.join(words.semicolon)]];
}

function precheckText(precheck: Precheck, words: ExplainWords, language: Language): string {
  const demands = Object.entries(precheck.require ?? {}).map(([fact, admitted]) => words.demand(fact, admitted));
  const bound = Object.keys(precheck.facts).filter((fact) => !precheck.require?.[fact]);
  const parts = [
    words.reads(precheck.read),
    ...demands,
    ...(bound.length > 0 ? [words.binds(bound)] : []),
    ...(precheck.context ? [words.shows(Object.keys(precheck.context))] : []),
  ];
  const refusal = demands.length > 0 ? `${words.otherwise(precheck.otherwise[language], precheck.next[language])}` : "";
  return `${parts.join(words.semicolon)}${words.stop}${refusal}`;
}

function deadlineText({ limits, limitOrigin }: Policy, rule: OperationRule, words: ExplainWords): string {
  const seconds = words.seconds(limits.timeoutsSeconds[rule.timeout]);
  const { minWaitSeconds, maxWaitSeconds, retries } = limits.throttling;
  const throttled = words.throttled(minWaitSeconds, maxWaitSeconds, retries);
  return `${seconds}${mark(limitOrigin("timeoutsSeconds", rule.timeout))}${words.semicolon}${throttled}${throttlingMarks(limitOrigin)}`;
}

/** One place for all three, and the place of each that an overlay has changed. */
function throttlingMarks(limitOrigin: Policy["limitOrigin"]): string {
  const whole = limitOrigin("throttling");
  const changed = ["minWaitSeconds", "maxWaitSeconds", "retries"]
    .map((name) => limitOrigin("throttling", name))
    .filter((origin) => origin?.file !== whole?.file);
  return [whole, ...changed].map(mark).join("");
}
