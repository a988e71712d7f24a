import type { ElicitRequest, ElicitResult } from "@modelcontextprotocol/client";
import { afterEach, describe, expect, test } from "vitest";
import { connectHttp, connectStdio, eras, textOf } from "../fixtures/clients.ts";
import { type FixtureChoice, startHttpFixture } from "../fixtures/http-server.ts";

const cleanups: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(choice?: FixtureChoice) {
  const server = await startHttpFixture(choice);
  cleanups.push(server.close);
  return server;
}

const cancel = { name: "cancel_job_run", arguments: { jobRunId: "jr-1", workspaceId: "w-1" } };
const remove = { name: "delete_session", arguments: { sessionClusterId: "sc-1", workspaceId: "w-1" } };

describe.each(eras)("approval, client of %s", (era) => {
  async function call(
    request: typeof cancel | typeof remove,
    answer: ElicitResult | ((request: ElicitRequest) => Promise<ElicitResult> | ElicitResult) | undefined,
    choice?: FixtureChoice,
  ) {
    const server = await start(choice);
    const asked: ElicitRequest[] = [];
    const client = await connectHttp(server.url, {
      era,
      ...(answer && {
        elicit: (question: ElicitRequest) => {
          asked.push(question);
          return typeof answer === "function" ? answer(question) : answer;
        },
      }),
    });
    cleanups.push(() => client.close());
    return { result: await client.callTool(request), asked, server, client };
  }

  test("a yes carries the operation out, once", async () => {
    const { result, asked, server } = await call(cancel, { action: "accept", content: { approve: true } });
    expect(result.isError).toBeFalsy();
    expect(textOf(result)).toContain("jr-1 is cancelled.");
    expect(textOf(result)).toContain("approved by a person (accepted)");
    expect(server.gateway.carriedOut).toEqual(["CancelJobRun"]);
    expect(asked).toHaveLength(1);
  });

  test("the question reaches the person as one boolean, and never a result", async () => {
    const { result, asked } = await call(cancel, { action: "accept", content: { approve: true } });
    const params = asked[0]?.params;
    expect(params?.message).toBe("About to execute: CancelJobRun, target: jr-1, impact: it stops. Continue?");
    expect(params && "requestedSchema" in params && params.requestedSchema).toMatchObject({
      properties: { approve: { type: "boolean" } },
      required: ["approve"],
    });
    expect(JSON.stringify(result)).not.toContain("About to execute");
  });

  test.each<[string, ElicitResult, string]>([
    ["accept with approve=false is a no", { action: "accept", content: { approve: false } }, "the person said no"],
    ["decline is a no", { action: "decline" }, "the person said no"],
    ["cancel is no answer", { action: "cancel" }, "the person gave no answer"],
    ["accept without content is no answer", { action: "accept" }, "the person gave no answer"],
    [
      "accept with something else is no answer",
      { action: "accept", content: { approve: "yes" } },
      "the person gave no answer",
    ],
  ])("%s", async (_, answer, why) => {
    const { result, server } = await call(cancel, answer);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain(`DECLINED: CancelJobRun of jr-1 was not sent: ${why}.`);
    expect(result.structuredContent).toBeUndefined();
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("a typed approval asks for the target's name", async () => {
    const { result, asked, server } = await call(remove, { action: "accept", content: { name: " sc-1 " } });
    const params = asked[0]?.params;
    expect(params && "requestedSchema" in params && params.requestedSchema).toMatchObject({
      properties: { name: { type: "string", description: expect.stringContaining("sc-1") } },
    });
    expect(textOf(result)).toContain("sc-1 is gone.");
    expect(server.gateway.carriedOut).toEqual(["DeleteSessionCluster"]);
  });

  test.each<[string, ElicitResult]>([
    ["another name", { action: "accept", content: { name: "sc-2" } }],
    ["a mere yes", { action: "accept", content: { approve: true } }],
  ])("where a name is to be typed, %s is refused", async (_, answer) => {
    const { result, server } = await call(remove, answer);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("APPROVAL_INVALID");
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("a client that cannot ask is refused by the gateway", async () => {
    const { result, server } = await call(cancel, undefined);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("NOBODY_TO_ASK");
    expect(server.gateway.contexts[0]?.approver).toEqual({ strength: "none" });
  });

  test("a client that shows addresses only, no forms, counts as one that cannot ask", async () => {
    const server = await start();
    const client = await connectHttp(server.url, { era, capabilities: { elicitation: { url: {} } } });
    cleanups.push(() => client.close());
    expect(textOf(await client.callTool(cancel))).toContain("NOBODY_TO_ASK");
  });

  test("an approval covers one call: the next is asked anew", async () => {
    const { client, asked, server } = await call(cancel, { action: "accept", content: { approve: true } });
    await client.callTool(cancel);
    expect(asked).toHaveLength(2);
    expect(server.gateway.carriedOut).toHaveLength(2);
  });

  test("the same works over stdio", async () => {
    const { client } = await connectStdio({ era, elicit: () => ({ action: "accept", content: { approve: true } }) });
    cleanups.push(() => client.close());
    expect(textOf(await client.callTool(cancel))).toContain("jr-1 is cancelled.");
  });

  test("the client's name is what the gateway records", async () => {
    const { server } = await call(cancel, { action: "decline" });
    expect(server.gateway.contexts[0]?.requester).toBe("test-client 1.2.3");
  });
});

describe("approval over a 2025-era connection", () => {
  const era = "2025-11-25";

  test("a client that never answers ends in a refusal that says nothing was sent", async () => {
    const server = await start({ server: { approvalTimeoutMs: 100 } });
    const client = await connectHttp(server.url, { era, elicit: () => new Promise(() => undefined) });
    cleanups.push(() => client.close());
    const result = await client.callTool(cancel);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("DECLINED: CancelJobRun of jr-1 was not sent: the person gave no answer.");
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("the call shows a sign of life while the person is asked", async () => {
    const server = await start();
    const seen: unknown[] = [];
    const client = await connectHttp(server.url, {
      era,
      elicit: async () => {
        await expect.poll(() => seen).toContain("Waiting for a person to answer");
        return { action: "accept", content: { approve: true } };
      },
    });
    cleanups.push(() => client.close());
    const result = await client.callTool(cancel, { onprogress: ({ message }) => void seen.push(message) });
    expect(textOf(result)).toContain("jr-1 is cancelled.");
  });

  test("a plan that expires sooner ends the waiting sooner", async () => {
    const server = await start({ server: { approvalTimeoutMs: 60_000 }, validMs: 100 });
    const client = await connectHttp(server.url, { era, elicit: () => new Promise(() => undefined) });
    cleanups.push(() => client.close());
    const started = Date.now();
    const result = await client.callTool(cancel);
    expect(textOf(result)).toMatch(/was not sent: the (person gave no answer|answer came too late)/);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test("a client that answers the question with an error is told that nothing was sent", async () => {
    const server = await start();
    const client = await connectHttp(server.url, {
      era,
      elicit: () => {
        throw new Error("no window");
      },
    });
    cleanups.push(() => client.close());
    const text = textOf(await client.callTool(cancel));
    expect(text).toContain("NOBODY_TO_ASK: CancelJobRun of jr-1 was not sent");
    expect(text).toContain("no window");
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("a call cancelled while the person is asked ends, and a late yes does nothing", async () => {
    const server = await start();
    const stop = new AbortController();
    let answer: (result: ElicitResult) => void = () => undefined;
    const client = await connectHttp(server.url, {
      era,
      elicit: () =>
        new Promise((resolve) => {
          answer = resolve;
          stop.abort();
        }),
    });
    cleanups.push(() => client.close());
    await expect(client.callTool(cancel, { signal: stop.signal })).rejects.toThrow();
    answer({ action: "accept", content: { approve: true } });
    await expect.poll(() => server.gateway.contexts[0]?.signal.aborted).toBe(true);
    expect(server.gateway.carriedOut).toEqual([]);
  });
});

describe("approval over 2026-07-28, round by round", () => {
  const yes = { approval: { action: "accept", content: { approve: true } } };

  async function post(url: string, call: typeof cancel, more: Record<string, unknown> = {}) {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": call.name,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: {
          ...call,
          ...more,
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { name: "raw", version: "0" },
            "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
          },
        },
      }),
    });
    return (await response.json()) as { result?: Record<string, unknown>; error?: { code: number; message: string } };
  }

  async function ask(url: string): Promise<string> {
    const { result } = await post(url, cancel);
    expect(result?.resultType).toBe("input_required");
    return String(result?.requestState);
  }

  test("the good state with a yes carries it out", async () => {
    const server = await start();
    const requestState = await ask(server.url);
    const { result } = await post(server.url, cancel, { requestState, inputResponses: yes });
    expect(JSON.stringify(result)).toContain("jr-1 is cancelled.");
    expect(server.gateway.carriedOut).toEqual(["CancelJobRun"]);
  });

  test("a replayed state is refused", async () => {
    const server = await start();
    const requestState = await ask(server.url);
    await post(server.url, cancel, { requestState, inputResponses: yes });
    const { result } = await post(server.url, cancel, { requestState, inputResponses: yes });
    expect(JSON.stringify(result)).toContain("APPROVAL_USED");
    expect(server.gateway.carriedOut).toEqual(["CancelJobRun"]);
  });

  test.each<[string, (body: string, mac: string) => string]>([
    ["signature", (body, mac) => `v1.${body}.${mac.startsWith("A") ? "B" : "A"}${mac.slice(1)}`],
    ["content", (body, mac) => `v1.${rewritten(body)}.${mac}`],
  ])("a state with another %s is refused by the protocol", async (_, tamper) => {
    const server = await start();
    const requestState = await ask(server.url);
    const [, body = "", mac = ""] = requestState.split(".");
    const forged = tamper(body, mac);
    expect(forged).not.toBe(requestState);
    const { error } = await post(server.url, cancel, { requestState: forged, inputResponses: yes });
    expect(error?.code).toBe(-32_602);
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("a state that another server minted is refused by the protocol", async () => {
    const [server, other] = [await start(), await start()];
    const requestState = await ask(other.url);
    const { error } = await post(server.url, cancel, { requestState, inputResponses: yes });
    expect(error?.code).toBe(-32_602);
  });

  test("a good state does not cover other arguments", async () => {
    const server = await start();
    const requestState = await ask(server.url);
    const another = { ...cancel, arguments: { jobRunId: "jr-2", workspaceId: "w-1" } };
    const { result } = await post(server.url, another, { requestState, inputResponses: yes });
    expect(JSON.stringify(result)).toContain("APPROVAL_INVALID");
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("a good state does not cover another tool", async () => {
    const server = await start();
    const requestState = await ask(server.url);
    const { result } = await post(server.url, remove as unknown as typeof cancel, {
      requestState,
      inputResponses: { approval: { action: "accept", content: { name: "sc-1" } } },
    });
    expect(JSON.stringify(result)).toContain("APPROVAL_INVALID");
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("a yes without the state is not an answer: the person is asked", async () => {
    const server = await start();
    const { result } = await post(server.url, cancel, { inputResponses: yes });
    expect(result?.resultType).toBe("input_required");
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("the state without an answer is not a yes: the person is asked again", async () => {
    const server = await start();
    const requestState = await ask(server.url);
    const { result } = await post(server.url, cancel, { requestState });
    expect(result?.resultType).toBe("input_required");
    expect(server.gateway.carriedOut).toEqual([]);
  });

  test("an answer after the plan has expired is refused", async () => {
    const server = await start({ validMs: 1 });
    const requestState = await ask(server.url);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { result } = await post(server.url, cancel, { requestState, inputResponses: yes });
    expect(JSON.stringify(result)).toContain("APPROVAL_EXPIRED");
  });
});

function rewritten(body: string): string {
  const state = JSON.parse(Buffer.from(body, "base64url").toString()) as { p: { planId: string } };
  return Buffer.from(JSON.stringify({ ...state, p: { planId: "another" } })).toString("base64url");
}
