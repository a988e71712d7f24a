import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/gateway/clock.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import type { CallContext } from "../../src/gateway/types.ts";
import { packageRoot } from "../../src/package-root.ts";
import { emrPrompts } from "../../src/server/emr-prompts.gen.ts";
import { servePrompts } from "../../src/server/prompts.ts";
import { connectHttp, createClient, type Era, eras } from "../fixtures/clients.ts";
import { createFakeGateway } from "../fixtures/fake-tools.ts";
import { startHttpFixture } from "../fixtures/http-server.ts";

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** The program as a client starts it, over a home of its own. */
async function startProgram(era: Era, environment: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), "prompts-"));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH ?? "", HOME: home, SPARK_WORKSPACE_HOME: home, ...environment };
  const args = [join(packageRoot, "src", "cli", "bin.ts")];
  const client = createClient({ era });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: "ignore" }));
  cleanups.push(() => client.close());
  return { client, home };
}

function complete(client: Client, prompt: string, name: string, value: string, given: Record<string, string> = {}) {
  return client.complete({
    ref: { type: "ref/prompt", name: prompt },
    argument: { name, value },
    ...(Object.keys(given).length > 0 && { context: { arguments: given } }),
  });
}

const nothing = { values: [], total: 0, hasMore: false };

describe.each(eras)("prompts, client of %s", (era) => {
  test("are listed and shown without opening anything, and completed from the cloud", async () => {
    const { client, home } = await startProgram(era, { SPARK_WORKSPACE_CLOUD: "dli" });
    const { prompts } = await client.listPrompts();
    expect(prompts.find(({ name }) => name === "scale_queue")).toMatchObject({
      title: "Scale a queue",
      arguments: [{ name: "queue", description: "The queue", required: false }, { name: "cu" }],
    });
    await client.getPrompt({ name: "scale_queue", arguments: {} });
    expect(existsSync(home) ? readdirSync(home) : []).toEqual([]);

    const { completion } = await complete(client, "scale_queue", "queue", "sandbox_");
    expect(completion.values.length).toBeGreaterThan(0);
    expect(completion.values.every((name) => name.startsWith("sandbox_"))).toBe(true);
    expect(readdirSync(home)).not.toEqual([]);
  }, 30_000);
});

test("a prompt comes in the language of the server, with what was filled in", async () => {
  const { client } = await startProgram("2026-07-28", { SPARK_WORKSPACE_LANGUAGE: "zh" });
  const { prompts } = await client.listPrompts();
  expect(prompts.find(({ name }) => name === "connect_bi")).toMatchObject({ title: "为 BI 配置 Kyuubi" });
  const { messages } = await client.getPrompt({ name: "connect_bi", arguments: { tool: "Superset" } });
  expect(JSON.stringify(messages)).toContain("要连接的工具：Superset。");
}, 30_000);

test("an argument of more than 500 characters, or one that is no text, is refused by its name", async () => {
  const { client } = await startProgram("2026-07-28");
  const long = { program: "x".repeat(501) };
  await expect(client.getPrompt({ name: "submit_job", arguments: long })).rejects.toThrow(/program.*500/);
  const number = { program: 1 } as unknown as Record<string, string>;
  await expect(client.getPrompt({ name: "submit_job", arguments: number })).rejects.toThrow();
}, 30_000);

test("settings that cannot be used leave completions empty, and the server up", async () => {
  const { client } = await startProgram("2026-07-28", { SPARK_WORKSPACE_PROFILE: "of-nobody" });
  expect((await complete(client, "scale_queue", "workspaceId", "w-")).completion).toMatchObject(nothing);
  expect((await client.listPrompts()).prompts).not.toEqual([]);
}, 30_000);

describe("completion", () => {
  async function over(answer: (operation: string, context: CallContext) => unknown) {
    const run = async (operation: string, _: unknown, context: CallContext) => ({
      kind: "done",
      value: answer(operation, context),
      settled: true,
      facts: { bound: {}, context: {} },
      where: createFakeGateway().where,
    });
    // The real gateway types the answer by the operation's name; here every answer is made up.
    const gateway = { where: createFakeGateway().where, run: run as unknown as Gateway["run"] };
    let opened = 0;
    const open = async () => {
      opened += 1;
      return { gateway };
    };
    const extend = servePrompts({ list: emrPrompts, language: "en", clock: systemClock, open });
    const identify = async (token: string) =>
      ({ kind: "admitted", name: token, roles: [token === "ann" ? "reader" : "operator"] }) as const;
    const server = await startHttpFixture({ server: { extend }, http: { identify } });
    cleanups.push(() => server.close());
    const connect = async (token = "ann") => {
      const client = await connectHttp(server.url, { era: "2026-07-28", token });
      cleanups.push(() => client.close());
      return client;
    };
    return { connect, opened: () => opened };
  }

  test("hands out a hundred values at most and says that there are more", async () => {
    const queues = Array.from({ length: 150 }, (_, index) => ({ queueName: `queue_${index}` }));
    const { connect } = await over(() => ({ queues }));
    const found = await complete(await connect(), "scale_queue", "queue", "queue", { workspaceId: "w-1" });
    expect(found.completion).toMatchObject({ total: 150, hasMore: true });
    expect(found.completion.values).toHaveLength(100);
  });

  test("reads as whoever asks, and shows nobody what another read", async () => {
    const principals: unknown[] = [];
    const { connect } = await over((_, { principal }) => {
      principals.push(principal);
      return { workspaces: [{ workspaceId: `w-${principal?.name}` }] };
    });
    for (const name of ["ann", "bob", "ann"]) {
      const found = await complete(await connect(name), "scale_queue", "workspaceId", "");
      expect(found.completion.values).toEqual([`w-${name}`]);
    }
    expect(principals).toEqual([
      { name: "ann", roles: ["reader"] },
      { name: "bob", roles: ["operator"] },
    ]);
  });

  test("of what has values of its own reads nothing", async () => {
    const { connect, opened } = await over(() => ({}));
    const found = await complete(await connect(), "move_job", "direction", "to");
    expect(found.completion.values).toEqual(["to-dli"]);
    expect(opened()).toBe(0);
  });

  test("of what is not there is empty and no error", async () => {
    const { connect, opened } = await over(() => ({}));
    const client = await connect();
    expect((await complete(client, "no_such_prompt", "queue", "")).completion).toMatchObject(nothing);
    expect((await complete(client, "scale_queue", "no_such_argument", "")).completion).toMatchObject(nothing);
    expect((await complete(client, "first_job", "program", "")).completion).toMatchObject(nothing);
    expect((await complete(client, "scale_queue", "constructor", "")).completion).toMatchObject(nothing);
    const template = { type: "ref/resource", uri: "skill://nowhere/{page}" } as const;
    const found = await client.complete({ ref: template, argument: { name: "page", value: "" } });
    expect(found.completion).toMatchObject(nothing);
    expect(opened()).toBe(0);
  });
});
