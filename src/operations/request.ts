import type { OperationRow, Parameter } from "./types.ts";

export interface RenderedRequest {
  operation: string;
  method: OperationRow["method"];
  path: string;
  query: Record<string, string>;
  body?: Record<string, unknown>;
}

/**
 * Puts checked arguments where the row says they travel.
 * regionId goes into the query of every call: writes are refused without it even where no SDK declares it
 * (notes section 11).
 */
export function renderRequest(
  row: OperationRow,
  input: Readonly<Record<string, unknown>>,
  extras: { regionId: string; token?: string; minted?: string },
): RenderedRequest {
  let path = row.path;
  const query: Record<string, string> = { regionId: extras.regionId };
  const body: Record<string, unknown> = {};
  for (const parameter of row.parameters) {
    const value = input[parameter.name];
    if (value === undefined) continue;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(String(value)));
    else if (parameter.in === "query") Object.assign(query, serialize(parameter, value));
    else body[parameter.name] = value;
  }
  if (extras.token !== undefined && row.idempotencyToken !== undefined) {
    setNested(body, row.idempotencyToken.split("."), extras.token);
  }
  if (row.minted !== undefined && row.minted in body) {
    if (extras.minted === undefined) throw new TypeError(`${row.name} is to carry a secret that nobody made`);
    body[row.minted] = extras.minted;
  }
  const hasBody = row.parameters.some((parameter) => parameter.in === "body");
  return { operation: row.name, method: row.method, path, query, ...(hasBody && { body }) };
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
