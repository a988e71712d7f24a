/**
 * Who may import whom. A room imports only from the rooms listed for it, and from itself.
 * Returns one sentence for each import that breaks this.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, normalize, relative } from "node:path";
import { packageRoot } from "../src/package-root.ts";

const mayImport: Readonly<Record<string, readonly string[]>> = {
  cli: [
    "server",
    "tools",
    "gateway",
    "policy",
    "team",
    "approval",
    "notify",
    "ledger",
    "clouds",
    "operations",
    "jobs",
    "sandbox",
  ],
  server: ["tools", "gateway", "policy", "jobs", "operations"],
  tools: ["gateway", "policy", "jobs", "operations"],
  gateway: ["policy", "approval", "ledger", "clouds", "operations", "jobs"],
  notify: ["gateway", "policy", "ledger", "clouds", "operations", "jobs"],
  approval: ["policy", "ledger", "operations"],
  team: ["policy"],
  ledger: ["policy", "operations"],
  clouds: ["operations", "jobs"],
  policy: ["operations", "jobs"],
  jobs: [],
  operations: [],
  sandbox: ["operations"],
};

export function brokenWalls(): string[] {
  const files = [...sourceFiles("src"), ...sourceFiles("tools")];
  return files.flatMap((file) => {
    const from = roomOf(file);
    return importsOf(file).flatMap((target) => {
      const to = roomOf(target);
      if (to === undefined || from === undefined || to === from || mayImport[from]?.includes(to)) return [];
      return [`${file} imports ${target}, but ${from} may not import ${to}`];
    });
  });
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(packageRoot, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier]) =>
    relative(packageRoot, normalize(join(packageRoot, file, "..", specifier ?? ""))),
  );
}

/** `src/gateway/steps/1-parse.ts` -> gateway; a file directly under src belongs to no room. */
function roomOf(file: string): string | undefined {
  const [top, second, third] = file.split(/[/\\]/);
  if (top === "tools") return "tools";
  return top === "src" && third !== undefined ? second : undefined;
}
