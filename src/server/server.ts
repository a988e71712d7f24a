import { McpServer, type McpServerFactory, type ServerContext } from "@modelcontextprotocol/server";
import type { Tool } from "../../tools/define.ts";
import { systemClock } from "../gateway/clock.ts";
import type { Clock } from "../gateway/types.ts";
import type { Language } from "../language.ts";
import { type CallParts, callTool, type Opened, type PreparedTool } from "./call.ts";
import { clientOf } from "./client.ts";
import type { ApprovalState } from "./elicitation.ts";
import { type ListedTool, listTool } from "./listed-tool.ts";
import type { Log } from "./log.ts";
import { requestStateCodec } from "./request-state.ts";
import { createSessionMemory } from "./sessions.ts";
import { shownOnly } from "./tool-schema.ts";

export interface ServerParts {
  /** Listed in this order. */
  tools: readonly (Tool | ListedTool)[];
  /** Called by the first tool call, never by a listing; tried again by the next call when it rejects. */
  open: () => Promise<Opened>;
  version: string;
  instructions: string;
  /** At least 32 random bytes. Every process that may see the second round of a call needs the same. */
  requestStateKey: () => Uint8Array;
  language?: Language;
  /** How long a person has to answer over a 2025-era connection, unless the plan expires earlier. */
  approvalTimeoutMs?: number;
  clock?: Clock;
  log: Log;
  /** Adds what else an instance serves: resources, prompts. */
  extend?: (server: McpServer) => void;
}

/** The lists change with a new version of the server only. */
const listing = { ttlMs: 3_600_000, cacheScope: "private" } as const;

/** Makes server instances for both protocol eras. What does not depend on the request is built here, once. */
export function createServerFactory(parts: ServerParts): McpServerFactory {
  const entries = parts.tools.map((tool) => {
    const listed = "load" in tool ? tool : listTool(tool);
    return { ...listed, shown: shownOnly(listed.schema), prepared: once(() => prepare(listed)) };
  });
  const codec = requestStateCodec<ApprovalState>(parts.requestStateKey);
  const calls: CallParts = {
    open: once(parts.open),
    codec,
    language: parts.language ?? "en",
    approvalTimeoutMs: parts.approvalTimeoutMs ?? 5 * 60_000,
    clock: parts.clock ?? systemClock,
    log: parts.log,
    sessionOf: createSessionMemory(),
  };

  return ({ era }) => {
    const server = new McpServer(
      { name: "spark-workspace-mcp", title: "Spark Workspace", version: parts.version },
      {
        capabilities: { tools: { listChanged: false } },
        instructions: parts.instructions,
        cacheHints: {
          "server/discover": listing,
          "tools/list": listing,
          "prompts/list": listing,
          "resources/list": listing,
          "resources/templates/list": listing,
        },
        requestState: { verify: codec.verify },
        inputRequired: { legacyShim: false },
      },
    );
    server.server.onerror = (error) => parts.log.warn(error.message);
    for (const { name, title, description, annotations, shown, prepared } of entries) {
      server.registerTool(
        name,
        { title, description, inputSchema: shown, annotations },
        async (raw: unknown, ctx: ServerContext) =>
          callTool(await prepared(), raw, ctx, clientOf(ctx, server, era), calls),
      );
    }
    parts.extend?.(server);
    return server;
  };
}

async function prepare({ load, schema }: ListedTool): Promise<PreparedTool> {
  const tool = await load();
  return { tool, input: tool.input.strict(), schema };
}

function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opening: Promise<T> | undefined;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}
