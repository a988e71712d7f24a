import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { getMcpConfigForManifest, unpackExtension, v0_3, validateManifest } from "@anthropic-ai/mcpb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packMcpb } from "../../scripts/pack-mcpb.ts";
import { emptyPlace, toolsOf } from "../fixtures/packaging.ts";

const place = emptyPlace();
const file = join(place.folder, "spark-workspace-mcp.mcpb");
const unpacked = join(place.folder, "unpacked");

beforeAll(async () => {
  await packMcpb(file);
  await unpackExtension({ mcpbPath: file, outputDir: unpacked, silent: true });
}, 180_000);
afterAll(() => place.remove());

/** How a client starts the bundle, after its person has filled in this much. */
async function startOf(userConfig: Record<string, string>) {
  const manifest = v0_3.McpbManifestSchema.parse(JSON.parse(readFileSync(join(unpacked, "manifest.json"), "utf8")));
  const options = { manifest, extensionPath: unpacked, systemDirs: {}, userConfig, pathSeparator: "/" };
  const config = await getMcpConfigForManifest(options);
  if (!config) throw new Error("the manifest starts nothing");
  return { command: config.command, args: config.args ?? [], env: { ...place.env, ...config.env } };
}

test("the official package finds the unpacked manifest valid", () => {
  expect(validateManifest(join(unpacked, "manifest.json"))).toBe(true);
});

test("nothing filled in, it starts and lists its tools", async () => {
  const { command, args, env } = await startOf({});
  expect(JSON.stringify({ args, env })).not.toContain("${");
  expect(await toolsOf(command, args, env)).toEqual(expect.arrayContaining(["get_started", "start_job_run"]));
});

test("DLI chosen, it lists the tools of DLI", async () => {
  const { command, args, env } = await startOf({ spark_workspace_cloud: "dli" });
  expect(await toolsOf(command, args, env)).toContain("submit_spark_batch");
});

test("the packages that the first call needs are in it, those for development are not", () => {
  for (const name of ["ali-oss", "dt-sql-parser", "yaml"])
    expect(existsSync(join(unpacked, "node_modules", name))).toBe(true);
  for (const name of ["vitest", "esbuild", "zod"]) expect(existsSync(join(unpacked, "node_modules", name))).toBe(false);
});

test("it is small enough to send", () => {
  expect(statSync(file).size).toBeLessThan(16_000_000);
});
