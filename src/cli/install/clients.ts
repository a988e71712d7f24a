import { join } from "node:path";
import type { Launch } from "./launch.ts";

/** The name under which a client knows this server. */
export const serverName = "spark-workspace";

export const clientNames = ["claude-code", "claude-desktop", "vscode", "cursor", "codex"] as const;
export type ClientName = (typeof clientNames)[number];

/** What of a machine decides where a client keeps its settings. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface Client {
  readonly title: string;
  readonly file: string;
  readonly format: "json" | "toml";
  /** The table of servers in that file. */
  readonly key: string;
  readonly entry: Launch & { readonly type?: "stdio" };
  /** The client's own command for the same, where it has one. */
  readonly command?: readonly string[];
}

/** Where each client keeps its servers and in which form, as its documentation says. */
export function clientOf(name: ClientName, launch: Launch, machine: Machine): Client {
  const { home, environment } = machine;
  const typed = { type: "stdio", ...launch } as const;
  const start = [launch.command, ...launch.args];
  switch (name) {
    case "claude-code":
      return {
        title: "Claude Code",
        file: join(environment.CLAUDE_CONFIG_DIR || home, ".claude.json"),
        format: "json",
        key: "mcpServers",
        entry: typed,
        command: ["claude", "mcp", "add-json", "--scope", "user", serverName, JSON.stringify(typed)],
      };
    case "claude-desktop":
      return {
        title: "Claude Desktop",
        file: join(applicationData(machine), "Claude", "claude_desktop_config.json"),
        format: "json",
        key: "mcpServers",
        entry: launch,
      };
    case "vscode":
      return {
        title: "VS Code",
        file: join(applicationData(machine), "Code", "User", "mcp.json"),
        format: "json",
        key: "servers",
        entry: typed,
        command: ["code", "--add-mcp", JSON.stringify({ name: serverName, ...typed })],
      };
    case "cursor":
      return {
        title: "Cursor",
        file: join(home, ".cursor", "mcp.json"),
        format: "json",
        key: "mcpServers",
        entry: typed,
      };
    case "codex":
      return {
        title: "Codex",
        file: join(environment.CODEX_HOME || join(home, ".codex"), "config.toml"),
        format: "toml",
        key: "mcp_servers",
        entry: launch,
        command: [
          "codex",
          "mcp",
          "add",
          serverName,
          ...Object.entries(launch.env ?? {}).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]),
          "--",
          ...start,
        ],
      };
  }
}

function applicationData({ platform, home, environment }: Machine): string {
  if (platform === "darwin") return join(home, "Library", "Application Support");
  if (platform === "win32") return environment.APPDATA || join(home, "AppData", "Roaming");
  return environment.XDG_CONFIG_HOME || join(home, ".config");
}
