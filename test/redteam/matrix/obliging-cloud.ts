import { parsePath, type Step } from "../../../src/policy/facts.ts";
import type { OperationRule, Policy, Precheck } from "../../../src/policy/types.ts";
import { type ListeningCloud, listenAsCloud } from "../../doubles/listening-cloud.ts";
import { type CloudUnderAttack, emr } from "./cloud-under-attack.ts";
import { flipped } from "./flip.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * A cloud that makes every precheck pass: it answers the reads of the operation under attack with just the facts its
 * rule asks for. So what keeps a request back is the approval and nothing else.
 */
export interface ObligingCloud extends ListeningCloud {
  attacked: CloudUnderAttack;
  /** Whose prechecks are to pass from now on. */
  oblige(rule: OperationRule, input: Readonly<Record<string, unknown>>): void;
  /** From now on that bound fact of the same operation is another one; `oblige` undoes it. */
  flip(fact: string): void;
  /** How often an operation arrived. */
  count(operation: string): number;
}

export async function startObligingCloud(policy: Policy, attacked: CloudUnderAttack = emr): Promise<ObligingCloud> {
  const counts = new Map<string, number>();
  let obliged: { rule: OperationRule; input: Json; sentBefore: number; flip?: string } | undefined;

  const cloud = await listenAsCloud((request) => {
    const operation = attacked.operationOf(request.method ?? "", (request.url ?? "").split("?")[0] ?? "") ?? "unknown";
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
    const isRead = policy.rule(operation)?.risk.startsWith("read");
    if (!isRead || !obliged) return { body: { requestId: "req-1" } };
    const wasSent = (counts.get(obliged.rule.operation) ?? 0) > obliged.sentBefore;
    const body = answerFor(operation, obliged.rule, obliged.input, wasSent);
    const { flip = "" } = obliged;
    const touched = obliged.rule.prechecks.find((each) => each.read === operation && flip in each.facts);
    return { body: touched ? flipped(body, touched, flip, inputOfRead(touched, obliged.input)) : body };
  });
  return {
    ...cloud,
    attacked,
    oblige: (rule, input) => {
      obliged = { rule, input, sentBefore: counts.get(rule.operation) ?? 0 };
    },
    flip: (fact) => {
      if (obliged) obliged.flip = fact;
    },
    count: (operation) => counts.get(operation) ?? 0,
  };
}

/** Before the operation its prechecks hold; after it the state it waits for is reached. */
function answerFor(read: string, rule: OperationRule, input: Json, wasSent: boolean): Json {
  let answer: Json = { requestId: "req-1" };
  if (wasSent && rule.verify?.read === read) {
    return merged(answer, shapeOf(parsePath(rule.verify.state), rule.verify.until[0], input)) as Json;
  }
  for (const precheck of rule.prechecks.filter((each) => each.read === read)) {
    for (const [fact, path] of Object.entries(precheck.facts)) {
      answer = merged(answer, shapeOf(parsePath(path), precheck.require?.[fact]?.[0], input)) as Json;
    }
  }
  return answer;
}

/** The smallest answer in which a path finds `wanted`, or any text. A count of 0 wants an empty list. */
function shapeOf([step, ...rest]: readonly Step[], wanted: string | undefined, input: Json): unknown {
  const isEmptyList = wanted === "0" && rest.some((each) => each.kind === "fold" && each.name === "count");
  switch (step?.kind) {
    case undefined:
      return wanted ?? "x";
    case "member":
      return { [step.name]: shapeOf(rest, wanted, input) };
    case "each":
      return isEmptyList ? [] : [shapeOf(rest, wanted, input)];
    case "pick":
      return [
        isEmptyList
          ? { [step.member]: step.equal ? "other" : step.wanted[0] }
          : merged({ [step.member]: step.wanted[0] }, shapeOf(rest, wanted, input)),
      ];
    case "pick-parameter":
      return [
        isEmptyList
          ? { [step.member]: "other" }
          : merged({ [step.member]: elementOf(input[step.parameter]) }, shapeOf(rest, wanted, input)),
      ];
    case "fold":
      return shapeOfFold(step.name, rest, wanted, input);
  }
}

function inputOfRead({ each }: Precheck, input: Json): Json {
  return each === undefined ? input : { ...input, [each]: elementOf(input[each]) };
}

/** Of a list that is read element by element; every list here has one. */
function elementOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function shapeOfFold(name: string, rest: readonly Step[], wanted: string | undefined, input: Json): unknown {
  switch (name) {
    case "json":
      return JSON.stringify(shapeOf(rest, wanted, input));
    case "cu":
      return '{"cpu":"64","memory":"256Gi"}';
    case "number":
      return "64";
    case "flinkCu":
    case "flinkMostCu":
      return { cu_number: 2, manager_cu_number: 1, parallel_number: 1, tm_cus: 1 };
    default:
      return {};
  }
}

function merged(first: unknown, second: unknown): unknown {
  if (Array.isArray(first) && Array.isArray(second)) {
    return first.length === 0 || second.length === 0 ? [...first, ...second] : [merged(first[0], second[0])];
  }
  if (!isObject(first) || !isObject(second)) return second;
  const both: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) both[name] = name in both ? merged(both[name], value) : value;
  return both;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
