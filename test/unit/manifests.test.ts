import { readFileSync } from "node:fs";
import { join } from "node:path";
import { v0_3 } from "@anthropic-ai/mcpb";
import { expect, test } from "vitest";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };
import { bundleManifest, manifestFiles } from "../../scripts/packaging/manifests.ts";
import { settings } from "../../scripts/packaging/settings.ts";
import { packageRoot } from "../../src/package-root.ts";

function manifestFile(path: string): unknown {
  return JSON.parse(manifestFiles().get(path) ?? "");
}

/** The rules of the registry's schema of 2025-12-11 for what is used here, written down by hand. */
const registryRules = z.strictObject({
  $schema: z.literal("https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: z
    .string()
    .max(255)
    .regex(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/),
  packages: z
    .array(
      z.strictObject({
        registryType: z.literal("npm"),
        identifier: z.string(),
        version: z.string().regex(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/),
        runtimeHint: z.literal("npx"),
        transport: z.strictObject({ type: z.literal("stdio") }),
        environmentVariables: z.array(
          z.strictObject({
            name: z.string(),
            description: z.string(),
            isRequired: z.boolean(),
            isSecret: z.boolean(),
            choices: z.array(z.string()).optional(),
            default: z.string().optional(),
          }),
        ),
      }),
    )
    .length(1),
});

test("server.json is as the registry wants it and names the npm package that claims its name", () => {
  const entry = registryRules.parse(manifestFile("server.json"));
  expect(entry.name).toBe(manifest.mcpName);
  expect(entry.packages[0]?.identifier).toBe(manifest.name);
});

test("every manifest has the version of package.json, wherever it names one", () => {
  const texts = [...manifestFiles().values(), JSON.stringify(bundleManifest)];
  const versions = texts.flatMap((text) => [...text.matchAll(/"version": ?"([^"]+)"|spark-workspace-mcp@([\w.-]+)/g)]);
  expect(versions).toHaveLength(6);
  for (const [, field, pinned] of versions) expect(field ?? pinned).toBe(manifest.version);
});

test("the manifests in the repository are those that are generated", () => {
  for (const [path, content] of manifestFiles()) expect(readFileSync(join(packageRoot, path), "utf8")).toBe(content);
});

test("the bundle's manifest passes the official schema", () => {
  expect(v0_3.McpbManifestSchema.safeParse(bundleManifest).error).toBeUndefined();
});

test("the plugin of the marketplace is the one in the same folder", () => {
  const plugin = manifestFile(".claude-plugin/plugin.json");
  const marketplace = manifestFile(".claude-plugin/marketplace.json");
  const { name } = z.object({ name: z.string() }).parse(plugin);
  expect(marketplace).toMatchObject({ plugins: [{ name, source: "./" }] });
});

test("what a person is asked for is a documented setting, and keys are asked for as secrets", () => {
  const documented = readFileSync(join(packageRoot, "docs", "configuration.md"), "utf8");
  for (const { variable, secret } of settings) {
    expect(documented).toContain(`\`${variable}\``);
    expect(secret === true, variable).toBe(/ACCESS_KEY|_AK$|_SK$/.test(variable));
  }
});

test("no manifest holds a default for a secret", () => {
  for (const setting of settings.filter(({ secret }) => secret)) expect(setting.default).toBeUndefined();
});
