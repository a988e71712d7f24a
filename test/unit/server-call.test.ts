import { setTimeout as delay } from "node:timers/promises";
import type { Notification, ServerContext } from "@modelcontextprotocol/server";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { systemClock } from "../../src/gateway/clock.ts";
import { type CallParts, callTool } from "../../src/server/call.ts";
import { createLog } from "../../src/server/log.ts";
import { requestStateCodec } from "../../src/server/request-state.ts";
import { portableSchema } from "../../src/server/tool-schema.ts";
import { defineTool, type Tool } from "../../tools/define.ts";
import { createFakeGateway } from "../fixtures/fake-tools.ts";

const parts: CallParts = {
  open: async () => ({ gateway: createFakeGateway() }),
  codec: requestStateCodec(() => new Uint8Array(32)),
  language: "en",
  approvalTimeoutMs: 1_000,
  clock: systemClock,
  log: createLog("silent"),
  sessionOf: () => ({ tainted: false }),
};
const client = { era: "legacy", capabilities: {}, name: "test" } as const;

/** What a call sees of the connection; the rest of the SDK's context is not touched by a call that asks nothing. */
function contextWith(notify: (notification: Notification) => Promise<void>, progressToken?: string): ServerContext {
  const mcpReq = {
    signal: new AbortController().signal,
    requestState: () => undefined,
    notify,
    ...(progressToken !== undefined && { _meta: { progressToken } }),
  };
  return { mcpReq } as unknown as ServerContext;
}

function prepared(run: Tool["run"]) {
  const tool = defineTool({
    name: "probe",
    title: "Probe",
    description: "Probes.",
    toolset: "core",
    operations: ["GetJobRun"],
    input: z.strictObject({}),
    run,
  });
  return { tool, input: tool.input, schema: portableSchema(tool.input) };
}

describe("a call", () => {
  test("waits until its progress is on its way before it answers", async () => {
    const events: string[] = [];
    const reporting = prepared(async (_, { context, gateway }) => {
      context.progress?.("working");
      return { kind: "reply", summary: "done", where: gateway.where };
    });
    const slow = contextWith(async () => {
      await delay(50);
      events.push("progress");
    }, "t");
    await callTool(reporting, {}, slow, client, parts).then(() => events.push("result"));
    expect(events).toEqual(["progress", "result"]);
  });

  test("numbers messages without steps one, two, three, and goes on above a step that was counted", async () => {
    const seen: unknown[] = [];
    const reporting = prepared(async (_, { context, gateway }) => {
      context.progress?.("a");
      context.progress?.("b");
      context.progress?.("c", { done: 5, of: 9 });
      context.progress?.("d");
      context.progress?.("e", { done: 3, of: 9 });
      return { kind: "reply", summary: "done", where: gateway.where };
    });
    const ctx = contextWith(
      async ({ params }) => void seen.push([params?.progress, params?.total, params?.message]),
      "t",
    );
    await callTool(reporting, {}, ctx, client, parts);
    expect(seen).toEqual([
      [1, undefined, "a"],
      [2, undefined, "b"],
      [5, 9, "c"],
      [5 + 1 / 1024, undefined, "d"],
      [5 + 2 / 1024, 9, "e"],
    ]);
  });

  test("of a client that wants no progress gives the tool none to report to", async () => {
    let offered: unknown = "unset";
    const looking = prepared(async (_, { context, gateway }) => {
      offered = context.progress;
      return { kind: "reply", summary: "done", where: gateway.where };
    });
    await callTool(
      looking,
      {},
      contextWith(async () => undefined),
      client,
      parts,
    );
    expect(offered).toBeUndefined();
  });

  test("is answered although its progress cannot be delivered", async () => {
    const reporting = prepared(async (_, { context, gateway }) => {
      context.progress?.("working");
      return { kind: "reply", summary: "done", where: gateway.where };
    });
    const gone = contextWith(() => Promise.reject(new Error("gone")), "t");
    expect(await callTool(reporting, {}, gone, client, parts)).toMatchObject({
      structuredContent: { summary: "done" },
    });
  });
});
