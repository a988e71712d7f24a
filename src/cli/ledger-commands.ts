import type { Command } from "commander";
import type { ListOptions } from "./commands/audit.ts";

/** The commands that look into the ledger: what was recorded, and what nobody knows the end of. */
export function addLedgerCommands(program: Command, exit: (code: number) => void): void {
  const audit = program.command("audit").description("who asked for what, who approved it, when and how");
  audit
    .command("list")
    .description("the newest records")
    .option("--since <time>", "a time, or how long ago: 30m, 24h, 7d")
    .option("--operation <name>", "for example CancelJobRun")
    .option("--outcome <word>", "done, refused, approved, declined, unknown, or a code")
    .option("--limit <number>", "how many at most", "50")
    .option("--json", "print JSON")
    .action(async (options: ListOptions) => exit(await (await import("./commands/audit.ts")).listAudit(options)));
  audit
    .command("show")
    .description("one record in full")
    .argument("<row>", "its number in the list")
    .action(async (row: string) => exit(await (await import("./commands/audit.ts")).showAudit(row)));
  audit
    .command("export")
    .description("print every record with its hash, oldest first")
    .option("--format <name>", "jsonl: one JSON object a line", "jsonl")
    .action(async (options: { format: string }) =>
      exit(await (await import("./commands/audit.ts")).exportAudit(options)),
    );
  audit
    .command("verify")
    .description("compute the hash chain anew and name the first bad row; exit 1 when there is one")
    .option("--head <sequence:hash>", "as an answer of the server showed it, to see what is gone from the end")
    .option("--json", "print JSON")
    .action(async (options: { head?: string; json?: boolean }) =>
      exit(await (await import("./commands/audit.ts")).verifyAudit(options)),
    );

  const intents = program.command("intents").description("requests that were sent, and those nobody knows the end of");
  intents
    .command("list")
    .description("the newest requests that change something")
    .option("--unresolved", "only those whose end is not known")
    .option("--json", "print JSON")
    .action(async (options: { unresolved?: boolean; json?: boolean }) =>
      exit(await (await import("./commands/intents.ts")).listIntents(options)),
    );
  intents
    .command("resolve")
    .description("say what became of one, at a terminal, after looking it up")
    .argument("<id>", "its number in the list")
    .option("--happened", "it took effect")
    .option("--did-not-happen", "it did not; the same request may be asked for again")
    .action(async (id: string, options: { happened?: boolean; didNotHappen?: boolean }) =>
      exit(await (await import("./commands/intents.ts")).resolveIntent(id, options)),
    );
}
