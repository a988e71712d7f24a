import { createRequire } from "node:module";
import { withoutSecrets } from "../known-secrets.ts";
import type { CloudAnswer, SendOptions, WireRequest } from "../transport.ts";
import { guarded, type Sighting } from "../wire-guard.ts";
import type { AlibabaConnection } from "./connection.ts";

/** The official packages are CommonJS; what `import()` makes of those differs between runtimes. */
const loadCommonJs = createRequire(import.meta.url);

const connectTimeoutMs = 10_000;

/** A service of Alibaba Cloud: the version of its API, and whether a path (ROA) or a header (RPC) names the operation. */
export interface Service {
  version: string;
  style: "ROA" | "RPC";
}

/** One request, one answer; `admits` says whether method and path, as they stand on the wire, are the operation. */
export type Send = (
  request: WireRequest,
  options: SendOptions,
  admits: (method: string, path: string) => boolean,
) => Promise<CloudAnswer>;

/** Sends through the official client, which signs; retries are the gateway's business. */
export function createSender(connection: AlibabaConnection, service: Service): Send {
  let client: OfficialClient | undefined;

  return async (request, options, admits) => {
    if (options.signal.aborted) return notSent("cancelled", "the caller cancelled");
    if (!admits(request.method, request.path)) {
      return notSent("guard", `${request.method} ${request.path} is not ${request.operation}`);
    }
    client ??= openClient(connection, service);
    const opened = client;
    // Not AbortSignal.timeout: that one, and what hangs on it, stays in memory for its whole time after the answer.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), options.deadlineMs);
    const signal = AbortSignal.any([options.signal, deadline.signal]);
    const { sighting, result } = guarded({ host: connection.host, admits, signal }, () =>
      opened.call(request, options.deadlineMs),
    );
    try {
      const body = await result;
      return answered(body, sighting);
    } catch (error) {
      return withoutSecrets(failed(error, sighting, options, deadline.signal), opened.secrets());
    } finally {
      clearTimeout(timer);
    }
  };
}

interface OfficialClient {
  /** What it signs with, as far as it is known by now. */
  secrets(): readonly string[];
  call(request: WireRequest, readTimeoutMs: number): Promise<unknown>;
}

/** The official client takes 100 ms to import, so it is opened on the first call. */
function openClient(connection: AlibabaConnection, service: Service): OfficialClient {
  const {
    default: OpenApi,
    Config,
    OpenApiRequest,
    Params,
  }: typeof import("@alicloud/openapi-client") = loadCommonJs("@alicloud/openapi-client");
  const { RuntimeOptions }: typeof import("@alicloud/tea-util") = loadCommonJs("@alicloud/tea-util");
  let secrets: readonly string[] = [];
  const config = new Config({ endpoint: connection.host, protocol: connection.protocol.toUpperCase() });
  if (connection.credentials.kind === "pair") {
    config.accessKeyId = connection.credentials.accessKeyId;
    config.accessKeySecret = connection.credentials.accessKeySecret;
    if (connection.credentials.securityToken) config.securityToken = connection.credentials.securityToken;
    secrets = [connection.credentials.accessKeySecret, connection.credentials.securityToken ?? ""];
  } else {
    const { default: Credential }: typeof import("@alicloud/credentials") = loadCommonJs("@alicloud/credentials");
    const chain = new Credential();
    const find = chain.getCredential.bind(chain);
    chain.getCredential = async () => {
      const found = await find();
      secrets = [found.accessKeySecret ?? "", found.securityToken ?? "", found.bearerToken ?? ""];
      return found;
    };
    config.credential = chain;
  }
  const client = new OpenApi(config);

  return {
    secrets: () => secrets,
    async call(request, readTimeoutMs) {
      const params = new Params({
        action: request.operation,
        version: service.version,
        protocol: connection.protocol.toUpperCase(),
        pathname: request.path,
        method: request.method,
        authType: "AK",
        style: service.style,
        reqBodyType: "json",
        bodyType: "json",
      });
      const runtime = new RuntimeOptions({
        autoretry: false,
        maxAttempts: 1,
        readTimeout: readTimeoutMs,
        connectTimeout: connectTimeoutMs,
      });
      const answer: unknown = await client.callApi(
        params,
        new OpenApiRequest({ query: { ...request.query }, ...(request.body && { body: request.body }) }),
        runtime,
      );
      return typeof answer === "object" && answer !== null && "body" in answer ? answer.body : answer;
    },
  };
}

function answered(body: unknown, sighting: Sighting): CloudAnswer {
  const status = sighting.response?.status ?? 0;
  if (status >= 300 && status < 400) {
    return {
      kind: "rejected",
      status,
      code: "Redirect",
      message: "the service redirected; redirects are not followed",
    };
  }
  const requestId = requestIdOf(body) ?? headerOf(sighting, "x-acs-request-id");
  return { kind: "answered", body, ...(requestId !== undefined && { requestId }) };
}

function failed(error: unknown, sighting: Sighting, options: SendOptions, deadline: AbortSignal): CloudAnswer {
  if (sighting.refused !== undefined) return notSent("guard", sighting.refused);
  if (sighting.response) return rejected(error, sighting, sighting.response.status);
  if (/InvalidCredentials|unable to get credentials|credential/i.test(messageOf(error)) && sighting.requests === 0) {
    return notSent("no-credentials", "no credentials were found in the chain");
  }
  if (sighting.requests === 0 || !sighting.connected) {
    const cancelled = options.signal.aborted;
    return notSent(cancelled ? "cancelled" : "unreachable", cancelled ? "the caller cancelled" : messageOf(error));
  }
  if (deadline.aborted) return { kind: "lost", message: `no answer within ${options.deadlineMs / 1_000} s` };
  return {
    kind: "lost",
    message: options.signal.aborted ? "the caller cancelled while it was under way" : messageOf(error),
  };
}

/** The client throws for 4xx and 5xx, and a bare SyntaxError for bodies that are not JSON (notes section 3). */
function rejected(error: unknown, sighting: Sighting, status: number): CloudAnswer {
  const thrown = asRecord(error);
  const data = asRecord(thrown.data);
  const code = text(data.Code) ?? text(data.code) ?? "";
  const message = text(data.Message) ?? text(data.message) ?? `HTTP ${status} with a body that is not JSON`;
  const requestId = requestIdOf(data) ?? headerOf(sighting, "x-acs-request-id");
  const retryAfter = Number(headerOf(sighting, "x-acs-retry-after"));
  const denied = asRecord(data.AccessDeniedDetail ?? data.accessDeniedDetail);
  const missingPermission = text(denied.AuthAction);
  if (status >= 200 && status < 300) return { kind: "lost", message: "the answer cannot be read" };
  return {
    kind: "rejected",
    status,
    code,
    message,
    ...(requestId !== undefined && { requestId }),
    ...(retryAfter > 0 && { retryAfterMs: retryAfter }),
    ...(missingPermission !== undefined && { missingPermission }),
  };
}

function notSent(reason: Extract<CloudAnswer, { kind: "not-sent" }>["reason"], message: string): CloudAnswer {
  return { kind: "not-sent", reason, message };
}

/** Some operations spell it with a capital R (notes section 5). */
function requestIdOf(body: unknown): string | undefined {
  const record = asRecord(body);
  return text(record.requestId) ?? text(record.RequestId);
}

function headerOf(sighting: Sighting, name: string): string | undefined {
  const value = sighting.response?.headers[name];
  return typeof value === "string" ? value : undefined;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s*(GET|POST|PUT|DELETE) https?:\S+ failed\.?$/, "").slice(0, 300);
}
