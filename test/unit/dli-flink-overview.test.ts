import { describe, expect, test } from "vitest";
import { flinkMetrics, periodFor, queueMetrics, summarizePoints } from "../../src/jobs/dli/flink-metrics.ts";
import { answered } from "../doubles/gateway-parts.ts";
import { rejected, workplaceWith } from "./dli-flink.support.ts";

const minute = 60_000;

test("points are folded over the shortest period that has values and leaves at most 60 of them", () => {
  expect(periodFor(60 * minute, flinkMetrics.everySeconds)).toBe(60);
  expect(periodFor(61 * minute, flinkMetrics.everySeconds)).toBe(300);
  expect(periodFor(60 * minute, queueMetrics.everySeconds)).toBe(300);
  expect(periodFor(300 * 24 * 60 * minute, 10)).toBe(86_400);
});

test("points come to their last, least, most and mean value, whatever their order", () => {
  const points = [
    { timestamp: 30, average: 4 },
    { timestamp: 10, average: 1 },
    { timestamp: 20, average: 4.0006 },
    { timestamp: 40 },
  ];
  expect(summarizePoints(points, "average")).toEqual({
    last: 4,
    lastAt: 30,
    least: 1,
    most: 4.001,
    mean: 3,
    points: [
      [10, 1],
      [20, 4.001],
      [30, 4],
    ],
  });
  expect(summarizePoints(points, "max")).toBeUndefined();
  expect(summarizePoints([], "average")).toBeUndefined();
});

describe("get_dli_metrics", () => {
  const series = (metric_name: string, average: number) => ({
    metric_name,
    datapoints: [{ timestamp: 1000, average }],
  });

  test("reads a queue's by its resource id, with points when few are asked for", async () => {
    const { done, bodiesOf } = workplaceWith([], {
      ShowQueue: answered({ resource_id: "26afb850-d3c9-42c1-81c0-583d1163e80f" }),
      BatchListMetricData: answered({ metrics: [series("queue_cu_num", 16)] }),
    });
    const { summary, data } = await done("get_dli_metrics", {
      queue: "Q1",
      metrics: ["queue_cu_num", "queue_priority"],
    });
    expect(summary).toBe("1 of 2 metrics of q1 have values in the last 60 min (average over 300 s).");
    expect(data?.metrics).toEqual([
      {
        metric: "queue_cu_num",
        unit: "CU",
        last: 16,
        lastAt: "1970-01-01T00:00:01.000Z",
        least: 16,
        most: 16,
        mean: 16,
        points: [["1970-01-01T00:00:01.000Z", 16]],
      },
      { metric: "queue_priority", unit: "1 to 100", values: "none" },
    ]);
    expect(bodiesOf("BatchListMetricData")).toEqual([
      expect.objectContaining({
        from: 1_000_000 - 60 * minute,
        to: 1_000_000,
        period: "300",
        filter: "average",
        metrics: [
          {
            namespace: "SYS.DLI",
            metric_name: "queue_cu_num",
            dimensions: [{ name: "queue_id", value: "26afb850-d3c9-42c1-81c0-583d1163e80f" }],
          },
          expect.objectContaining({ metric_name: "queue_priority" }),
        ],
      }),
    ]);
  });

  test("reads all of a Flink job's by its id, without points", async () => {
    const { done, bodiesOf } = workplaceWith([], {
      BatchListMetricData: answered({ metrics: [series("flink_cpu_usage", 50)] }),
    });
    const { data } = await done("get_dli_metrics", { flinkJobId: 138, minutes: 30 });
    expect(data?.metrics).toHaveLength(12);
    expect(JSON.stringify(data)).not.toContain("points");
    expect(JSON.stringify(bodiesOf("BatchListMetricData"))).toContain('{"name":"flink_job_id","value":"138"}');
  });

  test("says what may be the matter when there are no values", async () => {
    const { done } = workplaceWith();
    expect((await done("get_dli_metrics", { flinkJobId: 138 })).next).toContain("while it runs");
  });

  test("reads of one thing, and only metrics that it has", async () => {
    const { refused, sent } = workplaceWith();
    expect((await refused("get_dli_metrics", {})).code).toBe("BAD_INPUT");
    expect((await refused("get_dli_metrics", { queue: "q1", flinkJobId: 1 })).code).toBe("BAD_INPUT");
    const refusal = await refused("get_dli_metrics", { flinkJobId: 1, metrics: ["queue_cu_num", "constructor"] });
    expect(refusal.what).toContain("queue_cu_num, constructor");
    expect(sent).toEqual([]);
  });

  test("of a queue without a resource id reads nothing", async () => {
    const { refused } = workplaceWith([], { ShowQueue: answered({}) });
    expect((await refused("get_dli_metrics", { queue: "q1" })).code).toBe("PRECONDITION_NOT_MET");
  });
});

describe("list_dli_traces", () => {
  const trace = {
    trace_id: "t-1",
    trace_name: "submitStreamJobs",
    trace_rating: "normal",
    resource_type: "jobs",
    resource_name: "click_loader",
    source_ip: "10.0.0.1",
    code: "200",
    time: 1_747_169_165_821,
    user: { name: "ann", id: "u1" },
    request: '{"password":"hunter2"}',
    response: "secret",
  };

  test("tells who did what, and neither requests nor answers", async () => {
    const { done, sent } = workplaceWith([], { ListTraces: answered({ traces: [trace], meta_data: { marker: "m" } }) });
    const { summary, data, next } = await done("list_dli_traces", {
      traceName: "submitStreamJobs",
      user: "ann",
      hours: 2,
    });
    expect(summary).toBe("1 traces of the last 2 h.");
    expect(data).toEqual({
      traces: [
        {
          at: "2025-05-13T20:46:05.821Z",
          action: "submitStreamJobs",
          by: "ann",
          from: "10.0.0.1",
          object: "jobs click_loader",
          rating: "normal",
          httpStatus: "200",
          traceId: "t-1",
        },
      ],
    });
    expect(next).toBeUndefined();
    expect(sent[0]?.query).toMatchObject({
      trace_type: "system",
      service_type: "DLI",
      trace_name: "submitStreamJobs",
      user: "ann",
      from: String(1_000_000 - 120 * minute),
      to: "1000000",
      limit: "20",
    });
  });

  test("of a full page gives the marker of the next", async () => {
    const { done } = workplaceWith([], { ListTraces: answered({ traces: [trace], meta_data: { marker: "m" } }) });
    const { data } = await done("list_dli_traces", { limit: 1 });
    expect(data).toMatchObject({ next: "m" });
  });
});

describe("list_dli_connections", () => {
  const connection = {
    id: "c1",
    name: "to_rds",
    status: "ACTIVE",
    isPrivis: false,
    hosts: [{ name: "a", ip: "10.0.0.1" }],
    available_queue_info: [{ name: "q1", status: "FAILED", err_msg: "no route" }],
    elastic_resource_pools: [{ name: "p1", status: "ACTIVE" }],
  };
  const credential = {
    auth_info_name: "rds",
    datasource_type: "passwd",
    user_name: "admin",
    owner: "ann",
    keytab: "obs://acme/u.keytab",
    password: "hunter2",
  };

  test("shows connections with their peerings and the names of credentials, and nothing secret", async () => {
    const { done } = workplaceWith([], {
      ListEnhancedConnections: answered({ connections: [connection], count: 3 }),
      ListJobAuthInfos: answered({ auth_infos: [credential] }),
    });
    const { summary, data } = await done("list_dli_connections");
    expect(summary).toBe("1 of 3 connections, 1 with a failed peering; 1 stored credentials.");
    expect(data).toMatchObject({
      connections: [
        {
          name: "to_rds",
          state: "ACTIVE",
          shared: true,
          hosts: 1,
          queues: [{ name: "q1", state: "FAILED", error: "no route" }],
          pools: [{ name: "p1", state: "ACTIVE" }],
        },
      ],
      credentials: [{ name: "rds", type: "passwd", user: "admin", owner: "ann" }],
    });
    expect(JSON.stringify(data)).not.toMatch(/hunter2|keytab/);
  });

  test("shows the connections also to whom the credentials are closed", async () => {
    const { done } = workplaceWith([], {
      ListEnhancedConnections: answered({ connections: [] }),
      ListJobAuthInfos: rejected("DLI.0003", "not permitted"),
    });
    const { summary, data } = await done("list_dli_connections");
    expect(summary).toBe("0 of 0 connections; credentials could not be read.");
    expect(data).toMatchObject({ credentialsUnavailable: expect.stringContaining("not permitted") });
  });
});

describe("get_dli_quotas", () => {
  test("shows what is left and what is nearly used up", async () => {
    const { done } = workplaceWith([], {
      ShowQuota: answered({
        quotas: {
          resources: [
            { type: "CU", quota: 100, used: 80 },
            { type: "QUEUE", quota: 10, used: 1 },
            { type: "TABLE", quota: -1, used: 5 },
            { type: "DATABASE", quota: 0, used: 0 },
          ],
        },
      }),
    });
    const { summary, data } = await done("get_dli_quotas");
    expect(summary).toBe("4 quotas; nearly used up: CU 80 of 100.");
    expect(data?.quotas).toEqual([
      { type: "CU", quota: 100, used: 80, left: 20 },
      { type: "QUEUE", quota: 10, used: 1, left: 9 },
      { type: "TABLE", quota: -1, used: 5 },
      { type: "DATABASE", quota: 0, used: 0, left: 0 },
    ]);
  });
});
