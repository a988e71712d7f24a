import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { packageRoot } from "../src/package-root.ts";

/** Nothing that is measured here takes longer unless it hangs. */
const deadlineMs = 60_000;

export const program: string = join(packageRoot, "dist", "bin.js");

const clientInfo = { name: "bench", version: "1.0.0" };
const requests = {
  initialize: request(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo }),
  initialized: { jsonrpc: "2.0", method: "notifications/initialized" },
  legacyList: request(2, "tools/list", {}),
  modernList: request(1, "tools/list", {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": clientInfo,
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  }),
};

export interface Listed {
  /** From spawn until the list was read. */
  ms: number;
  /** Resident memory at that moment, where the system tells (Linux). */
  residentMiB: number | undefined;
}

/** A 2026-07-28 client: its first request is tools/list. */
export function listModern(environment: NodeJS.ProcessEnv): Promise<Listed> {
  return listTools(environment, async ({ ask }) => ask(requests.modernList));
}

/** A client of the 2025 era: initialize, initialized, tools/list. */
export function listLegacy(environment: NodeJS.ProcessEnv): Promise<Listed> {
  return listTools(environment, async ({ ask, tell }) => {
    await ask(requests.initialize);
    tell(requests.initialized);
    return ask(requests.legacyList);
  });
}

/** `node -e 0`, from spawn to exit: what no program for Node can do without. */
export async function runNothing(environment: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  await ended(child);
  return performance.now() - started;
}

/** Memory of a Node that waits for input and does nothing else. */
export async function idleMemory(environment: NodeJS.ProcessEnv): Promise<number | undefined> {
  const source = "process.stdin.resume(); process.stdout.write('.')";
  const child = spawn(process.execPath, ["-e", source], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  return using(child, async () => {
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return residentMiB(child.pid);
  });
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

interface Connection {
  tell(message: object): void;
  ask(message: object): Promise<Readonly<Record<string, unknown>>>;
}

async function listTools(
  environment: NodeJS.ProcessEnv,
  speak: (connection: Connection) => Promise<Readonly<Record<string, unknown>>>,
): Promise<Listed> {
  const started = performance.now();
  const child = spawn(process.execPath, [program], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  return using(child, async () => {
    const result = await speak(connect(child));
    const ms = performance.now() - started;
    if (!Array.isArray(result.tools) || result.tools.length === 0) throw new Error("tools/list answered no tools");
    return { ms, residentMiB: residentMiB(child.pid) };
  });
}

function connect(child: Child): Connection {
  const lines = linesOf(child.stdout);
  const tell = (message: object) => void child.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    tell,
    async ask(message) {
      tell(message);
      const line = await lines.next();
      if (line.done) throw new Error(`the program ended without an answer to ${JSON.stringify(message)}`);
      const answer = JSON.parse(line.value) as { result?: Record<string, unknown> };
      if (!answer.result) throw new Error(`the program answered ${line.value}`);
      return answer.result;
    },
  };
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Ends the child by the end of its input, as clients do, or by force when it does not heed that. */
async function using<T>(child: Child, work: () => Promise<T>): Promise<T> {
  const over = ended(child);
  const kill = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
  try {
    return await Promise.race([
      work(),
      over.then(() => {
        throw new Error("the program ended before it answered");
      }),
    ]);
  } finally {
    child.stdin.end();
    child.stdout.resume();
    await over;
    clearTimeout(kill);
  }
}

function ended(child: Child): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}

function residentMiB(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

function request(id: number, method: string, params: object): object {
  return { jsonrpc: "2.0", id, method, params };
}
