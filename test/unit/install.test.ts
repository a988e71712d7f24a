import { parse as parseToml } from "@decimalturn/toml-patch";
import { expect, test } from "vitest";
import { clientNames, clientOf } from "../../src/cli/install/clients.ts";
import { differenceOf } from "../../src/cli/install/difference.ts";
import { snippetOf, withEntry } from "../../src/cli/install/edit.ts";
import { launchOf } from "../../src/cli/install/launch.ts";

const machine = { platform: "linux", home: "/home/ann", environment: {} } as const;
const installation = {
  root: "/opt/spark-workspace-mcp",
  node: "/usr/bin/node",
  platform: "linux",
  name: "spark-workspace-mcp",
  version: "1.2.3",
} as const;
const launch = launchOf(installation, {});
const cursor = clientOf("cursor", launch, machine);
const codex = clientOf("codex", launch, machine);

function edited(text: string, place: Parameters<typeof withEntry>[1]): string {
  const result = withEntry(text, place);
  if (!result.ok) throw new Error(result.problem);
  return result.text;
}

test("each client is told to start this installation by its own Node", () => {
  for (const name of clientNames) {
    const { entry } = clientOf(name, launch, machine);
    expect(entry).toMatchObject({ command: "/usr/bin/node", args: ["/opt/spark-workspace-mcp/dist/bin.js"] });
    expect(entry.env).toBeUndefined();
  }
});

test("run by npx, a client is told to fetch the same version, as npx forgets where it put it", () => {
  const passing = { ...installation, root: "/home/ann/.npm/_npx/0a1b/node_modules/spark-workspace-mcp" };
  expect(launchOf(passing, {})).toEqual({ command: "npx", args: ["-y", "spark-workspace-mcp@1.2.3"] });
  expect(launchOf({ ...passing, platform: "win32" }, {})).toEqual({
    command: "cmd",
    args: ["/c", "npx", "-y", "spark-workspace-mcp@1.2.3"],
  });
});

test("a cloud and the sandbox are asked for by name", () => {
  expect(launchOf(installation, { cloud: "dli" }).env).toEqual({ SPARK_WORKSPACE_CLOUD: "dli" });
  expect(launchOf(installation, { sandbox: true }).env).toEqual({ SPARK_WORKSPACE_PROFILE: "sandbox" });
  expect(launchOf(installation, { cloud: "dli", sandbox: true }).env).toEqual({
    SPARK_WORKSPACE_CLOUD: "dli",
    SPARK_WORKSPACE_PROFILE: "sandbox-dli",
  });
});

test.each([
  ["linux", "claude-desktop", "/home/ann/.config/Claude/claude_desktop_config.json"],
  ["darwin", "claude-desktop", "/home/ann/Library/Application Support/Claude/claude_desktop_config.json"],
  ["linux", "vscode", "/home/ann/.config/Code/User/mcp.json"],
  ["darwin", "vscode", "/home/ann/Library/Application Support/Code/User/mcp.json"],
  ["linux", "claude-code", "/home/ann/.claude.json"],
  ["linux", "cursor", "/home/ann/.cursor/mcp.json"],
  ["linux", "codex", "/home/ann/.codex/config.toml"],
] as const)("on %s the file of %s is %s", (platform, name, file) => {
  expect(clientOf(name, launch, { ...machine, platform }).file).toBe(file);
});

test("folders that a client was moved to are followed", () => {
  const moved = { ...machine, environment: { CLAUDE_CONFIG_DIR: "/c", CODEX_HOME: "/x", XDG_CONFIG_HOME: "/g" } };
  expect(clientOf("claude-code", launch, moved).file).toBe("/c/.claude.json");
  expect(clientOf("codex", launch, moved).file).toBe("/x/config.toml");
  expect(clientOf("vscode", launch, moved).file).toBe("/g/Code/User/mcp.json");
});

test("an empty file becomes the snippet that is printed", () => {
  expect(JSON.parse(edited("", cursor))).toEqual(JSON.parse(snippetOf(cursor)));
  expect(edited("", codex).trimEnd()).toBe(snippetOf(codex));
});

test("comments, other servers and other settings of a JSON file stay", () => {
  const text =
    '{\n\t// mine\n\t"theme": "dark", // keep\n\t"mcpServers": {\n\t\t"other": { "command": "x" },\n\t},\n}\n';
  const result = edited(text, cursor);
  expect(result).toContain("// mine");
  expect(result).toContain('"theme": "dark", // keep');
  expect(result).toMatch(/\n\t\t"spark-workspace": \{\n\t\t\t"type": "stdio"/);
});

test("comments, other servers and other settings of a TOML file stay, byte for byte", () => {
  const text = '# mine\nmodel = "x" # keep\n\n[mcp_servers.other]\ncommand = "y"\n\n[tui]\ntheme = \'dark\'\n';
  const result = edited(text, codex);
  expect(result.startsWith(text)).toBe(true);
  expect(parseToml(result)).toMatchObject({ mcp_servers: { "spark-workspace": { command: "/usr/bin/node" } } });
});

test("an entry that is there keeps its other fields and variables", () => {
  const json = {
    mcpServers: { "spark-workspace": { command: "old", timeout: 9, env: { ALIBABA_CLOUD_REGION_ID: "a" } } },
  };
  const place = clientOf("cursor", launchOf(installation, { cloud: "emr" }), machine);
  expect(JSON.parse(edited(JSON.stringify(json), place)).mcpServers["spark-workspace"]).toEqual({
    type: "stdio",
    command: "/usr/bin/node",
    args: ["/opt/spark-workspace-mcp/dist/bin.js"],
    timeout: 9,
    env: { ALIBABA_CLOUD_REGION_ID: "a", SPARK_WORKSPACE_CLOUD: "emr" },
  });
  const toml = '[mcp_servers.spark-workspace]\ncommand = "old" # was\nargs = []\nstartup_timeout_sec = 20\n';
  const result = edited(toml, codex);
  expect(result).toContain('command = "/usr/bin/node" # was');
  expect(result).toContain("startup_timeout_sec = 20");
});

test("an earlier choice of the sandbox goes when an account is wanted", () => {
  const sandbox = clientOf("cursor", launchOf(installation, { sandbox: true }), machine);
  const first = edited("", sandbox);
  expect(first).toContain('"SPARK_WORKSPACE_PROFILE": "sandbox"');
  expect(edited(first, cursor)).not.toContain("SPARK_WORKSPACE_PROFILE");
  const own = first.replace('"sandbox"', '"team"');
  expect(edited(own, cursor)).toContain('"SPARK_WORKSPACE_PROFILE": "team"');
});

test("what is as wanted already is not touched", () => {
  for (const place of [cursor, codex]) {
    const once = edited("", place);
    expect(edited(once, place)).toBe(once);
  }
});

test.each([
  ["JSON that is broken", '{"mcpServers": ', cursor],
  ["JSON that is a list", "[]", cursor],
  ["servers that are no table", '{"mcpServers": []}', cursor],
  ["TOML that is broken", "[mcp_servers", codex],
  ["TOML whose servers are in a line", "mcp_servers = { a = { command = 'x' } }\n", codex],
])("%s is refused", (_, text, place) => {
  expect(withEntry(text, place)).toMatchObject({ ok: false });
});

test("the difference shows what is written and hides every other string of the file", () => {
  const before = '{"mcpServers":{"other":{"command":"run","env":{"API_TOKEN":"s3cret"}}}}';
  const shown = differenceOf(before, edited(before, cursor), ["stdio", "/usr/bin/node", ...launch.args]);
  expect(shown).not.toContain("s3cret");
  expect(shown).toContain('"API_TOKEN"');
  expect(shown).toContain('"/usr/bin/node"');
});

test("lines that do not change are not part of the difference", () => {
  const before = '{\n  "theme": "dark",\n  "mcpServers": {}\n}\n';
  expect(differenceOf(before, edited(before, cursor), [])).not.toContain("theme");
});
