import { Command, CommanderError } from "commander";
import type { RamOptions } from "./commands/ram.ts";
import type { GrantOptions } from "./commands/standing.ts";
import { addInstallCommands } from "./install-commands.ts";
import { addLedgerCommands } from "./ledger-commands.ts";
import { addTeamCommands } from "./team-commands.ts";
import { version } from "./version.ts";

/** Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused, 4 awaiting approval, 5 outcome unknown. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const { program, exitCode } = buildProgram();
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode();
  } catch (error) {
    // Commander has printed what is wrong; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

/** Every command with its arguments and options, and the exit code of the one that ran. */
export function buildProgram(): { program: Command; exitCode: () => number } {
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
    .option("--toolsets <names>", "which tools to show: all, or names joined by commas")
    .action(async ({ http, toolsets }: { http?: string; toolsets?: string }) => {
      const { serveOnHttp, serveOnStdio } = await import("./commands/serve.ts");
      exitCode = http === undefined ? await serveOnStdio(toolsets) : await serveOnHttp(http, toolsets);
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
    .command("approvals")
    .description("list the requests that wait for a person")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { listApprovals } = await import("./commands/approvals.ts");
      exitCode = await listApprovals(options);
    });

  for (const [name, verdict] of [
    ["approve", "approved"],
    ["reject", "declined"],
  ] as const) {
    program
      .command(name)
      .description(`show a waiting request in full and ${name} it, at a terminal`)
      .argument("<plan-id>", "its id, or enough of the beginning to tell it apart")
      .action(async (id: string) => {
        const { decidePlan } = await import("./commands/approvals.ts");
        exitCode = await decidePlan(id, verdict);
      });
  }

  const approver = program.command("approver").description("the authenticator app without which nothing is approved");
  approver
    .command("enroll")
    .description("tie an authenticator app to approvals, at a terminal")
    .action(async () => {
      const { enrolApprover } = await import("./commands/approver.ts");
      exitCode = await enrolApprover();
    });
  approver
    .command("remove")
    .description("take the app away again; needs a code of it")
    .action(async () => {
      const { removeApprover } = await import("./commands/approver.ts");
      exitCode = await removeApprover();
    });
  approver
    .command("status")
    .description("say whether an app is enrolled")
    .action(async () => {
      const { approverStatus } = await import("./commands/approver.ts");
      exitCode = approverStatus();
    });

  program
    .command("doctor")
    .description("say what is missing on this machine and how to fix it")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { runDoctor } = await import("./commands/doctor.ts");
      exitCode = await runDoctor(options);
    });

  const policy = program.command("policy").description("show the policy");
  policy
    .command("explain")
    .description("print the effective rule of an operation and where it comes from")
    .argument("<operation>", "for example CancelJobRun")
    .option("--environment <name>", "what it needs in the workspaces of one environment, for example production")
    .action(async (operation: string, options: { environment?: string }) => {
      const { explainPolicy } = await import("./commands/policy.ts");
      exitCode = explainPolicy(operation, options);
    });
  policy
    .command("ram")
    .description("print the least that RAM (DLI: IAM) has to admit, and what it cannot express")
    .option("--toolsets <names>", "for which tools: all, or names joined by commas")
    .option("--cloud <name>", "emr or dli (default: the profile's)")
    .option("--json", "print JSON")
    .action(async (options: RamOptions) => {
      const { printAccessPolicy } = await import("./commands/ram.ts");
      exitCode = await printAccessPolicy(options);
    });

  const standing = program.command("standing").description("what a person allows in advance, within bounds");
  standing
    .command("grant")
    .description("allow requests in advance; asks the person at this terminal")
    .argument("<operation>", "for example StartJobRun")
    .requiredOption("--workspace <id>", "the workspace they may name")
    .requiredOption("--uses <number>", "how many requests, at most 100", Number)
    .requiredOption("--for <time>", "how long, for example 90m, 8h or 7d, which is the most")
    .option("--queue <name>", "for StartJobRun: the queue")
    .option("--name <pattern>", "for StartJobRun: job names, * stands for any text")
    .option("--cu <number>", "for StartJobRun: CU a job may take at full size", Number)
    .option("--cu-hours <number>", "for StartJobRun: CU-hours a job may cost", Number)
    .option("--principal <name>", "over HTTP: whose calls; absent: calls on this machine")
    .action(async (operation: string, options: GrantOptions) => {
      const { grantStanding } = await import("./commands/standing.ts");
      exitCode = await grantStanding(operation, options);
    });
  standing
    .command("list")
    .description("what was allowed in advance, and how much of it is left")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { listStanding } = await import("./commands/standing.ts");
      exitCode = listStanding(options);
    });
  standing
    .command("revoke")
    .description("take one back at once")
    .argument("<id>", "its number in the list")
    .action(async (id: string) => {
      const { revokeStanding } = await import("./commands/standing.ts");
      exitCode = revokeStanding(id);
    });

  const webhooks = program
    .command("webhooks")
    .description("where it is told what waits for a person, and which jobs ended");
  webhooks
    .command("list")
    .description("their names, formats and events; no addresses")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { listWebhooks } = await import("./commands/webhooks.ts");
      exitCode = await listWebhooks(options);
    });
  webhooks
    .command("test")
    .description("send a test message and print what the other side answered")
    .argument("[name]", "one of them; absent: all")
    .action(async (name?: string) => {
      const { testWebhooks } = await import("./commands/webhooks.ts");
      exitCode = await testWebhooks(name);
    });

  addInstallCommands(program, (code) => {
    exitCode = code;
  });
  addLedgerCommands(program, (code) => {
    exitCode = code;
  });
  addTeamCommands(program, (code) => {
    exitCode = code;
  });

  return { program, exitCode: () => exitCode };
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CommanderError(2, "port", `--port is ${text}; allowed are 0 to 65535, for example 7332`);
  }
  return port;
}
