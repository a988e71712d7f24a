import type { Text } from "../language.ts";
import { grammars } from "./grammar.ts";
import type { OperationRow, Parameter, Shape } from "./types.ts";

export interface InputProblem {
  /** Dotted path of the argument. */
  field: string;
  /** Stands behind the field's name. */
  problem: Text;
  allowed: string;
  example: string;
}

const missing: Text = { en: "is missing", zh: "缺失" };
const notAllowedForm: Text = { en: "is not of the allowed form", zh: "格式不符" };

/** Stands for a secret that is made on this side when the request is sent: no caller ever knows its value. */
export const madeHere = "(made here)";

/** Parameters the gateway sets itself; a caller who names them is told they are unknown. */
export function isSetByGateway(row: OperationRow, name: string): boolean {
  return name === (row.cloud === "dli" ? "project_id" : "regionId") || name === row.idempotencyToken;
}

/** Everything that is wrong with the arguments of an operation; empty means they may be rendered. */
export function problemsOfInput(row: OperationRow, input: Readonly<Record<string, unknown>>): InputProblem[] {
  const offered = row.parameters.filter((parameter) => !isSetByGateway(row, parameter.name));
  const byName = new Map(offered.map((parameter) => [parameter.name, parameter]));
  const problems: InputProblem[] = [];

  for (const name of Object.keys(input)) {
    if (byName.has(name) || input[name] === undefined) continue;
    problems.push({
      field: name,
      problem: { en: `${row.name} has no argument of this name`, zh: `不是 ${row.name} 的参数` },
      allowed: `one of ${offered.map((parameter) => parameter.name).join(", ")}`,
      example: offered[0]?.name ?? "(none)",
    });
  }
  // Each name once: an id may travel both in the path and in the body.
  for (const parameter of byName.values()) {
    const value = input[parameter.name];
    if (value === undefined) {
      if (isRequired(parameter)) problems.push(problem(parameter, parameter.name, missing));
      continue;
    }
    if (parameter.name === row.minted) problems.push(...problemsOfMinted(parameter.name, value));
    else problems.push(...problemsOfValue(parameter, value, parameter.name, parameter.grammar));
  }
  return problems;
}

/** A secret that came through a conversation is none. */
function problemsOfMinted(field: string, value: unknown): InputProblem[] {
  if (value === madeHere) return [];
  const problem = {
    en: "may not be given: the value is made on this side and stays in a file of this machine",
    zh: "不能给出：该值在本机生成，并只保存在本机的文件中",
  };
  return [{ field, problem, allowed: `"${madeHere}"`, example: `"${madeHere}"` }];
}

function isRequired(parameter: Parameter): boolean {
  return parameter.in === "path" || parameter.required || parameter.requiredInPractice === true;
}

function problemsOfValue(shape: Shape, value: unknown, field: string, grammar?: Parameter["grammar"]): InputProblem[] {
  if (!hasType(shape, value)) {
    const type = nameOfType(value);
    return [problem(shape, field, { en: `is ${type}, not ${shape.type}`, zh: `类型为 ${type}，应为 ${shape.type}` })];
  }
  if (grammar !== undefined && !grammars[grammar].pattern.test(String(value))) {
    const { allowed, example } = grammars[grammar];
    return [{ field, problem: notAllowedForm, allowed, example }];
  }
  if (shape.enum && !shape.enum.includes(String(value))) {
    return [problem(shape, field, { en: "is not one of the values", zh: "不在可选值中" })];
  }
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape;
    if (value.length < minItems || value.length > maxItems) {
      const allowed = maxItems === Number.POSITIVE_INFINITY ? `${minItems} or more` : `${minItems} to ${maxItems}`;
      const counted = { en: `has ${value.length} elements`, zh: `有 ${value.length} 个元素` };
      return [{ ...problem(shape, field, counted), allowed: `${allowed} elements` }];
    }
    return value.flatMap((element, at) =>
      shape.items ? problemsOfValue(shape.items, element, `${field}[${at}]`) : [],
    );
  }
  if (typeof value === "object" && value !== null && shape.properties) {
    const properties = shape.properties;
    const lacking = (shape.requiredProperties ?? []).flatMap((name) => {
      const inner = properties[name];
      const isThere = (value as Record<string, unknown>)[name] !== undefined;
      return inner && !isThere ? [problem(inner, `${field}.${name}`, missing)] : [];
    });
    const wrong = Object.entries(value).flatMap(([name, inner]) => {
      const innerShape = properties[name];
      if (inner === undefined) return [];
      if (innerShape) return problemsOfValue(innerShape, inner, `${field}.${name}`);
      return [
        {
          field: `${field}.${name}`,
          problem: { en: "is unknown", zh: "未知" },
          allowed: `one of ${Object.keys(properties).join(", ")}`,
          example: Object.keys(properties)[0] ?? "(none)",
        },
      ];
    });
    return [...lacking, ...wrong];
  }
  return [];
}

function hasType(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case "any":
      return true;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isSafeInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return typeof value === shape.type;
  }
}

function nameOfType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function problem(shape: Shape, field: string, text: Text): InputProblem {
  const grammar = "grammar" in shape ? (shape as Parameter).grammar : undefined;
  const form = grammar && grammars[grammar];
  const allowed = shape.enum ? `one of ${shape.enum.join(", ")}` : (form?.allowed ?? shape.description ?? shape.type);
  const example = form?.example ?? (shape.example === undefined ? exampleOf(shape) : JSON.stringify(shape.example));
  return { field, problem: text, allowed, example };
}

function exampleOf(shape: Shape): string {
  if (shape.type === "object" && shape.properties) {
    const members = Object.entries(shape.properties).map(
      ([name, inner]) => `${JSON.stringify(name)}: ${exampleOf(inner)}`,
    );
    return `{${members.join(", ")}}`;
  }
  if (shape.type === "array") return `[${shape.items ? exampleOf(shape.items) : ""}]`;
  if (shape.example !== undefined) return JSON.stringify(shape.example);
  return shape.enum?.[0] ?? shape.knownValues?.[0] ?? `(${shape.type})`;
}
