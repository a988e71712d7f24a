import type { ServerContext } from "@modelcontextprotocol/server";
import type { CallContext } from "../gateway/types.ts";

export interface Progress {
  report: NonNullable<CallContext["progress"]>;
  /** Resolves when all that was reported is on its way: after its result a call reports nothing. */
  flushed(): Promise<unknown>;
}

/**
 * Progress notifications for a call whose client asked for them. The protocol wants the number to grow with every one, so a
 * message that brings no new step is sent a little above the last.
 */
export function progressOf(ctx: ServerContext): Progress | undefined {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let last = 0;
  let counted = false;
  let sent: Promise<unknown> = Promise.resolve();
  return {
    report(message, step) {
      if (ctx.mcpReq.signal.aborted) return;
      counted ||= step !== undefined;
      last = step && step.done > last ? step.done : last + (counted ? 1 / 1024 : 1);
      const total = step?.of !== undefined && step.of >= last ? { total: step.of } : {};
      const params = { progressToken, progress: last, message, ...total };
      // A client that is gone needs no progress; its call ends by its own signal.
      const sending = ctx.mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
      sent = Promise.all([sent, sending]);
    },
    flushed: () => sent,
  };
}
