import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/program.ts";
import { splitWords } from "../../src/jobs/submit/quoting.ts";
import { packageRoot } from "../../src/package-root.ts";

/** What the guides tell a reader to type. */

export interface Page {
  file: string;
  text: string;
}

/** The pages a person reads, in this order; decisions give reasons and no commands. */
export const pages: readonly Page[] = [
  "README.md",
  "README.zh.md",
  ...readdirSync(join(packageRoot, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "SKILL.md",
].map((file) => ({ file, text: readFileSync(join(packageRoot, file), "utf8") }));

/**
 * `<!-- runs: 0 4 -->`, `<!-- runs on dli: 0 -->`: with the exit code of each call of the program.
 * `<!-- runs in test/e2e/x.test.ts -->`: that test runs it. `<!-- not run: why -->`.
 */
export type Mark =
  | { kind: "runs"; cloud: "emr" | "dli"; codes: readonly string[] }
  | { kind: "runs-in"; test: string }
  | { kind: "not-run"; why: string };

export interface Block {
  file: string;
  line: number;
  language: string;
  text: string;
  mark: Mark | undefined;
}

export const blocks: readonly Block[] = pages.flatMap(({ file, text }) =>
  [...text.matchAll(/^(?:<!-- (.+) -->\n)?```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, mark, language = "", body = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    return { file, line, language, text: body, mark: mark === undefined ? undefined : markOf(mark) };
  }),
);

export const shellBlocks = blocks.filter(({ language }) => /^(sh|bash|zsh|shell|console)$/.test(language));

function markOf(text: string): Mark | undefined {
  const [, cloud, codes] = /^runs( on dli)?: (\d(?: \d)*)$/.exec(text) ?? [];
  if (codes !== undefined) return { kind: "runs", cloud: cloud ? "dli" : "emr", codes: codes.split(" ") };
  const [, test] = /^runs in (test\/[\w./-]+\.test\.ts)$/.exec(text) ?? [];
  if (test !== undefined) return { kind: "runs-in", test };
  const [, why] = /^not run: (.+)$/.exec(text) ?? [];
  return why === undefined ? undefined : { kind: "not-run", why };
}

/** One command a line: continued lines joined, what is fed to a program left out. */
export function commandLines(script: string): string[] {
  return script
    .replace(/(<<'(\w+)'.*\n)[\s\S]*?^\2$/gm, "$1")
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** Words of each call of the program in a script, with the script's own variables and files put in. */
export function callsIn(script: string): string[][] {
  const files = [...script.matchAll(/^cat > (\S+) <<'(\w+)'\n([\s\S]*?)^\2$/gm)];
  const variables = [...script.matchAll(/^(\w+)=(\S+)$/gm)];
  return commandLines(script).flatMap((line) => {
    const words = callOf(line);
    if (words === undefined) return [];
    const expanded = words.map((word) => {
      const fed = files.reduce((text, [, name = "", , body = ""]) => text.replace(`$(cat ${name})`, body), word);
      return variables.reduce((text, [, name = "", value = ""]) => text.replaceAll(`$${name}`, value), fed);
    });
    return [expanded];
  });
}

/** `spark-workspace-mcp audit list | head` -> audit, list. */
export function callOf(line: string): string[] | undefined {
  const [, rest] = /^(?:spark-workspace-mcp|\S*node \S*dist\/bin\.js)(?: (.*))?$/.exec(line.trim()) ?? [];
  return rest === undefined ? undefined : wordsOf(rest);
}

export function wordsOf(text: string): string[] {
  const split = splitWords(text);
  if ("problem" in split) return [];
  const end = split.findIndex(({ text: word, quoted }) => !quoted && /^(\||>|&&|;|#)/.test(word));
  return (end < 0 ? split : split.slice(0, end)).map((word) => word.text);
}

export const { program } = buildProgram();

/** `audit list` -> the command; what is left of the words. */
export function commandOf(words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command: Command = program;
  let rest = words;
  for (;;) {
    const next: Command | undefined = command.commands.find((each) => each.name() === rest[0]);
    if (next === undefined) return { command, rest };
    command = next;
    rest = rest.slice(1);
  }
}

/** What the program would not take. `named` alone: a mention, which may leave arguments out. */
export function problemsOf(words: readonly string[], named = false): string[] {
  const { command, rest } = commandOf(words);
  if (command === program) {
    return rest.length === 0 || /^--(version|help)$/.test(rest[0] ?? "") ? [] : [`there is no command ${rest[0]}`];
  }
  const given = new Set<string>();
  const problems: string[] = [];
  let operands = 0;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? "";
    if (!word.startsWith("-")) {
      operands++;
      continue;
    }
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (option === undefined) {
      if (word !== "--help") problems.push(`${command.name()} has no ${word}`);
      continue;
    }
    given.add(option.attributeName());
    if (option.required && ++at >= rest.length && !named) problems.push(`${word} needs a value`);
  }
  if (command.commands.length > 0) {
    return operands > 0 || !named ? [...problems, `${command.name()} has no command ${rest[0] ?? ""}`] : problems;
  }
  const taken = command.registeredArguments;
  if (operands > taken.length && !taken.some(({ variadic }) => variadic)) {
    problems.push(`${command.name()} takes no ${rest.at(-1)}`);
  }
  if (named) return problems;
  if (operands < taken.filter(({ required }) => required).length) problems.push(`${command.name()} lacks an argument`);
  const missing = command.options.filter((option) => option.mandatory && !given.has(option.attributeName()));
  return [...problems, ...missing.map(({ long }) => `${command.name()} lacks ${long}`)];
}

/** Commands of the program that do something, such as `audit list`. */
export function leaves(command: Command = program): string[] {
  return command.commands.flatMap((each) =>
    each.commands.length === 0 ? [each.name()] : leaves(each).map((leaf) => `${each.name()} ${leaf}`),
  );
}
