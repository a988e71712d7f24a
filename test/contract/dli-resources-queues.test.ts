import { expect, test } from "vitest";
import { findQueue, queueRoom } from "../../src/sandbox/dli/resources/queues.ts";
import { queueSample } from "../../src/sandbox/dli/resources/samples.ts";
import { seedResources } from "../../src/sandbox/dli/resources/seed.ts";
import { openResources, type TestResources } from "./dli-resources.support.ts";
import { endedBatch, runningBatch } from "./dli-resources-batches.support.ts";

const wholeDay = { impact_start_time: "00:00", impact_stop_time: "24:00", priority: 1, min_cu: 16, max_cu: 64 };

async function withPool(bounds: object = { min_cu: 64, max_cu: 256 }) {
  const resources = openResources();
  await resources.call("CreateElasticResourcePool", { elastic_resource_pool_name: "erp", ...bounds });
  resources.pass(1000);
  return { ...resources, pool: { elastic_resource_pool_name: "erp" } };
}

async function policiesOf({ call }: TestResources, name: string) {
  const { queues = [] } = await call("ListElasticResourcePoolQueues", { elastic_resource_pool_name: "erp" });
  return queues.find((queue) => queue.queue_name === name)?.queue_scaling_policies;
}

test("ShowQueue spells four names with capitals and the others with underscores", async () => {
  const { call, pool } = await withPool();
  await call("CreateQueue", { ...pool, queue_name: "Nightly", queue_type: "general", cu_count: 32, description: "d" });
  const queue = await call("ShowQueue", { queue_name: "NIGHTLY" });
  expect(queue).toMatchObject({
    is_success: true,
    queueName: "nightly",
    queueType: "general",
    cuCount: 32,
    chargingMode: 1,
    description: "d",
    owner: "testuser",
    elastic_resource_pool_name: "erp",
    resource_mode: 1,
    resource_type: "container",
  });
  expect(queue).not.toHaveProperty("queue_name");
});

test("a queue with a leading blank in its name does not exist", () => {
  const { context } = openResources();
  seedResources(context);
  expect(findQueue(" sandbox_sql", context)).toBeUndefined();
  expect(findQueue("Sandbox_SQL", context)?.queueType).toBe("sql");
});

test("a queue that is not there is answered with DLI.0002", async () => {
  const { refused } = openResources();
  expect(await refused("ShowQueue", { queue_name: "nobody" })).toBe("DLI.0002 The queue nobody does not exist.");
  expect(await refused("DeleteQueue", { queue_name: "nobody" })).toContain("DLI.0002");
});

test("a queue's name is taken in the whole project, whatever its case", async () => {
  const { call, refused, pool } = await withPool();
  await call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 16 });
  expect(await refused("CreateQueue", { queue_name: "Q1", cu_count: 16 })).toContain("DLI.0006");
});

test("a pool that is still CREATING takes no queue", async () => {
  const { call, refused } = openResources();
  await call("CreateElasticResourcePool", { elastic_resource_pool_name: "erp", min_cu: 64, max_cu: 64 });
  const queue = { elastic_resource_pool_name: "erp", queue_name: "q1", cu_count: 16 };
  expect(await refused("CreateQueue", queue)).toContain("DLI.0007");
});

test.each([
  ["outside of a pool any size but 16, 64 and 256", { cu_count: 32 }],
  ["a billing mode but 1", { cu_count: 16, charging_mode: 2 }],
  ["HetuEngine for a general queue", { cu_count: 16, queue_type: "general", engine: "hetuEngine" }],
  ["an AI queue that is shared", { cu_count: 16, feature: "ai" }],
  ["a tag without a value", { cu_count: 16, tags: [{ key: "env", value: "" }] }],
] as const)("CreateQueue refuses %s", async (_case, fields) => {
  const { refused } = openResources();
  expect(await refused("CreateQueue", { queue_name: "q1", ...fields })).toContain("DLI.0001");
});

test("the queues' minima stay within the pool's minimum", async () => {
  const { call, refused, pool } = await withPool();
  await call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 48 });
  expect(await refused("CreateQueue", { ...pool, queue_name: "q2", cu_count: 32 })).toContain("add up to 80");
  await call("CreateQueue", { ...pool, queue_name: "q2", cu_count: 16 });
});

test("a queue has one policy for the whole day to begin with", async () => {
  const resources = await withPool();
  await resources.call("CreateQueue", { ...resources.pool, queue_name: "q1", cu_count: 32 });
  expect(await policiesOf(resources, "q1")).toEqual([
    { ...wholeDay, min_cu: 32, max_cu: 32, inherit_elastic_resource_pool_max_cu: false },
  ]);
});

test.each([
  ["without one for the whole day", [{ ...wholeDay, impact_start_time: "08:00" }], "00:00 to 24:00"],
  ["off the hour", [{ ...wholeDay, impact_start_time: "08:30" }], "full hours"],
  ["of no length", [wholeDay, { ...wholeDay, impact_start_time: "08:00", impact_stop_time: "08:00" }], "full hours"],
  ["with CUs between the steps", [{ ...wholeDay, max_cu: 40 }], "multiples of 16"],
  ["with a priority of 0", [{ ...wholeDay, priority: 0 }], "1 to 100"],
  ["with a priority of 101", [{ ...wholeDay, priority: 101 }], "1 to 100"],
  ["with a maximum below the minimum", [{ ...wholeDay, min_cu: 32, max_cu: 16 }], "must not be below"],
  ["above the pool", [{ ...wholeDay, max_cu: 512 }], "above the max_cu 256"],
  [
    "that overlap",
    [
      wholeDay,
      { ...wholeDay, impact_start_time: "08:00", impact_stop_time: "12:00" },
      { ...wholeDay, impact_start_time: "11:00", impact_stop_time: "14:00" },
    ],
    "overlap at 11:00",
  ],
])("policies %s are refused", async (_case, policies, words) => {
  const { call, refused, pool } = await withPool();
  await call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 16 });
  const input = { ...pool, queue_name: "q1", queue_scaling_policies: policies };
  const text = await refused("UpdateElasticResourcePoolQueue", input);
  expect(text).toContain("DLI.0001");
  expect(text).toContain(words);
});

test("windows that touch and one over midnight are taken", async () => {
  const resources = await withPool();
  await resources.call("CreateQueue", { ...resources.pool, queue_name: "q1", cu_count: 16 });
  await resources.call("UpdateElasticResourcePoolQueue", {
    ...resources.pool,
    queue_name: "q1",
    queue_scaling_policies: [
      wholeDay,
      { ...wholeDay, impact_start_time: "08:00", impact_stop_time: "12:00" },
      { ...wholeDay, impact_start_time: "12:00", impact_stop_time: "22:00" },
      { ...wholeDay, impact_start_time: "22:00", impact_stop_time: "06:00", priority: 100 },
    ],
  });
  expect(await policiesOf(resources, "q1")).toHaveLength(4);
});

test("minima are added up hour by hour, so queues can take turns", async () => {
  const { call, refused, pool } = await withPool();
  const night = { ...wholeDay, impact_start_time: "00:00", impact_stop_time: "08:00", min_cu: 48 };
  const day = { ...wholeDay, impact_start_time: "08:00", impact_stop_time: "20:00", min_cu: 48 };
  for (const queue_name of ["q1", "q2"]) await call("CreateQueue", { ...pool, queue_name, cu_count: 16 });
  const set = (queue_name: string, window: object) => ({
    ...pool,
    queue_name,
    queue_scaling_policies: [wholeDay, { ...wholeDay, ...window }],
  });
  await call("UpdateElasticResourcePoolQueue", set("q1", night));
  expect(await refused("UpdateElasticResourcePoolQueue", set("q2", night))).toContain("add up to 96");
  await call("UpdateElasticResourcePoolQueue", set("q2", day));
});

test("new policies act from the next full hour", async () => {
  const { call, context, pass, pool } = await withPool({ min_cu: 64, max_cu: 64 });
  await call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 16 });
  const policies = [{ ...wholeDay, max_cu: 64, priority: 7 }];
  await call("UpdateElasticResourcePoolQueue", { ...pool, queue_name: "q1", queue_scaling_policies: policies });
  expect(queueRoom("q1", context).maxCu).toBe(16);
  pass(30 * 60_000);
  expect(queueRoom("q1", context).maxCu).toBe(64);
});

test("a queue of another pool has no policies here", async () => {
  const { call, refused, pool } = await withPool();
  await call("CreateQueue", { queue_name: "alone", cu_count: 16 });
  const input = { ...pool, queue_name: "alone", queue_scaling_policies: [wholeDay] };
  expect(await refused("UpdateElasticResourcePoolQueue", input)).toContain("DLI.0002");
});

test("a queue outside of pools moves into one, once", async () => {
  const { call, refused, pool } = await withPool();
  await call("CreateQueue", { queue_name: "alone", cu_count: 16 });
  await call("AssociateQueueToElasticResourcePool", { ...pool, queue_name: "alone" });
  expect(await call("ShowQueue", { queue_name: "alone" })).toMatchObject({
    elastic_resource_pool_name: "erp",
    resource_mode: 1,
  });
  expect(await refused("AssociateQueueToElasticResourcePool", { ...pool, queue_name: "alone" })).toContain("DLI.0007");
});

test("ListQueues shows SQL queues unless another type is asked for", async () => {
  const { call, context } = openResources();
  seedResources(context);
  const names = async (input: Parameters<typeof call<"ListQueues">>[1]) =>
    (await call("ListQueues", input)).queues?.map((queue) => queue.queue_name);
  expect(await names({})).toEqual(["sandbox_sql"]);
  expect(await names({ queue_type: "all" })).toEqual(["sandbox_general", "sandbox_sql"]);
  expect(await names({ queue_type: "all", order: "queue_name_desc" })).toEqual(["sandbox_sql", "sandbox_general"]);
  expect(await names({ queue_type: "all", "page-size": 1, "current-page": 2 })).toEqual(["sandbox_sql"]);
});

test("an offset without a limit has no effect on a pool's queues", async () => {
  const { call, context } = openResources();
  seedResources(context);
  const names = async (page: { limit?: number; offset?: number }) =>
    (await call("ListElasticResourcePoolQueues", { elastic_resource_pool_name: "sandbox_pool", ...page })).queues?.map(
      (queue) => queue.queue_name,
    );
  expect(await names({ offset: 1 })).toEqual(["sandbox_general", "sandbox_sql"]);
  expect(await names({ limit: 5, offset: 1 })).toEqual(["sandbox_sql"]);
});

test("a queue with jobs is not deleted, and one without is", async () => {
  const { call, context, refused, pool } = await withPool();
  await call("CreateQueue", { ...pool, queue_name: "q1", queue_type: "general", cu_count: 16 });
  const batch = runningBatch("q1", 8, context);
  expect(await refused("DeleteQueue", { queue_name: "q1" })).toContain("still has jobs");
  batch.end();
  await call("DeleteQueue", { queue_name: "q1" });
  expect(await refused("ShowQueue", { queue_name: "q1" })).toContain("DLI.0002");
});

test("the first pool comes with a SQL and a general queue, and comes once", async () => {
  const { call, context } = openResources();
  seedResources(context);
  seedResources(context);
  const { elastic_resource_pools: found } = await call("ListElasticResourcePools", {});
  expect(found).toMatchObject([
    {
      elastic_resource_pool_name: "sandbox_pool",
      status: "AVAILABLE",
      actual_cu: 64,
      queues: ["sandbox_general", "sandbox_sql"],
    },
  ]);
});

test("a queue leaves the others of its pool their minimum", () => {
  const { context } = openResources();
  seedResources(context);
  expect(queueRoom("sandbox_general", context)).toEqual({ maxCu: 48, usedCu: 0 });
});

test("what another queue of the pool uses is not there to be had", () => {
  const { context } = openResources();
  seedResources(context);
  runningBatch("sandbox_general", 40, context);
  const { maxCu, usedCu } = queueRoom("sandbox_sql", context);
  expect({ maxCu, free: maxCu - usedCu }).toEqual({ maxCu: 48, free: 24 });
  expect(queueRoom("sandbox_general", context)).toEqual({ maxCu: 48, usedCu: 40 });
});

test("there is no room in a queue that is not there", () => {
  const { context } = openResources();
  expect(queueRoom("nobody", context)).toEqual({ maxCu: 0, usedCu: 0 });
});

test("a sample has the names of Cloud Eye and the figures of now", () => {
  const { context } = openResources();
  seedResources(context);
  const queue = findQueue("sandbox_general", context);
  runningBatch("sandbox_general", 40, context);
  endedBatch("sandbox_general", "success", context);
  expect(queue && queueSample(queue, context)).toEqual({
    queue_cu_num: 40,
    queue_job_launching_num: 0,
    queue_job_running_num: 1,
    queue_job_succeed_num: 1,
    queue_job_failed_num: 0,
    queue_job_cancelled_num: 0,
    queue_alloc_cu_num: 40,
    queue_min_cu_num: 16,
    queue_max_cu_num: 64,
    queue_priority: 1,
  });
});
