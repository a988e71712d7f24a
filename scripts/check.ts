/** Everything that can be wrong without running the product: types, style, drift of generated files, walls, policy. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kyuubiRows } from "../src/operations/kyuubi/rows.ts";
import { obsRows } from "../src/operations/obs/rows.ts";
import { ossRows } from "../src/operations/oss/rows.ts";
import { dliIndex, findOperation, operationIndex } from "../src/operations/registry.ts";
import type { OperationRow } from "../src/operations/types.ts";
import { packageRoot } from "../src/package-root.ts";
import { policyProblems } from "../src/policy/check.ts";
import { policyFileNames } from "../src/policy/files.ts";
import { loadPolicy } from "../src/policy/load.ts";
import { brokenWalls } from "./check-rooms.ts";
import { generatedFiles } from "./generated-files.ts";

const checks: ReadonlyArray<readonly [string, () => readonly string[]]> = [
  ["types", () => run("tsc", "-p", ".")],
  ["style", () => run("biome", "check", "--error-on-warnings", ".")],
  ["generated files", driftedFiles],
  ["walls between rooms", brokenWalls],
  ["policy covers the registry", policyAgainstRegistry],
  ["lockfile holds no address and lacks nothing", lockfileProblems],
];

let failed = 0;
for (const [name, check] of checks) {
  const problems = check();
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}`);
  for (const problem of problems) console.log(`     ${problem}`);
  if (problems.length > 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;

function run(command: string, ...args: string[]): string[] {
  const result = spawnSync(join(packageRoot, "node_modules", ".bin", command), args, {
    cwd: packageRoot,
    encoding: "utf8",
  });
  return result.status === 0 ? [] : `${result.stdout}${result.stderr}`.trim().split("\n");
}

function driftedFiles(): string[] {
  return [...generatedFiles()].flatMap(([path, content]) => {
    const file = join(packageRoot, path);
    const current = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    return current === content ? [] : [`${path} is not what \`npm run generate\` writes`];
  });
}

function policyAgainstRegistry(): readonly string[] {
  const read = (name: string) => ({ name, text: readFileSync(join(packageRoot, "policies", name), "utf8") });
  const { emr, dli, limits } = policyFileNames;
  const loaded = loadPolicy({ rules: [...emr, ...dli].map(read), limits: read(limits) });
  if (!loaded.ok) return loaded.problems;
  const indexed = [...operationIndex, ...dliIndex].map(({ name }) => findOperation(name));
  const rows = [...indexed, ...ossRows, ...obsRows, ...kyuubiRows];
  return policyProblems(
    loaded.policy,
    rows.filter((row): row is OperationRow => row !== undefined),
  );
}

function lockfileProblems(): string[] {
  const text = readFileSync(join(packageRoot, "package-lock.json"), "utf8");
  const addresses = /"resolved": "https?:/.test(text) ? ["package-lock.json names download addresses"] : [];
  // npm install beside an existing node_modules leaves out other platforms' packages, and npm ci then refuses the lock.
  const { packages } = JSON.parse(text) as Lockfile;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages))
      .map((name) => `package-lock.json has no entry for ${name}, which ${path} names`),
  );
  return [...addresses, ...missing];
}

interface Lockfile {
  packages: Record<string, { optionalDependencies?: Record<string, string> }>;
}
