import { instructions } from "../../server/instructions.ts";
import { createLog, logLevelFrom } from "../../server/log.ts";
import { registerPrompts } from "../../server/prompts.ts";
import { createServerFactory } from "../../server/server.ts";
import { listedTools } from "../listed-tools.ts";
import { version } from "../version.ts";
import type { Workbench, WorkbenchChoice } from "../workbench.ts";

/** MCP on stdin and stdout; ends with the client. */
export async function serveOnStdio(): Promise<number> {
  const { runOnStdio } = await import("../../server/stdio.ts");
  const { factory, close, log } = createServing({ approvalPage: true });
  runOnStdio({ factory, close, log });
  // The process lives as long as stdin does and ends itself.
  return new Promise<number>(() => undefined);
}

/**
 * Streamable HTTP at /mcp until interrupted.
 * @returns exit code
 */
export async function serveOnHttp(address: string): Promise<number> {
  const match = /^(?:(\[[0-9a-f:]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(address);
  if (!match?.[2]) {
    console.error(`--http is ${address}; allowed is HOST:PORT, for example 127.0.0.1:7333`);
    return 2;
  }
  const { serveHttp } = await import("../../server/http.ts");
  // People who come from another machine cannot open a page of this one; they have its terminal.
  const isLocal = match[1] === undefined || /^(localhost|127[\d.]+|\[::1\])$/i.test(match[1]);
  const { factory, close, log } = createServing({ approvalPage: isLocal });
  const { SPARK_WORKSPACE_HTTP_TOKEN: bearerToken, SPARK_WORKSPACE_HTTP_HOSTS: hosts } = process.env;
  try {
    const server = await serveHttp({
      factory,
      log,
      port: Number(match[2]),
      ...(match[1] !== undefined && { host: match[1] }),
      ...(bearerToken && { bearerToken }),
      ...(hosts && { allowedHosts: hosts.split(",") }),
    });
    console.error(`Serving MCP at ${server.url}`);
    await new Promise<void>((done) => {
      process.once("SIGINT", () => done());
      process.once("SIGTERM", () => done());
    });
    await server.close();
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`Nothing was started: ${error.message}`);
    return 2;
  } finally {
    await close();
  }
}

/** How long a 2025-era client may keep a question open; a person's answer after that is not waited for. */
function approvalSeconds(text: string | undefined): number {
  const seconds = Number(text);
  return seconds >= 1 && seconds <= 600 ? seconds : 300;
}

/** The gateway behind it is opened by the first tool call: a client that only lists tools pays for no cloud. */
function createServing(choice: WorkbenchChoice) {
  const log = createLog(logLevelFrom(process.env.SPARK_WORKSPACE_LOG));
  const language = process.env.SPARK_WORKSPACE_LANGUAGE === "zh" ? "zh" : "en";
  let opened: Promise<Workbench> | undefined;
  const factory = createServerFactory({
    tools: listedTools,
    version,
    instructions,
    requestStateKey: crypto.getRandomValues(new Uint8Array(32)),
    language,
    log,
    extend: (server) => registerPrompts(server, language),
    approvalTimeoutMs: approvalSeconds(process.env.SPARK_WORKSPACE_APPROVAL_SECONDS) * 1_000,
    open() {
      opened ??= import("../workbench.ts").then(({ openWorkbench }) => openWorkbench(process.env, choice));
      opened.catch(() => {
        opened = undefined;
      });
      return opened;
    },
  });
  const close = async () => {
    const workbench = await opened?.catch(() => undefined);
    await workbench?.close();
  };
  return { factory, close, log };
}
