import { matchesGrammar } from "../../operations/grammar.ts";
import type { OperationRow, Parameter, Shape } from "../../operations/types.ts";
import { isObject } from "../emr/input.ts";
import { badParameter, type DliError } from "./answers.ts";

export interface RawInput {
  path: Readonly<Record<string, string>>;
  /** In the order sent; a name may come more than once. */
  query: readonly (readonly [name: string, value: string])[];
  body: Readonly<Record<string, unknown>>;
}

type Read = { value: unknown } | { problem: string } | undefined;

/**
 * Reads and checks what an operation was called with against its row: presence, type, closed sets, grammar.
 * Unknown members are ignored. The project is the gateway's business and does not come along.
 */
export function readInput(row: OperationRow, raw: RawInput): { input: Record<string, unknown> } | { error: DliError } {
  const body = inPublishedSpelling(row.name, raw.body);
  const input: Record<string, unknown> = {};
  for (const parameter of row.parameters) {
    if (parameter.name === "project_id" && parameter.in === "path") continue;
    const read =
      parameter.in === "body" ? fromBody(row.name, parameter, body) : fromText(parameter, textsOf(parameter, raw));
    if (read === undefined) {
      if (parameter.required || parameter.requiredInPractice) return badParameter(`${parameter.name} is mandatory.`);
      continue;
    }
    const problem =
      "problem" in read ? read.problem : findProblem(asServed(row, parameter), read.value, parameter.name);
    if (problem !== undefined) return badParameter(problem);
    if (!("value" in read)) continue;
    // ImportFlinkJobSavepoint names its job twice.
    if (parameter.name in input && input[parameter.name] !== read.value) {
      return badParameter(`${parameter.name} of the path and of the body differ.`);
    }
    input[parameter.name] = read.value;
  }
  return { input };
}

/** A submission's name and tags are bounded for callers so that a key fits in; what arrives may have it. */
function asServed(row: OperationRow, parameter: Parameter): Shape & { grammar?: Parameter["grammar"] } {
  if (parameter.name !== row.runKey?.member) return parameter;
  const { grammar, maxItems, ...shape } = parameter;
  return shape;
}

/** Section 1 of the API notes: what the Terraform provider sends, and the queue's older name. */
const otherSpellings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CreateSparkJob: {
    class_name: "className",
    python_files: "pyFiles",
    driver_memory: "driverMemory",
    driver_cores: "driverCores",
    executor_memory: "executorMemory",
    executor_cores: "executorCores",
    num_executors: "numExecutors",
    cluster_name: "queue",
  },
};

/** Where both are sent, the published one counts. */
function inPublishedSpelling(operation: string, body: RawInput["body"]): RawInput["body"] {
  const spellings = Object.hasOwn(otherSpellings, operation) ? otherSpellings[operation] : undefined;
  if (!spellings) return body;
  const renamed = Object.entries(body).map(([name, value]) => [spellings[name] ?? name, value] as const);
  const published = { ...Object.fromEntries(renamed), ...body };
  // The example of the service's own page has the queue " test": taken without its blank.
  return typeof published.queue === "string" ? { ...published, queue: published.queue.trim() } : published;
}

/** A Python program has no class, and official clients send the member all the same. */
const mayBeEmpty = new Set(["CreateSparkJob.className"]);

/** An empty text can be meant, to clear a description; where nothing empty can be valid it counts as left out. */
function fromBody(operation: string, parameter: Parameter, body: RawInput["body"]): Read {
  const { name, required, requiredInPractice, grammar, enum: values } = parameter;
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (value === undefined || value === null) return undefined;
  const needsText = required || requiredInPractice || grammar || values;
  return value === "" && needsText && !mayBeEmpty.has(`${operation}.${name}`) ? undefined : { value };
}

function textsOf(parameter: Parameter, raw: RawInput): readonly string[] {
  const texts =
    parameter.in === "path"
      ? [raw.path[parameter.name] ?? ""]
      : raw.query.filter(([name]) => name === parameter.name).map(([, value]) => value);
  return texts.filter((text) => text !== "");
}

function fromText(parameter: Parameter, texts: readonly string[]): Read {
  const [text] = texts;
  if (text === undefined) return undefined;
  switch (parameter.type) {
    case "array":
      return { value: texts };
    case "integer":
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text)
        ? { value: Number(text) }
        : { problem: `${parameter.name} must be a number.` };
    case "boolean":
      if (text === "true" || text === "false") return { value: text === "true" };
      return { problem: `${parameter.name} must be true or false.` };
    default:
      return { value: text };
  }
}

function findProblem(
  shape: Shape & { grammar?: Parameter["grammar"] },
  value: unknown,
  at: string,
): string | undefined {
  if (!isOfType(shape.type, value)) return `${at} must be ${typeNames[shape.type]}.`;
  if (shape.grammar && !matchesGrammar(shape.grammar, String(value))) return `${at} is not valid.`;
  if (shape.enum && isScalar(value) && !shape.enum.includes(String(value))) {
    return `${at} must be one of ${shape.enum.join(", ")}.`;
  }
  if (Array.isArray(value)) return problemInList(shape, value, at);
  return isObject(value) ? problemInObject(shape, value, at) : undefined;
}

function problemInList(shape: Shape, list: readonly unknown[], at: string): string | undefined {
  if (shape.minItems !== undefined && list.length < shape.minItems) return `${at} needs ${shape.minItems} elements.`;
  if (shape.maxItems !== undefined && list.length > shape.maxItems) return `${at} takes ${shape.maxItems} elements.`;
  for (const [position, element] of list.entries()) {
    const problem = shape.items && findProblem(shape.items, element, `${at}[${position}]`);
    if (problem) return problem;
  }
  return undefined;
}

function problemInObject(shape: Shape, value: Record<string, unknown>, at: string): string | undefined {
  const missing = shape.requiredProperties?.find((name) => value[name] === undefined || value[name] === null);
  if (missing !== undefined) return `${at}.${missing} is mandatory.`;
  for (const [name, member] of Object.entries(value)) {
    const declared = shape.properties?.[name] ?? shape.additionalProperties;
    if (!declared || member === undefined || member === null) continue;
    const problem = findProblem(declared, member, `${at}.${name}`);
    if (problem) return problem;
  }
  return undefined;
}

const typeNames: Readonly<Record<Shape["type"], string>> = {
  any: "anything",
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function isOfType(type: Shape["type"], value: unknown): boolean {
  switch (type) {
    case "any":
      return true;
    case "integer":
      return Number.isSafeInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    default:
      return typeof value === type;
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
