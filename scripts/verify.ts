/**
 * Everything that must hold: the build, the checks, all tests with real Spark, and the policy's branch coverage. Ends
 * with the red team's scorecard and `N passed, N failed`, where the build, every check, the coverage and the card count
 * as one each, and exits 1 when anything failed.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/package-root.ts";
import { printed, withScorecard } from "./scorecard.ts";

interface Count {
  passed: number;
  failed: number;
}

/** What of vitest's JSON report is read here. */
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  /** Files; one that cannot be loaded fails without a single test. */
  testResults: { status: string; assertionResults: unknown[] }[];
}

const { ran, card } = withScorecard((recording) => [build(), checks(), tests(recording), policyCoverage()]);
const parts = [...ran, { passed: card.holds ? 1 : 0, failed: card.holds ? 0 : 1 }];
const passed = parts.reduce((sum, part) => sum + part.passed, 0);
const failed = parts.reduce((sum, part) => sum + part.failed, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${printed(card)}\n`);
console.log(`${passed} passed, ${failed} failed`);

function build(): Count {
  console.log("build");
  const ok = runScript("build.ts").status === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

function checks(): Count {
  console.log("checks");
  const { stdout, status } = runScript("check.ts", "pipe");
  console.log(stdout.trimEnd());
  const ended = (mark: string) => stdout.split("\n").filter((line) => line.startsWith(`${mark} `)).length;
  const count = { passed: ended("ok"), failed: ended("FAIL") };
  return atLeastOneFailed(count, status !== 0);
}

function tests(environment: Record<string, string>): Count {
  const folder = mkdtempSync(join(tmpdir(), "verify-"));
  const file = join(folder, "report.json");
  try {
    const vitest = join(packageRoot, "node_modules", "vitest", "vitest.mjs");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const { status } = run([vitest, "run", ...reporters], "inherit", environment);
    return atLeastOneFailed(countOf(JSON.parse(readFileSync(file, "utf8")) as VitestReport), status !== 0);
  } catch (error) {
    console.log(`vitest wrote no report: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The core's tests once more, a few seconds: collected in the whole run, coverage would slow down everything. */
function policyCoverage(): Count {
  const vitest = join(packageRoot, "node_modules", "vitest", "vitest.mjs");
  const { status } = run([vitest, "run", "--coverage", "--config", "vitest.core.config.ts"], "inherit");
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
}

function countOf(report: VitestReport): Count {
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloaded.length };
}

/** A program that says it failed is believed even when nothing it listed did; so is one that ran nothing. */
function atLeastOneFailed(count: Count, saysFailed: boolean): Count {
  const hasNothing = count.passed + count.failed === 0;
  return (saysFailed || hasNothing) && count.failed === 0 ? { ...count, failed: 1 } : count;
}

function runScript(name: string, stdout: "inherit" | "pipe" = "inherit") {
  return run([join(packageRoot, "scripts", name)], stdout);
}

function run(
  args: readonly string[],
  stdout: "inherit" | "pipe",
  environment: Record<string, string> = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, {
    cwd: packageRoot,
    stdio: ["ignore", stdout, "inherit"],
    encoding: "utf8",
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
}
