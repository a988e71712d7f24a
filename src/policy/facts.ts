import { scalingOfFlinkConfig } from "../jobs/dli/flink-scaling.ts";
import { cuOfFlinkConfig } from "../jobs/dli/flink-size.ts";
import { cuOfResource } from "../jobs/resources.ts";

/**
 * Paths into a cloud answer, as rules write them:
 * `jobRun.state`, `queues[queueName=$resourceQueueId].maxResource|cu`, `applications[state!=TERMINATED|ERROR]|count`.
 *
 * `[name=$parameter]` picks the elements whose member equals the call's parameter, exactly;
 * `[name=A|B]` and `[name!=A|B]` compare with literals without case, because the service spells states in several ways.
 * `[]` takes every element. `|json` parses text, `|number` takes the leading number of text such as `100cu`,
 * `|cu` reads a resource in JSON text, such as `{"cpu":"8","memory":"32Gi"}`, as compute units.
 * `|flinkCu`, `|flinkMostCu` and `|flinkScaling` read the settings of a Flink job: its CU, those that dynamic scaling may
 * take it to, and that scaling in words. `|sum` and `|count` fold a list; the count of a single member is 1 where it is there and 0 where it is not.
 */

export type Fact = string | number | boolean | null;

const folds = ["json", "number", "cu", "flinkCu", "flinkMostCu", "flinkScaling", "sum", "count"] as const;
type FoldName = (typeof folds)[number];

export type Step =
  | { kind: "member"; name: string }
  | { kind: "each" }
  | { kind: "pick"; member: string; equal: boolean; wanted: readonly string[] }
  | { kind: "pick-parameter"; member: string; parameter: string }
  | { kind: "fold"; name: FoldName };

const stepPattern =
  /\.?([A-Za-z_][\w-]*)|\[\]|\[([A-Za-z_]\w*)=\$([A-Za-z_]\w*)\]|\[([A-Za-z_]\w*)(!?=)([\w-]+(?:\|[\w-]+)*)\]|\|(json|number|cu|flinkCu|flinkMostCu|flinkScaling|sum|count)/y;

/** Throws on a path that does not parse; the policy refuses to load with one. */
export function parsePath(path: string): readonly Step[] {
  const steps = tryPath(path);
  if (typeof steps === "string") throw new Error(steps);
  return steps;
}

/** The steps of a path, or what is wrong with it. */
export function tryPath(path: string): readonly Step[] | string {
  const steps: Step[] = [];
  stepPattern.lastIndex = 0;
  while (stepPattern.lastIndex < path.length) {
    const at = stepPattern.lastIndex;
    const match = stepPattern.exec(path);
    if (!match) return `cannot read the path "${path}" from position ${at}`;
    steps.push(toStep(match));
  }
  return steps;
}

function toStep([
  ,
  member,
  pickedBy,
  parameter,
  comparedMember,
  comparison,
  literals,
  foldName,
]: RegExpExecArray): Step {
  if (member) return { kind: "member", name: member };
  if (pickedBy && parameter) return { kind: "pick-parameter", member: pickedBy, parameter };
  if (comparedMember && literals) {
    const wanted = literals.toLowerCase().split("|");
    return { kind: "pick", member: comparedMember, equal: comparison === "=", wanted };
  }
  const name = folds.find((each) => each === foldName);
  return name ? { kind: "fold", name } : { kind: "each" };
}

/**
 * The value at `path`, or null when there is none. Never throws on odd answers.
 * A list that is not there has no count: an answer cut short must not read as "nothing is running".
 */
export function readFact(answer: unknown, path: string, parameters: Readonly<Record<string, unknown>>): Fact {
  const values = valuesAt(answer, path, parameters);
  const value = values?.length === 1 ? values[0] : undefined;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}

/** Every value at `path`, of whatever shape; `undefined`: the path needs a list and there is none. */
export function valuesAt(
  answer: unknown,
  path: string,
  parameters: Readonly<Record<string, unknown>>,
): unknown[] | undefined {
  let values: unknown[] | undefined = [answer];
  for (const step of parsePath(path)) {
    values = values && applyStep(step, values, parameters);
  }
  return values;
}

/** `undefined`: the path needs a list and there is none. */
function applyStep(
  step: Step,
  values: readonly unknown[],
  parameters: Readonly<Record<string, unknown>>,
): unknown[] | undefined {
  switch (step.kind) {
    case "member":
      return values.flatMap((value) => (isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : []));
    case "each":
      return elements(values);
    case "pick":
      return elements(values)?.filter(
        (element) => step.wanted.includes(memberText(element, step.member).toLowerCase()) === step.equal,
      );
    case "pick-parameter": {
      const wanted = parameters[step.parameter];
      // Without a parameter to compare with, an element that lacks the member would match.
      if (typeof wanted !== "string" && typeof wanted !== "number") return undefined;
      return elements(values)?.filter((element) => memberText(element, step.member) === String(wanted));
    }
    case "fold":
      return fold(step.name, values);
  }
}

function elements(values: readonly unknown[]): unknown[] | undefined {
  const lists = values.filter((value) => Array.isArray(value));
  return lists.length === 0 ? undefined : lists.flat(1);
}

function memberText(element: unknown, member: string): string {
  const value = isObject(element) && Object.hasOwn(element, member) ? element[member] : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function fold(name: FoldName, values: readonly unknown[]): unknown[] {
  switch (name) {
    case "json":
      return values.flatMap((value) => (typeof value === "string" ? parseJson(value) : [value]));
    case "number":
      return values.flatMap(toNumber);
    case "cu":
      return values.flatMap((value) => (typeof value === "string" ? (cuOfResource(value) ?? []) : []));
    case "flinkCu":
      return values.flatMap((value) => cuOfFlinkConfig(value)?.cu ?? []);
    case "flinkMostCu":
      return values.flatMap((value) => cuOfFlinkConfig(value)?.mostCu ?? []);
    case "flinkScaling":
      return values.flatMap((value) => scalingOfFlinkConfig(value) ?? []);
    case "sum": {
      const numbers = values.flatMap(toNumber);
      // No number at all means that the member is not what the rule took it for, not that the sum is zero.
      return numbers.length === 0 ? [] : [numbers.reduce((sum, value) => sum + value, 0)];
    }
    case "count":
      return [values.filter((value) => value !== null && value !== undefined).length];
  }
}

/** The value in one element; none when the text is no JSON. */
export function parseJson(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

function toNumber(value: unknown): number[] {
  const number = typeof value === "string" ? Number.parseFloat(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? [number] : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
