import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type Implementation,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";

/** Who asks: said with every request since 2026-07-28, once for the connection before. */
export interface Client {
  era: "legacy" | "modern";
  capabilities: ClientCapabilities | undefined;
  /** For the record and for the person who is asked; a client may call itself anything. */
  name: string;
}

export function clientOf(ctx: ServerContext, { server }: McpServer, era: Client["era"]): Client {
  // The SDK checks these members against the protocol's schema before any handler sees them, but types them as nothing.
  const envelope = ctx.mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  const capabilities = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const info = envelope?.[CLIENT_INFO_META_KEY] as Implementation | undefined;
  return {
    era,
    capabilities: capabilities ?? server.getClientCapabilities(),
    name: nameOf(info ?? server.getClientVersion(), ctx.http?.authInfo?.clientId),
  };
}

function nameOf(info: Implementation | undefined, principal: string | undefined): string {
  const name = info ? `${info.name} ${info.version}` : "unknown client";
  return principal === undefined ? name : `${name}, ${principal}`;
}
