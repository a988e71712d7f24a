import { InMemoryTransport, type JSONRPCMessage } from "@modelcontextprotocol/client";
import type { McpServerFactory } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Era } from "../../fixtures/clients.ts";

/** A client that says exactly what an attacker wants said: no library between the test and the protocol. */
export interface RawPeer {
  /** One tools/call; `extra` goes into its params as it is. Resolves with result or error. */
  call(input: object, extra?: object): Promise<RawAnswer>;
  close(): Promise<void>;
}

export interface RawAnswer {
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
  /** 2025 era: questions put while the call was under way. */
  questions: number;
}

export interface PeerChoice {
  era: Era;
  canAsk: boolean;
  /** What a 2025-era client answers to a question; nothing at all when absent. */
  reply?: (message: string) => Record<string, unknown> | undefined;
}

const clientInfo = { name: "attacker", version: "1.0.0" };

export async function connectRaw(factory: McpServerFactory, choice: PeerChoice): Promise<RawPeer> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const serving = serveStdio(factory, { transport: far });
  const waiting = new Map<number, (message: Record<string, unknown>) => void>();
  const capabilities = choice.canAsk ? { elicitation: { form: {} } } : {};
  let nextId = 1;
  let questions = 0;

  near.onmessage = (message: JSONRPCMessage) => {
    const plain = message as Record<string, unknown>;
    if (plain.method === "elicitation/create") {
      questions++;
      const params = plain.params as { message: string };
      const result = choice.reply?.(params.message);
      if (result) void near.send({ jsonrpc: "2.0", id: plain.id as number, result });
      return;
    }
    if (typeof plain.id === "number") waiting.get(plain.id)?.(plain);
  };
  await near.start();

  function ask(method: string, params: object): Promise<Record<string, unknown>> {
    const id = nextId++;
    const answer = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
    void near.send({ jsonrpc: "2.0", id, method, params: { ...params } });
    return answer;
  }

  if (choice.era === "2025-11-25") {
    await ask("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo });
    await near.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": clientInfo,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  return {
    async call(input, extra = {}) {
      questions = 0;
      const answer = await ask("tools/call", {
        name: "run_operation",
        arguments: input,
        ...(choice.era === "2026-07-28" && { _meta: meta }),
        ...extra,
      });
      return { ...(answer as Pick<RawAnswer, "result" | "error">), questions };
    },
    async close() {
      await near.close();
      await serving.close();
    },
  };
}
