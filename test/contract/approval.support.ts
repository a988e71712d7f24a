import { spawn } from "node:child_process";
import { join } from "node:path";
import type { CallToolResult, ClientCapabilities, ElicitRequest, ElicitResult } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect } from "vitest";
import { newSecret, openAuthenticator } from "../../src/approval/authenticator.ts";
import { packageRoot } from "../../src/package-root.ts";
import type { SandboxConnection } from "../../src/sandbox/sandbox.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox, startJob } from "../doubles/sandbox-emr.ts";
import { createClient, type Era, textOf } from "../fixtures/clients.ts";
import { codeAt, stepMs } from "../unit/approval.support.ts";

const program = join(packageRoot, "src/cli/bin.ts");

/** A running job, and the environment of processes that share its sandbox and one ledger. */
export async function openScene() {
  const { sandbox, call } = await openSandbox();
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  const home = newDataFolder();
  return {
    home,
    input: { workspaceId, jobRunId },
    environment: environmentOf(sandbox, home),
    cancelled: () => sandbox.requestLog.count("CancelJobRun"),
  };
}

function environmentOf(sandbox: SandboxConnection, home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    TZ: "UTC",
    SPARK_WORKSPACE_HOME: home,
    SPARK_WORKSPACE_EMR_ENDPOINT: sandbox.emrEndpoint,
    SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
    ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: sandbox.accessKeySecret,
  };
}

export interface ServerChoice {
  environment: Record<string, string>;
  era: Era;
  capabilities?: ClientCapabilities;
  elicit?: (request: ElicitRequest) => ElicitResult | Promise<ElicitResult>;
}

/** The program as a client starts it. */
export async function serve({ environment, ...choice }: ServerChoice) {
  const client = createClient(choice);
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [program], env: environment, stderr: "inherit" }),
  );
  onCleanUp(() => client.close());
  return {
    async cancel(input: Record<string, unknown>) {
      return (await client.callTool({ name: "cancel_job_run", arguments: input })) as CallToolResult;
    },
  };
}

/** The page's address in an awaiting result. */
export function pageOf(result: CallToolResult): string {
  expect(textOf(result)).toMatch(/^AWAITING_APPROVAL: /);
  const { approve } = result.structuredContent as { approve: { url: string } };
  return approve.url;
}

/** Sends the page's form as anything that can speak HTTP on this machine could. */
export async function sendForm(url: string, fields: Record<string, string>): Promise<number> {
  const token = /name="token" value="([\w-]+)"/.exec(await (await fetch(url)).text())?.[1] ?? "";
  const response = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { origin: new URL(url).origin, "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ token, ...fields }),
  });
  return response.status;
}

/** Enrols an app for that home with an earlier code. @returns what the app shows, a fresh code each time it is asked */
export function enrolApp(home: string): () => string {
  const secret = newSecret();
  const now = Date.now();
  openAuthenticator(join(home, "authenticator.db")).enrol(secret, codeAt(secret, now - stepMs), now);
  return () => codeAt(secret, Date.now());
}

export interface Ran {
  code: number | null;
  output: string;
}

/** The command line through pipes, as an agent's shell has it. */
export function run(args: readonly string[], environment: Record<string, string>): Promise<Ran> {
  return finish(spawn(process.execPath, [program, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] }));
}

const pseudoTerminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** The command line on a pseudo terminal; each answer is typed when its prompt has appeared. */
export function runOnTerminal(
  args: readonly string[],
  environment: Record<string, string>,
  answers: ReadonlyArray<readonly [prompt: RegExp, answer: (output: string) => string]>,
): Promise<Ran> {
  const child = spawn("python3", ["-c", pseudoTerminal, process.execPath, program, ...args], {
    env: { ...environment, TERM: "xterm" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const left = [...answers];
  let seen = "";
  child.stdout.on("data", (chunk) => {
    seen += String(chunk);
    const [next] = left;
    if (!next?.[0].test(seen)) return;
    left.shift();
    child.stdin.write(`${next[1](seen)}\r`);
  });
  return finish(child);
}

function finish(child: ReturnType<typeof spawn>): Promise<Ran> {
  onCleanUp(() => child.kill("SIGKILL"));
  return new Promise((resolve) => {
    let output = "";
    const add = (chunk: unknown) => {
      output += String(chunk);
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    child.on("close", (code) => resolve({ code, output }));
  });
}
