import { matchesGrammar } from "../../operations/grammar.ts";
import type { OperationRow, Parameter, Shape } from "../../operations/types.ts";
import { invalidParameter, missingParameter, refuse, type ServiceError } from "../errors.ts";
import { missingInStartJobRun } from "./quirks.ts";

export type RegionIdRule = "writes" | "always" | "never";

export interface RawInput {
  path: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: Readonly<Record<string, unknown>>;
}

/**
 * Reads and checks what an operation was called with against its row: presence, type, closed sets, grammar.
 * Unknown members are ignored, as gateways of this kind do.
 */
export function readInput(
  row: OperationRow,
  raw: RawInput,
  regionIdRule: RegionIdRule,
): { input: Record<string, unknown> } | { error: ServiceError } {
  // Seed skill, v0.0.1 and v0.0.2: POST, PUT and DELETE without regionId in the URL fail so.
  const needsRegion = regionIdRule === "always" || (regionIdRule === "writes" && !row.readOnly);
  if (needsRegion && !raw.query.regionId) {
    return refuse(400, "MissingParameter.regionId", "The parameter regionId is mandatory; send it in the query.");
  }
  const input: Record<string, unknown> = {};
  for (const parameter of row.parameters) {
    const sent = raw[parameter.in][parameter.name];
    if (sent === undefined || sent === null || sent === "") {
      if (parameter.required || parameter.requiredInPractice) {
        const special = row.name === "StartJobRun" ? missingInStartJobRun[parameter.name] : undefined;
        return special ? { error: special } : missingParameter(parameter.name);
      }
      continue;
    }
    const read = parameter.in === "body" ? { value: sent } : fromText(parameter, String(sent));
    const problem = "problem" in read ? read.problem : findProblem(parameter, read.value, parameter.name);
    if (problem) return invalidParameter(problem);
    if ("value" in read) input[parameter.name] = read.value;
  }
  return { input };
}

function fromText(parameter: Parameter, text: string): { value: unknown } | { problem: string } {
  if (parameter.serialization === "json-string") {
    try {
      return { value: JSON.parse(text) };
    } catch {
      return { problem: `${parameter.name} must be JSON text.` };
    }
  }
  if (parameter.type === "integer" || parameter.type === "number") {
    return /^-?\d+(\.\d+)?$/.test(text) ? { value: Number(text) } : { problem: `${parameter.name} must be a number.` };
  }
  if (parameter.type === "boolean") {
    if (text === "true" || text === "false") return { value: text === "true" };
    return { problem: `${parameter.name} must be true or false.` };
  }
  return { value: text };
}

function findProblem(
  shape: Shape & { grammar?: Parameter["grammar"] },
  value: unknown,
  at: string,
): string | undefined {
  const type = typeProblem(shape, value, at);
  if (type) return type;
  if (shape.grammar && !matchesGrammar(shape.grammar, value)) return `${at} is not valid.`;
  if (shape.enum && typeof value === "string" && !isListed(shape.enum, value)) {
    return `${at} must be one of ${shape.enum.join(", ")}.`;
  }
  if (shape.items && Array.isArray(value)) {
    for (const [position, element] of value.entries()) {
      const problem = findProblem(shape.items, element, `${at}[${position}]`);
      if (problem) return problem;
    }
  }
  if (shape.properties && isObject(value)) {
    for (const [name, member] of Object.entries(shape.properties)) {
      const sent = value[name];
      if (sent === undefined || sent === null) continue;
      const problem = findProblem(member, sent, `${at}.${name}`);
      if (problem) return problem;
    }
  }
  return undefined;
}

function typeProblem(shape: Shape, value: unknown, at: string): string | undefined {
  switch (shape.type) {
    case "any":
      return undefined;
    case "string":
      // CreateWorkspace resourceSpec.cu is a string in the SDK, and the seed skill sends a number: both are accepted.
      return typeof value === "string" || (at === "resourceSpec.cu" && typeof value === "number")
        ? undefined
        : `${at} must be a string.`;
    case "integer":
      // Declared int64, yet the SDK's own example of maxCu is 0.5.
      if (typeof value === "number" && (Number.isSafeInteger(value) || at === "resourceSpec.maxCu")) return undefined;
      return `${at} must be a whole number.`;
    case "number":
      return typeof value === "number" ? undefined : `${at} must be a number.`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `${at} must be true or false.`;
    case "array":
      return Array.isArray(value) ? undefined : `${at} must be a list.`;
    case "object":
      return isObject(value) ? undefined : `${at} must be an object.`;
  }
}

/** Casing differs between the service's own families, so it never decides. */
function isListed(values: readonly string[], value: string): boolean {
  return values.some((candidate) => candidate.toLowerCase() === value.toLowerCase());
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
