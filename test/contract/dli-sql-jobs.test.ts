import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DliRequests } from "../../src/operations/dli/types.gen.ts";
import { queueUse, usedCuOf } from "../../src/sandbox/dli/jobs/sql-use.ts";
import type { SqlState } from "../../src/sandbox/sql-engine.ts";
import { unavailable } from "../doubles/sql-engine.ts";
import { ask, type Jobs, type Members, newGround, openJobs, refusal, until } from "./dli-jobs.support.ts";

type Body = DliRequests["CreateSqlJob"];

async function submit(jobs: Jobs, sql: string, change: Body = {}): Promise<string> {
  const { job_id } = await ask(jobs, "CreateSqlJob", { sql, queue_name: "bi", ...change });
  return String(job_id);
}

async function reached(jobs: Jobs, job_id: string, status: string): Promise<Members> {
  await until(
    async () => (await ask(jobs, "ShowSqlJobStatus", { job_id })).status === status,
    `${job_id} is ${status}`,
  );
  return ask(jobs, "ShowSqlJobStatus", { job_id });
}

async function finished(jobs: Jobs, sql: string, change: Body = {}): Promise<string> {
  const job_id = await submit(jobs, sql, change);
  await reached(jobs, job_id, "FINISHED");
  return job_id;
}

const texts = (jobs: Jobs) => jobs.sql.statements.map(({ sql }) => sql);

describe("a query that is submitted", () => {
  test("is answered at once as an asynchronous job that is launching", async () => {
    const jobs = openJobs();
    const answer = await ask(jobs, "CreateSqlJob", {
      currentdb: "db1",
      sql: "SELECT count(*) FROM t1",
      queue_name: "bi",
      tags: [{ key: "run", value: "20260131" }],
    });
    expect(answer).toEqual({
      is_success: true,
      message: "",
      job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      job_type: "QUERY",
      job_mode: "async",
    });
    const status = await ask(jobs, "ShowSqlJobStatus", { job_id: String(answer.job_id) });
    expect(status).toMatchObject({ status: "LAUNCHING", queue_name: "bi", owner: "tester" });
  });

  test("runs, finishes, and its status has its result's size and schema", async () => {
    const jobs = openJobs();
    const conf = ["spark.sql.shuffle.partitions=4"];
    const job_id = await finished(jobs, "SELECT 1 AS one", { conf });
    expect(await ask(jobs, "ShowSqlJobStatus", { job_id })).toEqual({
      is_success: true,
      message: "",
      job_id,
      job_type: "QUERY",
      job_mode: "async",
      queue_name: "bi",
      owner: "tester",
      start_time: expect.any(Number),
      duration: expect.any(Number),
      status: "FINISHED",
      result_count: 1,
      detail: JSON.stringify({
        type: "struct",
        fields: [{ name: "one", type: "integer", nullable: true, metadata: {} }],
      }),
      result_path: `obs://dli-job-bucket/jobs/result/${job_id}`,
      result_format: "csv",
      statement: "SELECT 1 AS one",
      user_conf: '{"spark.sql.shuffle.partitions":"4"}',
      tags: [],
    });
  });

  test("runs in its database on one Spark for each queue, which the first job starts", async () => {
    const jobs = openJobs();
    jobs.ground.queues.set("bi_2", { queueType: "sql", cuCount: 16 });
    expect(jobs.sql.admitted).toEqual([]);
    await finished(jobs, "SELECT 1", { currentdb: "db1" });
    await finished(jobs, "SELECT 2");
    await finished(jobs, "SELECT 3", { queue_name: "BI_2" });
    await finished(jobs, "SELECT 4", { queue_name: "default" });
    expect(jobs.sql.admitted.map(({ name }) => name)).toEqual(["dli-bi", "dli-bi-2", "dli-default"]);
    expect(jobs.sql.statements.map(({ user, options }) => [user, options.database])).toEqual([
      ["dli-bi", "db1"],
      ["dli-bi", "default"],
      ["dli-bi-2", "default"],
      ["dli-default", "default"],
    ]);
  });

  test("finds a database of the metadata calls", async () => {
    const jobs = openJobs();
    await finished(jobs, "SELECT 1", { currentdb: "known" });
    expect(jobs.sql.statements.map(({ sql, options }) => [sql, options.database])).toEqual([
      ["CREATE DATABASE IF NOT EXISTS `known`", "default"],
      ["SELECT 1", "known"],
    ]);
  });

  test("has its settings while it runs and not behind it; those of the service do not reach Spark", async () => {
    const jobs = openJobs();
    const conf = ["spark.sql.shuffle.partitions = 4", "dli.sql.sqlasync.enabled=true", "spark.a=x=`y`"];
    await finished(jobs, "SELECT 1", { conf });
    await until(() => texts(jobs).length === 5);
    expect(texts(jobs)).toEqual([
      "SET `spark.sql.shuffle.partitions`=`4`",
      "SET `spark.a`=`x=``y```",
      "SELECT 1",
      "RESET `spark.sql.shuffle.partitions`",
      "RESET `spark.a`",
    ]);
  });

  test("has global variables put in, which nobody can read from the job", async () => {
    const jobs = openJobs();
    jobs.ground.variables.set("day", "2026-01-31");
    const job_id = await finished(jobs, "SELECT '{{day}}', '{{ day }}', '{{other}}'");
    expect(texts(jobs)).toEqual(["SELECT '2026-01-31', '2026-01-31', '{{other}}'"]);
    expect((await ask(jobs, "ShowSqlJobStatus", { job_id })).statement).toBe(
      "SELECT '{{day}}', '{{ day }}', '{{other}}'",
    );
  });
});

describe("a statement that is answered at once", () => {
  test("is one of DCL, with its rows", async () => {
    const jobs = openJobs();
    const columns = [
      { name: "col_name", type: "string" },
      { name: "comment", type: "string" },
    ];
    jobs.sql.answers.set("DESC t", { kind: "finished", columns, rows: [["c1", null]], truncated: false });
    expect(await ask(jobs, "CreateSqlJob", { sql: "DESC t", queue_name: "bi" })).toEqual({
      is_success: true,
      message: "",
      job_id: expect.any(String),
      job_type: "DCL",
      job_mode: "sync",
      schema: [{ col_name: "string" }, { comment: "string" }],
      rows: [["c1", null]],
    });
  });

  test("is one of DDL only where the job asks for it", async () => {
    const jobs = openJobs();
    const sql = "CREATE TABLE t (a INT)";
    expect(await ask(jobs, "CreateSqlJob", { sql, queue_name: "bi" })).toMatchObject({ job_mode: "async" });
    const conf = ["dli.sql.sqlasync.enabled=false"];
    const answer = await ask(jobs, "CreateSqlJob", { sql, conf, queue_name: "bi" });
    expect(answer).toMatchObject({ job_type: "DDL", job_mode: "sync" });
    expect(await ask(jobs, "ShowSqlJobStatus", { job_id: String(answer.job_id) })).toMatchObject({
      status: "FINISHED",
    });
  });

  test("fails as the call, and its job is listed as failed", async () => {
    const jobs = openJobs();
    const missing = { kind: "failed", message: "no table t", errorClass: "TABLE_OR_VIEW_NOT_FOUND", sqlState: "42P01" };
    jobs.sql.answers.set("SHOW COLUMNS IN t", missing as SqlState);
    expect(await refusal(jobs, "CreateSqlJob", { sql: "SHOW COLUMNS IN t", queue_name: "bi" })).toEqual({
      status: 400,
      error_code: "DLI.0005",
      error_msg: "[TABLE_OR_VIEW_NOT_FOUND] no table t SQLSTATE: 42P01",
    });
    const { jobs: listed } = await ask(jobs, "ListSqlJobs", { "job-status": "FAILED" });
    expect(listed).toMatchObject([{ statement: "SHOW COLUMNS IN t", job_type: "DCL" }]);
  });
});

describe("a job that fails", () => {
  test("has Spark's complaint with the service's code as its message", async () => {
    const jobs = openJobs();
    const syntax = { kind: "failed", message: "near 'FORM'", errorClass: "PARSE_SYNTAX_ERROR", sqlState: "42601" };
    jobs.sql.answers.set("SELECT * FORM t", syntax as SqlState);
    const { message } = await reached(jobs, await submit(jobs, "SELECT * FORM t"), "FAILED");
    expect(message).toBe("DLI.0004: [PARSE_SYNTAX_ERROR] near 'FORM' SQLSTATE: 42601");
  });

  test("because the engine broke does not keep the next one from running", async () => {
    const jobs = openJobs();
    const broken = await submit(jobs, "BREAK");
    await finished(jobs, "SELECT 1");
    expect((await ask(jobs, "ShowSqlJobStatus", { job_id: broken })).message).toBe("DLI.0999: the engine broke");
  });

  test("because Spark cannot be had does not keep a later one from it", async () => {
    const jobs = openJobs();
    jobs.sql.beforeAdmit = async () => {
      throw unavailable;
    };
    const { message } = await reached(jobs, await submit(jobs, "SELECT 1"), "FAILED");
    expect(message).toBe("DLI.0999: No Java was found. Install a Java 17 runtime.");
    jobs.sql.beforeAdmit = async () => {};
    await finished(jobs, "SELECT 1");
  });

  test("in its settings does not run", async () => {
    const jobs = openJobs();
    jobs.sql.answers.set("SET `spark.master`=`x`", { kind: "failed", message: "static" });
    await reached(jobs, await submit(jobs, "SELECT 1", { conf: ["spark.master=x"] }), "FAILED");
    expect(texts(jobs)).not.toContain("SELECT 1");
  });
});

describe("refused with its reason is", () => {
  const refused: [what: string, change: Body, code: string, message: RegExp][] = [
    ["a queue that is not there", { queue_name: " bi" }, "DLI.0002", /queue {2}bi does not exist/],
    ["a queue for general purpose", { queue_name: "etl" }, "DLI.0001", /etl is not a SQL queue/],
    ["an empty statement", { sql: " " }, "DLI.0001", /sql is mandatory/],
    ["a setting without a value", { conf: ["spark.a"] }, "DLI.0001", /name=value, not spark\.a/],
    ["the other engine", { engine_type: "hetuEngine" }, "DLI.0007", /HetuEngine/],
  ];
  test.each(refused)("%s", async (_what, change, error_code, message) => {
    const jobs = openJobs();
    const error = await refusal(jobs, "CreateSqlJob", { sql: "SELECT 1", queue_name: "bi", ...change });
    expect(error).toMatchObject({ status: 400, error_code, error_msg: expect.stringMatching(message) });
    expect((await ask(jobs, "ListSqlJobs", {})).job_count).toBe(0);
  });

  test.each([
    "ShowSqlJobStatus",
    "ShowSqlJobDetail",
    "ShowSqlJobProgress",
    "PreviewSqlJobResult",
    "CancelSqlJob",
  ] as const)("%s of a job that is not there", async (name) => {
    const job_id = "00000000-0000-4000-8000-000000000000";
    expect(await refusal(openJobs(), name, { job_id })).toMatchObject({ status: 400, error_code: "DLI.0002" });
  });

  test("any statement where there is no SQL engine", async () => {
    const jobs = openJobs(newGround(), { withoutSql: true });
    const error = await refusal(jobs, "CreateSqlJob", { sql: "SELECT 1", queue_name: "bi" });
    expect(error).toMatchObject({ error_code: "DLI.0007", error_msg: "This sandbox runs without a SQL engine." });
    expect(await refusal(jobs, "CheckSql", { sql: "SELECT 1" })).toMatchObject({ error_code: "DLI.0007" });
  });
});

describe("the jobs of one queue", () => {
  test("run one after another, and hold the queue's CUs while one runs", async () => {
    const jobs = openJobs();
    const first = await submit(jobs, "HOLD");
    const second = await submit(jobs, "SELECT 1");
    await reached(jobs, first, "RUNNING");
    expect(usedCuOf("BI", jobs.context)).toBe(16);
    expect(await ask(jobs, "ShowSqlJobProgress", { job_id: second })).toEqual({
      is_success: true,
      message: "",
      job_id: second,
      status: "LAUNCHING",
      progress: 0,
      sub_jobs: [],
    });
    await ask(jobs, "CancelSqlJob", { job_id: first });
    await reached(jobs, second, "FINISHED");
    expect(await ask(jobs, "ShowSqlJobProgress", { job_id: second })).toMatchObject({
      status: "FINISHED",
      progress: 1,
    });
    expect(usedCuOf("bi", jobs.context)).toBe(0);
    expect(queueUse("bi", jobs.context)).toEqual({
      usedCu: 0,
      launching: 0,
      running: 0,
      succeeded: 1,
      failed: 0,
      cancelled: 1,
    });
    expect(queueUse("bi", jobs.context, Date.now() + 1000)).toMatchObject({ succeeded: 0, cancelled: 0 });
  });

  test("do not wait for those of another queue", async () => {
    const jobs = openJobs();
    await reached(jobs, await submit(jobs, "HOLD"), "RUNNING");
    await finished(jobs, "SELECT 1", { queue_name: "default" });
  });
});

test("the Spark of a queue ends when the queue is deleted, and a new queue of that name gets another", async () => {
  const jobs = openJobs();
  await finished(jobs, "SELECT 1");
  const kept = jobs.ground.queues.get("bi");
  jobs.ground.queues.delete("bi");
  await until(() => jobs.sql.dismissed.includes("dli-bi"));
  if (kept) jobs.ground.queues.set("bi", kept);
  await finished(jobs, "SELECT 2");
  expect(jobs.sql.admitted).toHaveLength(2);
});

describe("a cancelled job", () => {
  test("that runs is stopped on the engine and says who cancelled it", async () => {
    const jobs = openJobs();
    const job_id = await submit(jobs, "HOLD");
    await reached(jobs, job_id, "RUNNING");
    expect(await ask(jobs, "CancelSqlJob", { job_id })).toEqual({ is_success: true, message: "" });
    expect((await reached(jobs, job_id, "CANCELLED")).message).toBe("The job was cancelled by tester.");
    const error = await refusal(jobs, "CancelSqlJob", { job_id });
    expect(error.error_msg).toBe(`The job ${job_id} is CANCELLED and cannot be cancelled.`);
  });

  test("that waits is cancelled at once and never runs", async () => {
    const jobs = openJobs();
    const first = await submit(jobs, "HOLD");
    await reached(jobs, first, "RUNNING");
    const job_id = await submit(jobs, "SELECT 1");
    await ask(jobs, "CancelSqlJob", { job_id });
    expect((await ask(jobs, "ShowSqlJobStatus", { job_id })).status).toBe("CANCELLED");
    await ask(jobs, "CancelSqlJob", { job_id: first });
    await finished(jobs, "SELECT 2");
    expect(texts(jobs)).toEqual(["HOLD", "SELECT 2"]);
  });

  test("that finishes in that moment is finished", async () => {
    const jobs = openJobs();
    const job_id = await submit(jobs, "LATE");
    await reached(jobs, job_id, "RUNNING");
    await ask(jobs, "CancelSqlJob", { job_id });
    await reached(jobs, job_id, "FINISHED");
  });

  test("is one whose dli.sql.job.timeout is over", async () => {
    const jobs = openJobs();
    const job_id = await submit(jobs, "HOLD", { conf: ["dli.sql.job.timeout=0.05"] });
    expect((await reached(jobs, job_id, "CANCELLED")).message).toMatch(/dli\.sql\.job\.timeout \(0\.05 s\)/);
  });
});

describe("a result", () => {
  const types = [
    { name: "id", type: "bigint" },
    { name: "price", type: "decimal(38,10)" },
    { name: "name", type: "string" },
  ];
  const rows = [
    ["9223372036854775807", "1234567890123456789012345678.0123456789", 'a "b", c'],
    ["1", null, ""],
  ];

  test("is previewed with its schema and exact values as text", async () => {
    const jobs = openJobs();
    jobs.sql.answers.set("SELECT x", { kind: "finished", columns: types, rows, truncated: false });
    const job_id = await finished(jobs, "SELECT x");
    expect(await ask(jobs, "PreviewSqlJobResult", { job_id })).toEqual({
      is_success: true,
      message: "",
      job_id,
      job_type: "QUERY",
      row_count: 2,
      schema: [{ id: "bigint" }, { price: "decimal(38,10)" }, { name: "string" }],
      rows,
    });
    const file = join(jobs.context.storageFolder, "dli-job-bucket", "jobs", "result", job_id, "part-00000.csv");
    expect(readFileSync(file, "utf8").split("\n")[1]).toBe('"1",,""');
  });

  test("is previewed up to 1000 rows and read page by page", async () => {
    const jobs = openJobs();
    jobs.sql.answers.set("SELECT many", {
      kind: "finished",
      columns: [{ name: "id", type: "bigint" }],
      rows: Array.from({ length: 1200 }, (_, index) => [String(index)]),
      truncated: false,
    });
    const job_id = await finished(jobs, "SELECT many");
    const preview = await ask(jobs, "PreviewSqlJobResult", { job_id });
    expect(preview.row_count).toBe(1200);
    expect(preview.rows).toHaveLength(1000);
    expect((await ask(jobs, "PreviewSqlJobResult", { job_id, "page-size": 2 })).rows).toEqual([["0"], ["1"]]);
    const page = { job_id, "page-size": 100, "current-page": 12 };
    expect((await ask(jobs, "ShowSqlJobResultPaged", page)).rows).toHaveLength(100);
    expect((await ask(jobs, "ShowSqlJobResultPaged", { ...page, "current-page": 13 })).rows).toEqual([]);
  });

  test.each([0, 1001])("is not previewed with %d rows", async (size) => {
    const jobs = openJobs();
    const job_id = await finished(jobs, "SELECT 1");
    const error = await refusal(jobs, "PreviewSqlJobResult", { job_id, "page-size": size });
    expect(error.error_msg).toBe("page-size must be from 1 to 1000.");
  });

  test("is there only of a query, and only when it has finished", async () => {
    const jobs = openJobs();
    const insert = await finished(jobs, "INSERT INTO t VALUES (1)");
    expect((await refusal(jobs, "PreviewSqlJobResult", { job_id: insert })).error_msg).toMatch(/is of type INSERT/);
    jobs.sql.answers.set("SELECT hold", { kind: "running" });
    const running = await submit(jobs, "SELECT hold");
    const error = await refusal(jobs, "PreviewSqlJobResult", { job_id: running });
    expect(error.error_msg).toMatch(/, not FINISHED\.$/);
  });
});

describe("the list of jobs", () => {
  async function filled(): Promise<Jobs> {
    const jobs = openJobs();
    const tags = [
      { key: "run", value: "7" },
      { key: "env", value: "prod" },
    ];
    await finished(jobs, "SELECT 1 AS First", { tags, currentdb: "sales" });
    jobs.ground.clock.ahead += 1000;
    await reached(jobs, await submit(jobs, "FAIL because"), "FAILED");
    jobs.ground.clock.ahead += 1000;
    await finished(jobs, "INSERT INTO t VALUES (1)", { queue_name: "default" });
    return jobs;
  }

  async function statements(jobs: Jobs, filter: DliRequests["ListSqlJobs"]): Promise<unknown[]> {
    const { jobs: listed } = await ask(jobs, "ListSqlJobs", filter);
    return (listed as Members[]).map(({ statement }) => String(statement).split(" ")[0]);
  }

  test("has the newest first, with its end and engine", async () => {
    const jobs = await filled();
    const { job_count, jobs: listed } = await ask(jobs, "ListSqlJobs", {});
    expect(job_count).toBe(3);
    expect(await statements(jobs, {})).toEqual(["INSERT", "FAIL", "SELECT"]);
    expect((listed as Members[])[0]).toMatchObject({ engine_type: "spark", end_time: expect.any(Number) });
  });

  const filters: [filter: DliRequests["ListSqlJobs"], found: string[]][] = [
    [{ tags: "run=7" }, ["SELECT"]],
    [{ tags: "run%3D7,env%3Dprod" }, ["SELECT"]],
    [{ tags: "run=8" }, []],
    [{ sql_pattern: "first" }, ["SELECT"]],
    [{ "job-status": "FAILED" }, ["FAIL"]],
    [{ "job-type": "INSERT" }, ["INSERT"]],
    [{ "job-type": "ALL" }, ["INSERT", "FAIL", "SELECT"]],
    [{ job_types: ["INSERT", "DDL"] }, ["INSERT"]],
    [{ queue_name: "Default" }, ["INSERT"]],
    [{ owner: "nobody" }, []],
    [{ db_name: "sales" }, ["SELECT"]],
    [{ "engine-type": "hetuEngine" }, []],
    [{ table_name: "t" }, []],
    [{ order: "start_time_asc" }, ["SELECT", "FAIL", "INSERT"]],
    [{ "page-size": 1, "current-page": 2 }, ["FAIL"]],
  ];
  test.each(filters)("narrowed by %j", async (filter, found) => {
    expect(await statements(await filled(), filter)).toEqual(found);
  });

  test("narrowed by time and by id", async () => {
    const jobs = await filled();
    const [, middle] = (await ask(jobs, "ListSqlJobs", {})).jobs as Members[];
    const time = Number(middle?.start_time);
    expect(await statements(jobs, { start: time })).toEqual(["INSERT", "FAIL"]);
    expect(await statements(jobs, { end: time })).toEqual(["FAIL", "SELECT"]);
    expect(await statements(jobs, { "job-id": String(middle?.job_id) })).toEqual(["FAIL"]);
  });

  test.each([{ "page-size": 101 }, { "page-size": 0 }, { "current-page": 0 }])("refuses %j", async (page) => {
    expect(await refusal(openJobs(), "ListSqlJobs", page)).toMatchObject({ error_code: "DLI.0001" });
  });
});

describe("a check of SQL", () => {
  test("asks Spark's parser without running the statement, and tells its type", async () => {
    const jobs = openJobs();
    expect(await ask(jobs, "CheckSql", { sql: "INSERT INTO t VALUES (1)" })).toEqual({
      is_success: true,
      message: "",
      job_type: "INSERT",
    });
    expect(texts(jobs)).toEqual(["EXPLAIN INSERT INTO t VALUES (1)"]);
    expect((await ask(jobs, "ListSqlJobs", {})).job_count).toBe(0);
  });

  test("answers Spark's complaint about the syntax", async () => {
    const jobs = openJobs();
    const syntax = { kind: "failed", message: "near 'x'", errorClass: "PARSE_SYNTAX_ERROR", sqlState: "42601" };
    jobs.sql.answers.set("EXPLAIN x", syntax as SqlState);
    expect(await refusal(jobs, "CheckSql", { sql: "x" })).toMatchObject({ status: 400, error_code: "DLI.0004" });
  });
});

describe("an export", () => {
  test("of a result is a job that writes the query's rows to OBS", async () => {
    const jobs = openJobs();
    const job_id = await finished(jobs, "SELECT a FROM t WHERE b = 'x';", { currentdb: "sales" });
    const answer = await ask(jobs, "ExportSqlJobResult", {
      job_id,
      data_path: "obs://lake/out",
      data_type: "csv",
      compress: "gzip",
      queue_name: "bi",
      with_column_header: true,
      limit_num: 10,
      encoding_type: "gbk",
      quote_char: "'",
    });
    expect(answer).toEqual({ is_success: true, message: "", job_id: expect.any(String), job_mode: "async" });
    const exported = String(answer.job_id);
    expect(await reached(jobs, exported, "FINISHED")).toMatchObject({ job_type: "EXPORT" });
    expect(jobs.sql.statements.at(-1)).toMatchObject({
      sql:
        "INSERT OVERWRITE DIRECTORY 'obs://lake/out' USING csv OPTIONS (compression 'gzip', encoding 'gbk', " +
        "header 'true', quote '\\'') SELECT * FROM (SELECT a FROM t WHERE b = 'x'\n) LIMIT 10",
      options: { database: "sales" },
    });
    expect(await ask(jobs, "ShowSqlJobDetail", { job_id: exported })).toEqual({
      is_success: true,
      message: "",
      job_id: exported,
      owner: "tester",
      start_time: expect.any(Number),
      duration: expect.any(Number),
      data_path: "obs://lake/out",
      data_type: "csv",
      compress: "gzip",
      export_mode: "ErrorIfExists",
      with_column_header: true,
      quote_char: "'",
      tags: [],
    });
  });

  test("into a folder that has objects fails unless it overwrites", async () => {
    const jobs = openJobs();
    mkdirSync(join(jobs.context.storageFolder, "lake", "out"));
    writeFileSync(join(jobs.context.storageFolder, "lake", "out", "old.csv"), "x");
    const table = { data_path: "obs://lake/out", data_type: "csv", database_name: "d", table_name: "t" };
    const refused = await ask(jobs, "ExportTable", { ...table, compress: "none" });
    const { message } = await reached(jobs, String(refused.job_id), "FAILED");
    expect(message).toBe("DLI.0006: obs://lake/out already exists.");
    expect(texts(jobs)).toEqual([]);
    const written = await ask(jobs, "ExportTable", { ...table, compress: "none", export_mode: "Overwrite" });
    expect(await reached(jobs, String(written.job_id), "FINISHED")).toMatchObject({
      table_name: "t",
      database_name: "d",
    });
    expect(texts(jobs)[0]).toContain("SELECT * FROM (SELECT * FROM `d`.`t`");
  });

  test.each([
    ["lake", "DLI.0001"],
    ["obs://lake/../etc", "DLI.0001"],
    ["obs://nowhere/out", "DLI.0002"],
  ])("to %s is refused", async (data_path, error_code) => {
    const jobs = openJobs();
    const job_id = await finished(jobs, "SELECT 1");
    const error = await refusal(jobs, "ExportSqlJobResult", { job_id, data_path, data_type: "csv" });
    expect(error).toMatchObject({ status: 400, error_code });
  });
});

test("an import reads files by the table's own columns", async () => {
  const jobs = openJobs();
  jobs.sql.answers.set("DESCRIBE TABLE `d`.`t`", {
    kind: "finished",
    columns: [],
    rows: [
      ["id", "bigint", null],
      ["day", "date", null],
      ["p", "string", null],
      ["# Partition Information", "", ""],
      ["p", "string", null],
    ],
    truncated: false,
  });
  const { job_id } = await ask(jobs, "ImportTable", {
    data_path: "s3a://lake/in.csv",
    data_type: "csv",
    database_name: "d",
    table_name: "t",
    with_column_header: true,
    delimiter: "|",
    partition_spec: "p=it's",
  });
  expect(await reached(jobs, String(job_id), "FINISHED")).toMatchObject({ job_type: "IMPORT", table_name: "t" });
  expect(texts(jobs).slice(1)).toEqual([
    "CREATE OR REPLACE TEMPORARY VIEW `dli import` (`id` bigint, `day` date) USING csv OPTIONS (path " +
      "'obs://lake/in.csv', header 'true', sep '|', dateFormat 'yyyy-MM-dd', timestampFormat 'yyyy-MM-dd HH:mm:ss')",
    "INSERT INTO `d`.`t` PARTITION (`p` = 'it\\'s') SELECT * FROM `dli import`",
    "DROP VIEW IF EXISTS `dli import`",
  ]);
});

test("after a restart a job that ran has failed and says so", async () => {
  const ground = newGround();
  const before = openJobs(ground);
  const job_id = await submit(before, "HOLD");
  await reached(before, job_id, "RUNNING");
  await before.close();
  const after = openJobs(ground);
  const status = await ask(after, "ShowSqlJobStatus", { job_id });
  expect(status).toMatchObject({
    status: "FAILED",
    message: "DLI.0999: The sandbox was stopped while the job was active.",
  });
});
