import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DliRequests } from "../../src/operations/dli/types.gen.ts";
import { type DliContext, defaultDliTimings } from "../../src/sandbox/dli/context.ts";
import { createJobHandlers } from "../../src/sandbox/dli/jobs/index.ts";
import type { JobLinks } from "../../src/sandbox/dli/jobs/links.ts";
import { createSparkEngine, type LocalSparkEngine } from "../../src/sandbox/engines/spark/engine.ts";
import { createSqlEngine } from "../../src/sandbox/engines/sql/engine.ts";
import type { SqlEngine } from "../../src/sandbox/sql-engine.ts";
import { openStore, type Store } from "../../src/sandbox/store.ts";

/** Real Spark: fetched by the first test on a machine, then from the cache. */
const fetchTime = 10 * 60_000;
const jobTime = 120_000;

const folder = mkdtempSync(join(tmpdir(), "dli-spark-e2e-"));
const storageFolder = join(folder, "storage");
const lake = join(storageFolder, "acme.lake");
const steps: (() => unknown)[] = [];
let spark: LocalSparkEngine;
let sql: SqlEngine;
let store: Store;
let ask: (name: keyof ReturnType<typeof createJobHandlers>, input: object) => Promise<Record<string, unknown>>;

const queues = {
  etl: { queueName: "etl", queueType: "general", cuCount: 16 },
  bi: { queueName: "bi", queueType: "sql", cuCount: 16 },
} as const;
const links: JobLinks = {
  findQueue: (name) => (name === "etl" || name === "bi" ? queues[name] : undefined),
  queueRoom: () => ({ maxCu: 16, usedCu: 0 }),
  findVariable: (name) => (name === "least" ? "2" : undefined),
  hasDatabase: (name) => name === "sales",
  findPackage: () => undefined,
  packagesIn: () => [],
};

beforeAll(async () => {
  mkdirSync(lake, { recursive: true });
  writeFileSync(join(lake, "people.csv"), "id,name\n1,Ada\n2,Grace\n3,Linus\n");
  spark = createSparkEngine({ storageFolder });
  await spark.prepare((line) => console.log(line), AbortSignal.timeout(fetchTime));
  sql = createSqlEngine({ spark, dataFolder: join(folder, "sql"), storageFolder });
  store = openStore(join(folder, "state.db"));
  const context: DliContext = {
    store,
    engine: spark,
    sqlEngine: sql,
    sqlReaped: Promise.resolve(),
    storageFolder,
    regionId: "cn-north-4",
    projectId: "0123456789abcdef0123456789abcdef",
    domainId: "abcdef0123456789abcdef0123456789",
    userName: "tester",
    timings: { ...defaultDliTimings, recoveryDelayMs: 100 },
    now: Date.now,
    onClose: (step) => steps.push(step),
  };
  const handlers = createJobHandlers(context, links);
  ask = async (name, input) => {
    // The names of the tests fit their inputs; a union of handlers would want what all of them take.
    const handler = handlers[name] as (
      input: object,
      context: DliContext,
    ) => ReturnType<(typeof handlers)[typeof name]>;
    const answer = await handler(input, context);
    if ("error" in answer) throw new Error(`${answer.error.error_code}: ${answer.error.error_msg}`);
    return answer.body as Record<string, unknown>;
  };
}, fetchTime);

afterAll(async () => {
  for (let step = steps.pop(); step; step = steps.pop()) await step();
  await sql.close();
  await spark.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function program(key: string, ...lines: string[]): string {
  writeFileSync(join(lake, key), `${lines.join("\n")}\n`);
  return `obs://acme.lake/${key}`;
}

async function batch(body: DliRequests["CreateSparkJob"], wanted: string): Promise<Record<string, unknown>> {
  const { id } = await ask("CreateSparkJob", { queue: "etl", className: "", ...body });
  let shown = await ask("ShowSparkJob", { batch_id: id });
  while (shown.state !== wanted && shown.state !== "success" && shown.state !== "dead") {
    await sleep(100);
    shown = await ask("ShowSparkJob", { batch_id: id });
  }
  expect(shown).toMatchObject({ state: wanted });
  return shown;
}

async function sqlJob(statement: string, more: DliRequests["CreateSqlJob"] = {}): Promise<Record<string, unknown>> {
  const { job_id } = await ask("CreateSqlJob", { sql: statement, queue_name: "bi", ...more });
  return ended(String(job_id));
}

async function ended(job_id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const status = await ask("ShowSqlJobStatus", { job_id });
    if (status.status !== "LAUNCHING" && status.status !== "RUNNING") return status;
    await sleep(50);
  }
}

describe("a Spark batch", () => {
  test(
    "in Python reads obs:// and writes it, with a module and a file of its own",
    async () => {
      const file = program(
        "main.py",
        "import sys, longest",
        "from pyspark.sql import SparkSession; spark = SparkSession.builder.getOrCreate()",
        "people = spark.read.option('header', True).csv('obs://acme.lake/people.csv')",
        "longest.of(people).write.mode('overwrite').parquet(sys.argv[1])",
        "print('rows', spark.read.parquet(sys.argv[1]).count(), open('note.txt').read().strip())",
      );
      const module = program("longest.py", "def of(people): return people.orderBy(people.name.desc()).limit(2)");
      const note = program("note.txt", "from a file");
      const shown = await batch(
        { file, args: ["obs://acme.lake/out"], pyFiles: [module], files: [note], name: "people" },
        "success",
      );
      expect(shown.appId).toMatch(/^spark-[0-9a-f]{32}$/);
      expect(readdirSync(join(lake, "out"))).toContain("_SUCCESS");
      const { log, total } = await ask("ShowSparkJobLog", { batch_id: shown.id, size: 5000 });
      expect(log).toContain("rows 2 from a file");
      expect((log as string[]).some((line) => line.includes("INFO SparkContext: Running Spark version 3.5"))).toBe(
        true,
      );
      expect(total).toBe((log as string[]).length);
    },
    jobTime,
  );

  test(
    "of a Jar with its class runs",
    async () => {
      await copyFile(await spark.piJar(), join(lake, "pi.jar"));
      const shown = await batch({ file: "obs://acme.lake/pi.jar", className: "SparkPi", args: ["2"] }, "success");
      expect((shown.log as string[]).some((line) => line.startsWith("Pi is roughly 3"))).toBe(true);
    },
    jobTime,
  );

  test(
    "that breaks is started once more and then dead with Python's own error",
    async () => {
      const file = program("broken.py", "print('try')", "undefined_name()");
      const shown = await batch({ file, auto_recovery: true, max_retry_times: 1 }, "dead");
      expect((shown.log as string[]).at(-1)).toMatch(/NameError: name 'undefined_name' is not defined/);
      for (const index of [0, 1]) {
        const { log } = await ask("ShowSparkJobLog", { batch_id: shown.id, index });
        expect((log as string[]).filter((line) => line === "try")).toHaveLength(1);
      }
    },
    jobTime,
  );

  test(
    "that names what is not in OBS is dead and says which",
    async () => {
      const shown = await batch({ file: "obs://acme.lake/nowhere.py" }, "dead");
      expect((shown.log as string[]).at(-1)).toMatch(/obs:\/\/acme\.lake\/nowhere\.py does not exist \(NoSuchKey\)/);
    },
    jobTime,
  );
});

describe("SQL jobs", () => {
  test(
    "make a table over obs://, query it with a global variable, and show exact rows",
    async () => {
      const table =
        "CREATE TABLE people (id BIGINT, name STRING) USING csv OPTIONS (path 'obs://acme.lake/people.csv', header 'true')";
      expect(await sqlJob(table)).toMatchObject({ status: "FINISHED", job_type: "DDL" });
      const query =
        "SELECT id, CAST(id AS DECIMAL(38,10)) AS exact, name FROM people WHERE id >= {{least}} ORDER BY id";
      const { job_id, status, result_count } = await sqlJob(query, { conf: ["spark.sql.shuffle.partitions=3"] });
      expect({ status, result_count }).toEqual({ status: "FINISHED", result_count: 2 });
      expect(await ask("PreviewSqlJobResult", { job_id })).toMatchObject({
        schema: [{ id: "bigint" }, { exact: "decimal(38,10)" }, { name: "string" }],
        rows: [
          ["2", "2.0000000000", "Grace"],
          ["3", "3.0000000000", "Linus"],
        ],
      });
    },
    jobTime,
  );

  test(
    "find the databases of the metadata calls, and only those",
    async () => {
      expect(await sqlJob("CREATE TABLE t (a INT) USING parquet", { currentdb: "sales" })).toMatchObject({
        message: "",
      });
      expect((await sqlJob("SELECT * FROM sales.t")).status).toBe("FINISHED");
      expect((await sqlJob("SELECT 1", { currentdb: "nowhere" })).message).toMatch(/^DLI\.0005: .*SCHEMA_NOT_FOUND/s);
    },
    jobTime,
  );

  test(
    "have settings of their own that are gone behind them",
    async () => {
      const key = "spark.sql.shuffle.partitions";
      const own = await ask("CreateSqlJob", { sql: `SET ${key}`, queue_name: "bi", conf: [`${key}=7`] });
      expect(own).toMatchObject({ job_type: "DCL", job_mode: "sync", rows: [[key, "7"]] });
      const later = await ask("CreateSqlJob", { sql: `SET ${key}`, queue_name: "bi" });
      expect(later.rows).not.toEqual([[key, "7"]]);
    },
    jobTime,
  );

  test(
    "fail with Spark's complaints under the service's codes",
    async () => {
      expect((await sqlJob("SELECT * FORM people")).message).toMatch(/^DLI\.0004: .*PARSE_SYNTAX_ERROR/s);
      expect((await sqlJob("SELECT * FROM nobody")).message).toMatch(/^DLI\.0005: .*TABLE_OR_VIEW_NOT_FOUND/s);
      await expect(ask("CheckSql", { sql: "SELECT * FORM people" })).rejects.toThrow(/^DLI\.0004/);
      expect(await ask("CheckSql", { sql: "DROP TABLE people" })).toMatchObject({ is_success: true, job_type: "DDL" });
      expect((await sqlJob("SELECT count(*) FROM people")).status).toBe("FINISHED");
    },
    jobTime,
  );

  test(
    "are cancelled while Spark works on them",
    async () => {
      const slow = "SELECT count(*) FROM range(100000000000) WHERE sqrt(id) < 0";
      const { job_id } = await ask("CreateSqlJob", { sql: slow, queue_name: "bi" });
      while ((await ask("ShowSqlJobStatus", { job_id })).status !== "RUNNING") await sleep(50);
      await ask("CancelSqlJob", { job_id });
      expect((await ended(String(job_id))).status).toBe("CANCELLED");
    },
    jobTime,
  );

  test(
    "export a result to OBS, and import files into a table",
    async () => {
      const { job_id } = await sqlJob("SELECT id, name FROM people ORDER BY id");
      const to = { data_path: "obs://acme.lake/export", data_type: "csv", compress: "gzip", queue_name: "bi" };
      const exported = await ask("ExportSqlJobResult", { job_id, ...to, with_column_header: true, limit_num: 2 });
      expect(await ended(String(exported.job_id))).toMatchObject({ status: "FINISHED", job_type: "EXPORT" });
      const parts = readdirSync(join(lake, "export")).filter((name) => name.endsWith(".csv.gz"));
      const text = parts.map((name) => gunzipSync(readFileSync(join(lake, "export", name))).toString()).join("");
      expect(text).toBe("id,name\n1,Ada\n2,Grace\n");
      const again = await ask("ExportSqlJobResult", { job_id, ...to });
      expect((await ended(String(again.job_id))).message).toMatch(/^DLI\.0006: /);

      writeFileSync(join(lake, "days.csv"), "1|31.01.2026\n");
      await sqlJob("CREATE TABLE days (id INT, day DATE) USING parquet");
      const imported = await ask("ImportTable", {
        data_path: "obs://acme.lake/days.csv",
        data_type: "csv",
        database_name: "default",
        table_name: "days",
        delimiter: "|",
        date_format: "dd.MM.yyyy",
        queue_name: "bi",
      });
      expect(await ended(String(imported.job_id))).toMatchObject({ status: "FINISHED", message: "" });
      const read = await sqlJob("SELECT id + 1, day FROM days");
      expect(await ask("PreviewSqlJobResult", { job_id: read.job_id })).toMatchObject({ rows: [["2", "2026-01-31"]] });
      expect(existsSync(join(lake, "days.csv"))).toBe(true);
    },
    jobTime,
  );
});
