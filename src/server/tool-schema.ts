import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import type * as z from "zod";

/** The part of JSON Schema that the tools' inputs come to. */
export interface JsonSchema {
  type?: string | readonly string[];
  description?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  examples?: readonly unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  additionalProperties?: boolean | JsonSchema;
}

/**
 * The JSON Schema that clients are shown. Some of them follow no `$ref` and read no `$schema`, and the bounds of a safe
 * integer are noise to a model, so neither is left in.
 */
export function portableSchema(input: z.ZodObject): JsonSchema {
  const schema: unknown = input["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  return { ...(portable(schema) as JsonSchema), additionalProperties: false };
}

function portable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(portable);
  if (typeof node !== "object" || node === null) return node;
  const kept = Object.entries(node).filter(
    ([key, value]) =>
      key !== "$schema" &&
      !(key === "minimum" && value === Number.MIN_SAFE_INTEGER) &&
      !(key === "maximum" && value === Number.MAX_SAFE_INTEGER),
  );
  if (kept.some(([key]) => key === "$ref" || key === "$defs")) {
    throw new TypeError("a tool's input schema must not need $ref: give no `id` in meta and do not recurse");
  }
  return Object.fromEntries(kept.map(([key, value]) => [key, portable(value)]));
}

/** Shows the strict schema to clients and lets every value through: the server checks arguments itself, in words. */
export function shownOnly(schema: object): StandardSchemaWithJSON {
  const json: Record<string, unknown> = { ...schema };
  return {
    "~standard": {
      version: 1,
      vendor: "spark-workspace-mcp",
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
}
