import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { emptyPlace, npm, npmEnvironment, npmPack } from "../fixtures/packaging.ts";

/** The client itself, fetched for these tests alone: it is 240 MB and no part of the project's dependencies. */
const client = "@anthropic-ai/claude-code@2.1.197";
const place = emptyPlace();
const installed = join(place.folder, "node_modules", manifest.name);
// Nothing of a session that runs these tests reaches the client: no login, no settings, no telemetry.
const env = { ...place.env, DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };

beforeAll(() => {
  const { filename } = npmPack(place.folder);
  const options = ["--prefix", place.folder, "--no-audit", "--no-fund", "--ignore-scripts"];
  npm(["install", ...options, client, join(place.folder, filename)], place.folder, npmEnvironment(place.env));
}, 180_000);
afterAll(() => place.remove());

function claude(...args: string[]) {
  const native = `claude-code-${process.platform}-${process.arch}`;
  const program = join(place.folder, "node_modules", "@anthropic-ai", native, "claude");
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: place.home,
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, output: `${stdout}${stderr}` };
}

test("Claude Code connects to the server that `install claude-code --write` told it of", () => {
  const bin = join(installed, "dist", "bin.js");
  const install = [bin, "install", "claude-code", "--sandbox", "--write"];
  expect(spawnSync(process.execPath, install, { env, encoding: "utf8" })).toMatchObject({ status: 0 });
  const { status, output } = claude("mcp", "list");
  expect(status).toBe(0);
  expect(output).toMatch(/^spark-workspace: .*bin\.js - .*Connected$/m);
});

test("Claude Code keeps its own settings beside the entry", () => {
  claude("mcp", "add", "--scope", "user", "other", "--", "true");
  const { mcpServers } = JSON.parse(readFileSync(join(place.home, ".claude.json"), "utf8"));
  expect(Object.keys(mcpServers)).toEqual(["spark-workspace", "other"]);
});

test.each(["plugin.json", "marketplace.json"])("Claude Code finds %s valid, warnings included", (name) => {
  expect(claude("plugin", "validate", "--strict", join(installed, ".claude-plugin", name))).toMatchObject({
    status: 0,
  });
});

test("Claude Code installs the plugin from its marketplace, with the skill", () => {
  expect(claude("plugin", "marketplace", "add", installed)).toMatchObject({ status: 0 });
  expect(claude("plugin", "install", `spark-workspace@${manifest.name}`)).toMatchObject({ status: 0 });
  const { output } = claude("plugin", "details", "spark-workspace");
  expect(output).toContain(`spark-workspace ${manifest.version}`);
  expect(output).toMatch(/Skills \(1\) +spark-workspace-mcp/);
});

test("the plugin's own server is the published version, and Claude Code connects to it", () => {
  // npx finds the version asked for above the home, as it does in a project that depends on it, and fetches nothing.
  const { output } = claude("mcp", "list");
  const start = `npx -y ${manifest.name}@${manifest.version}`;
  expect(output).toMatch(new RegExp(`^plugin:spark-workspace:spark-workspace: ${start} - .*Connected$`, "m"));
});
