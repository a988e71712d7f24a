/**
 * Mutation testing of the policy and the gateway: each small change of their code should make some test fail.
 * Prints the survivors, then the score of each file and in all; the reports are left as JSON and HTML in
 * node_modules/.cache/mutation/. `npm run mutate -- src/policy/strength.ts` takes one file. What is done when a module
 * is loaded, such as building a table, is changed only with `--static`, which takes many times as long.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/package-root.ts";

/** Each stands on its own tests. */
const rooms = [
  {
    name: "policy",
    files: "src/policy/**/*.ts",
    // The words of explanations: a table of prose, pinned by snapshots in both languages.
    without: ["**/*.gen.ts", "src/policy/explain-words.ts"],
    tests: ["test/unit/policy-*.test.ts", "test/unit/standing.test.ts"],
  },
  {
    name: "gateway",
    files: "src/gateway/**/*.ts",
    without: [],
    tests: ["test/unit/gateway*.test.ts", "test/unit/intents.test.ts", "test/unit/minting.test.ts"],
  },
];

/** What of the report's schema is read here. */
interface Report {
  files: Record<string, { mutants: { status: string }[] }>;
}

interface Score {
  detected: number;
  undetected: number;
}

const stryker = join(packageRoot, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
const folder = join(packageRoot, "node_modules", ".cache", "mutation");
const wanted = process.argv.slice(2).filter((argument) => argument !== "--static");
const environment = { ...process.env, ...(process.argv.includes("--static") && { MUTATION_STATIC: "1" }) };

const scores: [file: string, Score][] = [];
for (const room of rooms) {
  const files = wanted.filter((file) => file.startsWith(`src/${room.name}/`));
  if (wanted.length > 0 && files.length === 0) continue;
  const mutate = [...(files.length > 0 ? files : [room.files]), ...room.without.map((pattern) => `!${pattern}`)];
  scores.push(...scoresOf(mutateRoom(room.name, mutate, room.tests)));
}
print(scores);

function mutateRoom(name: string, mutate: readonly string[], tests: readonly string[]): Report {
  const report = join(folder, `${name}.json`);
  rmSync(report, { force: true });
  // Outside of the tree, where neither checks nor tests come across the copies that are changed.
  const copies = mkdtempSync(join(tmpdir(), "mutation-"));
  const lists = ["--mutate", mutate.join(","), "--testFiles", tests.join(",")];
  const { status } = spawnSync(process.execPath, [stryker, "run", "--tempDirName", copies, ...lists], {
    cwd: packageRoot,
    stdio: "inherit",
    env: { ...environment, MUTATION_REPORT: join(folder, name) },
  });
  rmSync(copies, { recursive: true, force: true });
  if (status !== 0 || !existsSync(report)) {
    console.error(`Stryker ended without a report on ${name}.`);
    process.exit(1);
  }
  return JSON.parse(readFileSync(report, "utf8")) as Report;
}

/** A change that lets a test run into its time limit was noticed as well. */
function scoresOf({ files }: Report): [string, Score][] {
  return Object.entries(files).map(([file, { mutants }]) => {
    const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
    return [file, { detected: count("Killed", "Timeout"), undetected: count("Survived", "NoCoverage") }];
  });
}

function print(ofFiles: readonly [string, Score][]): void {
  console.log(`\n${"file".padEnd(45)}${"mutants".padStart(9)}${"survived".padStart(10)}${"score".padStart(10)}`);
  for (const [file, score] of ofFiles) line(file, score);
  const sum = (member: keyof Score) => ofFiles.reduce((total, [, score]) => total + score[member], 0);
  line("in all", { detected: sum("detected"), undetected: sum("undetected") });
}

function line(name: string, { detected, undetected }: Score): void {
  const mutants = detected + undetected;
  const score = mutants === 0 ? "-" : `${((100 * detected) / mutants).toFixed(1)} %`;
  console.log(
    `${name.padEnd(45)}${String(mutants).padStart(9)}${String(undetected).padStart(10)}${score.padStart(10)}`,
  );
}
