import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { packageRoot } from "../../../src/package-root.ts";
import { onCleanUp } from "../../doubles/sandbox-emr.ts";
import type { Era } from "../../fixtures/clients.ts";

/** The product's own server as a process of which every byte is seen. */
export interface RawServer {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Writes a line as it is. */
  write(line: string): void;
  call(tool: string, input: object): void;
  /** Until stdout or stderr holds it. */
  sees(text: string | RegExp): Promise<void>;
  /** Ends its input; undefined: it was still there after that time. */
  endInput(withinMs: number): Promise<{ code: number | null; tookMs: number } | undefined>;
}

export interface RawChoice {
  era: Era;
  env: Record<string, string>;
  canAsk?: boolean;
}

const patienceMs = 15_000;

export async function startRaw({ era, env, canAsk = true }: RawChoice): Promise<RawServer> {
  const child = spawn(process.execPath, [join(packageRoot, "src/cli/bin.ts")], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  onCleanUp(() => child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += String(chunk);
  });
  child.stdin.on("error", () => undefined);

  const capabilities = canAsk ? { elicitation: { form: {} } } : {};
  const clientInfo = { name: "raw", version: "1.0.0" };
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": clientInfo,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  let id = 0;
  const write = (line: string) => child.stdin.write(`${line}\n`);
  const request = (method: string, params: object) => {
    id += 1;
    const more = era === "2026-07-28" ? { _meta } : {};
    write(JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, ...more } }));
  };
  const sees = async (text: string | RegExp) => {
    const found = () =>
      [output.stdout, output.stderr].some((each) => (typeof text === "string" ? each.includes(text) : text.test(each)));
    for (const end = Date.now() + patienceMs; Date.now() < end; await delay(20)) if (found()) return;
    throw new Error(`never seen: ${String(text)}; stdout ends with ${output.stdout.slice(-500)}`);
  };

  if (era === "2025-11-25") {
    request("initialize", { protocolVersion: era, capabilities, clientInfo });
    write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
  } else request("server/discover", {});
  await sees('serverInfo"');
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    write,
    call: (name, input) => request("tools/call", { name, arguments: input }),
    sees,
    async endInput(withinMs) {
      const started = Date.now();
      const stop = new AbortController();
      const exited =
        child.exitCode === null ? once(child, "exit").then(([code]) => code as number | null) : child.exitCode;
      child.stdin.end();
      const late = delay(withinMs, "late" as const, { signal: stop.signal }).catch(() => "late" as const);
      const code = await Promise.race([exited, late]);
      stop.abort();
      return code === "late" ? undefined : { code, tookMs: Date.now() - started };
    },
  };
}

/** Lines that are no message of the protocol; what stands after the last line break is a line cut short. */
export function foreignLines(stdout: string): string[] {
  const lines = stdout.split("\n");
  const rest = lines.pop() ?? "";
  return [...lines.filter((line) => !isMessage(line)), ...(rest === "" ? [] : [rest])];
}

function isMessage(line: string): boolean {
  try {
    const message = JSON.parse(line) as Record<string, unknown>;
    const isAnswer = "id" in message && ("result" in message || "error" in message);
    return message.jsonrpc === "2.0" && (isAnswer || typeof message.method === "string");
  } catch {
    return false;
  }
}
