import type { ServerContext } from "@modelcontextprotocol/server";
import type { Session } from "../gateway/types.ts";

const mostRemembered = 10_000;

/**
 * What each session has seen. A 2025-era HTTP session has an id; stdio is one session; requests without a session share
 * one per principal, so that a client cannot shake a taint off by leaving its session out.
 */
export function createSessionMemory(): (ctx: ServerContext) => Session {
  const sessions = new Map<string, Session>();
  return (ctx) => {
    const key = `${ctx.http?.authInfo?.clientId ?? ""}\0${ctx.sessionId ?? ""}`;
    const known = sessions.get(key);
    if (known) return known;
    // Forgetting one would clean it, so when there are too many a new one starts as if it had read something.
    const session: Session = { tainted: sessions.size >= mostRemembered };
    if (sessions.size < mostRemembered) sessions.set(key, session);
    return session;
  };
}
