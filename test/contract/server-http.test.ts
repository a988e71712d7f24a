import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { serveHttp } from "../../src/server/http.ts";
import { createLog } from "../../src/server/log.ts";
import { connectHttp, eras, textOf } from "../fixtures/clients.ts";
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

async function connect(url: string, choice: Parameters<typeof connectHttp>[1]) {
  const client = await connectHttp(url, choice);
  cleanups.push(() => client.close());
  return client;
}

/** `fetch` does not let a caller choose the Host header. */
function statusOf(url: string, headers: Record<string, string>, body = "{}"): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

const token = "0123456789abcdef0123456789abcdef";

describe.each(eras)("http, client of %s", (era) => {
  test("tools are listed in order without opening anything, and a call answers", async () => {
    const server = await start();
    const client = await connect(server.url, { era });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).slice(0, 2)).toEqual(["list_things", "cancel_job_run"]);
    expect(server.opened()).toBe(0);

    const result = await client.callTool({ name: "list_things", arguments: { pageSize: 5 } });
    expect(textOf(result)).toContain("2 things.");
    expect(textOf(result)).toContain("where: sandbox, cn-hangzhou | request REQ-1");
    expect(result.structuredContent).toMatchObject({ summary: "2 things.", data: { pageSize: 5 }, requestId: "REQ-1" });
    await client.callTool({ name: "list_things", arguments: {} });
    expect(server.opened()).toBe(1);
  });

  test("an answer is in the language that the request asks for, before the server's own", async () => {
    const server = await start();
    const list = async (languages?: string, _meta?: Record<string, unknown>) => {
      const client = await connect(server.url, { era, ...(languages !== undefined && { languages }) });
      return textOf(await client.callTool({ name: "list_things", arguments: {}, ...(_meta && { _meta }) }));
    };
    expect(await list()).toContain("where: sandbox");
    expect(await list("fr, zh-CN;q=0.9, en;q=0.5")).toContain("where: 沙箱");
    expect(await list("en, zh;q=0.9")).toContain("where: sandbox");
    expect(await list("fr")).toContain("where: sandbox");
    // Its own word counts more than what its library sends.
    expect(await list("en", { "openai/locale": "zh-Hans-CN" })).toContain("where: 沙箱");
    expect(await list("zh", { "io.github.spark-workspace-mcp/language": "en-GB" })).toContain("where: sandbox");
    expect(await list("zh", { "openai/locale": 7 })).toContain("where: 沙箱");
  });

  test("a gateway that cannot be opened is told, and the next call tries again", async () => {
    const opened = (await start()).gateway;
    let tries = 0;
    const server = await start({
      server: {
        open: async () => {
          tries += 1;
          if (tries === 1) throw new Error("no state folder");
          return { gateway: opened };
        },
      },
    });
    const client = await connect(server.url, { era });
    const failed = await client.callTool({ name: "list_things", arguments: {} });
    expect(failed.isError).toBe(true);
    expect(textOf(failed)).toContain("list_things was not carried out and nothing was sent");
    expect(textOf(failed)).toContain("no state folder");
    expect(textOf(await client.callTool({ name: "list_things", arguments: {} }))).toContain("2 things.");
  });

  test("progress is delivered before the result and grows", async () => {
    const server = await start();
    const client = await connect(server.url, { era });
    const seen: number[] = [];
    await client.callTool(
      { name: "wait_for_thing", arguments: { steps: 3 } },
      { onprogress: ({ progress }) => void seen.push(progress) },
    );
    expect(seen).toHaveLength(6);
    expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(seen);
  });

  test("cancelling a call aborts the tool's signal", async () => {
    let signal: AbortSignal | undefined;
    const server = await start();
    const run = server.gateway.run;
    server.gateway.run = ((_operation, _input, context) => {
      signal = context.signal;
      return new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));
    }) as typeof run;
    const client = await connect(server.url, { era });
    const stop = new AbortController();
    const call = client.callTool({ name: "list_things", arguments: {} }, { signal: stop.signal });
    await expect.poll(() => signal?.aborted).toBe(false);
    stop.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  test("with a token, only its bearer is served", async () => {
    const server = await start({ http: { bearerToken: token } });
    await expect(connect(server.url, { era })).rejects.toThrow();
    await expect(connect(server.url, { era, token: "f".repeat(32) })).rejects.toThrow();
    const client = await connect(server.url, { era, token });
    expect((await client.listTools()).tools).toHaveLength(5);
  });
});

describe("the gate", () => {
  test.each<[string, Record<string, string>]>([
    ["another Host", { host: "evil.example" }],
    ["another Origin", { origin: "https://evil.example" }],
    ["an opaque Origin", { origin: "null" }],
  ])("%s is answered 403", async (_, headers) => {
    const { url } = await start();
    expect(await statusOf(url, headers)).toBe(403);
    expect(await statusOf(new URL("/healthz", url).href, headers)).toBe(403);
  });

  test("a page of this machine may call", async () => {
    const { url } = await start();
    expect(await statusOf(url, { origin: "http://localhost:5173" })).not.toBe(403);
  });

  test("hosts and origins can be named", async () => {
    const { url } = await start({ http: { allowedHosts: ["spark.example"], allowedOrigins: ["ui.example"] } });
    expect(await statusOf(url, { host: "spark.example", origin: "https://ui.example" })).not.toBe(403);
    expect(await statusOf(url, {})).toBe(403);
  });

  test("no token, a short one or another one is answered 401 with the scheme", async () => {
    const { url } = await start({ http: { bearerToken: token } });
    for (const authorization of ["", "Bearer x", `Bearer ${token}x`, `Basic ${token}`]) {
      const response = await fetch(url, { method: "POST", headers: { authorization }, body: "{}" });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  test("health needs no token and says nothing else", async () => {
    const { url } = await start({ http: { bearerToken: token } });
    const response = await fetch(new URL("/healthz", url));
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  test("a body over the limit is answered 413", async () => {
    const { url } = await start({ http: { maxBodyBytes: 1_000 } });
    expect(await statusOf(url, {}, JSON.stringify({ filler: "x".repeat(2_000) }))).toBe(413);
  });

  test("another path is answered 404", async () => {
    const { url } = await start();
    expect((await fetch(new URL("/", url))).status).toBe(404);
  });

  test.each(["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.evil.example"])("%s is refused without a token", async (host) => {
    const factory = () => {
      throw new Error("never called");
    };
    await expect(serveHttp({ factory, host, port: 0, log: createLog("silent") })).rejects.toThrow(
      /a bearer token is needed/,
    );
  });

  test("an address that others reach is refused without host names, and with a short token", async () => {
    const factory = () => {
      throw new Error("never called");
    };
    const base = { factory, host: "0.0.0.0", port: 0, log: createLog("silent") };
    await expect(serveHttp({ ...base, bearerToken: token })).rejects.toThrow(/name the hosts/);
    await expect(serveHttp({ ...base, bearerToken: "short", allowedHosts: ["x"] })).rejects.toThrow(/too short/);
  });
});

describe("sessions of 2025-era clients", () => {
  const era = "2025-11-25";

  test("a client without a session is told to open one", async () => {
    const { url } = await start();
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    expect(await statusOf(url, { accept: "application/json, text/event-stream" }, body)).toBe(400);
    expect(await statusOf(url, { "mcp-session-id": "made-up" }, body)).toBe(404);
  });

  test("over the cap the longest idle session goes", async () => {
    const server = await start({ http: { maxSessions: 2 } });
    const clients = [await connect(server.url, { era }), await connect(server.url, { era })];
    for (const client of clients) await client.listTools();
    await connect(server.url, { era });
    expect(server.sessions()).toBe(2);
  });

  test("a session with a call under way is never cut off for another", async () => {
    const server = await start({ http: { maxSessions: 1 } });
    const client = await connect(server.url, { era });
    const call = client.callTool({ name: "wait_for_thing", arguments: { steps: 1, stepMs: 300 } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(connect(server.url, { era })).rejects.toThrow(/Too many sessions/);
    expect(textOf(await call)).toContain("1 steps.");
  });

  test("sessions that open at the same time stay under the cap", async () => {
    const slowly: FixtureChoice["wrap"] = (factory) => async (context) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return factory(context);
    };
    const server = await start({ http: { maxSessions: 3 }, wrap: slowly });
    const opening = Array.from({ length: 12 }, () => connectHttp(server.url, { era }).catch(() => undefined));
    const clients = (await Promise.all(opening)).filter((client) => client !== undefined);
    cleanups.push(async () => void (await Promise.all(clients.map((client) => client.close()))));
    expect(server.sessions()).toBeLessThanOrEqual(3);
  });

  test("an idle session expires", async () => {
    const server = await start({ http: { sessionIdleMs: 50 } });
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: era, capabilities: {}, clientInfo: { name: "raw", version: "0" } },
    });
    expect(await statusOf(server.url, { accept: "application/json, text/event-stream" }, body)).toBe(200);
    expect(server.sessions()).toBe(1);
    await expect.poll(server.sessions).toBe(0);
  });

  test("a session whose client still listens does not expire", async () => {
    const server = await start({ http: { sessionIdleMs: 50 } });
    await connect(server.url, { era });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.sessions()).toBe(1);
  });

  test("2026-era clients leave no session behind", async () => {
    const server = await start();
    await (await connect(server.url, { era: "2026-07-28" })).listTools();
    expect(server.sessions()).toBe(0);
  });

  test("closing ends a call that is under way", async () => {
    const server = await startHttpFixture();
    const client = await connect(server.url, { era });
    const call = client.callTool({ name: "wait_for_thing", arguments: { steps: 1_000, stepMs: 100 } });
    const outcome = expect(call).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.close();
    await client.close();
    await outcome;
  });
});
