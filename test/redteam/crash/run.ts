import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "esbuild";
import { expect } from "vitest";
import { packageRoot } from "../../../src/package-root.ts";
import type { FaultKind } from "../../../src/sandbox/faults.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { onCleanUp } from "../../doubles/sandbox-emr.ts";
import type { CrashOrder } from "./child.ts";

/** Submissions by processes that are killed again and again, and what they said of them. */
export interface Crashes {
  /** Name of a job -> its id, as the process that finished it says. */
  finished: Map<string, string>;
  /** Where they died, and how often. */
  died: Map<string, number>;
  killed: number;
  /** The names that the submissions carried, in order. */
  sent: string[];
}

export interface CrashPlan {
  sandbox: Sandbox;
  order: Omit<CrashOrder, "names" | "dieAt" | "aheadMs">;
  kills: number;
  lanes: number;
  /** How long an answer is held back that is held back. */
  slowMs: number;
}

/** Before and after six writes to the ledger, one of them twice; before, during and after the request. */
const pointsOfOne = 17;
/** What the network does to a submission meanwhile, now and then. */
const faults: readonly FaultKind[] = [
  "resetAfterEffect",
  "serverErrorAfterEffect",
  "resetBeforeEffect",
  "slowAfterEffect",
];

/** As many submissions as kills. */
export async function runCrashes({ sandbox, order, kills, lanes, slowMs }: CrashPlan): Promise<Crashes> {
  const program = await bundledChild();
  const finished = new Map<string, string>();
  const died = new Map<string, number>();
  const sent: string[] = [];
  let left = kills;

  async function lane(number: number): Promise<void> {
    const names = Array.from({ length: kills / lanes }, (_, each) => `job-${number}-${each}`);
    let aheadMs = 0;
    for (;;) {
      const remaining = names.filter((name) => !finished.has(name));
      if (remaining.length === 0) return;
      const mayDie = left > 0;
      if (mayDie) left -= 1;
      const kind = faults[Math.floor(Math.random() * faults.length * 3)];
      if (kind) sandbox.faults.set([{ operation: order.operation, kind, times: 1, delayMs: slowMs }]);
      // Some are killed from outside, in the midst of whatever they do: a transaction, an fsync, a read.
      const fromOutside = mayDie && Math.random() < 1 / 5;
      const dieAt = mayDie && !fromOutside ? 1 + Math.floor(Math.random() * pointsOfOne) : undefined;
      const { lines, signal, errors } = await runChild(
        program,
        { ...order, names: remaining, aheadMs, ...(dieAt !== undefined && { dieAt }) },
        fromOutside ? Math.random() * 120 : undefined,
      );
      for (const line of lines) {
        const [word = "", name = "", id = ""] = line.split(" ");
        if (word === "done") finished.set(name, id);
        else if (word === "dies") count(died, `${name} ${id}`);
        else if (word === "sends") sent.push(name);
        else if (word === "waited") aheadMs = Number(name);
      }
      if (signal === "SIGKILL" && fromOutside) count(died, "from outside");
      if (signal !== "SIGKILL" && mayDie) left += 1;
      expect(errors, "a gateway may be killed, it may not fail").toBe("");
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  const killed = [...died.values()].reduce((sum, each) => sum + each, 0);
  console.log(
    `${killed} kills at ${died.size} kinds of points, ${sent.length} submissions sent for ${finished.size} jobs: ` +
      [...died]
        .toSorted((a, b) => b[1] - a[1])
        .map(([name, times]) => `${times} ${name}`)
        .join(", "),
  );
  return { finished, died, killed, sent };
}

/** Bundled, because a process is started 200 times and reading a hundred TypeScript files each time takes longer than the rest. */
async function bundledChild(): Promise<string> {
  // Within the package, so that what is not bundled is found.
  const folder = mkdtempSync(join(packageRoot, "node_modules", ".crash-"));
  onCleanUp(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    absWorkingDir: packageRoot,
    entryPoints: { child: "test/redteam/crash/child.ts" },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "warning",
  });
  return join(folder, "child.js");
}

interface Ran {
  lines: string[];
  signal: NodeJS.Signals | null;
  errors: string;
}

/** @param killAfterMs counted from its first word */
function runChild(program: string, order: CrashOrder, killAfterMs?: number): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, JSON.stringify(order)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: join(dirname(program), "cache") },
    });
    const stop = new AbortController();
    const killLater = (afterMs: number) =>
      delay(afterMs, undefined, { signal: stop.signal }).then(
        () => child.kill("SIGKILL"),
        () => undefined,
      );
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      if (output.stdout === "" && killAfterMs !== undefined) void killLater(killAfterMs);
      output.stdout += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      output.stderr += String(chunk);
    });
    child.on("close", (_code, signal) => {
      stop.abort();
      resolve({ lines: output.stdout.split("\n").filter((line) => line !== ""), signal, errors: output.stderr });
    });
  });
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
