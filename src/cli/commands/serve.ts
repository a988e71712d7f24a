import type { McpServer } from "@modelcontextprotocol/server";
import { systemClock } from "../../gateway/clock.ts";
import type { Language } from "../../language.ts";
import { claimStdout } from "../../server/claim-stdout.ts";
import type { Listing } from "../../server/listed-tool.ts";
import { createLog, logLevelFrom } from "../../server/log.ts";
import { servePrompts } from "../../server/prompts.ts";
import { registerSkill } from "../../server/resources.ts";
import { createServerFactory } from "../../server/server.ts";
import { foldersOf } from "../folders.ts";
import { listingOf } from "../listing.ts";
import { chooseTools } from "../toolsets.ts";
import { version } from "../version.ts";
import type { Workbench, WorkbenchChoice } from "../workbench.ts";

/**
 * MCP on stdin and stdout; ends with the client.
 * @param toolsets names joined by commas; default: SPARK_WORKSPACE_TOOLSETS
 * @returns exit code, when nothing could be started
 */
export async function serveOnStdio(toolsets = process.env.SPARK_WORKSPACE_TOOLSETS): Promise<number> {
  // Before anything is loaded that might print.
  const wire = claimStdout();
  const listing = await chosenListing(toolsets);
  if (!listing) return 2;
  const { runOnStdio } = await import("../../server/stdio.ts");
  const { factory, close, log } = createServing(listing, { approvalPage: true });
  runOnStdio({ wire, factory, close, log });
  // The process lives as long as stdin does and ends itself.
  return new Promise<number>(() => undefined);
}

/**
 * Streamable HTTP at /mcp until interrupted.
 * @returns exit code
 */
export async function serveOnHttp(address: string, toolsets = process.env.SPARK_WORKSPACE_TOOLSETS): Promise<number> {
  const match = /^(?:(\[[0-9a-f:]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(address);
  if (!match?.[2]) {
    console.error(`--http is ${address}; allowed is HOST:PORT, for example 127.0.0.1:7333`);
    return 2;
  }
  const listing = await chosenListing(toolsets);
  if (!listing) return 2;
  const [{ serveHttp }, { openTeamServing }] = await Promise.all([
    import("../../server/http.ts"),
    import("../team-serving.ts"),
  ]);
  // People who come from another machine cannot open a page of this one; they have its terminal.
  const isLocal = match[1] === undefined || /^(localhost|127[\d.]+|\[::1\])$/i.test(match[1]);
  const { SPARK_WORKSPACE_HTTP_TOKEN: bearerToken, SPARK_WORKSPACE_HTTP_HOSTS: hosts } = process.env;
  const allowedHosts = hosts ? hosts.split(",") : undefined;
  const ended: Array<() => unknown> = [];
  try {
    const team = openTeamServing({
      folders: foldersOf(process.env),
      sharedToken: bearerToken || undefined,
      language: listing.language,
      log: createLog(logLevelFrom(process.env.SPARK_WORKSPACE_LOG)),
    });
    if (team) ended.push(team.close);
    const { factory, close, log } = createServing(listing, { approvalPage: isLocal, ...team?.workbench });
    ended.push(close);
    const server = await serveHttp({
      factory,
      log,
      port: Number(match[2]),
      ...(match[1] !== undefined && { host: match[1] }),
      ...(bearerToken && { bearerToken }),
      ...(allowedHosts && { allowedHosts }),
      ...team?.http,
    });
    team?.listening(server, allowedHosts);
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
    for (const close of ended.reverse()) await close();
  }
}

type ChosenListing = Listing & { language: Language };

async function chosenListing(toolsets: string | undefined): Promise<ChosenListing | undefined> {
  const listing = await listingOf(process.env);
  try {
    return { ...listing, tools: chooseTools(listing.tools, toolsets) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`Nothing was started: ${error.message}`);
    return undefined;
  }
}

/** How long a 2025-era client may keep a question open; a person's answer after that is not waited for. */
function approvalSeconds(text: string | undefined): number {
  const seconds = Number(text);
  return seconds >= 1 && seconds <= 600 ? seconds : 300;
}

/** The gateway behind it is opened by the first call or completion: a client that only lists pays for no cloud. */
function createServing({ tools, instructions, prompts, language }: ChosenListing, choice: WorkbenchChoice) {
  const log = createLog(logLevelFrom(process.env.SPARK_WORKSPACE_LOG));
  let opened: Promise<Workbench> | undefined;
  const open = () => {
    opened ??= import("../workbench.ts").then(({ openWorkbench }) =>
      openWorkbench(process.env, { ...choice, warn: (message) => log.warn(message) }),
    );
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  const registerPrompts = servePrompts({ list: prompts, language, clock: systemClock, open });
  const factory = createServerFactory({
    tools,
    version,
    instructions,
    requestStateKey: () => crypto.getRandomValues(new Uint8Array(32)),
    language,
    log,
    extend(server: McpServer) {
      registerSkill(server);
      registerPrompts(server);
    },
    approvalTimeoutMs: approvalSeconds(process.env.SPARK_WORKSPACE_APPROVAL_SECONDS) * 1_000,
    open,
  });
  const close = async () => {
    const workbench = await opened?.catch(() => undefined);
    await workbench?.close();
  };
  return { factory, close, log };
}
