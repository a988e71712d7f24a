import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/sqlite.ts";
import { verifyChain } from "../../src/ledger/verify.ts";
import { packageRoot } from "../../src/package-root.ts";
import type { FaultKind } from "../../src/sandbox/faults.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox } from "../doubles/sandbox-emr.ts";
import type { CrashOrder } from "../fixtures/crash-child.ts";
import { isQuick, score } from "./scorecard/record.ts";

/** However often and wherever the submitting process is killed, and whatever the network does: one job for each intent. */

const kills = isQuick ? 20 : 200;
const intents = kills;
const lanes = 2;
/** Before and after six writes to the ledger, one of them twice; before, during and after the request. */
const pointsOfOne = 17;
/** What the network does to a submission meanwhile, now and then. */
const faults: readonly FaultKind[] = [
  "resetAfterEffect",
  "serverErrorAfterEffect",
  "resetBeforeEffect",
  "slowAfterEffect",
];

test(`${kills} kills in ${intents} submissions leave ${intents} jobs`, async () => {
  const { sandbox, call } = await openSandbox();
  const workspaceId = await newWorkspace(call, 1_000);
  const program = await bundledChild();
  const ledgerFile = join(newDataFolder(), "ledger.db");
  const { emrEndpoint, regionId, accessKeyId, accessKeySecret } = sandbox;
  const finished = new Map<string, string>();
  const died = new Map<string, number>();
  let left = kills;

  async function lane(number: number): Promise<void> {
    const names = Array.from({ length: intents / lanes }, (_, each) => `job-${number}-${each}`);
    for (;;) {
      const remaining = names.filter((name) => !finished.has(name));
      if (remaining.length === 0) return;
      const mayDie = left > 0;
      if (mayDie) left -= 1;
      const kind = faults[Math.floor(Math.random() * faults.length * 3)];
      if (kind) sandbox.faults.set([{ operation: "StartJobRun", kind, times: 1, delayMs: 30 }]);
      const order: CrashOrder = {
        ledgerFile,
        emrEndpoint,
        regionId,
        accessKeyId,
        accessKeySecret,
        workspaceId,
        names: remaining,
      };
      // Some are killed from outside, in the midst of whatever they do: a transaction, an fsync, a read.
      const fromOutside = mayDie && Math.random() < 1 / 5;
      if (mayDie && !fromOutside) order.dieAt = 1 + Math.floor(Math.random() * pointsOfOne);
      const { lines, signal, errors } = await runChild(program, order, fromOutside ? Math.random() * 120 : undefined);
      for (const line of lines) {
        const [word, name = "", jobRunId = ""] = line.split(" ");
        if (word === "done") finished.set(name, jobRunId);
        else if (word === "dies") count(died, `${name} ${jobRunId}`);
      }
      if (signal === "SIGKILL" && fromOutside) count(died, "from outside");
      if (signal !== "SIGKILL" && mayDie) left += 1;
      expect(errors, "a gateway may be killed, it may not fail").toBe("");
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));

  const jobs = await allJobs(call, workspaceId);
  const ledger = openLedger(ledgerFile);
  onCleanUp(() => ledger.close());
  const killed = [...died.values()].reduce((sum, each) => sum + each, 0);
  console.log(
    `${killed} kills at ${died.size} kinds of points (${died.get("from outside") ?? 0} from outside), ` +
      `${sandbox.requestLog.count("StartJobRun")} submissions received, ${jobs.length} jobs for ${intents} intents`,
  );
  console.log(
    [...died]
      .toSorted((a, b) => b[1] - a[1])
      .map(([name, times]) => `${times} ${name}`)
      .join(", "),
  );

  score("killed while it submits", {
    tries: killed,
    through: jobs.filter(([name, id]) => finished.get(name) !== id).length,
    control: {
      of: intents,
      held: [...finished].filter(([name, id]) => jobs.some(([n, i]) => n === name && i === id)).length,
    },
  });
  expect(killed).toBeGreaterThanOrEqual(kills);
  expect(jobs).toHaveLength(intents);
  expect(Object.fromEntries(jobs)).toEqual(Object.fromEntries(finished));
  expect(ledger.listIntents({ unresolvedOnly: true, limit: 10 })).toEqual([]);
  expect(ledger.listIntents({ unresolvedOnly: false, limit: 1_000 })).toHaveLength(intents);
  expect(verifyChain(ledger.auditRows())).toMatchObject({ ok: true });
}, 300_000);

/** Bundled, because a process is started 200 times and reading a hundred TypeScript files each time takes longer than the rest. */
async function bundledChild(): Promise<string> {
  // Within the package, so that what is not bundled is found.
  const folder = mkdtempSync(join(packageRoot, "node_modules", ".crash-"));
  onCleanUp(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    absWorkingDir: packageRoot,
    entryPoints: { child: "test/fixtures/crash-child.ts" },
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

async function allJobs(
  call: Awaited<ReturnType<typeof openSandbox>>["call"],
  workspaceId: string,
): Promise<Array<[name: string, jobRunId: string]>> {
  const jobs: Array<[string, string]> = [];
  let nextToken: string | undefined;
  do {
    const page = await call("ListJobRuns", { workspaceId, maxResults: 100, nextToken });
    for (const { name = "", jobRunId = "" } of page.jobRuns ?? []) jobs.push([name, jobRunId]);
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
  return jobs;
}
