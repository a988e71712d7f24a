import { Worker } from "node:worker_threads";
import type { ParseResult } from "./types.ts";

/** The worker keeps a grammar of some 100 MB in memory. */
const idleMs = 5 * 60_000;

interface Running {
  worker: Worker;
  waiting: Map<number, (results: readonly ParseResult[] | string) => void>;
}

let running: Running | undefined;
let idle: NodeJS.Timeout | undefined;
let sequence = 0;

/** What the parser says of each text, or why it said nothing: "timeout" when it was ended for taking too long. */
export async function parseAll(texts: readonly string[], timeoutMs: number): Promise<readonly ParseResult[] | string> {
  clearTimeout(idle);
  running ??= start();
  const { worker, waiting } = running;
  const mine = running;
  const id = ++sequence;
  const { promise, resolve } = Promise.withResolvers<readonly ParseResult[] | string>();
  waiting.set(id, resolve);
  worker.ref();
  const timer = setTimeout(() => stop(mine, "timeout"), timeoutMs);
  worker.postMessage({ id, texts });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    waiting.delete(id);
    if (running === mine && waiting.size === 0) {
      worker.unref();
      idle = setTimeout(() => stop(mine, "idle"), idleMs);
      idle.unref();
    }
  }
}

function start(): Running {
  // Beside this file: as source, or as the bundle names it.
  const file = import.meta.url.endsWith(".ts") ? "./parse-worker.ts" : "./sql-parser.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 4 },
    // Standard output is the protocol's. Nothing is read from these two: that would keep the process from ending.
    stdout: true,
    stderr: true,
  });
  const started: Running = { worker, waiting: new Map() };
  worker.on("message", ({ id, results }: { id: number; results: readonly ParseResult[] }) => {
    started.waiting.get(id)?.(results);
  });
  worker.on("error", (error) => stop(started, error instanceof Error ? error.message : "the parser failed"));
  worker.on("exit", () => stop(started, "the parser ended"));
  return started;
}

function stop(stopped: Running, reason: string): void {
  if (running === stopped) running = undefined;
  for (const answer of stopped.waiting.values()) answer(reason);
  void stopped.worker.terminate();
}
