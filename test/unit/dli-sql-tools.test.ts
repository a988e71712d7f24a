import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { answered, type Script } from "../doubles/gateway-parts.ts";
import { desk, sqlJobId as jobId } from "./dli-tools.support.ts";

const sqlQueue = answered({ queueName: "sql_q", queueType: "sql", cuCount: 16, elastic_resource_pool_name: "pool_1" });
const submitted = answered({ is_success: true, job_id: jobId, job_type: "QUERY", job_mode: "async" });
const status = (state: string, more: Record<string, unknown> = {}) =>
  answered({ is_success: true, job_id: jobId, status: state, job_type: "QUERY", ...more });
const preview = answered({
  is_success: true,
  row_count: 2,
  schema: [{ id: "int" }],
  rows: [[1], [2]],
});

function script(states: readonly string[], more: Script = {}): Script {
  let seen = 0;
  return {
    ShowQueue: sqlQueue,
    CreateSqlJob: submitted,
    ListSqlJobs: answered({ jobs: [] }),
    ShowSqlJobStatus: () => status(states[Math.min(seen++, states.length - 1)] ?? ""),
    PreviewSqlJobResult: preview,
    ...more,
  };
}
const select = { queue: "SQL_Q", sql: "select id from t" };

describe("run_dli_sql", () => {
  test("of a query waits for its rows, which are foreign text", async () => {
    const { done, sent, questions } = desk(script(["LAUNCHING", "RUNNING", "FINISHED"]));
    const input = {
      ...select,
      database: "db1",
      catalog: "dli",
      conf: { "spark.sql.shuffle.partitions": "2" },
      maxRows: 10,
    };
    const { summary, data, untrusted } = await done("run_dli_sql", input);
    expect(summary).toBe(`${jobId} finished with 2 rows.`);
    expect(data).toMatchObject({ jobId, state: "FINISHED", columns: [{ name: "id", type: "int" }], rows: 2 });
    expect(untrusted?.[0]?.text).toBe("[1]\n[2]");
    expect(questions).toEqual([]);
    expect(sent("CreateSqlJob")[0]?.body).toMatchObject({
      sql: "select id from t",
      queue_name: "sql_q",
      currentdb: "db1",
      current_catalog: "dli",
      conf: ["spark.sql.shuffle.partitions=2"],
    });
    expect(sent("PreviewSqlJobResult")[0]?.query).toMatchObject({ "page-size": "10" });
  });

  test("of what writes asks a person first, and has no rows", async () => {
    const { done, questions, cloud } = desk(
      script([], { ShowSqlJobStatus: status("FINISHED", { job_type: "INSERT", result_count: 7 }) }),
    );
    const { summary, data } = await done("run_dli_sql", { ...select, sql: "insert into t select 1" });
    expect(summary).toBe(`${jobId} finished (INSERT, 7 rows).`);
    expect(data).toMatchObject({ rows: 7 });
    expect(questions[0]).toContain("insert into t");
    expect(cloud.count("PreviewSqlJobResult")).toBe(0);
  });

  test("of what the service runs at once answers with the rows that came along", async () => {
    const { done, cloud } = desk(
      script([], {
        CreateSqlJob: answered({
          is_success: true,
          job_id: jobId,
          job_mode: "sync",
          schema: [{ q: "string" }],
          rows: [["a"]],
        }),
      }),
    );
    expect((await done("run_dli_sql", select)).untrusted?.[0]?.text).toBe('["a"]');
    expect(cloud.count("ShowSqlJobStatus")).toBe(0);
  });

  test("that fails shows the service's words as foreign text", async () => {
    const { done } = desk(script([], { ShowSqlJobStatus: status("FAILED", { message: "DLI.0004: bad syntax" }) }));
    const { summary, untrusted } = await done("run_dli_sql", select);
    expect(summary).toContain("ended without a result: FAILED");
    expect(untrusted).toEqual([{ title: `error of ${jobId}`, text: "DLI.0004: bad syntax" }]);
  });

  test("that takes longer says how to go on, and waits no longer than asked", async () => {
    const { done, clock } = desk(script(["RUNNING"]));
    const { summary, next } = await done("run_dli_sql", { ...select, waitSeconds: 30 });
    expect(summary).toContain("still RUNNING");
    expect(next).toContain("get_dli_sql");
    expect(clock.slept.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(30_000);
    expect(Math.min(...clock.slept)).toBeGreaterThanOrEqual(10_000);
  });

  test("on a queue for jobs is refused", async () => {
    const { use, cloud } = desk({ ...script([]), ShowQueue: answered({ queueName: "q", queueType: "general" }) });
    expect(await use("run_dli_sql", select)).toMatchObject({ code: "PRECONDITION_NOT_MET" });
    expect(cloud.count("CreateSqlJob")).toBe(0);
  });
});

test("get_dli_sql looks once and does not wait unless it is asked to", async () => {
  const { done, clock } = desk(script(["RUNNING"]));
  expect((await done("get_dli_sql", { jobId })).data).toMatchObject({ state: "RUNNING" });
  expect(clock.slept).toEqual([]);
});

test("rows that were left out are counted, and how to get at them is said", async () => {
  const many = answered({ row_count: 5000, schema: [{ id: "int" }], rows: [[1]] });
  const { done } = desk(script(["FINISHED"], { PreviewSqlJobResult: many }));
  const { summary, next } = await done("get_dli_sql", { jobId });
  expect(summary).toContain("with 5000 rows; the first 1 are here");
  expect(next).toContain("ExportSqlJobResult");
});

test("cancel_dli_sql stops a running job once a person agreed, and leaves an ended one alone", async () => {
  let told = false;
  const running: Script = {
    ShowSqlJobStatus: () => status(told ? "CANCELLED" : "RUNNING", { statement: "select 1" }),
    CancelSqlJob: () => {
      told = true;
      return answered({ is_success: true });
    },
  };
  const { done, questions } = desk(running);
  expect((await done("cancel_dli_sql", { jobId })).data).toMatchObject({ state: "CANCELLED", settled: true });
  expect(questions).toHaveLength(1);
  const ended = desk({ ShowSqlJobStatus: status("FINISHED") });
  expect(await ended.use("cancel_dli_sql", { jobId })).toMatchObject({ code: "PRECONDITION_NOT_MET" });
});

describe("storage", () => {
  test("upload_program puts text onto OBS, with the digest that a person saw", async () => {
    const uri = "obs://acme-dli/jobs/clean.py";
    const content = "print(1)\n";
    const { done, questions } = desk({
      ObsHeadObject: answered({ exists: false }),
      ObsPutObject: answered({ uri, bytes: 9, etag: "e" }),
    });
    const { summary, data, next } = await done("upload_program", { uri, content });
    const sha256 = createHash("sha256").update(content).digest("hex");
    expect(summary).toBe(`9 bytes were written to ${uri}.`);
    expect(data).toMatchObject({ sha256 });
    expect(next).toContain("submit_spark_batch");
    expect(questions[0]).toContain("SHA-256");
  });

  test("upload_program takes one source, no private file and no address of another storage", async () => {
    const { use, cloud } = desk({});
    const uri = "obs://acme-dli/a.py";
    expect(await use("upload_program", { uri })).toMatchObject({ code: "BAD_INPUT" });
    expect(await use("upload_program", { uri, localPath: "/etc/passwd" })).toMatchObject({ code: "BAD_INPUT" });
    expect(await use("upload_program", { uri: "oss://lake/a.py", content: "" })).toMatchObject({ code: "BAD_INPUT" });
    expect(cloud.sent).toEqual([]);
  });

  test("list_obs_objects lists buckets, or what lies in one, page by page", async () => {
    const object = {
      key: "jobs/a.py",
      uri: "obs://acme-dli/jobs/a.py",
      bytes: 3,
      lastModified: "2026-01-08",
      etag: "e",
    };
    const { done, sent } = desk({
      ObsListBuckets: answered({
        buckets: [{ name: "acme-dli", regionId: "cn-north-4", createdAt: "" }],
        truncated: false,
      }),
      ObsListObjects: answered({ objects: [object], commonPrefixes: [], truncated: true, nextMarker: "jobs/a.py" }),
    });
    expect((await done("list_obs_objects", {})).data?.buckets).toMatchObject([{ name: "acme-dli" }]);
    const { data } = await done("list_obs_objects", { bucket: "acme-dli", prefix: "jobs/", pageSize: 1 });
    expect(data).toMatchObject({ objects: [{ uri: object.uri, bytes: 3 }], nextMarker: "jobs/a.py" });
    expect(sent("ObsListObjects")[0]?.query).toMatchObject({ prefix: "jobs/", "max-keys": "1" });
  });
});
