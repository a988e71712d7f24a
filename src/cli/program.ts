import { Command, CommanderError } from "commander";
import { version } from "./version.ts";

/** Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused, 4 awaiting approval, 5 outcome unknown. */
export async function runCommand(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("spark-workspace-mcp")
    .description("MCP server for serverless Spark, behind a policy layer. Without a command: serve on stdio.")
    .version(version)
    .exitOverride()
    .configureHelp({ helpWidth: 80 });

  program
    .command("serve")
    .description("serve MCP on stdio, or on HTTP")
    .option("--http <host:port>", "Streamable HTTP at /mcp, for example 127.0.0.1:7333")
    .action(async (options: { http?: string }) => {
      const { serveOnHttp, serveOnStdio } = await import("./commands/serve.ts");
      exitCode = options.http === undefined ? await serveOnStdio() : await serveOnHttp(options.http);
    });

  program
    .command("sandbox")
    .description("run the cloud on this machine until interrupted")
    .option("--port <number>", "port of the control plane (default: any free one)", toPort)
    .option("--data <folder>", "where its state and files live")
    .option("--print-env", "print the exports that official clients need, then go on running")
    .action(async (options: { port?: number; data?: string; printEnv?: boolean }) => {
      const { runSandbox } = await import("./commands/sandbox.ts");
      exitCode = await runSandbox(options);
    });

  program
    .command("call")
    .description("run one tool and print its result as JSON")
    .argument("<tool>", "name of a tool")
    .argument("[json]", "its arguments as a JSON object", "{}")
    .action(async (tool: string, json: string) => {
      const { callTool } = await import("./commands/call.ts");
      exitCode = await callTool(tool, json);
    });

  program
    .command("doctor")
    .description("say what is missing on this machine and how to fix it")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { runDoctor } = await import("./commands/doctor.ts");
      exitCode = await runDoctor(options);
    });

  program
    .command("policy")
    .description("show the policy")
    .command("explain")
    .description("print the effective rule of an operation and where it comes from")
    .argument("<operation>", "for example CancelJobRun")
    .action(async (operation: string) => {
      const { explainPolicy } = await import("./commands/policy.ts");
      exitCode = explainPolicy(operation);
    });

  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed what is wrong; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CommanderError(2, "port", `--port is ${text}; allowed are 0 to 65535, for example 7332`);
  }
  return port;
}
