import { keyedMembers } from "./run-key.ts";
import type { OperationRow, Parameter } from "./types.ts";

export interface RenderedRequest {
  operation: string;
  method: OperationRow["method"];
  path: string;
  query: Record<string, string>;
  /** Query parameters that stand once for each of their values. */
  repeatedQuery?: Record<string, readonly string[]>;
  body?: Record<string, unknown>;
}

/**
 * Puts checked arguments where the row says they travel.
 * EMR: regionId goes into the query of every call; writes are refused without it even where no SDK declares it
 * (notes section 11). DLI: the project stands in the path, the region in the host.
 */
export function renderRequest(
  row: OperationRow,
  input: Readonly<Record<string, unknown>>,
  extras: { regionId: string; projectId?: string; token?: string; minted?: string },
): RenderedRequest {
  let path = row.path;
  const hasRegionInHost = row.cloud === "dli" || row.cloud === "obs";
  const query: Record<string, string> = hasRegionInHost ? {} : { regionId: extras.regionId };
  const repeatedQuery: Record<string, readonly string[]> = {};
  for (const parameter of row.parameters) {
    const value = isProject(row, parameter) ? extras.projectId : input[parameter.name];
    if (value === undefined || parameter.in === "body") continue;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(String(value)));
    else if (parameter.serialization === "repeated" && Array.isArray(value)) {
      if (value.length > 0) repeatedQuery[parameter.name] = value.map(String);
    } else Object.assign(query, serialize(parameter, value));
  }
  const unfilled = /\{\w+\}/.exec(path)?.[0];
  if (unfilled !== undefined) throw new TypeError(`${row.name} is to go to a path without ${unfilled}`);
  const hasBody = row.parameters.some((parameter) => parameter.in === "body");
  return {
    operation: row.name,
    method: row.method,
    path,
    query,
    ...(Object.keys(repeatedQuery).length > 0 && { repeatedQuery }),
    ...(hasBody && { body: renderBody(row, input, extras) }),
  };
}

/** The body alone; for one that is looked for, where its path and query do not count. */
export function renderBody(
  row: OperationRow,
  input: Readonly<Record<string, unknown>>,
  extras: { token?: string; minted?: string },
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { name, in: place } of row.parameters) {
    if (place === "body" && input[name] !== undefined) body[name] = input[name];
  }
  if (extras.token !== undefined && row.idempotencyToken !== undefined) {
    setNested(body, row.idempotencyToken.split("."), extras.token);
  }
  if (extras.token !== undefined && row.runKey) Object.assign(body, keyedMembers(row.runKey, body, extras.token));
  if (row.minted !== undefined && row.minted in body) {
    if (extras.minted === undefined) throw new TypeError(`${row.name} is to carry a secret that nobody made`);
    body[row.minted] = extras.minted;
  }
  return body;
}

/** A literal of a rule, as the parameter that it is given to wants it. */
export function literalFor(row: OperationRow, name: string, text: string): string | number {
  const type = row.parameters.find((parameter) => parameter.name === name)?.type;
  return type === "integer" || type === "number" ? Number(text) : text;
}

function isProject(row: OperationRow, { name }: Parameter): boolean {
  return row.cloud === "dli" && name === "project_id";
}

function serialize(parameter: Parameter, value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return { [parameter.name]: String(value) };
  if (parameter.serialization === "indexed") return indexed(parameter.name, value);
  return { [parameter.name]: JSON.stringify(value) };
}

function indexed(prefix: string, value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return { [prefix]: String(value) };
  const members: Array<readonly [string, unknown]> = Array.isArray(value)
    ? value.map((element, position) => [String(position + 1), element] as const)
    : Object.entries(value);
  return Object.assign({}, ...members.map(([name, inner]) => indexed(`${prefix}.${name}`, inner)));
}

function setNested(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const existing = target[first];
  const inner: Record<string, unknown> = typeof existing === "object" && existing !== null ? { ...existing } : {};
  target[first] = inner;
  setNested(inner, rest, value);
}
