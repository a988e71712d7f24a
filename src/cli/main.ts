import { serveOnStdio } from "./commands/serve.ts";

/**
 * No argument, or `serve` alone: MCP on stdio, which is what clients start. Everything else is parsed by a library
 * that a client's start should not pay for.
 * @returns exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || (args.length === 1 && args[0] === "serve")) return serveOnStdio();
  const { runCommand } = await import("./program.ts");
  return runCommand(args[0]?.startsWith("--toolsets") ? ["serve", ...args] : args);
}
