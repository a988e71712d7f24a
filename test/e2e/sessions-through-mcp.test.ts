import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSparkEngine } from "../../src/sandbox/engines/spark/engine.ts";
import { type Assistant, rowLinesIn, startAssistant } from "./mcp.support.ts";

/** A session from its making to its end, with nothing but the sandbox and its real Spark. */

const home = mkdtempSync(join(tmpdir(), "sessions-mcp-"));
const fetchTime = 10 * 60_000;
const engineTime = 180_000;

let assistant: Assistant;
const session = { workspaceId: "", sessionId: "" };

beforeAll(async () => {
  const spark = createSparkEngine({ storageFolder: join(home, "unused") });
  await spark.prepare((line) => console.log(line), AbortSignal.timeout(fetchTime));
  await spark.close();
  assistant = await startAssistant(home, engineTime);
}, fetchTime);

afterAll(async () => {
  await assistant.close();
  rmSync(home, { recursive: true, force: true });
});

const call: Assistant["call"] = (name, input) => assistant.call(name, input);
const run = (sql: string, more: object = {}) => call("run_sql", { ...session, sql, waitSeconds: 170, ...more });

/** Carries out something that a person must have been asked about. */
async function approved(act: () => ReturnType<typeof call>) {
  const before = assistant.asked.length;
  const answer = await act();
  expect(answer.isError, answer.text).toBe(false);
  expect(assistant.asked.length).toBeGreaterThan(before);
  return answer;
}

test(
  "a session is made, started and found running, each step with a yes",
  async () => {
    const workspace = await approved(() =>
      call("create_workspace", { name: "adhoc", bucket: "oss://sandbox", cu: 16 }),
    );
    session.workspaceId = String(workspace.data.workspaceId);
    const { workspaceId } = session;
    const created = await approved(() =>
      call("create_session", { workspaceId, name: "analysts", queue: "root_queue", idleStopMinutes: 30 }),
    );
    session.sessionId = String(created.data.sessionId);
    expect((await call("get_session", session)).data).toMatchObject({ name: "analysts", idleStopMinutes: 30 });
    const started = await approved(() => call("start_session", { ...session, queue: "root_queue" }));
    expect(started.data).toMatchObject({ settled: true });
    expect((await call("list_sessions", { workspaceId })).data.sessions).toMatchObject([
      { sessionId: session.sessionId, state: expect.stringMatching(/^running$/i) },
    ]);
  },
  engineTime,
);

test(
  "a query needs no yes, and its values come back exact",
  async () => {
    const before = assistant.asked.length;
    const answer = await run(
      `SELECT 9223372036854775807, CAST('1234567890123456789012345678.0123456789' AS DECIMAL(38,10)),
       CAST(NULL AS STRING), DATE'0001-01-01', '😀 中文', array(1, NULL, 3)`,
    );
    expect(answer.isError, answer.text).toBe(false);
    expect(assistant.asked).toHaveLength(before);
    expect(rowLinesIn(answer.text)).toEqual([
      '[9223372036854775807,1234567890123456789012345678.0123456789,null,"0001-01-01","😀 中文","[1, null, 3]"]',
    ]);
  },
  engineTime,
);

test(
  "a temporary view is kept from one statement to the next",
  async () => {
    await run("CREATE TEMPORARY VIEW evens AS SELECT id * 2 AS n FROM range(5)");
    expect(rowLinesIn((await run("SELECT sum(n), count(*) FROM evens")).text)).toEqual(["[20,5]"]);
  },
  engineTime,
);

test(
  "what writes waits for a yes",
  async () => {
    await approved(() => run("CREATE TABLE numbers USING parquet AS SELECT id FROM range(10)"));
    expect(rowLinesIn((await run("SELECT count(*) FROM numbers")).text)).toEqual(["[10]"]);
  },
  engineTime,
);

test(
  "an error of Spark is told with its class",
  async () => {
    const answer = await run("SELECT * FROM no_such_table");
    expect(answer.text).toContain("TABLE_OR_VIEW_NOT_FOUND");
  },
  engineTime,
);

test(
  "a long statement is stopped, and the session takes the next one",
  async () => {
    const endless = "SELECT sum(a.id * b.id % 7) FROM range(1000000000) a CROSS JOIN range(100000) b";
    const { data } = await run(endless, { waitSeconds: 2 });
    const { statementId } = data;
    const { workspaceId } = session;
    expect(statementId, JSON.stringify(data)).toBeDefined();
    const stopped = await approved(() => call("terminate_sql_statement", { workspaceId, statementId }));
    expect(stopped.data).toMatchObject({ settled: true });
    expect((await call("get_sql_statement", { workspaceId, statementId })).text).toContain("ended without a result");
    expect(rowLinesIn((await run("SELECT count(*) FROM range(1000000)")).text)).toEqual(["[1000000]"]);
  },
  engineTime,
);

test(
  "a running session is not deleted; a stopped one is, and takes no SQL any more",
  async () => {
    const refused = await call("delete_session", session);
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain("PRECONDITION_NOT_MET");
    expect((await approved(() => call("stop_session", { ...session, queue: "root_queue" }))).data).toMatchObject({
      settled: true,
    });
    const late = await run("SELECT 1");
    expect(late.isError).toBe(true);
    expect(late.text).toContain("PRECONDITION_NOT_MET");
    await approved(() => call("delete_session", session));
    expect((await call("list_sessions", { workspaceId: session.workspaceId })).data.sessions).toEqual([]);
  },
  engineTime,
);
