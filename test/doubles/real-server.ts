import { join } from "node:path";
import type { Client, ElicitResult } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { packageRoot } from "../../src/package-root.ts";
import type { SandboxConnection } from "../../src/sandbox/sandbox.ts";
import { createClient, type Era, textOf } from "../fixtures/clients.ts";

/** The product's own server as a process of its own, pointed at a sandbox of the test. */
export interface RealServer {
  client: Client;
  pid: number;
  call(name: string, input: Record<string, unknown>, signal?: AbortSignal): Promise<ToolAnswer>;
  close(): Promise<void>;
}

export interface ToolAnswer {
  isError: boolean;
  text: string;
  data: Record<string, unknown>;
}

/** How the person behind the client answers a question. */
export type Person = "accepts" | "declines" | "cancels" | "never answers" | "is not there" | "accepts without a word";

export interface ServerChoice {
  sandbox: SandboxConnection;
  home: string;
  person: Person;
  era: Era;
  environment?: Record<string, string>;
  /** Another copy of it. */
  program?: string;
  /** Happens while the person reads the question. */
  meanwhile?: () => Promise<void>;
}

export async function startServer(choice: ServerChoice): Promise<RealServer> {
  const { sandbox, home, person, era, environment, meanwhile, program = join(packageRoot, "src/cli/bin.ts") } = choice;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program],
    stderr: "inherit",
    env: {
      PATH: process.env.PATH ?? "",
      HOME: home,
      SPARK_WORKSPACE_HOME: home,
      SPARK_WORKSPACE_EMR_ENDPOINT: sandbox.emrEndpoint,
      ...(sandbox.ossEndpoint !== undefined && { SPARK_WORKSPACE_OSS_ENDPOINT: sandbox.ossEndpoint }),
      SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
      ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: sandbox.accessKeySecret,
      ...environment,
    },
  });
  const elicit = async () => {
    await meanwhile?.();
    return answerOf(person);
  };
  const client = createClient(person === "is not there" ? { era } : { era, elicit });
  await client.connect(transport);
  return {
    client,
    pid: transport.pid ?? 0,
    async call(name, input, signal) {
      const result = await client.callTool({ name, arguments: input }, { timeout: 60_000, ...(signal && { signal }) });
      const structured = (result.structuredContent ?? {}) as { data?: Record<string, unknown> };
      return { isError: result.isError === true, text: textOf(result), data: structured.data ?? {} };
    },
    close: () => client.close(),
  };
}

function answerOf(person: Person): ElicitResult | Promise<ElicitResult> {
  switch (person) {
    case "accepts":
      return { action: "accept", content: { approve: true } };
    case "accepts without a word":
      return { action: "accept" };
    case "declines":
      return { action: "decline" };
    case "cancels":
      return { action: "cancel" };
    default:
      return new Promise(() => undefined);
  }
}
