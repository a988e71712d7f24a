import { randomBytes } from "node:crypto";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { instructions } from "../src/server/instructions.ts";
import { createLog } from "../src/server/log.ts";
import { createServerFactory, type ServerParts } from "../src/server/server.ts";

/** The real server and the official client (2026-07-28) in this process, without pipes between them. */
export async function connectInProcess(
  parts: Pick<ServerParts, "tools" | "open">,
): Promise<{ client: Client; close(): Promise<void> }> {
  const factory = createServerFactory({
    ...parts,
    version: "0.0.0",
    instructions,
    requestStateKey: () => randomBytes(32),
    log: createLog("warn"),
  });
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const serving = serveStdio(factory, { transport: serverSide });
  const client = new Client(
    { name: "bench", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await client.connect(clientSide);
  return {
    client,
    async close() {
      await client.close();
      await serving.close();
    },
  };
}
