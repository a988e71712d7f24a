import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runningSandbox } from "../../src/sandbox/sandbox.ts";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";
import { openSandbox } from "../doubles/sandbox-emr.ts";

/** DLI as a part of the sandbox. */

test("another process finds DLI, its project and its storage by the data folder", async () => {
  const { sandbox } = await openDliSandbox({ objectStore: {} });
  expect(runningSandbox(sandbox.dataFolder)).toMatchObject({
    dliEndpoint: sandbox.dliEndpoint,
    dliRegionId: "cn-north-4",
    projectId: sandbox.projectId,
    obsEndpoint: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    emrEndpoint: sandbox.emrEndpoint,
  });
  expect(sandbox.projectId).toMatch(/^[0-9a-f]{32}$/);
});

test("the owner's file holds no secret", async () => {
  const { sandbox } = await openDliSandbox();
  expect(readFileSync(join(sandbox.dataFolder, "owner.json"), "utf8")).not.toContain(sandbox.accessKeySecret);
});

test("the project stays the same over restarts", async () => {
  const first = await openDliSandbox();
  await first.sandbox.close();
  const second = await openDliSandbox({ dataFolder: first.sandbox.dataFolder });
  expect(second.projectId).toBe(first.projectId);
});

test("a first user finds a pool with a queue of each type, and a bucket", async () => {
  const { call, sandbox } = await openDliSandbox({ dli: { firstPool: true }, objectStore: {} });
  expect(await call("ListElasticResourcePools")).toMatchObject({
    body: { count: 1, elastic_resource_pools: [{ status: "AVAILABLE" }] },
  });
  expect(await call("ListQueues", { queue_type: "all", order: "queue_name_asc" })).toMatchObject({
    body: { queues: [{ queue_type: "general" }, { queue_type: "sql" }] },
  });
  expect(() => readFileSync(join(sandbox.storageFolder, "sandbox"))).toThrow("EISDIR");
});

test("what a user has deleted is not made again by a restart as long as a pool is left", async () => {
  const first = await openDliSandbox({ dli: { firstPool: true } });
  await first.call("DeleteQueue", { queue_name: "sandbox_sql" });
  await first.sandbox.close();
  const second = await openDliSandbox({ dataFolder: first.sandbox.dataFolder, dli: { firstPool: true } });
  expect(await second.call("ListQueues", { queue_type: "all" })).toMatchObject({
    body: { queues: [{ queue_name: "sandbox_general" }] },
  });
});

test("it can be left out", async () => {
  const { sandbox } = await openSandbox({ dli: false });
  expect(sandbox.dliEndpoint).toBeUndefined();
  expect(sandbox.projectId).toBeUndefined();
});

test("the doors of both clouds keep one request log", async () => {
  const { sandbox, call } = await openDliSandbox();
  await call("ListQueues");
  expect(sandbox.requestLog.count("ListQueues")).toBe(1);
  const response = await fetch(`http://${sandbox.emrEndpoint}/sandbox/requests`, {
    headers: { authorization: `Bearer ${sandbox.accessKeySecret}` },
  });
  expect(await response.json()).toMatchObject({ requests: [{ operation: "ListQueues", status: 200 }] });
});
