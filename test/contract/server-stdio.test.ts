import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { connectStdio, eras, stdioServer, textOf } from "../fixtures/clients.ts";

const cleanups: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function connect(choice: Parameters<typeof connectStdio>[0]) {
  const connection = await connectStdio(choice);
  cleanups.push(() => connection.client.close());
  return connection;
}

describe.each(eras)("stdio, client of %s", (era) => {
  test("tools are listed in the order they were given", async () => {
    const { client } = await connect({ era });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "list_things",
      "cancel_job_run",
      "delete_session",
      "wait_for_thing",
      "print_and_fail",
    ]);
  });

  test("listing opens nothing, the first call does, and only once", async () => {
    const { client, stderr } = await connect({ era });
    await client.listTools();
    expect(stderr()).not.toContain("opened");
    await client.callTool({ name: "list_things", arguments: {} });
    await client.callTool({ name: "list_things", arguments: {} });
    await expect.poll(stderr).toBe("opened\n");
  });

  test("an input schema stands alone and admits no other field", async () => {
    const { client } = await connect({ era });
    const { tools } = await client.listTools();
    for (const { inputSchema } of tools) {
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(JSON.stringify(inputSchema)).not.toMatch(/\$ref|\$schema|\$defs|9007199254740991/);
    }
  });

  test("bad arguments are answered in words that name field, form and example, and open nothing", async () => {
    const { client, stderr } = await connect({ era });
    const result = await client.callTool({
      name: "cancel_job_run",
      arguments: { jobRunId: "../x", workspaceid: "w-1" },
    });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    expect(result._meta?.["io.github.spark-workspace-mcp/code"]).toBe("BAD_INPUT");
    expect(textOf(result).split("\n")).toEqual([
      "BAD_INPUT: cancel_job_run was not carried out and nothing was sent: 3 arguments are not as the tool wants them.",
      '- jobRunId is not of the allowed form. Allowed: string matching ^jr-[a-z0-9]+$; Job run ID. Example: "jr-1a2b3c"',
      '- workspaceId is missing. Allowed: string matching ^w-[a-z0-9]+$; Workspace ID. Example: "w-1a2b3c"',
      "- workspaceid is not an argument (did you mean workspaceId?). Allowed: one of jobRunId, workspaceId. Example: workspaceId",
      "next: Correct what is named above and call the tool again.",
    ]);
    expect(stderr()).toBe("");
  });

  test("an unknown tool is an error of the protocol", async () => {
    const { client } = await connect({ era });
    await expect(client.callTool({ name: "delete_workspace", arguments: {} })).rejects.toMatchObject({ code: -32_602 });
  });

  test("progress grows with every notification", async () => {
    const { client } = await connect({ era });
    const seen: Array<{ progress: number; total?: number | undefined; message?: string | undefined }> = [];
    await client.callTool(
      { name: "wait_for_thing", arguments: { steps: 3 } },
      { onprogress: (progress) => void seen.push(progress) },
    );
    expect(seen.map(({ message }) => message)).toContain("step 2");
    expect(seen).toHaveLength(6);
    expect(seen.map(({ total }) => total)).toEqual([3, 3, 3, 3, 3, undefined]);
    expect(seen.every(({ progress }, at) => at === 0 || progress > (seen[at - 1]?.progress ?? 0))).toBe(true);
  });

  test("what a tool prints stays off stdout, and a bug in a tool is an answer", async () => {
    const { client, stderr } = await connect({ era });
    const result = await client.callTool({ name: "print_and_fail", arguments: {} });
    expect(textOf(result)).toContain("INTERNAL: print_and_fail failed inside the server (a bug)");
    await expect.poll(stderr).toContain("noise on the console");
    expect(stderr()).toContain("noise on stdout");
    // The connection is still in step.
    expect((await client.listTools()).tools).toHaveLength(5);
  });
});

describe("the process", () => {
  function start(env: Record<string, string> = {}): {
    child: ChildProcess;
    output: () => string;
    errors: () => string;
  } {
    const child = spawn(process.execPath, [stdioServer], { env: { ...process.env, ...env } });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    cleanups.push(() => void child.kill("SIGKILL"));
    return { child, output: () => output, errors: () => errors };
  }

  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "0" } },
  };
  const callThings = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "list_things", arguments: {} } };
  const waitLong = {
    jsonrpc: "2.0",
    id: 3,
    method: "tools/call",
    params: { name: "wait_for_thing", arguments: { steps: 1000, stepMs: 1000 } },
  };
  const lines = (...messages: object[]) => messages.map((message) => `${JSON.stringify(message)}\n`).join("");

  test("every line on stdout is a message of the protocol", async () => {
    const { child, output } = start();
    const noise = { ...callThings, params: { name: "print_and_fail", arguments: {} } };
    child.stdin?.write(lines(initialize, noise));
    await expect.poll(() => output().split("\n").length, { timeout: 5_000 }).toBe(3);
    for (const line of output().trim().split("\n")) expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
  });

  test("a call's progress is written before its result, and none after", async () => {
    const { child, output } = start();
    const params = { name: "wait_for_thing", arguments: { steps: 2 }, _meta: { progressToken: "t" } };
    child.stdin?.write(lines(initialize, { ...callThings, params }));
    await expect.poll(output, { timeout: 5_000 }).toContain("2 steps.");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const written = output().trim().split("\n").slice(1);
    expect(written.map((line) => (JSON.parse(line) as { method?: string }).method ?? "result")).toEqual([
      ...Array.from({ length: 4 }, () => "notifications/progress"),
      "result",
    ]);
  });

  test("the end of stdin ends it with 0, work under way or not, and closes what was opened", async () => {
    const { child, output, errors } = start();
    child.stdin?.write(lines(initialize, callThings, waitLong));
    await expect.poll(output, { timeout: 5_000 }).toContain("2 things.");
    const ended = once(child, "exit");
    child.stdin?.end();
    expect(await ended).toEqual([0, null]);
    expect(errors()).toContain("closed after 1 operations");
  });

  test.each(["SIGTERM", "SIGINT"] as const)("%s ends it with 0 and closes what was opened", async (signal) => {
    const { child, output, errors } = start();
    child.stdin?.write(lines(initialize, callThings));
    await expect.poll(output, { timeout: 5_000 }).toContain("2 things.");
    const ended = once(child, "exit");
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(errors()).toContain("closed after 1 operations");
  });

  test("a client that no longer reads ends it with 0", async () => {
    const { child, output } = start();
    child.stdin?.write(lines(initialize));
    await expect.poll(output, { timeout: 5_000 }).toContain("serverInfo");
    const ended = once(child, "exit");
    // What is written to it while it ends is lost, as it would be to a client.
    child.stdin?.on("error", () => undefined);
    child.stdout?.destroy();
    const writing = setInterval(() => child.stdin?.write(lines(callThings)), 20);
    try {
      expect(await ended).toEqual([0, null]);
    } finally {
      clearInterval(writing);
    }
  });

  test("an error that nobody caught ends it with 1 and is told on stderr", async () => {
    const { child, output, errors } = start({ CRASH_AFTER_MS: "50" });
    const [code] = await once(child, "exit");
    expect(code).toBe(1);
    expect(errors()).toContain("nobody catches this");
    expect(output()).toBe("");
  });
});
