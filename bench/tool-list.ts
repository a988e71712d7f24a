import type { Tool } from "@modelcontextprotocol/client";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { listedTools as dli } from "../src/cli/listed-dli-tools.ts";
import { listedTools as emr } from "../src/cli/listed-tools.ts";
import { chooseTools } from "../src/cli/toolsets.ts";
import { connectInProcess } from "./connection.ts";

export const listedTools = { emr, dli };

/** What tools/list answers a client that chose these toolsets, or none, of a profile that speaks to this cloud. */
export async function listToolsOf(toolsets?: string, cloud: keyof typeof listedTools = "emr"): Promise<Tool[]> {
  const open = () => Promise.reject(new Error("listing opens nothing"));
  const { client, close } = await connectInProcess({ tools: chooseTools(listedTools[cloud], toolsets), open });
  try {
    return (await client.listTools()).tools;
  } finally {
    await close();
  }
}

/** What of a tool reaches a model; titles, annotations and output schemas stay with the client. */
export function seenByModel({ name, description, inputSchema }: Tool): string {
  return JSON.stringify({ name, description, inputSchema });
}

/** By o200k, within a few per cent of other models' tokenizers. */
export function tokensOf(tools: readonly Tool[]): number {
  return tools.reduce((sum, tool) => sum + countTokens(seenByModel(tool)), 0);
}
