import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "install-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function install(...args: string[]) {
  return spawnSync(process.execPath, [join(packageRoot, "src", "cli", "bin.ts"), "install", ...args], {
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      HOME: home,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: "key-of-ann",
      HUAWEICLOUD_SDK_SK: "key-of-ann",
    },
  });
}

const fileOfCursor = () => join(home, ".cursor", "mcp.json");

test("without --write the file and its content are shown and nothing is written", () => {
  const { status, stdout } = install("cursor", "--cloud", "dli");
  expect(status).toBe(0);
  expect(stdout).toContain(fileOfCursor());
  expect(stdout).toContain('"SPARK_WORKSPACE_CLOUD": "dli"');
  expect(readdirSync(home)).toEqual([]);
});

test("with --write a new file is made, after it was shown, and no credential of the environment is in it", () => {
  const { status, stdout } = install("cursor", "--sandbox", "--write");
  expect(status).toBe(0);
  expect(stdout).toContain('+    "spark-workspace": {');
  const text = readFileSync(fileOfCursor(), "utf8");
  expect(JSON.parse(text)).toMatchObject({
    mcpServers: { "spark-workspace": { env: { SPARK_WORKSPACE_PROFILE: "sandbox" } } },
  });
  expect(stdout + text).not.toContain("key-of-ann");
  expect(readdirSync(join(home, ".cursor"))).toEqual(["mcp.json"]);
});

test("a file that was there is kept beside the new one", () => {
  mkdirSync(join(home, ".cursor"));
  const before = '{ "mcpServers": { "other": { "command": "x" } } }\n';
  writeFileSync(fileOfCursor(), before);
  expect(install("cursor", "--write").status).toBe(0);
  const [backup] = readdirSync(join(home, ".cursor")).filter((name) => name.endsWith(".bak"));
  expect(readFileSync(join(home, ".cursor", String(backup)), "utf8")).toBe(before);
  expect(JSON.parse(readFileSync(fileOfCursor(), "utf8"))).toMatchObject({ mcpServers: { other: { command: "x" } } });
});

test("a second time nothing is written", () => {
  install("codex", "--write");
  const { status, stdout } = install("codex", "--write");
  expect(status).toBe(0);
  expect(stdout).toContain("nothing was written");
  expect(readdirSync(join(home, ".codex"))).toEqual(["config.toml"]);
});

test("a link to a file kept elsewhere stays a link", () => {
  mkdirSync(join(home, ".cursor"));
  writeFileSync(join(home, "kept.json"), "{}");
  symlinkSync(join(home, "kept.json"), fileOfCursor());
  expect(install("cursor", "--write").status).toBe(0);
  expect(lstatSync(fileOfCursor()).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(home, "kept.json"), "utf8")).toContain("spark-workspace");
});

test("a file that cannot be read as what it should be is left alone", () => {
  mkdirSync(join(home, ".cursor"));
  writeFileSync(fileOfCursor(), "{ broken");
  const { status, stderr } = install("cursor", "--write");
  expect(status).toBe(1);
  expect(stderr).toContain("Nothing was written");
  expect(readFileSync(fileOfCursor(), "utf8")).toBe("{ broken");
});

test("an unknown client is bad usage and the known ones are named", () => {
  const { status, stderr } = install("emacs", "--write");
  expect(status).toBe(2);
  expect(stderr).toContain("claude-code, claude-desktop, vscode, cursor, codex");
  expect(existsSync(fileOfCursor())).toBe(false);
});
