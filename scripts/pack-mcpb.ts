/** Packs the bundle that desktop clients install by a click: `node scripts/pack-mcpb.ts [FILE]`. Needs dist/. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { packExtension } from "@anthropic-ai/mcpb";
import { packageRoot } from "../src/package-root.ts";
import { bundleManifest } from "./packaging/manifests.ts";
import { productionModules } from "./packaging/production-modules.ts";

export async function packMcpb(file: string): Promise<void> {
  if (!existsSync(join(packageRoot, "dist", "bin.js"))) throw new Error("dist/bin.js does not exist: npm run build");
  const folder = mkdtempSync(join(tmpdir(), "mcpb-"));
  try {
    for (const path of publishedFiles()) cpSync(join(packageRoot, path), join(folder, path));
    for (const path of productionModules()) copyModule(path, folder);
    writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(bundleManifest, null, 2)}\n`);
    const packed = await packExtension({ extensionPath: folder, outputPath: file, silent: true });
    if (!packed) throw new Error("mcpb refuses the bundle");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The very files that npm would publish. */
function publishedFiles(): string[] {
  const { status, stdout, stderr } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: packageRoot,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const answer: unknown = JSON.parse(stdout);
  // npm 11 answers with a list, npm 12 with an object by name.
  const [packed] = Object.values(answer as Record<string, { files: { path: string }[] }>);
  return packed?.files.map(({ path }) => path) ?? [];
}

/** Packages within it have entries of their own; a link would lead out of the bundle, or round in it. */
function copyModule(path: string, folder: string): void {
  const from = join(packageRoot, path);
  const isWanted = (source: string) => source !== join(from, "node_modules") && !lstatSync(source).isSymbolicLink();
  cpSync(from, join(folder, path), { recursive: true, filter: isWanted });
}

if (import.meta.main) {
  const file = resolve(process.argv[2] ?? "spark-workspace-mcp.mcpb");
  await packMcpb(file);
  console.log(file);
}
