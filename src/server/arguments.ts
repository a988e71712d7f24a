import type * as z from "zod";
import { inBoth, type Text } from "../language.ts";
import type { InputProblem } from "../operations/validate.ts";
import type { JsonSchema } from "./tool-schema.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** More than this is not read, by people or by models. */
const maxProblems = 20;

/** Everything that is wrong with a tool's arguments, field by field; empty means the tool may run. */
export function problemsOfArguments(input: z.ZodObject, schema: JsonSchema, raw: unknown): InputProblem[] {
  const parsed = input.safeParse(raw);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, schema, raw)).slice(0, maxProblems);
}

function problemsOfIssue(issue: Issue, schema: JsonSchema, raw: unknown): InputProblem[] {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(nodeAt(schema, issue.path)?.properties ?? {});
    return issue.keys.map((key) => unknownField(nameOf([...issue.path, key.slice(0, 80)]), key, known));
  }
  const node = nodeAt(schema, issue.path) ?? {};
  return [
    {
      field: nameOf(issue.path),
      problem: problemOf(issue, valueAt(raw, issue.path)),
      allowed: allowedBy(node),
      example: exampleOf(node),
    },
  ];
}

function problemOf(issue: Issue, value: unknown): Text {
  if (value === undefined && issue.code !== "custom") return { en: "is missing", zh: "缺失" };
  switch (issue.code) {
    case "invalid_type":
      return {
        en: `is ${typeName(value)}, not ${issue.expected}`,
        zh: `类型为 ${typeName(value)}，应为 ${issue.expected}`,
      };
    case "invalid_value":
      return { en: "is not one of the values", zh: "不在可选值中" };
    case "too_small":
      return typeof value === "number" ? { en: "is too small", zh: "过小" } : { en: "is too short", zh: "过短" };
    case "too_big":
      return typeof value === "number" ? { en: "is too large", zh: "过大" } : { en: "is too long", zh: "过长" };
    case "not_multiple_of":
      return { en: `is not a multiple of ${issue.divisor}`, zh: `不是 ${issue.divisor} 的整数倍` };
    case "custom":
      // A schema's own sentence.
      return inBoth(issue.message);
    default:
      return { en: "is not of the allowed form", zh: "格式不符" };
  }
}

function unknownField(field: string, key: string, known: readonly string[]): InputProblem {
  const close =
    known.find((name) => plain(name) === plain(key)) ?? known.find((name) => isNear(plain(name), plain(key)));
  return {
    field,
    problem: close
      ? { en: `is not an argument (did you mean ${close}?)`, zh: `不是参数（是否指 ${close}？）` }
      : { en: "is not an argument", zh: "不是参数" },
    allowed: known.length > 0 ? `one of ${known.join(", ")}` : "no argument here",
    example: close ?? known[0] ?? "{}",
  };
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** One letter too many, too few, wrong, or two swapped; or the one name begins with the other. */
function isNear(a: string, b: string): boolean {
  if (a.length >= 5 && b.length >= 5 && (a.startsWith(b) || b.startsWith(a))) return true;
  if (Math.abs(a.length - b.length) > 1 || a.length < 3) return false;
  let head = 0;
  while (head < a.length && a[head] === b[head]) head += 1;
  const restA = a.slice(head);
  const restB = b.slice(head);
  const swapped = restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
  return swapped || restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1);
}

function nameOf(path: Path): string {
  if (path.length === 0) return "(arguments)";
  return path
    .map((step, at) => (typeof step === "number" ? `[${step}]` : `${at === 0 ? "" : "."}${String(step)}`))
    .join("");
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    raw,
  );
}

function nodeAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((node, step) => {
    if (typeof step === "number") return node?.items;
    if (node?.properties && Object.hasOwn(node.properties, step)) return node.properties[String(step)];
    return typeof node?.additionalProperties === "object" ? node.additionalProperties : undefined;
  }, schema);
}

function allowedBy(node: JsonSchema): string {
  return (
    [formOf(node), node.description].filter((part) => part !== undefined && part !== "").join("; ") || "see the schema"
  );
}

function formOf(node: JsonSchema): string {
  if (node.enum) return `one of ${node.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  if (node.const !== undefined) return JSON.stringify(node.const);
  const forms = node.anyOf ?? node.oneOf;
  if (forms) return forms.map(formOf).join(" or ");
  switch (node.type) {
    case "string":
      return withBounds("string", "characters", node.minLength, node.maxLength, node.pattern);
    case "integer":
    case "number":
      return withBounds(node.type, "", node.minimum, node.maximum);
    case "array":
      return `${withBounds("list", "entries", node.minItems, node.maxItems)} of ${node.items ? formOf(node.items) : "values"}`;
    case "object":
      return node.properties ? `object with ${Object.keys(node.properties).join(", ")}` : "object";
    default:
      return typeof node.type === "string" ? node.type : "";
  }
}

function withBounds(type: string, unit: string, least?: number, most?: number, pattern?: string): string {
  const counted = unit === "" ? "" : ` ${unit}`;
  const range =
    least !== undefined && most !== undefined
      ? ` (${least} to ${most}${counted})`
      : least !== undefined
        ? ` (at least ${least}${counted})`
        : most !== undefined
          ? ` (at most ${most}${counted})`
          : "";
  return `${type}${range}${pattern === undefined ? "" : ` matching ${pattern}`}`;
}

function exampleOf(node: JsonSchema): string {
  const value = sampleOf(node);
  return value === undefined ? "(see allowed)" : JSON.stringify(value);
}

function sampleOf(node: JsonSchema): unknown {
  const given = node.examples?.[0] ?? node.enum?.[0] ?? node.const ?? node.default;
  if (given !== undefined) return given;
  const forms = node.anyOf ?? node.oneOf;
  if (forms?.[0]) return sampleOf(forms[0]);
  switch (node.type) {
    case "boolean":
      return true;
    case "integer":
    case "number":
      return node.minimum ?? node.maximum ?? 1;
    case "array":
      return node.items ? [sampleOf(node.items)].filter((item) => item !== undefined) : [];
    case "object":
      return Object.fromEntries((node.required ?? []).map((name) => [name, sampleOf(node.properties?.[name] ?? {})]));
    default:
      return undefined;
  }
}
