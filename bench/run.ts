/** `npm run bench -- [--json] [--only NAME]...`: measures what the project promises about speed and footprint. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/package-root.ts";
import { lineOf, type Measured } from "./figures.ts";
import { measureGateway } from "./gateway.ts";
import { measureJob } from "./job.ts";
import { measureSandbox } from "./sandbox.ts";
import { program } from "./spawned.ts";
import { measureSql } from "./sql.ts";
import { measureStartup } from "./startup.ts";
import { measureTokens } from "./tokens.ts";

type Benchmark = (folder: string, progress: (line: string) => void) => Promise<Measured>;

const benchmarks: Readonly<Record<string, Benchmark>> = {
  startup: measureStartup,
  tokens: measureTokens,
  gateway: measureGateway,
  sandbox: measureSandbox,
  job: measureJob,
  sql: measureSql,
};

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
  });
  const names = values.only ?? Object.keys(benchmarks);
  const unknown = names.find((name) => benchmarks[name] === undefined);
  if (unknown !== undefined) {
    console.error(`--only is ${unknown}; allowed are ${Object.keys(benchmarks).join(", ")}`);
    return 2;
  }
  if (isStale()) build();

  const startedAt = new Date().toISOString();
  const folder = mkdtempSync(join(tmpdir(), "spark-workspace-bench-"));
  const results: Record<string, Measured> = {};
  try {
    for (const name of names) {
      console.error(name);
      const own = join(folder, name);
      mkdirSync(own);
      const figures = (await benchmarks[name]?.(own, (line) => console.error(`  ... ${line}`))) ?? [];
      for (const figure of figures) console.error(lineOf(figure));
      results[name] = figures;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (values.json) {
    const machine = {
      node: process.version,
      platform: process.platform,
      cores: availableParallelism(),
      load: loadavg(),
    };
    console.log(JSON.stringify({ startedAt, machine, results }, null, 2));
  }
  return 0;
}

/** What is bundled, newer than the bundle? */
function isStale(): boolean {
  if (!existsSync(program)) return true;
  const built = statSync(program).mtimeMs;
  const sources = ["src", "tools"].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  return [...sources, "package.json", "package-lock.json", join("scripts", "build.ts")].some(
    (file) => statSync(join(packageRoot, file)).mtimeMs > built,
  );
}

function build(): void {
  console.error("building dist");
  const { status, stderr } = spawnSync(process.execPath, [join(packageRoot, "scripts", "build.ts")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
}
