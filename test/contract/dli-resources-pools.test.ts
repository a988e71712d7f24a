import { expect, test } from "vitest";
import { openResources, startOfTest, type TestResources } from "./dli-resources.support.ts";

const bounds = { min_cu: 64, max_cu: 256 };

async function readyPool(resources: TestResources, name = "erp", fields: object = bounds) {
  await resources.call("CreateElasticResourcePool", { elastic_resource_pool_name: name, ...fields });
  resources.pass(resources.context.timings.poolReadyMs);
  return { elastic_resource_pool_name: name };
}

async function onlyPool({ call }: TestResources) {
  const [pool] = (await call("ListElasticResourcePools", {})).elastic_resource_pools ?? [];
  return pool;
}

const day = { impact_start_time: "00:00", impact_stop_time: "24:00", priority: 1, min_cu: 16, max_cu: 64 };

test("a new pool is CREATING and then AVAILABLE at its minimum", async () => {
  const resources = openResources();
  await resources.call("CreateElasticResourcePool", { elastic_resource_pool_name: "ERP_Prod", ...bounds });
  expect(await onlyPool(resources)).toMatchObject({
    elastic_resource_pool_name: "erp_prod",
    status: "CREATING",
    actual_cu: 0,
    cidr_in_vpc: "172.16.0.0/12",
    owner: "testuser",
  });
  resources.pass(1000);
  expect(await onlyPool(resources)).toMatchObject({ status: "AVAILABLE", actual_cu: 64, current_cu: 0 });
});

test("a pool's name is taken whatever its case", async () => {
  const resources = openResources();
  await readyPool(resources);
  const again = { elastic_resource_pool_name: "ERP", ...bounds };
  expect(await resources.refused("CreateElasticResourcePool", again)).toContain("DLI.0006");
});

test.each([
  ["below the smallest standard pool", { min_cu: 48, max_cu: 64 }],
  ["not a multiple of 16", { min_cu: 64, max_cu: 72 }],
  ["above the largest", { min_cu: 64, max_cu: 32_016 }],
  ["minimum above maximum", { min_cu: 128, max_cu: 64 }],
  ["a basic pool above 64", { min_cu: 16, max_cu: 80, label: { spec: "basic" } }],
])("the bounds of a pool are checked: %s", async (_case, fields) => {
  const { refused } = openResources();
  const input = { elastic_resource_pool_name: "erp", ...fields };
  expect(await refused("CreateElasticResourcePool", input)).toContain("DLI.0001");
});

test("a basic pool can have 16 CUs", async () => {
  const resources = openResources();
  await readyPool(resources, "small", { min_cu: 16, max_cu: 32, label: { spec: "basic" } });
  expect(await onlyPool(resources)).toMatchObject({ actual_cu: 16, label: { spec: "basic" } });
});

test("a pool scales out for its queues and says from where to where in a record", async () => {
  const resources = openResources();
  const pool = await readyPool(resources);
  await resources.call("CreateQueue", { ...pool, queue_name: "q1", queue_type: "general", cu_count: 64 });
  await resources.call("UpdateElasticResourcePoolQueue", {
    ...pool,
    queue_name: "q1",
    queue_scaling_policies: [{ ...day, min_cu: 64, max_cu: 128 }],
  });
  expect(await onlyPool(resources)).toMatchObject({ status: "AVAILABLE", actual_cu: 64 });
  resources.pass(30 * 60_000);
  expect(await onlyPool(resources)).toMatchObject({ status: "SCALING", actual_cu: 64, queues: ["q1"] });
  resources.pass(1000);
  expect(await onlyPool(resources)).toMatchObject({ status: "AVAILABLE", actual_cu: 128 });
  const { items, count } = await resources.call("ListElasticResourcePoolScaleRecords", pool);
  expect(count).toBe(1);
  expect(items).toEqual([
    {
      min_cu: 64,
      max_cu: 256,
      current_cu: 128,
      origin_cu: 64,
      target_cu: 128,
      record_time: startOfTest + 1000 + 30 * 60_000 + 1000,
      status: "success",
      fail_reason: "",
    },
  ]);
});

test("a scaling that is not over has no record yet", async () => {
  const resources = openResources();
  const pool = await readyPool(resources, "erp", { min_cu: 64, max_cu: 64 });
  await resources.call("UpdateElasticResourcePool", { ...pool, max_cu: 128 });
  await resources.call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 64 });
  await resources.call("UpdateElasticResourcePoolQueue", {
    ...pool,
    queue_name: "q1",
    queue_scaling_policies: [{ ...day, max_cu: 128 }],
  });
  resources.pass(30 * 60_000);
  expect((await onlyPool(resources))?.status).toBe("SCALING");
  expect(await resources.call("ListElasticResourcePoolScaleRecords", pool)).toEqual({ count: 0, items: [] });
});

test.each(["CREATING", "SCALING"] as const)("a pool that is %s is neither changed nor deleted", async (state) => {
  const resources = openResources();
  const pool = await readyPool(resources);
  if (state === "CREATING") {
    await resources.call("CreateElasticResourcePool", { elastic_resource_pool_name: "fresh", ...bounds });
    pool.elastic_resource_pool_name = "fresh";
  } else {
    await resources.call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 64 });
    await resources.call("UpdateElasticResourcePoolQueue", {
      ...pool,
      queue_name: "q1",
      queue_scaling_policies: [{ ...day, max_cu: 128 }],
    });
    resources.pass(30 * 60_000);
  }
  expect(await resources.refused("UpdateElasticResourcePool", { ...pool, max_cu: 128 })).toContain(state);
  expect(await resources.refused("DeleteElasticResourcePool", pool)).toContain(state);
});

test("a pool with a queue is not deleted", async () => {
  const resources = openResources();
  const pool = await readyPool(resources);
  await resources.call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 16 });
  expect(await resources.refused("DeleteElasticResourcePool", pool)).toContain("still has the queue q1");
  expect((await onlyPool(resources))?.elastic_resource_pool_name).toBe("erp");
});

test("a deleted pool is gone", async () => {
  const resources = openResources();
  const pool = await readyPool(resources);
  await resources.call("DeleteElasticResourcePool", pool);
  expect(await resources.call("ListElasticResourcePools", {})).toMatchObject({ count: 0, elastic_resource_pools: [] });
  expect(await resources.refused("DeleteElasticResourcePool", pool)).toContain("DLI.0002");
});

test("a pool's minimum does not go above the CUs that it has", async () => {
  const resources = openResources();
  const pool = await readyPool(resources);
  expect(await resources.refused("UpdateElasticResourcePool", { ...pool, min_cu: 128 })).toContain("64 CUs");
});

test("a pool's bounds have to go with its queues", async () => {
  const resources = openResources();
  const pool = await readyPool(resources, "erp", { min_cu: 128, max_cu: 256 });
  await resources.call("CreateQueue", { ...pool, queue_name: "q1", cu_count: 112 });
  resources.pass(1000);
  expect(await resources.refused("UpdateElasticResourcePool", { ...pool, min_cu: 64 })).toContain("sum 112");
  expect(await resources.refused("UpdateElasticResourcePool", { ...pool, min_cu: 64, max_cu: 96 })).toContain("112");
});

test("pools are found by a part of the name, by state and by tag", async () => {
  const resources = openResources();
  const { call } = resources;
  const tags = [{ key: "env", value: "prod" }];
  await readyPool(resources, "erp_prod", { ...bounds, tags });
  await call("CreateElasticResourcePool", { elastic_resource_pool_name: "lab", ...bounds });
  const names = async (filter: Parameters<typeof call<"ListElasticResourcePools">>[1]) =>
    (await call("ListElasticResourcePools", filter)).elastic_resource_pools?.map(
      (pool) => pool.elastic_resource_pool_name,
    );
  expect(await names({ name: "PROD" })).toEqual(["erp_prod"]);
  expect(await names({ status: "CREATING" })).toEqual(["lab"]);
  expect(await names({ tags: "env=prod" })).toEqual(["erp_prod"]);
  expect(await names({ limit: 1, offset: 1 })).toEqual(["lab"]);
});

test("records of scaling are asked for at most 30 days back and not in the future", async () => {
  const resources = openResources();
  const pool = await readyPool(resources);
  const now = resources.context.now();
  const old = { ...pool, start_time: now - 31 * 86_400_000 };
  expect(await resources.refused("ListElasticResourcePoolScaleRecords", old)).toContain("30 days");
  expect(await resources.refused("ListElasticResourcePoolScaleRecords", { ...pool, end_time: now + 1 })).toContain(
    "future",
  );
});
