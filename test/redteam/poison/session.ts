import { type CallToolResult, InMemoryTransport } from "@modelcontextprotocol/client";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Profile } from "../../../src/clouds/profile.ts";
import { systemClock } from "../../../src/gateway/clock.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";
import type { GatewayParts } from "../../../src/gateway/types.ts";
import type { Language } from "../../../src/language.ts";
import type { Ledger } from "../../../src/ledger/types.ts";
import type { LoadedPolicy } from "../../../src/policy/types.ts";
import { createDirectory } from "../../../src/server/directory.ts";
import { createLog } from "../../../src/server/log.ts";
import { createServerFactory } from "../../../src/server/server.ts";
import type { Tool } from "../../../tools/define.ts";
import { createClient, type Era, textOf } from "../../fixtures/clients.ts";

/** A session of the product's own server, with a client that answers every question at once. */
export interface Session {
  use(tool: string, input: object): Promise<{ result: CallToolResult; text: string }>;
  /** Questions that the client was asked. */
  questions: string[];
  close(): Promise<void>;
}

export interface SessionChoice {
  era: Era;
  language?: Language;
  /** A client that accepts for its user, or one that declines. */
  accepts?: boolean;
}

export interface Served extends Pick<GatewayParts, "transport"> {
  tools: readonly Tool[];
  profile: Pick<Profile, "name" | "cloud" | "regionId" | "endpoint"> & Partial<Profile>;
  policy: LoadedPolicy;
  ledger: Ledger;
}

export async function openSession(
  { tools, profile, policy, ledger, transport }: Served,
  { era, language = "en", accepts = true }: SessionChoice,
): Promise<Session> {
  const gateway = createGateway({
    profile: { environment: "cloud", mode: "full", identity: "tester", ...profile },
    policy: () => policy,
    ledger: () => ledger,
    transport,
    clock: systemClock,
    newToken: () => crypto.randomUUID().replaceAll("-", ""),
    outOfBand: async (planId) => ({ command: `spark-workspace-mcp approve ${planId}` }),
  });
  const factory = createServerFactory({
    tools,
    open: async () => ({ gateway, directory: createDirectory(tools, profile.cloud) }),
    version: "0.0.0",
    instructions: "",
    requestStateKey: () => crypto.getRandomValues(new Uint8Array(32)),
    language,
    log: createLog("silent"),
  });
  const [near, far] = InMemoryTransport.createLinkedPair();
  const serving = serveStdio(factory, { transport: far });
  const questions: string[] = [];
  const client = createClient({
    era,
    elicit: ({ params }) => {
      questions.push(params.message);
      return accepts ? { action: "accept", content: { approve: true } } : { action: "decline" };
    },
  });
  await client.connect(near);
  return {
    questions,
    async use(name, input) {
      const result = await client.callTool({ name, arguments: { ...input } });
      return { result, text: textOf(result) };
    },
    async close() {
      await client.close();
      await serving.close();
    },
  };
}
