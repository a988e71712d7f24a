import type { HttpMethod } from "../operations/types.ts";
import { entry, paragraph } from "./columns.ts";
import { type ExplainWords, explainWords } from "./explain-words.ts";
import { requiredStrength } from "./strength.ts";
import type { Language, OperationRule, Policy, PolicyOrigin, Precheck } from "./types.ts";

/** What explaining needs of a registry row. */
export interface OperationSummary {
  method: HttpMethod;
  path: string;
  summary: string;
  ramAction: string;
}

const indent = 12;

/** The effective rule of one operation in words, and where each line of it comes from. Without a row or a rule: refused. */
export function explainRule(
  policy: Policy,
  operation: string,
  summary: OperationSummary | undefined,
  language: Language,
): string {
  const words = explainWords[language];
  const rule = policy.rule(operation);
  if (!rule || !summary) return paragraph(words.refused(operation.replace(/[^\w.-]/g, "?").slice(0, 64)));

  const at = (...member: ReadonlyArray<string | number>) => mark(policy.origin(operation, ...member));
  const lines: Array<[label: string, text: string]> = [
    [words.request, `${summary.method} ${summary.path}`],
    [words.risk, `${words.risks[rule.risk]}${at("risk")}`],
    [words.approval, approvalText(policy, rule, words)],
    [words.target, `${rule.target}${at("target")}`],
    [words.impact, `${rule.impact[language]}${at("impact")}`],
    ...rule.prechecks.map((precheck, position): [string, string] => [
      words.before,
      `${precheckText(precheck, words, language)}${at("prechecks", position)}`,
    ]),
    [words.repeat, `${words.idempotency[rule.idempotency](rule.lookup ?? "")}${at("idempotency")}`],
    [words.deadline, deadlineText(policy, rule, words)],
    ...(rule.verify
      ? [[words.afterwards, `${words.follow(rule.verify)}${at("verify")}`] satisfies [string, string]]
      : []),
    ["RAM", summary.ramAction],
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

function approvalText(policy: Policy, rule: OperationRule, words: ExplainWords): string {
  if (rule.risk === "forbidden") {
    return `${words.never} ${rule.instead?.[words.language] ?? ""}${mark(policy.origin(rule.operation, "instead"))}`;
  }
  const strength = requiredStrength(rule, policy.limits, { environments: [], tainted: false });
  return `${words.strengths[strength]}${words.semicolon}${words.why[rule.risk]}${mark(policy.limitOrigin("approval", rule.risk))}`;
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
  return `${seconds}${mark(limitOrigin("timeoutsSeconds", rule.timeout))}${words.semicolon}${throttled}${mark(limitOrigin("throttling"))}`;
}
