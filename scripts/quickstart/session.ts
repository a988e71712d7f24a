import { join } from "node:path";
import { type CallToolResult, Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { packageRoot } from "../../src/package-root.ts";
import type { Approvals } from "./approval.ts";
import type { Page } from "./page.ts";
import { Stopped } from "./stopped.ts";

/** What a tool answered. */
export interface Answer {
  summary: string;
  data: Readonly<Record<string, unknown>>;
  /** Texts of the job or the cloud, without the frame that marks them as data for a model. */
  texts: readonly string[];
  environment: string;
}

export interface Session {
  protocol: string;
  server: string;
  /**
   * Calls a tool, shows the call and its summary; throws Stopped when the tool refuses.
   * `quietly`: without the summary; `unseen`: without the call too, where one is repeated until something changes.
   */
  call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    choice?: { quietly?: boolean; unseen?: boolean },
  ): Promise<Answer>;
  close(): Promise<void>;
}

/** Longer than any job and any pause of a person here; the tools have time-outs of their own. */
const callTimeoutMs = 35 * 60_000;

export interface SessionParts {
  /** Folder of the server's settings, ledger and sandbox. */
  home: string;
  profile: "sandbox" | "sandbox-dli";
  approvals: Approvals;
  page: Page;
  signal: AbortSignal;
}

/** Starts the built server as an MCP client does and speaks the newest protocol with it. */
export async function openSession({ home, profile, approvals, page, signal }: SessionParts): Promise<Session> {
  const client = new Client(
    { name: "quickstart", title: "Quickstart", version: "1.0.0" },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  client.setRequestHandler("elicitation/create", (request) => approvals.answer(request));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(packageRoot, "dist", "bin.js")],
    env: serverEnvironment(home, profile),
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2_000);
  });
  const broken = (what: string, error: unknown) => {
    const reason = stderr.trim().split("\n").at(-1) || (error instanceof Error ? error.message : String(error));
    return new Stopped("SERVER", `${what}: ${reason}`, "Run `node dist/bin.js doctor`, which says what is missing.");
  };
  try {
    await client.connect(transport, { signal });
  } catch (error) {
    throw broken("The server did not start", error);
  }
  const server = client.getServerVersion();
  return {
    protocol: client.getNegotiatedProtocolVersion() ?? "unknown",
    server: `${server?.name} ${server?.version}`,
    async call(tool, args, { unseen = false, quietly = unseen } = {}) {
      if (!unseen) page.call(tool, args);
      let result: CallToolResult;
      try {
        result = await client.callTool(
          { name: tool, arguments: { ...args } },
          { timeout: callTimeoutMs, signal, onprogress: ({ message = "" }) => showProgress(message, page) },
        );
      } catch (error) {
        signal.throwIfAborted();
        throw broken(`${tool} got no answer`, error);
      }
      const answer = readAnswer(tool, result);
      if (!quietly) page.say(answer.summary);
      return answer;
    },
    close: () => client.close(),
  };
}

/** Tools report progress as `jr-1 is Running (3 s)`; the client puts a line of its own before every question. */
function showProgress(message: string, page: Page): void {
  if (message.startsWith("Fulfilling input required")) return;
  const [, state = message, detail = ""] = /^(.*?) ?(\(\d+ s\))?$/.exec(message) ?? [];
  if (state !== "") page.waiting(state, detail);
}

/** Everything of this process but what would point the server at an account or at somebody's settings. */
function serverEnvironment(home: string, profile: SessionParts["profile"]): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(ALIBABA_CLOUD_|ALICLOUD_|HUAWEICLOUD_|HW_|OS_|SPARK_WORKSPACE_)/.test(entry[0]),
  );
  return { ...Object.fromEntries(inherited), SPARK_WORKSPACE_HOME: home, SPARK_WORKSPACE_PROFILE: profile };
}

function readAnswer(tool: string, result: CallToolResult): Answer {
  const text = result.content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
  if (result.isError) {
    const [, code = "FAILED", what = text] = /^([A-Z_]+): (.*)$/m.exec(text) ?? [];
    throw new Stopped(code, what, /^next: (.*)$/m.exec(text)?.[1] ?? `Read the answer of ${tool} again.`);
  }
  const content = result.structuredContent as
    | {
        summary?: string;
        data?: Record<string, unknown>;
        untrusted?: { text: string }[];
        where?: { environment?: string };
      }
    | undefined;
  return {
    summary: content?.summary ?? text,
    data: content?.data ?? {},
    texts: (content?.untrusted ?? []).map((each) => unframed(each.text)),
    environment: content?.where?.environment ?? "unknown",
  };
}

/** The frame is for a model: a tag, a warning, the text, the closing tag. */
function unframed(text: string): string {
  return text.split("\n").slice(2, -1).join("\n");
}
