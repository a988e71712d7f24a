import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { packageRoot } from "../../src/package-root.ts";
import { emptyPlace, npm, npmEnvironment, npmPack, toolsOf } from "../fixtures/packaging.ts";

const dist = join(packageRoot, "dist");

describe("what npm would publish", () => {
  const packed = npmPack();
  const paths = packed.files.map(({ path }) => path);

  test("publint finds nothing to say", async () => {
    const { messages } = await publint({ pkgDir: packageRoot, strict: true });
    expect(messages).toEqual([]);
  });

  test("the program, its data and its words are in it", () => {
    for (const path of [
      "dist/bin.js",
      "policies/emr-serverless-spark.yaml",
      "src/operations/emr/rows/CancelJobRun.json",
      "examples/bird_strikes.py",
      "SKILL.md",
      "README.md",
      "README.zh.md",
      "LICENSE",
      ".claude-plugin/plugin.json",
    ]) {
      expect(paths).toContain(path);
    }
  });

  test("sources, tests, maps and this repository's own tools are not", () => {
    const tops = new Set(paths.map((path) => path.split("/")[0]));
    const allowed = [".claude-plugin", "dist", "examples", "policies", "prompts", "references", "src"];
    const files = ["LICENSE", "README.md", "README.zh.md", "SKILL.md", "package.json"];
    expect([...tops].filter((top) => !allowed.includes(String(top)) && !files.includes(String(top)))).toEqual([]);
    expect(paths.filter((path) => /\.(?:ts|map|log|env|pem|db)$|\.test\.|node_modules/.test(path))).toEqual([]);
  });

  test("no file of it names a folder of the machine it was built on", () => {
    const naming = paths.filter((path) => readFileSync(join(packageRoot, path)).includes(packageRoot));
    expect(naming).toEqual([]);
  });

  test("it is small", () => {
    expect(packed.size).toBeLessThan(1_300_000);
    expect(packed.unpackedSize).toBeLessThan(5_000_000);
  });

  test("the program is executable", () => {
    const { mode = 0 } = packed.files.find(({ path }) => path === "dist/bin.js") ?? {};
    expect(mode & 0o111).not.toBe(0);
  });

  test("its dependencies are the packages that dist/ loads, no more and no fewer", () => {
    const text = readdirSync(dist)
      .map((name) => readFileSync(join(dist, name), "utf8"))
      .join("\n");
    const unused = Object.keys(manifest.dependencies).filter((name) => !new RegExp(`["'\`]${name}["'\`/]`).test(text));
    expect(unused).toEqual([]);
    const imported = new Set(
      [...text.matchAll(/(?:from|import\(|require\()"([@\w][\w./@-]*)"/g)].map(([, name]) => String(name)),
    );
    const missing = [...imported].filter((name) =>
      Object.keys(manifest.devDependencies).some((dev) => `${name}/`.startsWith(`${dev}/`)),
    );
    expect(missing).toEqual([]);
    expect(imported).toContain("yaml");
  });

  test("it is published with its provenance", () => {
    expect(manifest.publishConfig).toEqual({ access: "public", provenance: true });
  });
});

describe("installed from the archive, in an empty folder with an empty home", () => {
  const place = emptyPlace();
  const bin = join(place.folder, "node_modules", ".bin", "spark-workspace-mcp");
  beforeAll(() => {
    const { filename } = npmPack(place.folder);
    const options = ["--prefix", place.folder, "--no-audit", "--no-fund"];
    npm(["install", ...options, join(place.folder, filename)], place.folder, npmEnvironment(place.env));
  }, 180_000);
  afterAll(() => place.remove());

  test("it says its version", () => {
    const { status, stdout, stderr } = spawnSync(bin, ["--version"], { env: place.env, encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  test("it lists its tools over stdio", async () => {
    expect(await toolsOf(bin, [], place.env)).toEqual(expect.arrayContaining(["get_started", "start_job_run"]));
  });

  test("of DLI as well", async () => {
    const tools = await toolsOf(bin, [], { ...place.env, SPARK_WORKSPACE_CLOUD: "dli" });
    expect(tools).toContain("submit_spark_batch");
  });

  test("it brings no package that it does not load", () => {
    const names = readdirSync(join(place.folder, "node_modules"));
    for (const name of ["zod", "commander", "typescript", "vitest"]) expect(names).not.toContain(name);
  });

  test("it writes into a client's file how this installation is started", async () => {
    const { status } = spawnSync(bin, ["install", "cursor", "--sandbox", "--write"], { env: place.env });
    expect(status).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(join(place.home, ".cursor", "mcp.json"), "utf8"));
    const { command, args, env } = mcpServers["spark-workspace"];
    expect(await toolsOf(command, args, { ...place.env, ...env })).toContain("get_started");
  });
});
