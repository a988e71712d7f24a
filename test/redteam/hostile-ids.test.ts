import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEmrTransport } from "../../src/clouds/emr/transport.ts";
import type { CloudTransport, WireRequest } from "../../src/clouds/transport.ts";
import { guarded, isWorkspaceDeletion } from "../../src/clouds/wire-guard.ts";
import type { Operation, Requests } from "../../src/gateway/types.ts";
import { findOperation, operationIndex } from "../../src/operations/registry.ts";
import type { Tool } from "../../tools/define.ts";
import { tools } from "../../tools/index.ts";
import { contextWith, gatewayOver, manualClock } from "../doubles/gateway-parts.ts";
import { deletesWorkspace, type ListeningCloud, listenAsCloud } from "../doubles/listening-cloud.ts";
import { isQuick, score } from "./scorecard/record.ts";
import { hostile, randomId } from "./smuggling/hostile.ts";

/** Everything here ends at a real listening server; what counts is the request lines it saw. */

function idFields(tool: Tool): string[] {
  return Object.keys(tool.input.shape).filter((name) => /id$|^queue$|^bucket$|^uri$|entryPoint/i.test(name));
}

function inputFor(tool: Tool, field: string, value: string): Record<string, unknown> {
  const valid = { workspaceId: "w-1", jobRunId: "jr-1", queue: "root_queue", name: "n", codeType: "PYTHON" };
  return Object.fromEntries(Object.entries({ ...valid, [field]: value }).filter(([name]) => name in tool.input.shape));
}

let cloud: ListeningCloud;
let transport: CloudTransport;
const signal = new AbortController().signal;
const send = (request: WireRequest) => transport.send(request, { deadlineMs: 5_000, signal });

beforeAll(async () => {
  cloud = await listenAsCloud();
  transport = createEmrTransport({
    host: cloud.host,
    protocol: "http",
    credentials: { kind: "pair", accessKeyId: "testid", accessKeySecret: "testsecret" },
  });
});
afterAll(() => cloud.close());

const randomRuns = isQuick ? 500 : 10_000;

function scoreDeletions(family: string, tries: number): void {
  score(family, { tries, through: cloud.received.filter(deletesWorkspace).length });
}

function expectNoWorkspaceDeletion() {
  expect(cloud.received.filter(deletesWorkspace)).toEqual([]);
}

test("the listening server itself would notice a deletion in any spelling", () => {
  const spellings = [
    "/api/v1/workspaces/w-1",
    "/api/v1/workspaces/w-1/?regionId=x",
    "/api/v1/workspaces/w-1/jobRuns/../",
    "/api/v1/workspaces/w-1/jobRuns/%2e%2e",
    "/api/v1/workspaces/w-1/jobRuns/%252e%252e",
    "//api/v1//workspaces/w-1",
  ];
  const noticed = spellings.filter((url) => deletesWorkspace({ method: "DELETE", url })).length;
  score("an ordinary cancel", { tries: 0, through: 0, control: { of: spellings.length, held: noticed } });
  for (const url of spellings) {
    expect(deletesWorkspace({ method: "DELETE", url }), url).toBe(true);
  }
  expect(deletesWorkspace({ method: "DELETE", url: "/api/v1/workspaces/w-1/jobRuns/jr-1" })).toBe(false);
});

test("an ordinary cancel reaches the server, so the rest of this file tests something", async () => {
  const answer = await send({
    operation: "CancelJobRun",
    method: "DELETE",
    path: "/api/v1/workspaces/w-1/jobRuns/jr-1",
    query: { regionId: "cn-hangzhou" },
  });
  const held = cloud.received.filter(({ method }) => method === "DELETE").length;
  score("an ordinary cancel", { tries: 1, through: 0, control: { of: 1, held } });
  expect(answer).toMatchObject({ kind: "answered" });
  expect(cloud.received.at(-1)).toMatchObject({ method: "DELETE" });
});

test("every tool refuses hostile text in every argument that is an id, and sends nothing for it", async () => {
  const { gateway } = gatewayOver({}, { transport: async () => transport });
  const context = contextWith({ strength: "accepted" });
  const call = { gateway, context, clock: manualClock() };
  const before = cloud.received.length;
  const admitted: string[] = [];
  const tries = tools.flatMap((tool) =>
    idFields(tool).flatMap((field) => hostile.map((value) => ({ tool, field, value }))),
  );
  for (const { tool, field, value } of tries) {
    const input = inputFor(tool, field, value);
    const isAdmitted = tool.input.safeParse(input).success;
    const run = async () => tool.run(input, call);
    const ran = await run().then(
      () => true,
      () => false,
    );
    if (isAdmitted || ran) admitted.push(`${tool.name}.${field} = ${JSON.stringify(value)}`);
  }
  score("hostile ids, tools and gateway", { tries: tries.length, through: cloud.received.length - before });
  expect(admitted).toEqual([]);
  expect(tries.length).toBeGreaterThan(10 * hostile.length);
  expect(cloud.received.length).toBe(before);
});

test("random ids through the tools let no workspace deletion out", async () => {
  const { gateway } = gatewayOver({}, { transport: async () => transport });
  const call = { gateway, context: contextWith({ strength: "accepted" }), clock: manualClock() };
  const fields = tools.flatMap((tool) => idFields(tool).map((field) => ({ tool, field })));
  let passedTheSchema = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fields), randomId, async ({ tool, field }, value) => {
      const input = inputFor(tool, field, value);
      if (!tool.input.safeParse(input).success) return;
      passedTheSchema++;
      await tool.run(input, call);
    }),
    { numRuns: randomRuns },
  );
  scoreDeletions("random ids, tools and transport", randomRuns);
  expect(passedTheSchema).toBeGreaterThan(0);
  expectNoWorkspaceDeletion();
}, 120_000);

test("the gateway refuses hostile text in every path parameter of all operations, and sends nothing for it", async () => {
  const { gateway } = gatewayOver({}, { transport: async () => transport });
  const context = contextWith({ strength: "out-of-band" });
  const before = cloud.received.length;
  let tried = 0;
  const admitted: string[] = [];
  for (const { name } of operationIndex) {
    const parameters = findOperation(name)?.parameters.filter((parameter) => parameter.in === "path") ?? [];
    for (const parameter of parameters) {
      for (const value of hostile) {
        const outcome = await gateway.run(
          name as Operation,
          { [parameter.name]: value } as Requests[Operation],
          context,
        );
        tried += 1;
        const isRefused = outcome.kind === "refused" && outcome.code === "BAD_INPUT";
        if (!isRefused) admitted.push(`${name}.${parameter.name} = ${JSON.stringify(value)}`);
      }
    }
  }
  score("hostile ids, tools and gateway", { tries: tried, through: cloud.received.length - before });
  expect(admitted).toEqual([]);
  expect(cloud.received.length).toBe(before);
});

test("the transport, given raw paths for every deleting operation, lets no workspace deletion out", async () => {
  let tried = 0;
  for (const { name, method, path } of operationIndex.filter((entry) => entry.method === "DELETE")) {
    for (const value of hostile) {
      for (const spelled of [value, encodeURIComponent(value)]) {
        const raw = path.replace(/\{(workspaceId|workspaceBizId)\}/, "w-1").replace(/\{\w+\}/g, () => spelled);
        await send({ operation: name, method, path: raw, query: { regionId: "cn-hangzhou" } });
        tried += 1;
      }
    }
  }
  scoreDeletions("paths smuggled past the real client", tried);
  expectNoWorkspaceDeletion();
});

test("a workspace deletion by its own name is not sent, spelled correctly or not", async () => {
  for (const path of ["/api/v1/workspaces/w-1", "/api/v1/workspaces/w-1/", "/API/V1/WORKSPACES/w-1"]) {
    for (const operation of ["DeleteWorkspace", "CancelJobRun"]) {
      const answer = await send({ operation, method: "DELETE", path, query: {} });
      expect(answer).toMatchObject({ kind: "not-sent", reason: "guard" });
    }
  }
  scoreDeletions("paths smuggled past the real client", 6);
  expectNoWorkspaceDeletion();
});

test("random ids through the transport let no workspace deletion out", async () => {
  await fc.assert(
    fc.asyncProperty(randomId, fc.boolean(), async (value, encode) => {
      const segment = encode ? encodeURIComponent(value.toWellFormed()) : value;
      await send({
        operation: "CancelJobRun",
        method: "DELETE",
        path: `/api/v1/workspaces/w-1/jobRuns/${segment}`,
        query: { regionId: "cn-hangzhou" },
      });
    }),
    { numRuns: randomRuns },
  );
  scoreDeletions("random ids, tools and transport", randomRuns);
  expectNoWorkspaceDeletion();
}, 120_000);

test("the guard stops a deletion that some library made of an innocent request", async () => {
  const { request } = await import("node:http");
  const [name = "", port = ""] = cloud.host.split(":");
  for (const path of ["/api/v1/workspaces/w-1", "/api/v1/workspaces/w-1/jobRuns/..", "/api/v1/x/../workspaces/%77-1"]) {
    const attempt = () =>
      new Promise((resolve, reject) => {
        const outgoing = request({ host: name, port, method: "DELETE", path }, resolve);
        outgoing.on("error", reject);
        outgoing.end();
      });
    const { sighting, result } = guarded({ host: cloud.host, admits: () => true, signal }, attempt);
    await expect(result).rejects.toThrow("wire guard");
    expect(sighting.refused).toBe("deleting a workspace is never sent");
    // Outside every scope too: the whole process sends no such request.
    await expect(attempt()).rejects.toThrow("wire guard");
  }
  scoreDeletions("paths smuggled past the real client", 6);
  expectNoWorkspaceDeletion();
});

test("the guard refuses another host than the profile's", async () => {
  const { request } = await import("node:http");
  const [host = "", port = ""] = cloud.host.split(":");
  const before = cloud.received.length;
  const { result } = guarded({ host: "emr.test", admits: () => true, signal }, () => {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host, port, path: "/api/v1/workspaces" }, resolve);
      outgoing.on("error", reject);
      outgoing.end();
    });
  });
  const refusal = await Promise.resolve(result).catch(String);
  score("redirects and other hosts", { tries: 1, through: cloud.received.length - before });
  expect(refusal).toContain("the host is not emr.test");
});

test("a redirect is reported and not followed", async () => {
  const other = await listenAsCloud();
  const redirecting = await listenAsCloud(() => ({
    status: 302,
    body: {},
    headers: { location: `http://${other.host}/api/v1/workspaces` },
  }));
  const credentials = { kind: "pair", accessKeyId: "testid", accessKeySecret: "testsecret" } as const;
  const redirected = createEmrTransport({ host: redirecting.host, protocol: "http", credentials });
  const answer = await redirected.send(
    { operation: "ListWorkspaces", method: "GET", path: "/api/v1/workspaces", query: {} },
    { deadlineMs: 5_000, signal },
  );
  score("redirects and other hosts", { tries: 1, through: other.received.length });
  expect(answer).toMatchObject({ kind: "rejected", status: 302, code: "Redirect" });
  expect(other.received).toEqual([]);
  await Promise.all([other.close(), redirecting.close()]);
});

test("what only looks like a deletion is not mistaken for one", () => {
  expect(isWorkspaceDeletion("DELETE", "/api/v1/workspaces/w-1/jobRuns/jr-1")).toBe(false);
  expect(isWorkspaceDeletion("GET", "/api/v1/workspaces/w-1")).toBe(false);
  expect(isWorkspaceDeletion("DELETE", "/api/v1/kyuubi/w-1/kb-1")).toBe(false);
});
