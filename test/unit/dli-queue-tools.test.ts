import { describe, expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import { answered, type Script } from "../doubles/gateway-parts.ts";
import { desk } from "./dli-tools.support.ts";

const fullDay = { priority: 1, impact_start_time: "00:00", impact_stop_time: "24:00", min_cu: 16, max_cu: 64 };
const pool = {
  elastic_resource_pool_name: "pool_1",
  status: "AVAILABLE",
  min_cu: 64,
  max_cu: 128,
  current_cu: 20,
  actual_cu: 64,
  cidr_in_vpc: "172.16.0.0/12",
};
const spark = {
  queue_name: "spark_q",
  queue_type: "general",
  cu_count: 16,
  used_cu: 8,
  elastic_resource_pool_name: "pool_1",
};
const alone = { queue_name: "old_q", queue_type: "sql", cu_count: 64, used_cu: 0 };

const lists = (pools: unknown[] = [pool], queues: unknown[] = [spark, alone]): Script => ({
  ListElasticResourcePools: answered({ is_success: true, elastic_resource_pools: pools }),
  ListQueues: answered({ is_success: true, queues }),
  ListElasticResourcePoolQueues: answered({
    is_success: true,
    queues: [{ queue_name: "spark_q", queue_type: "general", queue_scaling_policies: [fullDay] }],
  }),
});
const rejected = (code: string): CloudAnswer => ({ kind: "rejected", status: 400, code, message: "said no" });

describe("list_dli_queues", () => {
  test("puts pools and queues into one picture, with what is used and at most", async () => {
    const { done, sent } = desk(lists());
    const { summary, data } = await done("list_dli_queues", {});
    expect(summary).toBe("1 pool, 2 queues, 8 CU in use.");
    expect(data).toMatchObject({
      pools: [
        {
          pool: "pool_1",
          status: "AVAILABLE",
          minCu: 64,
          maxCu: 128,
          queues: [{ queue: "spark_q", usedCu: 8, maxCu: 64, policies: ["00:00-24:00: 16 to 64 CU, priority 1"] }],
        },
      ],
      queuesOutsidePools: [{ queue: "old_q", cu: 64, maxCu: 64 }],
    });
    // Without it the service lists sql queues only.
    expect(sent("ListQueues")[0]?.query).toMatchObject({ queue_type: "all" });
  });

  test("of one pool leaves out others whose names contain it", async () => {
    const { done } = desk(lists([pool, { ...pool, elastic_resource_pool_name: "pool_10" }]));
    const { data } = await done("list_dli_queues", { pool: "POOL_1" });
    expect(data?.pools).toMatchObject([{ pool: "pool_1" }]);
  });

  test("says whose policies could not be read, and shows the rest", async () => {
    const { done } = desk({ ...lists(), ListElasticResourcePoolQueues: rejected("DLI.0999") });
    expect((await done("list_dli_queues", {})).summary).toContain("The policies of pool_1 could not be read");
  });
});

describe("create_dli_pool", () => {
  const wanted = { pool: "Pool_1", minCu: 64, maxCu: 128 };

  test("creates it under the name that the service keeps, once a person has seen what it bills", async () => {
    let made = false;
    const { done, sent, questions } = desk({
      ...lists(),
      ListElasticResourcePools: () => answered({ elastic_resource_pools: made ? [pool] : [] }),
      CreateElasticResourcePool: () => {
        made = true;
        return answered({ is_success: true });
      },
    });
    const { data, summary } = await done("create_dli_pool", wanted);
    expect(data).toMatchObject({ created: true, status: "AVAILABLE", settled: true });
    expect(summary).toContain("pool_1");
    expect(questions[0]).toContain("pool_1");
    expect(sent("CreateElasticResourcePool")).toHaveLength(1);
    expect(sent("CreateElasticResourcePool")[0]?.body).toMatchObject({
      elastic_resource_pool_name: "pool_1",
      charging_mode: 1,
      cidr_in_vpc: "172.16.0.0/12",
    });
  });

  test("that is there already as asked for is a normal answer, and nothing is sent", async () => {
    const { done, cloud, questions } = desk(lists());
    const { summary, data } = await done("create_dli_pool", wanted);
    expect(summary).toContain("there already, as asked for; nothing was created");
    expect(data).toMatchObject({ created: false, status: "AVAILABLE" });
    expect(cloud.count("CreateElasticResourcePool")).toBe(0);
    expect(questions).toEqual([]);
  });

  test("that is there already and differs is refused with the differences", async () => {
    const { use } = desk(lists());
    expect(await use("create_dli_pool", { ...wanted, maxCu: 256 })).toMatchObject({
      kind: "refused",
      code: "BAD_INPUT",
      what: expect.stringContaining("maxCu is 128, not 256"),
      fields: [{ field: "maxCu", allowed: "128" }],
    });
  });

  test("of a size that no pool has is refused by field before anybody is asked", async () => {
    const { use, cloud } = desk(lists([]));
    expect(await use("create_dli_pool", { ...wanted, minCu: 16 })).toMatchObject({
      code: "BAD_INPUT",
      fields: [{ field: "minCu" }],
    });
    expect(cloud.sent).toEqual([]);
  });
});

describe("create_dli_queue", () => {
  const wanted = { queue: "spark_q", type: "general", cu: 16, pool: "pool_1" };

  test("creates it", async () => {
    const { done, sent } = desk({ ...lists([pool], []), CreateQueue: answered({ is_success: true }) });
    expect((await done("create_dli_queue", wanted)).next).toContain("submit_spark_batch");
    expect(sent("CreateQueue")[0]?.body).toMatchObject({
      queue_name: "spark_q",
      queue_type: "general",
      elastic_resource_pool_name: "pool_1",
      resource_mode: 1,
    });
  });

  test("that somebody else made meanwhile is read, and answered as there", async () => {
    let refused = false;
    const { done } = desk({
      ...lists(),
      ListQueues: () => answered({ queues: refused ? [spark] : [] }),
      CreateQueue: () => {
        refused = true;
        return rejected("DLI.0006");
      },
    });
    expect((await done("create_dli_queue", wanted)).data).toMatchObject({
      created: false,
      type: "general",
      pool: "pool_1",
    });
  });

  test("of another type than the one that is there is refused with the difference", async () => {
    const { use } = desk(lists());
    expect(await use("create_dli_queue", { queue: "old_q", type: "general", cu: 16, pool: "pool_1" })).toMatchObject({
      code: "BAD_INPUT",
      fields: [{ field: "type", allowed: "sql" }, { field: "pool" }],
    });
  });

  test("that the cloud refuses for something else keeps the cloud's refusal", async () => {
    const { use } = desk({ ...lists([pool], []), CreateQueue: rejected("DLI.1028") });
    expect(await use("create_dli_queue", wanted)).toMatchObject({
      code: "CLOUD_REJECTED",
      cloud: { code: "DLI.1028" },
    });
  });
});

describe("scale_dli_queue", () => {
  test("replaces the policies of a queue and keeps what is not named", async () => {
    const { done, sent, questions } = desk({
      ...lists(),
      UpdateElasticResourcePoolQueue: answered({ is_success: true }),
    });
    const { summary, data } = await done("scale_dli_queue", { queue: "spark_q", maxCu: 96 });
    expect(summary).toContain("next full hour");
    expect(data).toMatchObject({ shrunk: false, after: ["00:00-24:00: 16 to 96 CU, priority 1"] });
    expect(sent("UpdateElasticResourcePoolQueue")[0]?.body).toEqual({
      queue_scaling_policies: [{ ...fullDay, max_cu: 96 }],
    });
    expect(questions).toHaveLength(1);
  });

  test("says that a queue shrinks", async () => {
    const { done } = desk({ ...lists(), UpdateElasticResourcePoolQueue: answered({ is_success: true }) });
    const { summary, data } = await done("scale_dli_queue", { queue: "spark_q", maxCu: 32 });
    expect(summary).toContain("smaller ones: its jobs may wait");
    expect(data).toMatchObject({ shrunk: true });
  });

  test("says that a pool shrinks, and sends both bounds", async () => {
    const { done, sent } = desk({ ...lists(), UpdateElasticResourcePool: answered({ is_success: true }) });
    const { summary } = await done("scale_dli_queue", { pool: "pool_1", maxCu: 64 });
    expect(summary).toContain("from 64 to 128 CU into 64 to 64 CU, which is less");
    expect(sent("UpdateElasticResourcePool")[0]?.body).toEqual({ min_cu: 64, max_cu: 64 });
  });

  test("changes a queue outside a pool by the difference", async () => {
    const lone = { ...alone, cu_count: 64 };
    const { done, sent } = desk({
      ...lists([pool], [spark, lone]),
      ShowQueue: answered({ queueName: "old_q", queueType: "sql", cuCount: 64 }),
      ListSqlJobs: answered({ jobs: [] }),
      RunQueueAction: answered({ queue_name: "old_q", result: true }),
    });
    await done("scale_dli_queue", { queue: "old_q", maxCu: 96 });
    expect(sent("RunQueueAction")[0]?.body).toEqual({ action: "scale_out", cu_count: 32 });
  });

  test.each([
    [{ pool: "pool_1", queue: "spark_q" }, "pool"],
    [{}, "pool"],
    [{ queue: "nobody", maxCu: 16 }, "queue"],
    [{ queue: "old_q", maxCu: 16 }, "maxCu"],
    [{ queue: "old_q", minCu: 16, maxCu: 96 }, "maxCu"],
    [{ queue: "spark_q", windows: [{ from: "8:00", to: "20:00", minCu: 16, maxCu: 32 }] }, "queue_scaling_policies[1]"],
  ])("of %j is refused before anybody is asked", async (input, field) => {
    const { use, questions } = desk(lists());
    expect(await use("scale_dli_queue", input)).toMatchObject({ code: "BAD_INPUT", fields: [{ field }] });
    expect(questions).toEqual([]);
  });
});
