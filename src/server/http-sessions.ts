import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import {
  type AuthInfo,
  isInitializeRequest,
  type McpServerFactory,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Log } from "./log.ts";

/** 2025-era clients keep a session, and a question to a person can only be put over one. */
export interface Sessions {
  /** @param response of the request; the session counts as busy until it closes */
  serve(request: Request, response: ServerResponse, authInfo: AuthInfo | undefined): Promise<Response>;
  size(): number;
  close(): Promise<void>;
}

interface Session {
  transport: WebStandardStreamableHTTPServerTransport;
  principal: string | undefined;
  usedAt: number;
  /** Under way: calls, which are never cut off for another session, and streams that only listen. */
  calls: number;
  streams: number;
}

export interface SessionLimits {
  maxSessions: number;
  idleMs: number;
}

export function createSessions(factory: McpServerFactory, { maxSessions, idleMs }: SessionLimits, log: Log): Sessions {
  const sessions = new Map<string, Session>();
  /** Sessions whose first request is under way and which have no id yet. */
  let opening = 0;

  const closeIdle = () => {
    const oldest = Date.now() - idleMs;
    for (const session of sessions.values()) {
      if (session.calls + session.streams === 0 && session.usedAt < oldest) void end(session);
    }
  };
  const sweep = setInterval(closeIdle, Math.max(10, Math.min(idleMs / 2, 60_000)));
  sweep.unref();

  async function end(session: Session): Promise<void> {
    if (session.transport.sessionId !== undefined) sessions.delete(session.transport.sessionId);
    await session.transport.close().catch((error: unknown) => log.warn("closing a session failed", { error }));
  }

  /** @returns whether one more session may be opened, after ending the longest idle one where that is needed */
  function makeRoom(): boolean {
    if (sessions.size + opening < maxSessions) return true;
    const idlest = [...sessions.values()]
      .filter(({ calls }) => calls === 0)
      .sort((a, b) => a.streams - b.streams || a.usedAt - b.usedAt)[0];
    if (idlest) void end(idlest);
    return idlest !== undefined;
  }

  async function open(authInfo: AuthInfo | undefined): Promise<Session> {
    const session: Session = {
      principal: authInfo?.clientId,
      usedAt: Date.now(),
      calls: 0,
      streams: 0,
      transport: new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, session),
        onsessionclosed: (id) => void sessions.delete(id),
      }),
    };
    const server = await factory({ era: "legacy", ...(authInfo && { authInfo }) });
    await server.connect(session.transport);
    return session;
  }

  function handle(session: Session, request: Request, response: ServerResponse, authInfo: AuthInfo | undefined) {
    const kind = request.method === "GET" ? "streams" : "calls";
    session.usedAt = Date.now();
    session[kind] += 1;
    response.once("close", () => {
      session[kind] -= 1;
      session.usedAt = Date.now();
    });
    return session.transport.handleRequest(request, authInfo && { authInfo });
  }

  return {
    size: () => sessions.size,
    async serve(request, response, authInfo) {
      const id = request.headers.get("mcp-session-id");
      if (id !== null) {
        const session = sessions.get(id);
        // Another principal's session is as good as none.
        if (!session || session.principal !== authInfo?.clientId) return refusal(404, "Session not found");
        return handle(session, request, response, authInfo);
      }
      if (!(await isInitialize(request))) return refusal(400, "Bad Request: Mcp-Session-Id header is required");
      if (!makeRoom()) return refusal(503, "Too many sessions are busy; try again later");
      opening += 1;
      try {
        return await handle(await open(authInfo), request, response, authInfo);
      } finally {
        opening -= 1;
      }
    },
    async close() {
      clearInterval(sweep);
      await Promise.all([...sessions.values()].map(end));
    },
  };
}

async function isInitialize(request: Request): Promise<boolean> {
  if (request.method !== "POST") return false;
  const body: unknown = await request
    .clone()
    .json()
    .catch(() => undefined);
  return (Array.isArray(body) ? body : [body]).some(isInitializeRequest);
}

function refusal(status: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", error: { code: -32_000, message }, id: null }, { status });
}
