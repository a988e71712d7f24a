import { figure, type Measured } from "./figures.ts";
import { listToolsOf, tokensOf } from "./tool-list.ts";

export const mostTools = 20;
export const mostTokens = 4_000;

/** What the tools cost every conversation before a word is said. */
export async function measureTokens(): Promise<Measured> {
  const tools = await listToolsOf();
  const dli = await listToolsOf(undefined, "dli");
  return [
    figure("tools in the default tools/list", "tools", [tools.length], { aim: mostTools }),
    figure("tokens of name, description and inputSchema (o200k)", "tokens", [tokensOf(tools)], { aim: mostTokens }),
    figure("the same of a DLI profile", "tokens", [tokensOf(dli)], { aim: mostTokens }),
    ...tools.map((tool) => figure(tool.name, "tokens", [tokensOf([tool])])).toSorted((a, b) => b.median - a.median),
  ];
}
