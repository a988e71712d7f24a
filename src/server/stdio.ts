import { finished, type Writable } from "node:stream";
import type { McpServerFactory } from "@modelcontextprotocol/server";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Log } from "./log.ts";

export interface StdioParts {
  /** Where the protocol is written; nothing else may be. */
  wire: Writable;
  factory: McpServerFactory;
  /** Closes what serving opened. */
  close: () => Promise<void> | void;
  log: Log;
}

/** Closing may take no longer: the client that ended us is waiting. */
const closeWithinMs = 3_000;

/**
 * Serves one client on stdin and stdout and ends the process when the client goes: 0 at the end of stdin, on SIGTERM and on
 * SIGINT, 1 on an error that nobody caught.
 */
export function runOnStdio({ wire, factory, close, log }: StdioParts): void {
  const handle = serveStdio(factory, {
    transport: new StdioServerTransport(process.stdin, wire),
    onerror: (error) => log.warn(error.message),
  });

  let ending = false;
  const end = (code: 0 | 1) => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(code), closeWithinMs).unref();
    handle
      .close()
      .then(close)
      .catch((error: unknown) => log.error("closing failed", { error }))
      .finally(() => process.exit(code));
  };
  const crash = (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    end(1);
  };

  finished(process.stdin, { writable: false }, () => end(0));
  process.stdout.once("error", () => end(0));
  process.once("SIGTERM", () => end(0));
  process.once("SIGINT", () => end(0));
  process.once("uncaughtException", crash);
  process.once("unhandledRejection", crash);
}
