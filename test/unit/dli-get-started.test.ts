import { expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import { dliProcess } from "../../src/jobs/dli/process.ts";
import { answered, contextWith, type Script } from "../doubles/gateway-parts.ts";
import { batchId, desk, sqlJobId, toolOf } from "./dli-tools.support.ts";

const empty: Script = {
  ListQueues: answered({ queues: [] }),
  KeystoneListProjects: answered({ projects: [{ id: "p", domain_id: "d0", name: "cn-north-4" }] }),
  ListAgencies: answered({ agencies: [] }),
  ListElasticResourcePools: answered({ elastic_resource_pools: [] }),
  ListSqlJobs: answered({ jobs: [] }),
  ListDatabases: answered({ databases: [] }),
  ListAuthorizationPrivileges: answered({ privileges: [] }),
  ListEnhancedConnections: answered({ connections: [] }),
  ObsListBuckets: answered({ buckets: [], truncated: false }),
  ListSparkJobs: answered({ sessions: [] }),
  ListMetrics: answered({ metrics: [] }),
  ListTraces: answered({ traces: [] }),
};
const ready: Script = {
  ...empty,
  ListQueues: answered({ queues: [{ queue_name: "spark_q", queue_type: "general" }] }),
  ListAgencies: answered({ agencies: [{ name: "other" }, { name: "dli_management_agency" }] }),
  ListElasticResourcePools: answered({
    elastic_resource_pools: [{ elastic_resource_pool_name: "pool_1", status: "AVAILABLE" }],
  }),
  ListSqlJobs: answered({
    jobs: [{ job_id: sqlJobId, status: "FINISHED", result_path: "obs://acme-dli/jobs/result/1" }],
  }),
  ListDatabases: answered({ databases: [{ database_name: "db1" }] }),
  ObsListBuckets: answered({ buckets: [{ name: "acme-dli" }], truncated: false }),
  ListSparkJobs: answered({ sessions: [{ id: batchId, state: "success" }] }),
  ListMetrics: answered({ metrics: [{ metric_name: "queue_cu_num" }] }),
  ListTraces: answered({ traces: [{ trace_name: "createQueue" }] }),
};
const denied: CloudAnswer = { kind: "rejected", status: 403, code: "DLI.0003", message: "no" };

async function stepsOf(script: Script) {
  const { done, questions } = desk(script);
  const { data, next, summary } = await done("get_started", {});
  expect(questions).toEqual([]);
  const steps = data?.steps as Array<{
    step: string;
    status: string;
    evidence: string;
    next?: string;
    console?: string;
  }>;
  const found = (id: string) => steps[dliProcess.findIndex((step) => step.id === id)];
  return { steps, found, next, summary };
}

test("an empty account is told every step in order, and the first one that a job cannot do without", async () => {
  const { steps, found, next } = await stepsOf(empty);
  expect(steps.map(({ step }) => step)).toEqual(dliProcess.map(({ title }) => title.en));
  expect(found("identity")).toMatchObject({ status: "done" });
  expect(found("agency")).toMatchObject({ status: "missing" });
  expect(found("pool")).toMatchObject({ status: "missing", next: "create_dli_pool" });
  expect(found("privileges")).toMatchObject({ status: "unknown" });
  expect(next).toContain("dli_management_agency");
});

test("an account that is ready is told what shows it", async () => {
  const { found, next, summary } = await stepsOf(ready);
  expect(found("agency")?.evidence).toBe("dli_management_agency, other");
  expect(found("pool")?.evidence).toBe("pool_1 is AVAILABLE");
  expect(found("job-bucket")?.evidence).toBe("results lie in acme-dli");
  expect(found("submit")?.evidence).toBe(`batch ${batchId} is success`);
  expect(found("traces")?.evidence).toBe("the newest: createQueue");
  expect(found("identity")).not.toHaveProperty("next");
  expect(summary).toContain("10 of 13 steps are done");
  expect(next).toBeUndefined();
});

test("the next step passes over what is optional and what nothing can tell", async () => {
  const { next } = await stepsOf({ ...ready, ListDatabases: answered({ databases: [] }) });
  expect(next).toContain("run_dli_sql");
});

test("a pool that failed is none", async () => {
  const failed = { elastic_resource_pool_name: "pool_1", status: "FAILED" };
  const { found } = await stepsOf({
    ...ready,
    ListElasticResourcePools: answered({ elastic_resource_pools: [failed] }),
  });
  expect(found("pool")?.status).toBe("missing");
});

test("what may not be read is unknown and not missing, with the console's way", async () => {
  const { found } = await stepsOf({ ...ready, ListMetrics: denied, KeystoneListProjects: denied });
  expect(found("metrics")).toMatchObject({ status: "unknown", console: expect.stringContaining("Cloud Eye console") });
  expect(found("agency")).toMatchObject({ status: "unknown" });
});

test("the sandbox is said to be one", async () => {
  const { done } = desk(ready, "sandbox");
  expect((await done("get_started", {})).summary).toContain("sandbox on this machine");
});

test("nothing but reads stands behind it", () => {
  expect(toolOf("get_started").operations.every((name) => /^(Obs|Keystone)?List/.test(name))).toBe(true);
});

test("a cloud that cannot be reached leaves everything unknown, and says what to check", async () => {
  const unreachable: CloudAnswer = { kind: "not-sent", reason: "unreachable", message: "no route" };
  const { steps, next } = await stepsOf(Object.fromEntries(Object.keys(empty).map((name) => [name, unreachable])));
  expect([...new Set(steps.map(({ status }) => status))]).toEqual(["unknown"]);
  expect(next).toContain("Check the network and the endpoint");
});

test("someone who reads Chinese is answered in Chinese", async () => {
  for (const script of [empty, ready]) {
    const { gateway, clock } = desk(script);
    const context = { ...contextWith({ strength: "none" }), language: "zh" } as const;
    const result = await toolOf("get_started").run({}, { gateway, clock, context });
    if (result.kind !== "reply") throw new Error(JSON.stringify(result));
    expect(result.summary).toMatch(/^共 13 步，已完成 \d+ 步/);
    const steps = result.data?.steps as Array<{ evidence: string }>;
    const plain = steps.filter(({ evidence }) => /\b(is|are|none|there|which|lie|newest)\b/.test(evidence));
    expect(plain).toEqual([]);
  }
});
