import { expect, test } from "vitest";
import { type DliWorld, generalQueue, newBatch, newFlinkJob, openDliWorld } from "./sandbox-dli-all.support.ts";

/** CTS: what is recorded of calls, and how it is read. */

interface Traces {
  traces: Record<string, unknown>[];
  meta_data: { count: number; marker?: string };
}

async function traces({ ask }: DliWorld, filter: Record<string, unknown> = {}): Promise<Traces> {
  return (await ask("ListTraces", { trace_type: "system", ...filter })) as unknown as Traces;
}

test("a batch that was submitted is found with who, when, what and the answer", async () => {
  const world = await openDliWorld();
  const before = Date.now();
  const id = await newBatch(world);
  const { traces: found } = await traces(world, { trace_name: "createBatch" });
  expect(found).toEqual([
    {
      trace_id: expect.any(String),
      trace_name: "createBatch",
      trace_rating: "normal",
      trace_type: "ApiCall",
      service_type: "DLI",
      resource_type: "jobs",
      resource_name: "probe",
      resource_id: id,
      source_ip: "127.0.0.1",
      code: "200",
      request: expect.stringContaining(`"queue":"${generalQueue}"`),
      response: expect.stringContaining(id),
      api_version: "v2.0",
      request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      message: "",
      time: expect.any(Number),
      record_time: expect.any(Number),
      user: { id: expect.any(String), name: "sandbox", domain: expect.any(Object) },
    },
  ]);
  expect(found[0]?.time).toBeGreaterThanOrEqual(before);
});

test("the newest comes first, ten to a page, and the marker leads to the next page", async () => {
  const world = await openDliWorld();
  for (let number = 1; number <= 12; number += 1) {
    await world.ask("CreateGlobalVariable", { var_name: `v${number}`, var_value: "1" });
  }
  const names = (page: Traces) => page.traces.map((trace) => trace.resource_name);
  const first = await traces(world);
  expect(names(first)).toEqual(["v12", "v11", "v10", "v9", "v8", "v7", "v6", "v5", "v4", "v3"]);
  expect(names(await traces(world, { next: first.meta_data.marker }))).toEqual(["v2", "v1"]);
});

test("a Flink job is found by its name and its number", async () => {
  const world = await openDliWorld();
  const job_id = await newFlinkJob(world);
  expect((await traces(world, { resource_name: "clicks" })).traces).toMatchObject([
    { trace_name: "createStreamJarJob", resource_type: "jobs", resource_id: String(job_id) },
  ]);
});

test("a call that failed is a warning with its code", async () => {
  const world = await openDliWorld();
  await world.call("DeleteQueue", { queue_name: "nowhere" });
  expect((await traces(world)).traces).toMatchObject([
    { trace_name: "deleteQueue", trace_rating: "warning", code: "400", resource_name: "nowhere" },
  ]);
});

test("secrets of a request are masked", async () => {
  const world = await openDliWorld();
  const request = { auth_info_name: "rds", datasource_type: "passwd", user_name: "root", password: "canary-1" };
  await world.ask("CreateJobAuthInfo", request);
  const [trace] = (await traces(world)).traces;
  expect(trace?.request).not.toContain("canary-1");
  expect(JSON.parse(String(trace?.request))).toEqual({ ...request, password: "******" });
});

test("reads leave no trace, nor does what is not simulated", async () => {
  const world = await openDliWorld();
  await world.ask("ListQueues");
  await world.call("UpdateQueueCidr", { queue_name: "sandbox_sql", cidr_in_vpc: "172.16.0.0/12" });
  expect((await traces(world)).traces).toEqual([]);
});

test("what is older than an hour is found only by asking for its time", async () => {
  let clock = Date.now();
  const opened = await openDliWorld({ now: () => clock });
  await opened.ask("CreateGlobalVariable", { var_name: "day", var_value: "1" });
  const at = clock;
  clock += 2 * 3_600_000;
  const ask = async (filter: Record<string, unknown>) => {
    const { body } = await opened.call("ListTraces", { trace_type: "system", ...filter }, new Date(clock));
    return (body as Traces).traces.length;
  };
  expect(await ask({})).toBe(0);
  expect(await ask({ from: at - 1, to: clock })).toBe(1);
});

test("they outlive a restart of the sandbox, in their order", async () => {
  const world = await openDliWorld();
  await world.ask("CreateGlobalVariable", { var_name: "first", var_value: "1" });
  await world.ask("CreateGlobalVariable", { var_name: "second", var_value: "1" });
  await world.sandbox.close();
  const again = await openDliWorld({ dataFolder: world.sandbox.dataFolder });
  await again.ask("CreateGlobalVariable", { var_name: "third", var_value: "1" });
  expect((await traces(again)).traces.map((trace) => trace.resource_name)).toEqual(["third", "second", "first"]);
});
