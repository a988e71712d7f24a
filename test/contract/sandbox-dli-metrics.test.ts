import { describe, expect, test } from "vitest";
import { createSamples, dataPoints } from "../../src/sandbox/dli/samples.ts";
import {
  type DliWorld,
  newBatch,
  openDliWorld,
  pool,
  resourceId,
  runningFlinkJob,
  sqlQueue,
  until,
} from "./sandbox-dli-all.support.ts";

/** Cloud Eye: real values of queues and Flink jobs. */

interface Points {
  datapoints: Record<string, number | string>[];
}

const hourMs = 3_600_000;

async function newest({ ask }: DliWorld, dimension: string, metric_name: string): Promise<unknown> {
  const question = {
    namespace: "SYS.DLI",
    metric_name,
    "dim.0": dimension,
    filter: "average",
    period: 1,
    from: Date.now() - hourMs,
    to: Date.now() + hourMs,
  };
  const { datapoints } = (await ask("ShowMetricData", question)) as unknown as Points;
  return datapoints.at(-1)?.average;
}

async function generalQueueId({ ask }: DliWorld): Promise<string> {
  return String((await ask("ShowQueue", { queue_name: "sandbox_general" })).resource_id);
}

test("a queue's CUs in use are those of the batch that runs", async () => {
  const world = await openDliWorld();
  const queue = `queue_id,${await generalQueueId(world)}`;
  expect(await newest(world, queue, "queue_cu_num")).toBe(0);
  const batch_id = await newBatch(world, ["run=5000"]);
  await until(async () => (await world.ask("ShowSparkJobStatus", { batch_id })).state === "running", "running");
  expect(await newest(world, queue, "queue_cu_num")).toBe(8);
  expect(await newest(world, queue, "queue_job_running_num")).toBe(1);
});

test("a queue's bounds are those of its policy", async () => {
  const world = await openDliWorld();
  const queue = `queue_id,${await resourceId(world)}`;
  const { queues } = (await world.ask("ListElasticResourcePoolQueues", {
    elastic_resource_pool_name: pool,
    queue_name: sqlQueue,
  })) as { queues: { queue_scaling_policies: { min_cu: number; max_cu: number }[] }[] };
  const [policy] = queues[0]?.queue_scaling_policies ?? [];
  expect(await newest(world, queue, "queue_min_cu_num")).toBe(policy?.min_cu);
  expect(await newest(world, queue, "queue_max_cu_num")).toBe(policy?.max_cu);
});

test("a Flink job's records are those that Flink counts", async () => {
  const world = await openDliWorld();
  const job_id = await runningFlinkJob(world);
  world.flink.run(world.flink.started[0]?.jobId ?? "").count(42);
  await until(
    async () => (await newest(world, `flink_job_id,${job_id}`, "flink_read_records_total")) === 42,
    "42 records",
  );
}, 20_000);

test("what has metrics is listed with its dimension and unit, page by page", async () => {
  const { ask } = await openDliWorld();
  const list = (more: object) => ask("ListMetrics", { namespace: "SYS.DLI", metric_name: "queue_cu_num", ...more });
  const first = (await list({ limit: 1 })) as { metrics: object[]; meta_data: { marker: string; total: number } };
  expect(first).toMatchObject({
    metrics: [{ namespace: "SYS.DLI", metric_name: "queue_cu_num", dimensions: [{ name: "queue_id" }], unit: "CU" }],
    meta_data: { count: 1, total: 2 },
  });
  const second = (await list({ start: first.meta_data.marker })) as { metrics: object[] };
  expect(second.metrics).toHaveLength(1);
  expect(second.metrics).not.toEqual(first.metrics);
});

test("of another namespace, or of what is not there, there are no points", async () => {
  const world = await openDliWorld();
  expect(await newest(world, "queue_id,nowhere", "queue_cu_num")).toBeUndefined();
  expect(await world.ask("ListMetrics", { namespace: "SYS.OBS" })).toMatchObject({ metrics: [] });
});

test("a time that ends before it begins is refused", async () => {
  const { call } = await openDliWorld();
  const question = { namespace: "SYS.DLI", metric_name: "queue_cu_num", "dim.0": "queue_id,x", filter: "max" };
  expect(await call("ShowMetricData", { ...question, period: 300, from: 2, to: 1 })).toMatchObject({ status: 400 });
});

describe("points of a period", () => {
  const samples = createSamples();
  for (const [at, value] of [
    [60_000, 1],
    [90_000, 3],
    [130_000, 8],
  ] as const) {
    samples.add([{ dimension: "queue_id,a", values: { queue_cu_num: value } }], at);
  }
  const series = samples.find("queue_id,a", "queue_cu_num") ?? { dimension: "", metric: "", unit: "", points: [] };
  const points = (filter: "average" | "min" | "max" | "sum" | "variance", periodSeconds = 60, from = 0) =>
    dataPoints(series, { from, to: 200_000, periodSeconds, filter }).map((point) => [point.timestamp, point[filter]]);

  test.each([
    [
      "average",
      [
        [60_000, 2],
        [120_000, 8],
      ],
    ],
    [
      "min",
      [
        [60_000, 1],
        [120_000, 8],
      ],
    ],
    [
      "max",
      [
        [60_000, 3],
        [120_000, 8],
      ],
    ],
    [
      "sum",
      [
        [60_000, 4],
        [120_000, 8],
      ],
    ],
    [
      "variance",
      [
        [60_000, 1],
        [120_000, 0],
      ],
    ],
  ] as const)("%s", (filter, expected) => {
    expect(points(filter)).toEqual(expected);
  });

  test("with a period of 1 are the readings themselves", () => {
    expect(points("average", 1)).toEqual([
      [60_000, 1],
      [90_000, 3],
      [130_000, 8],
    ]);
  });

  test("leave out what was before", () => {
    expect(points("sum", 60, 80_000)).toEqual([
      [60_000, 3],
      [120_000, 8],
    ]);
  });
});
