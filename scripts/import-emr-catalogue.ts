/**
 * Turns the kept EMR Serverless Spark catalogue into registry rows, the route index and request/response types.
 * Pure: `emrRegistryFiles()` returns path -> content; scripts/generate.ts writes, scripts/check.ts compares.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GrammarName, HttpMethod, OperationRow, Parameter, Shape } from "../src/operations/types.ts";
import { packageRoot } from "../src/package-root.ts";
import { typesFile } from "./registry-types.ts";

interface CatalogueOperation {
  name: string;
  group: string;
  method: HttpMethod;
  path: string;
  summary: string;
  readOnly: boolean;
  params: Parameter[];
  response: Shape | null;
  idempotencyToken?: { name: string };
  pagination?: { style: string; params: string[] };
  ramAction: string;
  since?: string;
  notes?: string[];
}
interface Catalogue {
  operations: CatalogueOperation[];
  operationsOutsideTheSdk: CatalogueOperation[];
}

const cataloguePath = "src/operations/catalogue/emr-serverless-spark-2023-08-08.json";

export function emrRegistryFiles(): Map<string, string> {
  const catalogue = JSON.parse(readFileSync(join(packageRoot, cataloguePath), "utf8")) as Catalogue;
  const rows = [
    ...catalogue.operations.map((operation) => toRow(operation, "sdk")),
    ...catalogue.operationsOutsideTheSdk.map((operation) => toRow(operation, "documents")),
  ].sort((a, b) => a.name.localeCompare(b.name));

  const files = new Map<string, string>();
  for (const row of rows) files.set(`src/operations/emr/rows/${row.name}.json`, `${JSON.stringify(row, null, 1)}\n`);
  const index = rows.map(({ name, method, path, group }) => ({ name, method, path, group }));
  files.set("src/operations/emr/index.gen.json", `[\n${index.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`);
  files.set("src/operations/emr/types.gen.ts", typesFile("Emr", rows));
  return files;
}

function toRow(operation: CatalogueOperation, origin: OperationRow["origin"]): OperationRow {
  return {
    cloud: "emr",
    name: operation.name,
    group: operation.group,
    method: operation.method,
    path: operation.path,
    summary: operation.summary,
    readOnly: operation.readOnly,
    parameters: operation.params.map(withGrammar),
    response: operation.response,
    ...(operation.idempotencyToken && { idempotencyToken: operation.idempotencyToken.name }),
    ...(choosesToken(operation) && { minted: "token" }),
    ...(operation.pagination && { pagination: operation.pagination }),
    secrets: {
      request: operation.params.flatMap((parameter) => secretPaths(parameter, parameter.name)),
      response: operation.response ? secretPaths(operation.response, "") : [],
    },
    ramAction: operation.ramAction,
    origin,
    ...(operation.since && { since: operation.since }),
    ...(operation.notes && { notes: operation.notes }),
  };
}

function withGrammar(parameter: Parameter): Parameter {
  const grammar = grammarOf(parameter);
  return grammar ? { ...parameter, grammar } : parameter;
}

/** Every path parameter has a grammar; so has every id that travels in a query or body. */
function grammarOf(parameter: Parameter): GrammarName | undefined {
  const byName: Record<string, GrammarName> = {
    workspaceId: "workspaceId",
    workspaceBizId: "workspaceId",
    bizId: "workspaceId",
    jobRunId: "jobRunId",
    runId: "jobRunId",
    sessionClusterId: "sessionId",
    queue: "resourceName",
    workspaceQueueName: "resourceName",
    resourceQueueId: "resourceName",
    queueName: "resourceName",
    regionId: "regionId",
  };
  const known = byName[parameter.name];
  if (known && parameter.type === "string") return known;
  return parameter.in === "path" ? "id" : undefined;
}

/** The service lets the caller choose the token's value (notes section 8). */
function choosesToken({ readOnly, params }: CatalogueOperation): boolean {
  return !readOnly && params.some((parameter) => parameter.name === "token" && parameter.in === "body");
}

const secretName = /^(token|connectionToken|submitToken|redisPassword)$/;

function secretPaths(shape: Shape, path: string): string[] {
  const own = shape.type === "string" && secretName.test(path.split(".").at(-1) ?? "") ? [path] : [];
  const inItems = shape.items ? secretPaths(shape.items, `${path}[]`) : [];
  const inProperties = Object.entries(shape.properties ?? {}).flatMap(([name, inner]) =>
    secretPaths(inner, path === "" ? name : `${path}.${name}`),
  );
  return [...own, ...inItems, ...inProperties];
}
