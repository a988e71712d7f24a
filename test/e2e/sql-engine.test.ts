import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSparkEngine, type LocalSparkEngine } from "../../src/sandbox/engines/spark/engine.ts";
import type { Installation } from "../../src/sandbox/engines/spark/launch.ts";
import { groupMembers } from "../../src/sandbox/engines/spark/process-group.ts";
import { createSqlEngine } from "../../src/sandbox/engines/sql/engine.ts";
import { createTokenGateway } from "../../src/sandbox/kyuubi/token-gateway.ts";
import type { SqlEngine, SqlState } from "../../src/sandbox/sql-engine.ts";

const run = promisify(execFile);

/** Real Spark: fetched by the first test on a machine, then from the cache. */
const fetchTime = 10 * 60_000;
const startTime = 90_000;

const folder = mkdtempSync(join(tmpdir(), "kyuubi-engine-e2e-"));
const storageFolder = join(folder, "storage");
const dataFolder = join(folder, "sql");
const token = "0123456789abcdef0123456789abcdef";
let spark: LocalSparkEngine;
let engine: SqlEngine;
let installation: Installation;

beforeAll(async () => {
  mkdirSync(join(storageFolder, "lake"), { recursive: true });
  spark = createSparkEngine({ storageFolder });
  installation = await spark.installation((line) => console.log(line), AbortSignal.timeout(fetchTime));
  engine = createSqlEngine({ spark, dataFolder, storageFolder });
  await engine.admit({ name: "kb-1", sparkConf: { "spark.app.name": "reports", "spark.my.text": "a=b c" } });
}, fetchTime);

afterAll(async () => {
  await engine.close();
  await spark.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(user: string, sql: string, options: { maxRows?: number; database?: string } = {}) {
  return (await engine.run(user, sql, { maxRows: 100, ...options })).end;
}

async function rows(user: string, sql: string, maxRows = 100): Promise<readonly (readonly (string | null)[])[]> {
  const end = await ask(user, sql, { maxRows });
  if (end.kind !== "finished") throw new Error(JSON.stringify(end));
  return end.rows;
}

function processGroup(applicationId: string): number {
  return Number(readFileSync(join(dataFolder, "processes", applicationId), "utf8"));
}

async function latestApplication(user: string) {
  const latest = (await engine.applications(user)).at(-1);
  if (latest === undefined) throw new Error(`${user} has no application`);
  return latest;
}

describe("the statements of a user", () => {
  test(
    "start a Spark named like those of jobs, with the user's settings",
    async () => {
      expect(await engine.applications("kb-1")).toEqual([]);
      expect(await rows("kb-1", "SET spark.my.text")).toEqual([["spark.my.text", "a=b c"]]);
      expect(await engine.applications("kb-1")).toEqual([
        {
          applicationId: expect.stringMatching(/^spark-[0-9a-f]{32}$/),
          name: "reports",
          state: "RUNNING",
          startTime: expect.any(Number),
        },
      ]);
      const { applicationId } = await latestApplication("kb-1");
      expect(readdirSync(join(dataFolder, "kb-1", applicationId))).toEqual(
        expect.arrayContaining(["startup.log", "stderr.log", "stdout.log", "syslog.log"]),
      );
    },
    startTime,
  );

  test("give exact values as text", async () => {
    const sql = `SELECT 9223372036854775807L AS big, CAST('1234567890123456789012345678.0123456789' AS DECIMAL(38,10)) AS dec,
      NULL AS nothing, 'null' AS word, DATE'0001-01-01' AS day, TIMESTAMP'1899-12-31 23:59:59.123456' AS moment,
      '😀' AS face, array(1, NULL) AS list, map('a', 1) AS dict, named_struct('a', 1, 'b', 'x') AS pair, X'4142' AS bin`;
    expect(await ask("kb-1", sql)).toEqual({
      kind: "finished",
      truncated: false,
      columns: [
        { name: "big", type: "bigint" },
        { name: "dec", type: "decimal(38,10)" },
        { name: "nothing", type: "void" },
        { name: "word", type: "string" },
        { name: "day", type: "date" },
        { name: "moment", type: "timestamp" },
        { name: "face", type: "string" },
        { name: "list", type: "array<int>" },
        { name: "dict", type: "map<string,int>" },
        { name: "pair", type: "struct<a:int,b:string>" },
        { name: "bin", type: "binary" },
      ],
      rows: [
        [
          "9223372036854775807",
          "1234567890123456789012345678.0123456789",
          null,
          "null",
          "0001-01-01",
          "1899-12-31 23:59:59.123456",
          "😀",
          "[1, null]",
          "{a -> 1}",
          "{1, x}",
          "AB",
        ],
      ],
    });
  });

  test("stop at the number of rows that was asked for and say so", async () => {
    expect(await ask("kb-1", "SELECT id FROM range(10) ORDER BY id DESC", { maxRows: 2 })).toMatchObject({
      rows: [["9"], ["8"]],
      truncated: true,
    });
  });

  test("write tables to a bucket and find them and temporary views again", async () => {
    await rows("kb-1", "CREATE DATABASE shop");
    await rows(
      "kb-1",
      "CREATE TABLE shop.items USING parquet LOCATION 'oss://lake/items' AS SELECT id, '😀' AS face FROM range(3)",
    );
    await rows("kb-1", "CREATE TEMPORARY VIEW big AS SELECT id FROM shop.items WHERE id > 1");
    expect(readdirSync(join(storageFolder, "lake", "items"))).toContain("_SUCCESS");
    expect(await rows("kb-1", "SELECT * FROM big")).toEqual([["2"]]);
    const end = await ask("kb-1", "SHOW TABLES", { database: "shop" });
    expect(end).toMatchObject({ rows: expect.arrayContaining([["shop", "items", "false"]]) });
  });

  test.each([
    ["SELEC 1", "PARSE_SYNTAX_ERROR", "42601"],
    ["SELECT * FROM nowhere", "TABLE_OR_VIEW_NOT_FOUND", "42P01"],
    ["SELECT to_date('2026-01-01') > 1", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "42K09"],
    ["SELECT element_at(array(1), CAST(id AS INT)) FROM range(1)", "INVALID_INDEX_OF_ZERO", "22003"],
  ])("that fail keep Spark's error class: %s", async (sql, errorClass, sqlState) => {
    expect(await ask("kb-1", sql)).toMatchObject({ kind: "failed", errorClass, sqlState });
  });

  test("are ended on the engine when they are cancelled", async () => {
    const { applicationId } = await latestApplication("kb-1");
    const pid = processGroup(applicationId);
    const before = await cpuSeconds(pid);
    const statement = await engine.run("kb-1", "SELECT sum(hash(id) % 7) FROM range(1000000000000)", { maxRows: 1 });
    await expect.poll(() => cpuSeconds(pid), { timeout: 30_000, interval: 500 }).toBeGreaterThan(before + 2);
    expect(statement.state()).toEqual({ kind: "running" });
    const asked = performance.now();
    await statement.cancel();
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(await statement.end).toEqual({ kind: "cancelled" });
    const after = await cpuSeconds(pid);
    await sleep(3_000);
    expect((await cpuSeconds(pid)) - after).toBeLessThan(1.5);
    expect(await rows("kb-1", "SELECT 1")).toEqual([["1"]]);
  }, 60_000);
});

describe("a JDBC client with a token", () => {
  let gateway: Server;
  let port: number;

  beforeAll(async () => {
    gateway = createTokenGateway({
      lookup: async (text) =>
        text === token ? { user: "kb-1" } : { refused: 401, message: "The token is not known." },
      target: (user) => engine.thriftAddress(user),
    });
    await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
    const address = gateway.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    port = address.port;
  });

  afterAll(() => {
    gateway.close();
    gateway.closeAllConnections();
  });

  test(
    "sees the tables of the statements and values as exact",
    async () => {
      const sql =
        "SELECT id, 9223372036854775807 AS big, CAST(NULL AS INT) AS nothing, face, current_user() AS me FROM shop.items ORDER BY id";
      const { stdout } = await beeline(
        `jdbc:hive2://127.0.0.1:${port}/;transportMode=http;httpPath=cliservice/token/${token}`,
        sql,
      );
      expect(stdout.match(/^\d\t.*$/gm)).toEqual(
        ["0", "1", "2"].map((id) => `${id}\t9223372036854775807\tNULL\t😀\tkb-1`),
      );
    },
    startTime,
  );

  test(
    "that is not known is not let in",
    async () => {
      const url = `jdbc:hive2://127.0.0.1:${port}/;transportMode=http;httpPath=cliservice/token/other`;
      await expect(beeline(url, "SELECT 1")).rejects.toMatchObject({
        stderr: expect.stringContaining("HTTP Response code: 401"),
      });
    },
    startTime,
  );

  test("without the token cannot reach the engine either", async () => {
    const { host, port: enginePort } = await engine.thriftAddress("kb-1");
    const authorization = `Basic ${Buffer.from("kb-1:").toString("base64")}`;
    for (const path of ["cliservice", "statement", "cancel"]) {
      const answer = await fetch(`http://${host}:${enginePort}/${path}`, {
        method: "POST",
        headers: { authorization },
        body: "{}",
      });
      expect(answer.status).toBe(401);
    }
  });

  async function beeline(url: string, sql: string) {
    // What bin/beeline of the distribution runs; the script finds no Java by itself.
    const java = join(installation.java.home, "bin", "java");
    const jars = join(installation.spark.home, "jars", "*");
    const options = ["--silent=true", "--outputformat=tsv2", "-u", url, "-e", sql];
    const main = "org.apache.hive.beeline.BeeLine";
    const ended = run(java, ["-Dfile.encoding=UTF-8", "-cp", jars, main, ...options], { env: { HOME: folder } });
    // It answers -e at once and then reads on.
    ended.child.stdin?.end();
    return ended;
  }
});

describe("the Spark of a user", () => {
  test(
    "has tables of its own, and ends when it was idle while that of another user goes on",
    async () => {
      await engine.admit({ name: "kb-2", sparkConf: {}, idleMinutes: 0.05 });
      expect(await ask("kb-2", "SELECT * FROM shop.items")).toMatchObject({ errorClass: "TABLE_OR_VIEW_NOT_FOUND" });
      const { applicationId } = await latestApplication("kb-2");
      await expect.poll(async () => (await latestApplication("kb-2")).state, { timeout: 30_000 }).toBe("TERMINATED");
      await expect.poll(() => readdirSync(join(dataFolder, "processes"))).not.toContain(applicationId);
      expect(await rows("kb-1", "SELECT count(*) FROM shop.items")).toEqual([["3"]]);
      await engine.dismiss("kb-2");
    },
    startTime,
  );

  test(
    "is gone as a whole when its application is ended",
    async () => {
      await engine.admit({ name: "kb-3", sparkConf: {} });
      const statement = await engine.run("kb-3", "SELECT sum(hash(id)) FROM range(1000000000000)", { maxRows: 1 });
      await expect.poll(() => statement.state(), { timeout: 60_000 }).toEqual({ kind: "running" });
      const { applicationId } = await latestApplication("kb-3");
      const group = processGroup(applicationId);
      await engine.endApplication("kb-3", applicationId);
      expect(await groupMembers(group)).toEqual([]);
      expect((await statement.end).kind).toBe("failed" satisfies SqlState["kind"]);
      expect(await latestApplication("kb-3")).toMatchObject({ applicationId, state: "TERMINATED" });
      await engine.dismiss("kb-3");
      expect(await ask("kb-3", "SELECT 1")).toEqual({ kind: "failed", message: "kb-3 is not running" });
    },
    startTime,
  );

  test(
    "that an earlier sandbox left behind is reaped, and the next statement starts another",
    async () => {
      const { applicationId } = await latestApplication("kb-1");
      const group = processGroup(applicationId);
      const next = createSqlEngine({ spark, dataFolder, storageFolder });
      await next.reap();
      expect(await groupMembers(group)).toEqual([]);
      expect(readdirSync(join(dataFolder, "processes"))).toEqual([]);
      await expect.poll(async () => (await latestApplication("kb-1")).state).not.toBe("RUNNING");
      expect(await rows("kb-1", "SELECT 1")).toEqual([["1"]]);
      const applications = await engine.applications("kb-1");
      expect(applications.map((each) => each.applicationId)).toEqual([
        applicationId,
        expect.not.stringContaining(applicationId),
      ]);
    },
    startTime,
  );
});

/** Time on a core that the process has used; its form is [[days-]hours:]minutes:seconds. */
async function cpuSeconds(pid: number): Promise<number> {
  const { stdout } = await run("ps", ["-o", "time=", "-p", String(pid)]);
  return stdout
    .trim()
    .split(/[-:]/)
    .reduce((sum, part) => sum * 60 + Number(part), 0);
}
