import { type Command, InvalidArgumentError } from "commander";
import { roles } from "../policy/roles.ts";

/** The people that a server on HTTP lets in. */
export function addTeamCommands(program: Command, exit: (code: number) => void): void {
  const team = program.command("team").description("the people a server on HTTP lets in, and what each may do");
  team
    .command("add")
    .description("take a person in and print their token and approval key, once")
    .argument("<name>", "one word, for example ann or ann@example.com")
    .requiredOption("--role <role>", `${roles.join(", ")}; may be given several times`, collect)
    .option("--no-token", "for somebody who comes with a JWT of the same name")
    .action(async (name: string, { role, token }: { role: string[]; token: boolean }) =>
      exit((await import("./commands/team.ts")).addPerson(name, role, { tokenless: !token })),
    );
  team
    .command("list")
    .description("who is in the team, without any secret")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => exit((await import("./commands/team.ts")).listTeam(options)));
  team
    .command("remove")
    .description("take a person out at once")
    .argument("<name>", "as the list has it")
    .action(async (name: string) => exit((await import("./commands/team.ts")).removePerson(name)));
  team
    .command("check")
    .description("say whether team.yaml is in order; exit 1 when it is not")
    .action(async () => exit((await import("./commands/team.ts")).checkTeam()));
}

function collect(value: string, before: string[] = []): string[] {
  if (!roles.some((role) => role === value)) throw new InvalidArgumentError(`Allowed are ${roles.join(", ")}.`);
  return [...before, value];
}
