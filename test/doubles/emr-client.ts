import { createRequire } from "node:module";
import type { EmrOperation, EmrResponses } from "../../src/operations/emr/types.gen.ts";
import { findOperation } from "../../src/operations/registry.ts";
import type { Shape } from "../../src/operations/types.ts";
import type { SandboxConnection } from "../../src/sandbox/sandbox.ts";

/** Alibaba's official client, unmodified, pointed at a sandbox; checks that every answer has its declared shape. */

// Node and vitest wrap the default export of CommonJS differently; required, it is one and the same.
const require = createRequire(import.meta.url);
const openapi = require("@alicloud/openapi-client") as typeof import("@alicloud/openapi-client");
const util = require("@alicloud/tea-util") as typeof import("@alicloud/tea-util");

export type Call = <Name extends EmrOperation>(
  operation: Name,
  input?: Record<string, unknown>,
) => Promise<EmrResponses[Name]>;

/** The body of a refusal, or the client's own exception when there was no answer. */
export interface Refusal {
  statusCode?: number;
  Code?: string | null;
  Message?: string;
  HostId?: string;
  RequestId?: string;
  Recommend?: string;
}

export interface ClientOptions {
  accessKeyId?: string;
  accessKeySecret?: string;
  securityToken?: string;
  /** The older signature, through doROARequest. */
  roa?: boolean;
}

/** Calls an operation by name, the way the generated SDKs do: path filled in, the rest in query and body. */
export function officialClient(sandbox: SandboxConnection, options: ClientOptions = {}): Call {
  const { roa = false, ...credentials } = options;
  const client = newClient(sandbox, credentials);
  return async <Name extends EmrOperation>(operation: Name, input: Record<string, unknown> = {}) => {
    const row = findOperation(operation);
    if (!row) throw new Error(`no operation ${operation}`);
    let pathname = row.path;
    const query: Record<string, string> = { regionId: sandbox.regionId };
    const body: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(input)) {
      const place = row.parameters.find((parameter) => parameter.name === name)?.in ?? "query";
      if (place === "path") pathname = pathname.replace(`{${name}}`, encodeURIComponent(String(value)));
      else if (place === "body") body[name] = value;
      else if (value === undefined) delete query[name];
      else query[name] = typeof value === "object" ? JSON.stringify(value) : String(value);
    }
    // As the generated SDKs: a body, empty or not, only where the operation declares one.
    const takesBody = row.parameters.some((parameter) => parameter.in === "body");
    const request = new openapi.OpenApiRequest({ query, ...(takesBody ? { body } : {}) });
    const runtime = new util.RuntimeOptions({ autoretry: false });
    const params = { action: operation, version: "2023-08-08", pathname, method: row.method, authType: "AK" };
    const answer = roa
      ? await client.doROARequest(operation, "2023-08-08", "HTTP", row.method, "AK", pathname, "json", request, runtime)
      : await client.callApi(
          new openapi.Params({ ...params, protocol: "HTTP", style: "ROA", bodyType: "json", reqBodyType: "json" }),
          request,
          runtime,
        );
    const undeclared = row.response && undeclaredIn(row.response, answer.body, operation);
    if (undeclared) throw new Error(`the answer does not have its declared shape: ${undeclared}`);
    return answer.body as EmrResponses[Name];
  };
}

/** Sends any method and path as the official client would, whatever they mean. */
export async function sendAs(
  sandbox: SandboxConnection,
  method: string,
  path: string,
  body?: unknown,
  action = "Any",
): Promise<unknown> {
  const params = { action, version: "2023-08-08", pathname: path, method, authType: "AK", protocol: "HTTP" };
  const query = { regionId: sandbox.regionId };
  const answer = await newClient(sandbox).callApi(
    new openapi.Params({ ...params, style: "ROA", bodyType: "json", reqBodyType: "json" }),
    new openapi.OpenApiRequest({ query, ...(body === undefined ? {} : { body }) }),
    new util.RuntimeOptions({ autoretry: false }),
  );
  return answer.body;
}

function newClient(sandbox: SandboxConnection, credentials: Omit<ClientOptions, "roa"> = {}) {
  return new openapi.default(
    new openapi.Config({
      endpoint: sandbox.emrEndpoint,
      protocol: "HTTP",
      accessKeyId: sandbox.accessKeyId,
      accessKeySecret: sandbox.accessKeySecret,
      ...credentials,
    }),
  );
}

/** The first place at which an answer departs from the shape that the catalogue declares. */
function undeclaredIn(shape: Shape, value: unknown, at: string): string | undefined {
  if (shape.type === "any") return undefined;
  if (Array.isArray(value)) {
    if (shape.type !== "array") return at;
    return value
      .map((element, index) => undeclaredIn(shape.items ?? { type: "any" }, element, `${at}[${index}]`))
      .find(Boolean);
  }
  if (typeof value === "object" && value !== null) {
    if (shape.type !== "object") return at;
    const { properties } = shape;
    if (!properties) return undefined;
    return Object.entries(value)
      .map(([name, member]) => {
        const declared = properties[name];
        return declared ? undeclaredIn(declared, member, `${at}.${name}`) : `${at}.${name}`;
      })
      .find(Boolean);
  }
  const type = shape.type === "integer" && Number.isInteger(value) ? "number" : shape.type;
  return typeof value === type ? undefined : at;
}

/** The service's refusal behind an official client's exception. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    const { data } = error as { data?: Refusal };
    return data ?? { Message: String(error) };
  }
  throw new Error("the call was not refused");
}
