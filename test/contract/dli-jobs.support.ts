import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach } from "vitest";
import type { DliError } from "../../src/sandbox/dli/answers.ts";
import { type DliContext, defaultDliTimings } from "../../src/sandbox/dli/context.ts";
import { usedCuOf } from "../../src/sandbox/dli/jobs/batch-use.ts";
import { createJobHandlers } from "../../src/sandbox/dli/jobs/index.ts";
import type { JobLinks, JobPackage } from "../../src/sandbox/dli/jobs/links.ts";
import { openStore } from "../../src/sandbox/store.ts";
import { createDoubleSparkEngine } from "../doubles/spark-engine.ts";
import { createDoubleSqlEngine } from "../doubles/sql-engine.ts";

/** The job handlers of DLI over double engines, with queues, variables and packages as a test says. */

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (let step = cleanUps.pop(); step; step = cleanUps.pop()) await step();
});

export interface Ground {
  dataFolder: string;
  queues: Map<string, { queueType: "sql" | "general"; cuCount: number }>;
  variables: Map<string, string>;
  packages: Map<string, JobPackage>;
  /** Added to the time. */
  clock: { ahead: number };
}

export function newGround(): Ground {
  const dataFolder = mkdtempSync(join(tmpdir(), "dli-jobs-"));
  cleanUps.push(() => rmSync(dataFolder, { recursive: true, force: true }));
  mkdirSync(join(dataFolder, "storage", "lake"), { recursive: true });
  return {
    dataFolder,
    queues: new Map([
      ["etl", { queueType: "general", cuCount: 16 }],
      ["bi", { queueType: "sql", cuCount: 16 }],
    ]),
    variables: new Map(),
    packages: new Map(),
    clock: { ahead: 0 },
  };
}

/** A sandbox on this ground; closed by the test or after it. */
export function openJobs(ground: Ground = newGround(), options: { withoutSql?: boolean } = {}) {
  const engine = createDoubleSparkEngine();
  // Nothing to tell, so that logs hold what a test is about.
  engine.prepare = async () => ({ sparkHome: "/nowhere", sparkVersion: "0.0.0" });
  const sql = createDoubleSqlEngine();
  const store = openStore(join(ground.dataFolder, "state.db"));
  const steps: (() => unknown)[] = [() => store.close()];
  const context: DliContext = {
    store,
    engine,
    ...(options.withoutSql ? {} : { sqlEngine: sql }),
    sqlReaped: Promise.resolve(),
    storageFolder: join(ground.dataFolder, "storage"),
    regionId: "cn-north-4",
    projectId: "0123456789abcdef0123456789abcdef",
    domainId: "abcdef0123456789abcdef0123456789",
    userName: "tester",
    timings: { ...defaultDliTimings, recoveryDelayMs: 20 },
    now: () => Date.now() + ground.clock.ahead,
    onClose: (step) => steps.push(step),
  };
  const handlers = createJobHandlers(context, linksTo(ground));
  const close = async () => {
    for (let step = steps.pop(); step; step = steps.pop()) await step();
  };
  cleanUps.push(close);
  return { ground, context, engine, sql, handlers, close };
}

export type Jobs = ReturnType<typeof openJobs>;

function linksTo(ground: Ground): JobLinks {
  return {
    findQueue(name) {
      const queue = ground.queues.get(name.toLowerCase());
      return queue && { queueName: name.toLowerCase(), ...queue };
    },
    queueRoom(name, context) {
      return { maxCu: ground.queues.get(name)?.cuCount ?? 0, usedCu: usedCuOf(name, context) };
    },
    hasDatabase: (name) => name === "known",
    findVariable: (name) => ground.variables.get(name),
    findPackage: (path) => ground.packages.get(path),
    packagesIn: (group) =>
      [...ground.packages].filter(([path]) => path.startsWith(`${group}/`)).map(([, member]) => member),
  };
}

export type Members = Record<string, unknown>;
type Handlers = Jobs["handlers"];

/** The answer's body; throws where it is a refusal. */
export async function ask<Name extends keyof Handlers>(
  jobs: Jobs,
  name: Name,
  input: Parameters<Handlers[Name]>[0],
): Promise<Members> {
  const answer = await answerOf(jobs, name, input);
  if ("error" in answer) throw new Error(JSON.stringify(answer.error));
  return answer.body as Members;
}

export async function refusal<Name extends keyof Handlers>(
  jobs: Jobs,
  name: Name,
  input: Parameters<Handlers[Name]>[0],
): Promise<DliError> {
  const answer = await answerOf(jobs, name, input);
  if ("error" in answer) return answer.error;
  throw new Error(`answered: ${JSON.stringify(answer.body)}`);
}

async function answerOf<Name extends keyof Handlers>(jobs: Jobs, name: Name, input: Parameters<Handlers[Name]>[0]) {
  // A union of functions is called with what all of them take; the names tie this one to its own.
  const handler = jobs.handlers[name] as (input: unknown, context: DliContext) => ReturnType<Handlers[Name]>;
  return handler(input, jobs.context);
}

export async function until(
  condition: () => unknown | Promise<unknown>,
  what = "what the test waits for",
): Promise<void> {
  for (const deadline = Date.now() + 5000; Date.now() < deadline; await delay(5)) {
    if (await condition()) return;
  }
  throw new Error(`Not within 5 s: ${what}`);
}
