import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Kyuubi, openKyuubi } from "../../src/clouds/kyuubi/client.ts";
import type { ExecuteOptions, SqlPage } from "../../src/clouds/kyuubi/result.ts";
import { createSparkEngine, type LocalSparkEngine } from "../../src/sandbox/engines/spark/engine.ts";
import { createSqlEngine } from "../../src/sandbox/engines/sql/engine.ts";
import { createTokenGateway } from "../../src/sandbox/kyuubi/token-gateway.ts";
import type { SqlEngine } from "../../src/sandbox/sql-engine.ts";

/** Real Spark: fetched by the first test on a machine, then from the cache. */
const fetchTime = 10 * 60_000;
const startTime = 120_000;

const folder = mkdtempSync(join(tmpdir(), "kyuubi-client-e2e-"));
const token = "0123456789abcdef0123456789abcdef";
let spark: LocalSparkEngine;
let engine: SqlEngine;
let gateway: Server;
let url: string;
let client: Kyuubi;

beforeAll(async () => {
  const storageFolder = join(folder, "storage");
  mkdirSync(storageFolder, { recursive: true });
  spark = createSparkEngine({ storageFolder });
  await spark.installation((line) => console.log(line), AbortSignal.timeout(fetchTime));
  engine = createSqlEngine({ spark, dataFolder: join(folder, "sql"), storageFolder });
  await engine.admit({ name: "kb-1", sparkConf: {} });
  gateway = createTokenGateway({
    lookup: async (text) => (text === token ? { user: "kb-1" } : { refused: 401, message: "The token is not known." }),
    target: (user) => engine.thriftAddress(user),
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  client = openKyuubi({ url, token, form: "path", signal: AbortSignal.timeout(fetchTime) });
}, fetchTime);

afterAll(async () => {
  await client.close();
  gateway.closeAllConnections();
  gateway.close();
  await engine.close();
  await spark.close();
  rmSync(folder, { recursive: true, force: true });
});

const limits = (more: Partial<ExecuteOptions> = {}): ExecuteOptions => ({
  maxRows: 100,
  maxBytes: 100_000,
  timeoutMs: startTime,
  signal: AbortSignal.timeout(startTime),
  ...more,
});

test(
  "Spark's values arrive exactly",
  async () => {
    const sql = `SELECT 9223372036854775807L AS big, CAST(1 AS DECIMAL(38,18)) AS exact, DATE'0001-01-01' AS day,
      TIMESTAMP'2026-01-02 03:04:05.678901' AS moment, CAST(NULL AS INT) AS nothing, X'00FF80' AS bytes,
      array(1, NULL) AS list, '日本 𝄞' AS word, CAST('NaN' AS DOUBLE) AS odd, true AS yes`;
    expect(await client.execute(sql, limits())).toMatchObject({
      kind: "rows",
      columns: [
        { name: "big", type: "BIGINT" },
        { name: "exact", type: "DECIMAL(38,18)" },
        { name: "day", type: "DATE" },
        { name: "moment", type: "TIMESTAMP" },
        { name: "nothing", type: "INT" },
        { name: "bytes", type: "BINARY" },
        { name: "list", type: "ARRAY" },
        { name: "word", type: "STRING" },
        { name: "odd", type: "DOUBLE" },
        { name: "yes", type: "BOOLEAN" },
      ],
      rows: [
        [
          "9223372036854775807",
          "1.000000000000000000",
          "0001-01-01",
          "2026-01-02 03:04:05.678901",
          null,
          "AP+A",
          "[1,null]",
          "日本 𝄞",
          "NaN",
          true,
        ],
      ],
    });
  },
  startTime,
);

test(
  "a long result is read page by page without a gap",
  async () => {
    let page = (await client.execute("SELECT id FROM range(3000)", limits({ maxRows: 1000 }))) as SqlPage;
    const ids = page.rows.flat();
    while (page.more) {
      page = (await page.more.fetch(limits({ maxRows: 1000 }))) as SqlPage;
      ids.push(...page.rows.flat());
    }
    expect(ids).toEqual(Array.from({ length: 3000 }, (_, id) => String(id)));
  },
  startTime,
);

test(
  "an error of Spark keeps its class and state",
  async () => {
    expect(await client.execute("SELECT * FROM no_such_table", limits())).toMatchObject({
      code: "sql_error",
      statement: "ended",
      errorClass: "TABLE_OR_VIEW_NOT_FOUND",
      sqlState: "42P01",
    });
  },
  startTime,
);

test(
  "a query that takes too long is cancelled on Spark, and the session goes on",
  async () => {
    const endless = "SELECT count(*) FROM range(1000000000000) WHERE id % 7 = rand()";
    const outcome = await client.execute(endless, limits({ timeoutMs: 3000 }));
    expect(outcome).toMatchObject({ code: "timeout", statement: "ended" });
    expect(await client.execute("SELECT 1", limits())).toMatchObject({ rows: [[1]] });
  },
  startTime,
);

test(
  "a wrong token is not authorised",
  async () => {
    const stranger = openKyuubi({ url, token: "f".repeat(32), form: "path", signal: AbortSignal.timeout(startTime) });
    expect(await stranger.execute("SELECT 1", limits())).toMatchObject({
      code: "not_authorised",
      statement: "not-run",
    });
    await stranger.close();
  },
  startTime,
);
