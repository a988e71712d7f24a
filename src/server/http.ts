import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import {
  hostHeaderValidation,
  type NodeIncomingMessageLike,
  type NodeServerResponseLike,
  originValidation,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import { type AuthInfo, createMcpHandler, isLegacyRequest, type McpServerFactory } from "@modelcontextprotocol/server";
import type { Role } from "../policy/roles.ts";
import { createSessions } from "./http-sessions.ts";
import type { Log } from "./log.ts";

export interface HttpParts {
  factory: McpServerFactory;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  /** Shared by all who call. Without one, and without `identify`, only loopback addresses are served. */
  bearerToken?: string;
  /** Tells people apart by the token that each of them brings; takes the place of `bearerToken`. */
  identify?: (token: string) => Promise<Identified>;
  /** Pages beside MCP, behind the same lists of hosts and origins. @returns whether the request was for them */
  pages?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Host names a request may be addressed to; needed for an address that is not loopback. */
  allowedHosts?: readonly string[];
  /** Host name under which people reach it through a proxy; one more of both lists. */
  publicHost?: string;
  /** Host names of pages that may call; default: pages of this machine. */
  allowedOrigins?: readonly string[];
  maxBodyBytes?: number;
  maxSessions?: number;
  sessionIdleMs?: number;
  log: Log;
}

export type Identified =
  | { kind: "admitted"; name: string; roles: readonly Role[] }
  | { kind: "unknown" }
  /** Who it is cannot be told now. */
  | { kind: "unavailable" };

export interface HttpServer {
  url: string;
  /** 2025-era sessions that are open. */
  sessions(): number;
  close(): Promise<void>;
}

const ownHosts = ["localhost", "127.0.0.1", "[::1]"];
const minTokenLength = 32;
/** How long answers under way get to reach their clients. */
const graceMs = 2_000;

/**
 * Serves MCP at /mcp to clients of both eras.
 * @throws RangeError when the address is not loopback and no bearer token and host names are given
 */
export async function serveHttp(parts: HttpParts): Promise<HttpServer> {
  const { factory, log, bearerToken } = parts;
  const identify = parts.identify ?? (bearerToken === undefined ? undefined : sharedBy(bearerToken));
  const host = parts.host ?? "127.0.0.1";
  assertMayListen(host, parts);
  const maxBodyBytes = parts.maxBodyBytes ?? 1024 * 1024;
  const onerror = (error: Error) => log.warn(error.message);

  const publicHosts = parts.publicHost === undefined ? [] : [parts.publicHost];
  const isAllowedHost = hostHeaderValidation([...(parts.allowedHosts ?? [...ownHosts, host]), ...publicHosts]);
  const isAllowedOrigin = originValidation([...(parts.allowedOrigins ?? ownHosts), ...publicHosts]);
  const modern = createMcpHandler(factory, { legacy: "reject", onerror, maxRequestBodySize: maxBodyBytes });
  const sessions = createSessions(
    factory,
    { maxSessions: parts.maxSessions ?? 64, idleMs: parts.sessionIdleMs ?? 30 * 60_000 },
    log,
  );

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isAllowedHost(request, response) || !isAllowedOrigin(request, response)) return;
    const path = request.url?.split("?", 1)[0];
    if (path === "/healthz") return answer(response, 200, { status: "ok" });
    if (parts.pages && (await parts.pages(request, response))) return;
    if (path !== "/mcp") return answer(response, 404, { error: "Not found; MCP is served at /mcp" });
    const caller = identify && (await identify(tokenOf(request)));
    if (caller?.kind === "unavailable") {
      return answer(response, 503, { error: "Nobody can be let in now: the list of people or of keys cannot be read" });
    }
    if (caller?.kind === "unknown") {
      response.setHeader("WWW-Authenticate", 'Bearer realm="spark-workspace-mcp"');
      return answer(response, 401, { error: "A bearer token is needed" });
    }
    const authInfo = caller && authInfoOf(caller);
    const handler = toNodeHandler(
      {
        fetch: async (webRequest) =>
          (await isLegacyRequest(webRequest, undefined, { maxRequestBodySize: maxBodyBytes }))
            ? sessions.serve(webRequest, response, authInfo)
            : modern.fetch(webRequest, authInfo && { authInfo }),
      },
      { maxRequestBodySize: maxBodyBytes, onerror },
    );
    // Its types spell optional members in a way that exactOptionalPropertyTypes tells apart from node's own.
    await handler(request as NodeIncomingMessageLike, response as NodeServerResponseLike);
  }

  const underWay = new Set<Promise<unknown>>();
  const server = createServer((request, response) => {
    const ended = new Promise((resolve) => response.once("close", resolve));
    underWay.add(ended);
    void ended.finally(() => underWay.delete(ended));
    serve(request, response).catch((error: unknown) => {
      log.error("a request failed", { error });
      if (!response.headersSent) answer(response, 500, { error: "Internal error" });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(parts.port, host, resolve);
  });

  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}/mcp`,
    sessions: sessions.size,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([modern.close(), sessions.close()]);
      await Promise.race([Promise.allSettled(underWay), delay(graceMs, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function assertMayListen(host: string, { bearerToken, identify, allowedHosts, publicHost }: HttpParts): void {
  if (bearerToken !== undefined && bearerToken.length < minTokenLength) {
    throw new RangeError(`the bearer token is too short: it needs ${minTokenLength} characters`);
  }
  if (isLoopback(host)) return;
  if (bearerToken === undefined && !identify) {
    throw new RangeError(`will not listen on ${host}: other machines can reach it, so a bearer token is needed`);
  }
  if (!allowedHosts?.length && publicHost === undefined) {
    throw new RangeError(`will not listen on ${host}: name the hosts that clients may address it by`);
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Empty where there is none, which is nobody's. */
function tokenOf(request: IncomingMessage): string {
  return /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

/** Whoever has it may do all that one may; they are not told apart. */
function sharedBy(expected: string): (token: string) => Promise<Identified> {
  return async (token) =>
    timingSafeEqual(digest(token), digest(expected))
      ? { kind: "admitted", name: "bearer", roles: ["operator"] }
      : { kind: "unknown" };
}

/** Without the token: nobody behind the door needs it, so none can show or pass it on. */
function authInfoOf({ name, roles }: Extract<Identified, { kind: "admitted" }>): AuthInfo {
  return { token: "", clientId: name, scopes: [...roles] };
}

/** Equal lengths, as the comparison wants them. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function answer(response: ServerResponse, status: number, body: Readonly<Record<string, string>>): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
