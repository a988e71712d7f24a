import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { completionFor, shells } from "../../src/cli/commands/completion.ts";
import { buildProgram } from "../../src/cli/program.ts";

const { program } = buildProgram();

/** What bash would offer for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${completionFor("bash", program)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spark_workspace_mcp; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script, "bash", "spark-workspace-mcp", ...words], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split("\n");
}

test("bash completes every command of the program", () => {
  const names = program.commands.map((command) => command.name());
  expect(names.length).toBeGreaterThan(10);
  expect(offered("")).toEqual(expect.arrayContaining(names));
});

test("bash completes the beginning of a command", () => {
  expect(offered("compl")).toEqual(["completion"]);
});

test("bash completes commands below a command", () => {
  expect(offered("approver", "en")).toEqual(["enroll"]);
});

test("bash completes the options of the command before them, whatever stands between", () => {
  expect(offered("standing", "grant", "StartJobRun", "--work")).toEqual(["--workspace"]);
});

test("bash completes arguments that are one of a few words", () => {
  expect(offered("install", "c")).toEqual(["claude-code", "claude-desktop", "cursor", "codex"]);
});

test.each(shells)("the script for %s knows every command and every option", (shell) => {
  const script = completionFor(shell, program);
  for (const command of program.commands) {
    expect(script).toContain(command.name());
    for (const { long } of command.options) expect(script).toContain(long);
  }
});

test("a description with an apostrophe stays one word", () => {
  for (const shell of ["zsh", "fish"] as const) expect(completionFor(shell, program)).toContain("profile'\\''s");
});
