/**
 * Turns the kept catalogue of Huawei Cloud DLI into registry rows, the index and request/response types.
 * Pure: `dliRegistryFiles()` returns path -> content; scripts/generate.ts writes, scripts/check.ts compares.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpMethod, OperationRow, Parameter, Shape } from "../src/operations/types.ts";
import { packageRoot } from "../src/package-root.ts";
import {
  boundsOf,
  grammarOf,
  hosts,
  isOffered,
  nameOfPathParameter,
  neededInPractice,
  renamed,
  replacedBy,
  runKeys,
} from "./dli-catalogue-decisions.ts";
import { typesFile } from "./registry-types.ts";

interface CatalogueShape extends Omit<Shape, "type" | "enum" | "items" | "properties" | "additionalProperties"> {
  type: Shape["type"] | "none";
  enum?: ReadonlyArray<string | number>;
  items?: CatalogueShape;
  properties?: Readonly<Record<string, CatalogueShape>>;
  additionalProperties?: CatalogueShape;
  range?: string;
  default?: unknown;
}
interface CatalogueParameter extends CatalogueShape {
  name: string;
  in: Parameter["in"] | "header";
  required: boolean;
}
interface CatalogueOperation {
  name: string;
  /** Of companions: what they belong to. */
  service?: string;
  group?: string;
  aliases?: string[];
  method: HttpMethod;
  path: string;
  summary: string;
  readOnly: boolean;
  status?: "current" | "deprecated" | "historical";
  iamAction?: string | null;
  iamIdentityAction?: string;
  params: CatalogueParameter[];
  response: CatalogueShape | null;
  successStatus?: number;
  sources?: string[];
  notes?: string[];
}
interface Catalogue {
  operations: CatalogueOperation[];
  companionOperations: CatalogueOperation[];
}

const cataloguePath = "src/operations/catalogue/huawei-dli.json";

export function dliRegistryFiles(): Map<string, string> {
  const catalogue = JSON.parse(readFileSync(join(packageRoot, cataloguePath), "utf8")) as Catalogue;
  // What storage needs beyond one request and its JSON answer is written by hand, in src/operations/obs.
  const companions = catalogue.companionOperations.filter(({ service }) => service !== "OBS");
  const rows = [...catalogue.operations, ...companions].map(toRow).sort((a, b) => (a.name < b.name ? -1 : 1));

  const files = new Map<string, string>();
  for (const row of rows) files.set(`src/operations/dli/rows/${row.name}.json`, `${JSON.stringify(row, null, 1)}\n`);
  const index = rows.map(({ name, method, path, group, service }) => ({ name, method, path, group, service }));
  files.set("src/operations/dli/index.gen.json", `[\n${index.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`);
  files.set("src/operations/dli/types.gen.ts", typesFile("Dli", rows, "project_id"));
  return files;
}

function toRow(operation: CatalogueOperation): OperationRow {
  const service = (operation.service?.toLowerCase() ?? "dli") as keyof typeof hosts;
  const group = operation.group ?? service;
  const parameters = parametersOf(operation, group);
  const response = responseOf(operation);
  const replacements = replacedBy[operation.name];
  return {
    cloud: "dli",
    name: renamed[operation.name] ?? operation.name,
    group,
    method: operation.method,
    path: pathOf(operation),
    summary: operation.summary,
    readOnly: operation.readOnly,
    parameters,
    response,
    ...paginationOf(parameters),
    secrets: {
      request: parameters.flatMap((parameter) => secretPaths(parameter, parameter.name)),
      response: response ? secretPaths(response, "") : [],
    },
    ramAction: operation.iamAction ?? operation.iamIdentityAction ?? "no action of its own is published",
    origin: operation.sources?.some((each) => each.startsWith("huaweicloud/huaweicloud-sdk")) ? "sdk" : "documents",
    ...(operation.notes && { notes: operation.notes }),
    ...(runKeys[operation.name] && { runKey: runKeys[operation.name] }),
    service,
    host: hosts[service],
    ...(operation.successStatus && operation.successStatus !== 200 && { successStatus: operation.successStatus }),
    ...(operation.status && operation.status !== "current" && { status: operation.status }),
    ...(replacements && { replacedBy: replacements }),
    ...(operation.aliases && { aliases: operation.aliases }),
  };
}

function pathOf({ name, path }: CatalogueOperation): string {
  return path.replace(/\{(\w+)\}/g, (_, parameter: string) => `{${nameOfPathParameter(name, parameter)}}`);
}

/** Headers are the transport's business; the one that names another user to act for is not offered at all. */
function parametersOf({ name, readOnly, params }: CatalogueOperation, group: string): Parameter[] {
  return params.flatMap((each): Parameter[] => {
    if (each.in === "header" || !isOffered(name, each.name)) return [];
    const shape = shapeOf(each);
    const parameter: Parameter = {
      ...shape,
      // A job has one number, whichever of its calls writes it as text.
      ...(group === "flink-jobs" && each.name === "job_id" && { type: "integer" }),
      name: each.in === "path" ? nameOfPathParameter(name, each.name) : each.name,
      in: each.in,
      required: each.required,
      ...(neededInPractice[name]?.includes(each.name) && { requiredInPractice: true }),
      ...(each.in === "query" && each.type === "array" && { serialization: "repeated" }),
    };
    const grammar = grammarOf(name, group, parameter);
    return [{ ...parameter, ...boundsOf(name, parameter, readOnly), ...(grammar && { grammar }) }];
  });
}

function shapeOf(each: CatalogueShape): Shape {
  const { type, format, description, example, items, properties, additionalProperties, requiredProperties } = each;
  const inner = Object.entries(properties ?? {}).map(([name, shape]): [string, Shape] => [name, shapeOf(shape)]);
  return {
    type: type === "none" ? "any" : type,
    ...(format && { format }),
    ...(description && { description: withBounds(description, each) }),
    ...(example !== undefined && { example }),
    ...(each.enum && { enum: each.enum.map(String) }),
    ...(items && { items: shapeOf(items) }),
    ...(properties && { properties: Object.fromEntries(inner) }),
    ...(requiredProperties && { requiredProperties }),
    ...(additionalProperties && { additionalProperties: shapeOf(additionalProperties) }),
    ...(each.minItems !== undefined && { minItems: each.minItems }),
    ...(each.maxItems !== undefined && { maxItems: each.maxItems }),
  };
}

function withBounds(description: string, { range, default: unset }: CatalogueShape): string {
  const bounds = [
    ...(range ? [range] : []),
    ...(unset !== undefined && unset !== ""
      ? [`default ${typeof unset === "string" ? unset : JSON.stringify(unset)}`]
      : []),
  ];
  return bounds.length === 0 ? description : `${description} (${bounds.join("; ")})`;
}

function responseOf({ name, response }: CatalogueOperation): Shape | null {
  if (!response || response.type === "none") return null;
  const shape = shapeOf(response);
  if (name !== "KeystoneCreateUserTokenByPassword") return shape;
  // The token itself comes in a header (notes 2).
  const token: Shape = { type: "string", description: "Response header: the token itself" };
  return { ...shape, properties: { ...shape.properties, "X-Subject-Token": token } };
}

const pagingStyles: ReadonlyArray<readonly string[]> = [
  ["limit", "offset"],
  ["page-size", "current-page"],
  ["size", "from"],
  ["per_page", "page"],
  ["limit", "next"],
  ["limit", "start"],
];

function paginationOf(parameters: readonly Parameter[]): Pick<OperationRow, "pagination"> {
  const inQuery = new Set(parameters.filter((each) => each.in === "query").map(({ name }) => name));
  const params = pagingStyles.find((style) => style.every((name) => inQuery.has(name)));
  return params ? { pagination: { style: params.join("/"), params } } : {};
}

/** A variable's value is secret whether or not it says so: `is_sensitive` is the writer's choice. */
const secretName = /^(password|\w+_password|var_value|X-Subject-Token)$/;

function secretPaths(shape: Shape, path: string): string[] {
  // The catalogue leaves the user block of a log-in open.
  if (path === "auth.identity.password") return [`${path}.user.password`];
  const own = shape.type === "string" && secretName.test(path.split(".").at(-1) ?? "") ? [path] : [];
  const inItems = shape.items ? secretPaths(shape.items, `${path}[]`) : [];
  const inProperties = Object.entries(shape.properties ?? {}).flatMap(([name, inner]) =>
    secretPaths(inner, path === "" ? name : `${path}.${name}`),
  );
  return [...own, ...inItems, ...inProperties];
}
