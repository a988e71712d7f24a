import { Argument, type Command, Option } from "commander";
import { type Shell, shells } from "./commands/completion.ts";
import type { InstallOptions } from "./commands/install.ts";
import { type ClientName, clientNames } from "./install/clients.ts";

/** What connects this program to an assistant and to a shell. */
export function addInstallCommands(program: Command, done: (exitCode: number) => void): void {
  program
    .command("install")
    .description("show what a client needs to start this server, and write it there when told to")
    .addArgument(new Argument("<client>", "the client").choices(clientNames))
    .addOption(
      new Option("--cloud <name>", "emr or dli (default: what the credentials are of)").choices(["emr", "dli"]),
    )
    .option("--sandbox", "the cloud on this machine, whatever credentials there are")
    .option("--write", "show the difference, write it, keep the file as it was beside it")
    .action(async (client: ClientName, options: InstallOptions) => {
      const { installFor } = await import("./commands/install.ts");
      done(installFor(client, options));
    });

  program
    .command("completion")
    .description("print the script by which a shell completes commands and options")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .action(async (shell: Shell) => {
      const { completionFor } = await import("./commands/completion.ts");
      console.log(completionFor(shell, program).trimEnd());
      done(0);
    });
}
