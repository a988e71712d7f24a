import type { Command } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** The words that may stand after a command; the path of the program itself is empty. */
interface Node {
  readonly path: string;
  readonly candidates: readonly Candidate[];
}

/** The script by which a shell completes this program's commands, options and fixed arguments. */
export function completionFor(shell: Shell, program: Command): string {
  const nodes = nodesOf(program, "");
  const name = program.name();
  return { bash, zsh, fish }[shell](name, `_${name.replaceAll("-", "_")}`, nodes);
}

function nodesOf(command: Command, path: string): Node[] {
  const help = command.createHelp();
  const candidates = [
    ...help.visibleCommands(command).map((each) => ({ word: each.name(), description: each.description() })),
    ...command.registeredArguments.flatMap(({ argChoices, description }) =>
      (argChoices ?? []).map((word) => ({ word, description })),
    ),
    ...help.visibleOptions(command).map((each) => ({ word: each.long ?? each.flags, description: each.description })),
  ];
  return [
    { path, candidates },
    ...command.commands.flatMap((child) => nodesOf(child, path === "" ? child.name() : `${path} ${child.name()}`)),
  ];
}

/** Written as "path word" for the words that lead on to another node: what a shell follows from left to right. */
function steps(nodes: readonly Node[]): string[] {
  return nodes.slice(1).map(({ path }) => `"${path.includes(" ") ? path : ` ${path}`}"`);
}

function bash(name: string, fn: string, nodes: readonly Node[]): string {
  const lists = nodes.map(
    ({ path, candidates }) => `    "${path}") words="${candidates.map(({ word }) => word).join(" ")}" ;;`,
  );
  return `# ${name}: completion for bash
${fn}() {
  local path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${steps(nodes).join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${lists.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F ${fn} ${name}
`;
}

function zsh(name: string, fn: string, nodes: readonly Node[]): string {
  const lists = nodes.map(({ path, candidates }) => {
    const described = candidates.map(({ word, description }) => quoted(`${word}:${description}`));
    return `    "${path}") candidates=(${described.join(" ")}) ;;`;
  });
  return `#compdef ${name}
${fn}() {
  local at="" word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${steps(nodes).join("|")}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${lists.join("\n")}
  esac
  _describe ${name} candidates || _files
}
if [ "$funcstack[1]" = "${fn}" ]; then ${fn} "$@"; else compdef ${fn} ${name}; fi
`;
}

function fish(name: string, fn: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, candidates }) =>
    candidates.map(({ word, description }) => {
      // Where a command has to follow, a file cannot.
      const noFiles = word.startsWith("-") ? "" : " -f";
      const described = `-a ${quoted(word)} -d ${quoted(description.replaceAll("\\", "\\\\"))}`;
      return `complete -c ${name}${noFiles} -n '${fn}_at "${path}"' ${described}`;
    }),
  );
  return `# ${name}: completion for fish
function ${fn}_at
  set -l at ""
  for word in (commandline -opc)[2..]
    switch "$at $word"
      case ${steps(nodes).join(" ")}
        set at (string trim -- "$at $word")
    end
  end
  test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}

/** One word to bash and zsh; fish reads \\' within quotes, and '\\'' as well. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
