import { expect, test } from "vitest";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";

/** Pools and queues as a client meets them, over real HTTP. */

const pool = { elastic_resource_pool_name: "erp" };

test("a pool is made, gets a queue and is deleted", async () => {
  const { call, send, projectId } = await openDliSandbox();
  const created = await call("CreateElasticResourcePool", { ...pool, min_cu: 64, max_cu: 64 });
  expect(created).toMatchObject({ status: 200, body: { is_success: true, elastic_resource_pool_name: "erp" } });
  const queue = await call("CreateQueue", { ...pool, queue_name: "Q1", queue_type: "general", cu_count: 16 });
  expect(queue).toMatchObject({ status: 200, body: { is_success: true, queue_name: "q1" } });
  const erp = { method: "DELETE", path: `/v3/${projectId}/elastic-resource-pools/erp` };
  expect(await send(erp)).toMatchObject({ status: 400, body: { error_code: "DLI.0007" } });
  expect(await call("DeleteQueue", { queue_name: "q1" })).toMatchObject({ status: 200 });
  expect(await send(erp)).toMatchObject({ status: 200, body: { is_success: true } });
  expect(await call("ListElasticResourcePools")).toMatchObject({ body: { count: 0 } });
});

test("a queue whose name begins with a blank is not found under its trimmed name", async () => {
  const { call, send, projectId } = await openDliSandbox();
  await call("CreateQueue", { queue_name: "test", cu_count: 16 });
  const shown = (name: string) => send({ method: "GET", path: `/v1.0/${projectId}/queues/${name}` });
  expect(await shown("test")).toMatchObject({ status: 200, body: { queueName: "test" } });
  expect((await shown("%20test")).body).toMatchObject({ error_msg: expect.any(String) });
});

test("queues come in pages whose parameters have hyphens", async () => {
  const { send, call, projectId } = await openDliSandbox();
  for (const queue_name of ["a1", "b1", "c1"]) await call("CreateQueue", { queue_name, cu_count: 16 });
  const query = [["page-size", "2"] as const, ["current-page", "2"] as const];
  const reply = await send({ method: "GET", path: `/v1.0/${projectId}/queues`, query });
  expect(reply.body).toMatchObject({ is_success: true, queues: [{ queue_name: "c1" }] });
});

test("a connection is answered with 201, and a change of tags with 204 and nothing else", async () => {
  const { call } = await openDliSandbox();
  const connection = await call("CreateEnhancedConnection", { name: "c", dest_vpc_id: "v", dest_network_id: "n" });
  expect(connection).toMatchObject({ status: 201, body: { is_success: true } });
  const { connection_id } = connection.body as { connection_id: string };
  const resource = { resource_type: "dli_enhanced_datasource", resource_id: connection_id };
  const tagged = await call("BatchCreateResourceTags", { ...resource, tags: [{ key: "env", value: "prod" }] });
  expect(tagged).toMatchObject({ status: 204, body: undefined });
  expect(await call("ShowResourceTags", resource)).toMatchObject({ body: { count: 1 } });
});

test("what was made is there after a restart", async () => {
  const first = await openDliSandbox();
  await first.call("CreateElasticResourcePool", { ...pool, min_cu: 64, max_cu: 64 });
  await first.call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 16 });
  await first.sandbox.close();
  const second = await openDliSandbox({ dataFolder: first.sandbox.dataFolder });
  expect(await second.call("ShowQueue", { queue_name: "q1" })).toMatchObject({
    status: 200,
    body: { elastic_resource_pool_name: "erp" },
  });
});
