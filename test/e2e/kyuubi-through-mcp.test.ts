import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { createSparkEngine } from "../../src/sandbox/engines/spark/engine.ts";
import { type Assistant, rowsIn, startAssistant } from "./mcp.support.ts";

/** A person, an assistant and a SQL endpoint, with nothing but the sandbox: every write has its yes. */

const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), "kyuubi-mcp-"));
const data = join(packageRoot, "node_modules", "vega-datasets", "data");
const fetchTime = 10 * 60_000;
const engineTime = 180_000;

let assistant: Assistant;
let sparkHome = "";
const service = { workspaceId: "", kyuubiServiceId: "" };
let jdbcUrl = "";
let tokenId = "";

beforeAll(async () => {
  const spark = createSparkEngine({ storageFolder: join(home, "unused") });
  ({ sparkHome } = await spark.prepare((line) => console.log(line), AbortSignal.timeout(fetchTime)));
  await spark.close();
  assistant = await startAssistant(home, engineTime);
}, fetchTime);

afterAll(async () => {
  await assistant.close();
  rmSync(home, { recursive: true, force: true });
});

const call: Assistant["call"] = (name, input) => assistant.call(name, input);
const query = (sql: string, waitSeconds = 170) => call("execute_kyuubi_sql", { ...service, sql, waitSeconds });

test(
  "a service is made and started, and its token lies in a file and nowhere else",
  async () => {
    const workspace = await call("create_workspace", { name: "bi", bucket: "oss://sandbox", cu: 16 });
    service.workspaceId = String(workspace.data.workspaceId);
    for (const file of ["airports.csv", "flights-airport.csv"]) {
      const uploaded = await call("upload_program", {
        localPath: join(data, file),
        uri: `oss://sandbox/data/${file}`,
      });
      expect(uploaded.isError, uploaded.text).toBe(false);
    }
    const created = await call("create_kyuubi_service", {
      workspaceId: service.workspaceId,
      name: "reports",
      queue: "root_queue",
      sparkConf: { "spark.sql.session.timeZone": "Asia/Shanghai" },
    });
    expect(created.isError, created.text).toBe(false);
    service.kyuubiServiceId = String(created.data.kyuubiServiceId);
    expect((await call("start_kyuubi_service", service)).data).toMatchObject({ state: "RUNNING" });

    const token = await call("create_kyuubi_token", { ...service, name: "bi" });
    tokenId = String(token.data.tokenId);
    const value = readFileSync(String(token.data.tokenFile), "utf8").trim();
    expect(value).toMatch(/^[a-z0-9]{32}$/);
    const shown = await call("get_kyuubi_service", service);
    const { inner } = shown.data.connection as { inner: { jdbcUrl: string } };
    jdbcUrl = inner.jdbcUrl.replace("TOKEN", value);
    expect(JSON.stringify([token, shown, await call("list_kyuubi_tokens", service)])).not.toContain(value);
  },
  engineTime,
);

test(
  "a query joins two real data sets",
  async () => {
    const answer = await query(
      `SELECT a.state, sum(f.count) AS flights
     FROM (SELECT _c0 AS origin, CAST(_c2 AS BIGINT) AS count FROM csv.\`oss://sandbox/data/flights-airport.csv\`) f
     JOIN (SELECT _c0 AS iata, _c3 AS state FROM csv.\`oss://sandbox/data/airports.csv\`) a ON a.iata = f.origin
     GROUP BY a.state ORDER BY flights DESC, a.state LIMIT 3`,
    );
    expect(answer.isError, answer.text).toBe(false);
    expect(rowsIn(answer.text)).toEqual(expectedFlights());
  },
  engineTime,
);

test(
  "values come back exact",
  async () => {
    const answer = await query(
      `SELECT 9223372036854775807, -9223372036854775808, CAST('1234567890123456789012345678.0123456789' AS DECIMAL(38,10)),
       CAST(NULL AS STRING), 'null', DATE'1899-12-31', DATE'0001-01-01', TIMESTAMP'1582-10-04 12:34:56.789012',
       '😀 中文', array(1, NULL, 3), map('k', 1.5), named_struct('a', 1, 'b', array('x'))`,
    );
    expect(answer.isError, answer.text).toBe(false);
    expect(rowsIn(answer.text)).toEqual([
      [
        "9223372036854775807",
        "-9223372036854775808",
        "1234567890123456789012345678.0123456789",
        null,
        "null",
        "1899-12-31",
        "0001-01-01",
        "1582-10-04 12:34:56.789012",
        "😀 中文",
        "[1,null,3]",
        '{"k":1.5}',
        '{"a":1,"b":["x"]}',
      ],
    ]);
  },
  engineTime,
);

test(
  "a statement that writes waits for a person, and one that reads does not",
  async () => {
    const before = assistant.asked.length;
    expect((await query("SELECT 1")).text).toContain("finished");
    expect(assistant.asked).toHaveLength(before);
    const made = await query("CREATE TABLE numbers USING parquet AS SELECT id FROM range(10)");
    expect(made.isError, made.text).toBe(false);
    expect(assistant.asked.length).toBeGreaterThan(before);
    expect(rowsIn((await query("SELECT count(*) FROM numbers")).text)).toEqual([["10"]]);
  },
  engineTime,
);

test(
  "a long query is stopped on the engine within ten seconds",
  async () => {
    const listed = await call("list_kyuubi_applications", service);
    expect(listed.data.applications).toMatchObject([{ state: "RUNNING" }]);
    const started = await query("SELECT sum(a.id * b.id % 7) FROM range(1000000000) a CROSS JOIN range(100000) b", 3);
    expect(started.data).toMatchObject({ state: "running" });
    const began = Date.now();
    const cancelled = await call("cancel_kyuubi_sql", { ...service, statementId: started.data.statementId });
    expect(cancelled.data).toMatchObject({ state: "cancelled" });
    expect(Date.now() - began).toBeLessThan(10_000);
    // The engine is free again: it has one session's worth of cores, which an endless statement would hold.
    expect((await query("SELECT count(*) FROM range(1000000)")).text).toContain("finished");
  },
  engineTime,
);

test(
  "ten million rows come page by page",
  async () => {
    const first = await query("SELECT id FROM range(10000000)");
    expect(first.data).toMatchObject({ more: true, page: 0 });
    const { statementId } = first.data;
    const second = await call("get_kyuubi_sql", { ...service, statementId, page: 1 });
    expect(Number((rowsIn(second.text)[0] as unknown[])[0])).toBe(rowsIn(first.text).length);
  },
  engineTime,
);

test(
  "beeline connects with the URL that connection info gives",
  async () => {
    const beeline = join(sparkHome, "bin", "beeline");
    const args = [
      "-u",
      jdbcUrl,
      "--silent=true",
      "--outputformat=csv2",
      "-e",
      "SELECT 9223372036854775807 AS big, 'ok' AS word",
    ];
    const child = run(beeline, args, { timeout: engineTime });
    child.child.stdin?.end();
    const { stdout } = await child;
    expect(stdout).toContain("9223372036854775807,ok");
  },
  engineTime,
);

test(
  "a deleted token opens nothing any more",
  async () => {
    await call("delete_kyuubi_token", { ...service, tokenId });
    const refused = await query("SELECT 1");
    expect(refused.data).toMatchObject({ state: "failed", code: "not_authorised" });
  },
  engineTime,
);

test(
  "stop cuts the applications, delete takes the service, and no token stands in any record",
  async () => {
    expect((await call("stop_kyuubi_service", service)).data).toMatchObject({ state: "NOT_STARTED" });
    const gone = await call("delete_kyuubi_service", service);
    expect(gone.text).toContain("was deleted");
    expect((await call("list_kyuubi_services", { workspaceId: service.workspaceId })).data.services).toEqual([]);

    const value = /cliservice\/token\/(\w+)/.exec(jdbcUrl)?.[1] ?? "none";
    const files = readdirSync(join(home, "state"), { recursive: true, withFileTypes: true });
    const records = files.filter((file) => file.isFile() && !file.parentPath.endsWith("secrets"));
    for (const file of records) expect(readFileSync(join(file.parentPath, file.name), "latin1")).not.toContain(value);
    expect(assistant.asked.join("\n")).not.toContain(value);
  },
  engineTime,
);

/** The same join, by hand. */
function expectedFlights(): unknown[] {
  const lines = (file: string) => readFileSync(join(data, file), "utf8").trim().split("\n").slice(1);
  const stateOf = new Map(lines("airports.csv").map((line) => [line.split(",")[0], fieldsOf(line)[3]]));
  const flights = new Map<string, number>();
  for (const line of lines("flights-airport.csv")) {
    const [origin, , count] = line.split(",");
    const state = stateOf.get(origin);
    if (state !== undefined) flights.set(state, (flights.get(state) ?? 0) + Number(count));
  }
  return [...flights]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, 3)
    .map(([state, sum]) => [state, String(sum)]);
}

function fieldsOf(line: string): string[] {
  return [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map(([, plain, quoted]) => quoted ?? plain ?? "");
}
