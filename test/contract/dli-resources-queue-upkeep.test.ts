import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openResources, type TestResources } from "./dli-resources.support.ts";
import { endedBatch, runningBatch } from "./dli-resources-batches.support.ts";

async function withQueue(fields: object = {}) {
  const resources = openResources();
  await resources.call("CreateQueue", { queue_name: "q1", cu_count: 64, ...fields });
  return resources;
}

const cuOf = async ({ call }: TestResources) => (await call("ShowQueue", { queue_name: "q1" })).cuCount;
const propertiesOf = async ({ call }: TestResources) =>
  (await call("ListQueueProperties", { queue_name: "q1" })).properties;

test("a queue is scaled out and in by 16 CUs once it has run a job", async () => {
  const resources = await withQueue();
  const out = { queue_name: "q1", action: "scale_out", cu_count: 32 } as const;
  expect(await resources.refused("RunQueueAction", out)).toContain("once it has run a job");
  endedBatch("q1", "success", resources.context);
  expect(await resources.call("RunQueueAction", out)).toEqual({ queue_name: "q1", result: true });
  expect(await cuOf(resources)).toBe(96);
  await resources.call("RunQueueAction", { queue_name: "q1", action: "scale_in", cu_count: 16 });
  expect(await cuOf(resources)).toBe(80);
});

test.each([
  ["by another step", { cu_count: 24 }, "DLI.0001"],
  ["without a size", {}, "DLI.0001"],
  ["below 64 CUs", { action: "scale_in", cu_count: 16 }, "DLI.0007"],
] as const)("a queue is not scaled %s", async (_case, fields, code) => {
  const resources = await withQueue();
  endedBatch("q1", "success", resources.context);
  expect(await resources.refused("RunQueueAction", { queue_name: "q1", action: "scale_out", ...fields })).toContain(
    code,
  );
  expect(await cuOf(resources)).toBe(64);
});

test("a queue of 16 CUs cannot be scaled", async () => {
  const resources = await withQueue({ cu_count: 16 });
  endedBatch("q1", "success", resources.context);
  const out = { queue_name: "q1", action: "scale_out", cu_count: 16 } as const;
  expect(await resources.refused("RunQueueAction", out)).toContain("DLI.0007");
});

test("a queue is not scaled in below what its jobs use", async () => {
  const resources = await withQueue({ cu_count: 256 });
  runningBatch("q1", 200, resources.context);
  const inwards = { queue_name: "q1", action: "scale_in", cu_count: 64 } as const;
  expect(await resources.refused("RunQueueAction", inwards)).toContain("200 CUs");
});

test("a queue in a pool is not scaled by itself", async () => {
  const resources = openResources();
  await resources.call("CreateElasticResourcePool", { elastic_resource_pool_name: "erp", min_cu: 64, max_cu: 64 });
  resources.pass(1000);
  await resources.call("CreateQueue", { queue_name: "q1", cu_count: 64, elastic_resource_pool_name: "erp" });
  endedBatch("q1", "success", resources.context);
  const out = { queue_name: "q1", action: "scale_out", cu_count: 16 } as const;
  expect(await resources.refused("RunQueueAction", out)).toContain("scaling policies");
});

test("only a SQL queue that has completed a job is restarted", async () => {
  const resources = await withQueue();
  const restart = { queue_name: "q1", action: "restart" } as const;
  expect(await resources.refused("RunQueueAction", restart)).toContain("once it has completed a job");
  endedBatch("q1", "success", resources.context);
  expect(await resources.call("RunQueueAction", restart)).toMatchObject({ is_success: true, queue_name: "q1" });
  const [queue] = (await resources.call("ListQueues", {})).queues ?? [];
  expect(queue?.is_restarting).toBe(true);
  expect(await resources.refused("RunQueueAction", restart)).toContain("is restarting");
  await resources.call("CreateQueue", { queue_name: "g1", queue_type: "general", cu_count: 16 });
  expect(await resources.refused("RunQueueAction", { ...restart, queue_name: "g1" })).toContain("of the type sql");
});

test("a restart over running jobs is refused, and by force is not simulated", async () => {
  const resources = await withQueue();
  endedBatch("q1", "success", resources.context);
  runningBatch("q1", 8, resources.context);
  const restart = { queue_name: "q1", action: "restart" } as const;
  expect(await resources.refused("RunQueueAction", restart)).toContain("still has jobs");
  expect(await resources.refused("RunQueueAction", { ...restart, force: true })).toContain("Sandbox.NotSimulated");
});

test("the property that is written as maxInstance is read as maxInstances", async () => {
  const resources = await withQueue();
  const properties = { "computeEngine.maxInstance": 4, "job.maxConcurrent": 32 };
  await resources.call("CreateQueueProperty", { queue_name: "q1", properties });
  expect(await propertiesOf(resources)).toEqual([
    { key: "computeEngine.maxInstances", value: "4" },
    { key: "job.maxConcurrent", value: "32" },
  ]);
  await resources.call("DeleteQueueProperty", { queue_name: "q1", keys: ["computeEngine.maxInstance"] });
  expect(await propertiesOf(resources)).toEqual([{ key: "job.maxConcurrent", value: "32" }]);
});

test.each<[string, object]>([
  ["more drivers than a driver for each 16 CUs", { "computeEngine.maxInstance": 5 }],
  ["more warm drivers than drivers", { "computeEngine.maxInstance": 2, "computeEngine.maxPrefetchInstance": 3 }],
  ["more than 32 tasks at a time", { "job.maxConcurrent": 33 }],
  ["an end of storing results", { "job.saveJobResultToJobBucket": "false" }],
  ["something that is no CIDR block", { "network.cidrInVpc": "10.0.0.0" }],
  ["an unknown property", { "computeEngine.turbo": "true" }],
])("a queue's properties take no %s", async (_case, properties) => {
  const resources = await withQueue();
  expect(await resources.refused("UpdateQueueProperty", { queue_name: "q1", properties })).toContain("DLI.0001");
  expect(await propertiesOf(resources)).toEqual([]);
});

test("a queue's CIDR block is changed by a property", async () => {
  const { call } = await withQueue();
  await call("UpdateQueueProperty", { queue_name: "q1", properties: { "network.cidrInVpc": "10.0.0.0/16" } });
  const [queue] = (await call("ListQueues", {})).queues ?? [];
  expect(queue?.cidr_in_vpc).toBe("10.0.0.0/16");
});

async function openPort(): Promise<number> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function probe({ call }: TestResources, address: string) {
  const { task_id = 0 } = await call("CreateConnectivityTask", { queue_name: "q1", address });
  return (await call("ShowConnectivityTask", { queue_name: "q1", task_id: String(task_id) })).connectivity;
}

test("an address of this machine that answers is REACHABLE, by a connection's host name, too", async () => {
  const resources = await withQueue();
  const port = await openPort();
  expect(await probe(resources, `127.0.0.1:${port}`)).toBe("REACHABLE");
  expect(await probe(resources, `rds-1:${port}`)).toBe("UNREACHABLE");
  await resources.call("CreateEnhancedConnection", {
    name: "to_rds",
    dest_vpc_id: "vpc",
    dest_network_id: "net",
    queues: ["q1"],
    hosts: [{ name: "rds-1", ip: "127.0.0.1" }],
  });
  resources.pass(500);
  expect(await probe(resources, `tcp://rds-1:${port}`)).toBe("REACHABLE");
});

test("no address beyond this machine is reachable", async () => {
  expect(await probe(await withQueue(), "192.168.0.25:3306")).toBe("UNREACHABLE");
});

test("an address without a port is refused", async () => {
  const { refused } = await withQueue();
  expect(await refused("CreateConnectivityTask", { queue_name: "q1", address: "rds" })).toContain("DLI.0001");
});

test("a probe belongs to its queue", async () => {
  const resources = await withQueue();
  const { task_id = 0 } = await resources.call("CreateConnectivityTask", { queue_name: "q1", address: "10.0.0.1:80" });
  await resources.call("CreateQueue", { queue_name: "q2", cu_count: 16 });
  const other = { queue_name: "q2", task_id: String(task_id) };
  expect(await resources.refused("ShowConnectivityTask", other)).toContain("DLI.0002");
});
