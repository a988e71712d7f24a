import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Call, refusalOf } from "../doubles/emr-client.ts";
import { newDataFolder, newWorkspace, openSandbox, startJob, waitForState } from "../doubles/sandbox-emr.ts";
import { unavailable } from "../doubles/sql-engine.ts";

interface SessionId {
  workspaceId: string;
  sessionClusterId: string;
}

async function newSession(call: Call, workspaceId: string, change: Record<string, unknown> = {}): Promise<SessionId> {
  const request = { workspaceId, name: "adhoc", queueName: "root_queue", ...change };
  const { sessionClusterId = "" } = await call("CreateSessionCluster", request);
  return { workspaceId, sessionClusterId };
}

async function runningSession(call: Call, workspaceId: string, change: Record<string, unknown> = {}) {
  const session = await newSession(call, workspaceId, change);
  await call("StartSessionCluster", { ...session });
  await waitForSession(call, session, "Running");
  return session;
}

async function get(call: Call, session: SessionId) {
  const { sessionCluster } = await call("GetSessionCluster", { ...session });
  if (!sessionCluster) throw new Error("no session in the answer");
  return sessionCluster;
}

async function waitForSession(call: Call, session: SessionId, state: string) {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const found = await get(call, session);
    if (found.state === state) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the session never became ${state}`);
}

async function submit(call: Call, session: SessionId, codeContent: string, change: Record<string, unknown> = {}) {
  const request = { workspaceId: session.workspaceId, sqlComputeId: session.sessionClusterId, codeContent, ...change };
  return (await call("CreateSqlStatement", request)).data?.statementId ?? "";
}

async function getStatement(call: Call, { workspaceId }: SessionId, statementId: string) {
  const { data } = await call("GetSqlStatement", { workspaceId, statementId });
  if (!data) throw new Error("no statement in the answer");
  return data;
}

async function waitForStatement(call: Call, session: SessionId, statementId: string, ...states: string[]) {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const data = await getStatement(call, session, statementId);
    if (states.includes(data.state ?? "")) return data;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the statement never became ${states.join(" or ")}`);
}

const ended = ["available", "error", "cancelled"];

describe("a session", () => {
  test("is made NotStarted and tells what it was made of", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const applicationConfigs = [
      { configFileName: "spark-defaults.conf", configItemKey: "spark.app.name", configItemValue: "x" },
    ];
    const session = await newSession(call, workspaceId, {
      displayReleaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12)",
      applicationConfigs,
      autoStartConfiguration: { enable: true },
      autoStopConfiguration: { enable: false, idleTimeoutMinutes: 60 },
      publicEndpointEnabled: true,
      kind: "SQL",
    });
    expect(session.sessionClusterId).toMatch(/^sc-[0-9a-f]{16}$/);
    const found = await get(call, session);
    expect(found).toMatchObject({
      ...session,
      name: "adhoc",
      kind: "SQL",
      state: "NotStarted",
      queueName: "root_queue",
      releaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
      displayReleaseVersion: "esr-4.6.0 (Spark 3.5.2, Scala 2.12)",
      fusion: false,
      applicationConfigs,
      autoStartConfiguration: { enable: true },
      autoStopConfiguration: { enable: false, idleTimeoutMinutes: 60 },
      publicEndpointEnabled: true,
    });
    expect(found.startTime).toBeUndefined();
    expect(sql.admitted).toEqual([]);
  });

  test("stops after 45 idle minutes unless it is told otherwise", async () => {
    const { call } = await openSandbox();
    const session = await newSession(call, await newWorkspace(call));
    expect((await get(call, session)).autoStopConfiguration).toEqual({ enable: true, idleTimeoutMinutes: 45 });
  });

  test("with the same clientToken is the first one again", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const first = await newSession(call, workspaceId, { clientToken: "t-1" });
    expect(await newSession(call, workspaceId, { clientToken: "t-1" })).toEqual(first);
    expect((await call("ListSessionClusters", { workspaceId })).totalCount).toBe(1);
    const other = await refusalOf(newSession(call, workspaceId, { clientToken: "t-1", name: "other" }));
    expect(other).toMatchObject({ Code: "IdempotentParameterMismatch" });
  });

  test("goes over Starting to Running, and over Stopping to Stopped", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const admission = Promise.withResolvers<void>();
    const dismissal = Promise.withResolvers<void>();
    sql.beforeAdmit = () => admission.promise;
    sql.beforeDismiss = () => dismissal.promise;
    const session = await newSession(call, workspaceId, {
      applicationConfigs: [
        { configItemKey: "spark.executor.memory", configItemValue: "2g" },
        { configFileName: "common.conf", configItemKey: "hive.metastore.type", configItemValue: "USER_RDS" },
      ],
    });
    const started = await call("StartSessionCluster", { ...session, queueName: "root_queue" });
    expect(started.sessionClusterId).toBe(session.sessionClusterId);
    expect((await get(call, session)).state).toBe("Starting");
    admission.resolve();
    const running = await waitForSession(call, session, "Running");
    expect(running.stateChangeReason).toEqual({ code: "1000000", message: "The session was started." });
    expect(running.startTime).toBeGreaterThanOrEqual(running.gmtCreate ?? Number.POSITIVE_INFINITY);
    const [user] = sql.admitted;
    expect(user).toEqual({
      name: session.sessionClusterId,
      sparkConf: { "spark.executor.memory": "2g" },
      idleMinutes: 0,
    });
    await call("StopSessionCluster", { ...session });
    expect((await get(call, session)).state).toBe("Stopping");
    dismissal.resolve();
    await waitForSession(call, session, "Stopped");
    expect(sql.dismissed).toEqual([session.sessionClusterId]);
    await call("StartSessionCluster", { ...session });
    await waitForSession(call, session, "Running");
  });

  test.each([
    ["no name", { name: undefined }, "MissingParameter"],
    ["no queue", { queueName: undefined }, "MissingParameter"],
    ["an unknown queue", { queueName: "nowhere" }, "InvalidParameter"],
    ["an unknown engine version", { releaseVersion: "esr-9" }, "InvalidParameter"],
    ["Fusion", { fusion: true }, "InvalidParameter"],
    ["an idle time of no minutes", { autoStopConfiguration: { idleTimeoutMinutes: 0 } }, "InvalidParameter"],
    ["the kind NOTEBOOK", { kind: "NOTEBOOK" }, "Sandbox.NotSimulated"],
    ["the kind THRIFT", { kind: "THRIFT" }, "Sandbox.NotSimulated"],
  ])("with %s is refused and not made", async (_, change, Code) => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    expect(await refusalOf(newSession(call, workspaceId, change))).toMatchObject({ Code });
    expect((await call("ListSessionClusters", { workspaceId })).totalCount).toBe(0);
  });

  test("needs a queue of 3 CU or more", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call, 4);
    expect(await refusalOf(newSession(call, workspaceId))).toMatchObject({ Code: "OperationDenied" });
  });

  test.each([
    ["GetSessionCluster", { sessionClusterId: "sc-1" }, "ResourceNotFound"],
    ["DeleteSessionCluster", { sessionClusterId: "sc-1" }, "ResourceNotFound"],
    ["StartSessionCluster", { sessionClusterId: "sc-1" }, "ResourceNotFound"],
    ["StopSessionCluster", { sessionClusterId: "sc-1" }, "ResourceNotFound"],
    ["StartSessionCluster", {}, "MissingParameter"],
    ["StopSessionCluster", {}, "MissingParameter"],
  ] as const)("%s of %j is refused", async (operation, input, Code) => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    expect(await refusalOf(call(operation, { workspaceId, ...input }))).toMatchObject({ Code });
  });

  test("is not started under another queue's name", async () => {
    const { call } = await openSandbox();
    const session = await newSession(call, await newWorkspace(call));
    const refused = await refusalOf(call("StartSessionCluster", { ...session, queueName: "dev_queue" }));
    expect(refused).toMatchObject({ Code: "InvalidParameter" });
    expect((await get(call, session)).state).toBe("NotStarted");
  });

  test("that runs is neither started again nor deleted; once stopped it is deleted", async () => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const denied = { statusCode: 400, Code: "OperationDenied" };
    expect(await refusalOf(call("StartSessionCluster", { ...session }))).toMatchObject(denied);
    expect(await refusalOf(call("DeleteSessionCluster", { ...session }))).toMatchObject(denied);
    expect(sql.admitted).toHaveLength(1);
    await call("StopSessionCluster", { ...session });
    await waitForSession(call, session, "Stopped");
    expect(await refusalOf(call("StopSessionCluster", { ...session }))).toMatchObject(denied);
    expect(Object.keys(await call("DeleteSessionCluster", { ...session }))).toEqual(["requestId"]);
    expect(await refusalOf(get(call, session))).toMatchObject({ Code: "ResourceNotFound" });
  });

  test("whose start fails is in Error, says why, and can be started again", async () => {
    const { call, sql } = await openSandbox();
    sql.beforeAdmit = async () => {
      throw unavailable;
    };
    const session = await newSession(call, await newWorkspace(call));
    await call("StartSessionCluster", { ...session });
    const { stateChangeReason } = await waitForSession(call, session, "Error");
    expect(stateChangeReason).toEqual({
      code: "ERR-100000",
      message: "The start failed: No Java was found. Install a Java 17 runtime.",
    });
    sql.beforeAdmit = async () => {};
    await call("StartSessionCluster", { ...session });
    await waitForSession(call, session, "Running");
  });

  test("that waits for CU says so, and can be stopped without ever having started", async () => {
    const { call, sql } = await openSandbox();
    const workspaceId = await newWorkspace(call, 8);
    const jobRunId = await startJob(call, workspaceId, ["run=60000"]);
    await waitForState(call, workspaceId, jobRunId, "Running");
    const session = await newSession(call, workspaceId);
    await call("StartSessionCluster", { ...session });
    const waiting = "Waiting: the queue root_queue has 2 CU free, the session declares 3.";
    await expect
      .poll(async () => (await get(call, session)).stateChangeReason?.message, { timeout: 5000 })
      .toBe(waiting);
    await call("StopSessionCluster", { ...session });
    await waitForSession(call, session, "Stopped");
    await call("CancelJobRun", { workspaceId, jobRunId });
    await waitForState(call, workspaceId, jobRunId, "Cancelled");
    expect(sql.admitted).toEqual([]);
    expect((await get(call, session)).state).toBe("Stopped");
  });

  test("waits for the CU that another session holds", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call, 8);
    const first = await runningSession(call, workspaceId);
    const second = await newSession(call, workspaceId);
    await call("StartSessionCluster", { ...second });
    const waiting = "Waiting: the queue root_queue has 1 CU free, the session declares 3.";
    await expect
      .poll(async () => (await get(call, second)).stateChangeReason?.message, { timeout: 5000 })
      .toBe(waiting);
    await call("StopSessionCluster", { ...first });
    await waitForSession(call, second, "Running");
  });

  test("that waits for CU is not overtaken by a job that would have room", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call, 8);
    const first = await startJob(call, workspaceId, ["run=60000"]);
    await waitForState(call, workspaceId, first, "Running");
    const session = await newSession(call, workspaceId);
    await call("StartSessionCluster", { ...session });
    const second = await startJob(call, workspaceId);
    await waitForState(call, workspaceId, second, "Pending");
    await call("CancelJobRun", { workspaceId, jobRunId: first });
    await waitForSession(call, session, "Running");
    expect((await call("GetJobRun", { workspaceId, jobRunId: second })).jobRun?.state).toBe("Pending");
    await call("StopSessionCluster", { ...session });
    await waitForState(call, workspaceId, second, "Success");
  });

  test("that is idle for as long as it was told stops by itself", async () => {
    let time = Date.now();
    const { call } = await openSandbox({ now: () => time });
    const autoStopConfiguration = { enable: true, idleTimeoutMinutes: 5 };
    const session = await runningSession(call, await newWorkspace(call), { autoStopConfiguration });
    time += 4 * 60_000;
    await waitForStatement(call, session, await submit(call, session, "SELECT 1"), "available");
    time += 4 * 60_000;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await get(call, session)).state).toBe("Running");
    time += 60_000;
    const { stateChangeReason } = await waitForSession(call, session, "Stopped");
    expect(stateChangeReason?.message).toBe("The session was idle for 5 minutes.");
  });

  test("with a statement under way is not idle", async () => {
    let time = Date.now();
    const { call } = await openSandbox({ now: () => time });
    const autoStopConfiguration = { enable: true, idleTimeoutMinutes: 5 };
    const session = await runningSession(call, await newWorkspace(call), { autoStopConfiguration });
    await waitForStatement(call, session, await submit(call, session, "HOLD"), "running");
    time += 10 * 60_000;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await get(call, session)).state).toBe("Running");
  });

  test("whose auto-stop is off stays, however idle", async () => {
    let time = Date.now();
    const { call } = await openSandbox({ now: () => time });
    const autoStopConfiguration = { enable: false, idleTimeoutMinutes: 1 };
    const session = await runningSession(call, await newWorkspace(call), { autoStopConfiguration });
    time += 10 * 60_000;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await get(call, session)).state).toBe("Running");
  });

  test("is listed page by page, newest first, filtered by queue, id and kind", async () => {
    let time = Date.now();
    const { call } = await openSandbox({ now: () => time });
    const workspaceId = await newWorkspace(call);
    const ids: string[] = [];
    for (const queueName of ["root_queue", "dev_queue", "root_queue"]) {
      time += 1;
      ids.unshift((await newSession(call, workspaceId, { queueName })).sessionClusterId);
    }
    const list = async (input: Record<string, unknown>) => {
      const page = await call("ListSessionClusters", { workspaceId, ...input });
      return { ...page, ids: page.sessionClusters?.map(({ sessionClusterId }) => sessionClusterId) };
    };
    const first = await list({ maxResults: 2 });
    expect(first).toMatchObject({ totalCount: 3, maxResults: 2, ids: ids.slice(0, 2) });
    const second = await list({ maxResults: 2, nextToken: first.nextToken });
    expect(second.ids).toEqual(ids.slice(2));
    expect(second.nextToken).toBeUndefined();
    expect((await list({ queueName: "dev_queue" })).ids).toEqual([ids[1]]);
    expect((await list({ sessionClusterId: ids[2] })).ids).toEqual([ids[2]]);
    expect((await list({ kind: "SQL" })).totalCount).toBe(3);
    expect((await list({ kind: "NOTEBOOK" })).totalCount).toBe(0);
    expect(await refusalOf(call("ListSessionClusters", { workspaceId: "w-1" }))).toMatchObject({ Code: null });
  });

  test("is not started by a sandbox without an SQL engine", async () => {
    const { call } = await openSandbox({ sqlEngine: undefined });
    const session = await newSession(call, await newWorkspace(call));
    const refused = await refusalOf(call("StartSessionCluster", { ...session }));
    expect(refused).toMatchObject({ Code: "Sandbox.NotSimulated" });
  });
});

describe("a SQL statement", () => {
  test("is waiting, running and available, with its rows and their schema as JSON texts", async () => {
    const { call, sql } = await openSandbox();
    sql.answers.set("SELECT everything", {
      kind: "finished",
      columns: [
        { name: "big", type: "bigint" },
        { name: "money", type: "decimal(38,10)" },
        { name: "word", type: "string" },
        { name: "flag", type: "boolean" },
        { name: "ratio", type: "double" },
        { name: "none", type: "int" },
        { name: "list", type: "array<struct<a:int>>" },
      ],
      rows: [
        ["9223372036854775807", "1.0000000000", "null", "true", "NaN", null, "[{1}]"],
        ["-1", "0E-10", 'say "ü"', "false", "1.0E10", "007", "[]"],
      ],
      truncated: false,
    });
    const session = await runningSession(call, await newWorkspace(call));
    const statementId = await submit(call, session, "SELECT everything");
    expect(statementId).toMatch(/^st-[0-9a-f]{16}$/);
    const data = await waitForStatement(call, session, statementId, ...ended);
    expect(data).toMatchObject({ statementId, state: "available", executionTime: [expect.any(Number)] });
    expect(data.sqlErrorMessage).toBeUndefined();
    const [output] = data.sqlOutputs ?? [];
    // Digits stay as they are: parsed as JSON numbers, the first would lose its last one.
    expect(output?.rows).toBe(
      '[{"values":[9223372036854775807,1.0000000000,"null",true,"NaN",null,"[{1}]"]},' +
        '{"values":[-1,0E-10,"say \\"ü\\"",false,1.0E10,"007","[]"]}]',
    );
    const nullable = { nullable: true, metadata: {} };
    expect(JSON.parse(output?.schema ?? "")).toMatchObject({
      type: "struct",
      fields: [
        { name: "big", type: "long", ...nullable },
        { name: "money", type: "decimal(38,10)" },
        { name: "word", type: "string" },
        { name: "flag", type: "boolean" },
        { name: "ratio", type: "double" },
        { name: "none", type: "integer" },
        {
          name: "list",
          type: {
            type: "array",
            elementType: { type: "struct", fields: [{ name: "a", type: "integer" }] },
            containsNull: true,
          },
        },
      ],
    });
  });

  test("hands limit, catalog and database to the engine", async () => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const request = { limit: 3, defaultCatalog: "spark_catalog", defaultDatabase: "sales" };
    const statementId = await submit(call, session, "ROWS 10", request);
    const { sqlOutputs } = await waitForStatement(call, session, statementId, "available");
    expect(JSON.parse(sqlOutputs?.[0]?.rows ?? "")).toEqual([{ values: [0] }, { values: [1] }, { values: [2] }]);
    await waitForStatement(call, session, await submit(call, session, "SELECT 1"), "available");
    const user = session.sessionClusterId;
    expect(sql.statements).toEqual([
      { user, sql: "ROWS 10", options: { maxRows: 3, catalog: "spark_catalog", database: "sales" } },
      { user, sql: "SELECT 1", options: { maxRows: 1000 } },
    ]);
  });

  test("of several parts runs them in turn and has an output for each", async () => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const statementId = await submit(call, session, "ROWS 2; -- a; b\nSELECT ';';\n/* ; */");
    const { sqlOutputs, executionTime } = await waitForStatement(call, session, statementId, "available");
    expect(sql.statements.map(({ sql: text }) => text)).toEqual(["ROWS 2", "-- a; b\nSELECT ';'"]);
    expect(sqlOutputs).toHaveLength(2);
    expect(executionTime).toHaveLength(2);
    expect(sqlOutputs?.[1]?.rows).toBe('[{"values":[1]}]');
  });

  test("that fails in a part keeps the outputs before it and runs none after it", async () => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const statementId = await submit(call, session, "ROWS 1; FAIL no such table; SELECT 1");
    const data = await waitForStatement(call, session, statementId, ...ended);
    expect(data).toMatchObject({
      state: "error",
      sqlErrorCode: "ERROR-102",
      sqlErrorMessage: "[DOUBLE_ERROR] no such table SQLSTATE: 42000",
    });
    expect(data.sqlOutputs).toHaveLength(1);
    expect(sql.statements.map(({ sql: text }) => text)).toEqual(["ROWS 1", "FAIL no such table"]);
  });

  test("is an error when the engine itself fails, and the session goes on", async () => {
    const { call } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const broken = await waitForStatement(call, session, await submit(call, session, "BREAK"), ...ended);
    expect(broken).toMatchObject({ state: "error", sqlErrorMessage: "the engine broke" });
    await waitForStatement(call, session, await submit(call, session, "SELECT 1"), "available");
  });

  test("waits while an earlier one of the session runs", async () => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const first = await submit(call, session, "HOLD");
    await waitForStatement(call, session, first, "running");
    const second = await submit(call, session, "SELECT 1");
    expect((await getStatement(call, session, second)).state).toBe("waiting");
    expect(sql.statements).toHaveLength(1);
    await call("TerminateSqlStatement", { workspaceId: session.workspaceId, statementId: first });
    await waitForStatement(call, session, second, "available");
  });

  test("does not wait for another session", async () => {
    const { call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const busy = await runningSession(call, workspaceId);
    const free = await runningSession(call, workspaceId, { queueName: "dev_queue" });
    await submit(call, busy, "HOLD");
    await waitForStatement(call, free, await submit(call, free, "SELECT 1"), "available");
  });

  test("is ended by TerminateSqlStatement, once", async () => {
    const { call } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const statementId = await submit(call, session, "HOLD; SELECT 1");
    await waitForStatement(call, session, statementId, "running");
    const statement = { workspaceId: session.workspaceId, statementId };
    await call("TerminateSqlStatement", statement);
    const data = await waitForStatement(call, session, statementId, ...ended);
    expect(data).toMatchObject({ state: "cancelled", sqlOutputs: [] });
    expect(await refusalOf(call("TerminateSqlStatement", statement))).toMatchObject({ Code: "OperationDenied" });
  });

  test("cancelled in the moment in which a part finishes runs no further part", async () => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const statementId = await submit(call, session, "LATE; SELECT 2");
    await waitForStatement(call, session, statementId, "running");
    await call("TerminateSqlStatement", { workspaceId: session.workspaceId, statementId });
    const data = await waitForStatement(call, session, statementId, ...ended);
    expect(data.state).toBe("cancelled");
    expect(data.sqlOutputs).toHaveLength(1);
    expect(sql.statements.map(({ sql: text }) => text)).toEqual(["LATE"]);
  });

  test("that waits never reaches the engine once it was ended", async () => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const first = await submit(call, session, "HOLD");
    const second = await submit(call, session, "SELECT 2");
    const { workspaceId } = session;
    await call("TerminateSqlStatement", { workspaceId, statementId: second });
    expect((await getStatement(call, session, second)).state).toBe("cancelled");
    await waitForStatement(call, session, first, "running");
    await call("TerminateSqlStatement", { workspaceId, statementId: first });
    await waitForStatement(call, session, await submit(call, session, "SELECT 3"), "available");
    expect(sql.statements.map(({ sql: text }) => text)).toEqual(["HOLD", "SELECT 3"]);
  });

  test("ends with its session", async () => {
    const { call } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const statementIds = [await submit(call, session, "HOLD"), await submit(call, session, "SELECT 1")];
    await call("StopSessionCluster", { ...session });
    await waitForSession(call, session, "Stopped");
    for (const statementId of statementIds) {
      expect(await getStatement(call, session, statementId)).toMatchObject({
        state: "cancelled",
        sqlErrorMessage: "The session was stopped by StopSessionCluster.",
      });
    }
    await call("StartSessionCluster", { ...session });
    await waitForSession(call, session, "Running");
    await waitForStatement(call, session, await submit(call, session, "SELECT 1"), "available");
  });

  test.each([
    ["no text", { codeContent: undefined }, "MissingParameter"],
    ["only comments", { codeContent: "-- SELECT 1;\n/* ; */ ;" }, "InvalidParameter"],
    ["no session", { sqlComputeId: undefined }, "MissingParameter"],
    ["an unknown session", { sqlComputeId: "sc-1" }, "ResourceNotFound"],
    ["a limit of 0", { limit: 0 }, "InvalidParameter"],
    ["a limit over 10000", { limit: 10_001 }, "InvalidParameter"],
  ])("with %s is refused", async (_, change, Code) => {
    const { call, sql } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    expect(await refusalOf(submit(call, session, "SELECT 1", change))).toMatchObject({ Code });
    expect(sql.statements).toEqual([]);
  });

  test("needs its session to be Running", async () => {
    const { call } = await openSandbox();
    const session = await newSession(call, await newWorkspace(call));
    expect(await refusalOf(submit(call, session, "SELECT 1"))).toMatchObject({
      Code: "OperationDenied",
      Message: expect.stringContaining("is NotStarted"),
    });
  });

  test("of another workspace is not there", async () => {
    const { call } = await openSandbox();
    const session = await runningSession(call, await newWorkspace(call));
    const statementId = await submit(call, session, "SELECT 1");
    const workspaceId = await newWorkspace(call);
    for (const operation of ["GetSqlStatement", "TerminateSqlStatement"] as const) {
      const refused = await refusalOf(call(operation, { workspaceId, statementId }));
      expect(refused).toMatchObject({ statusCode: 404, Code: "ResourceNotFound" });
    }
  });
});

describe("ListSqlStatementContents", () => {
  async function stoppedWithRows(rows: number) {
    const opened = await openSandbox();
    const { call } = opened;
    const session = await runningSession(call, await newWorkspace(call));
    const statementId = await submit(call, session, `ROWS ${rows}`, { limit: 10_000 });
    const { sqlOutputs } = await waitForStatement(call, session, statementId, "available");
    const fileName = sqlOutputs?.[0]?.rowsFilePath ?? "";
    const early = await refusalOf(call("ListSqlStatementContents", { workspaceId: session.workspaceId, fileName }));
    await call("StopSessionCluster", { ...session });
    await waitForSession(call, session, "Stopped");
    return { ...opened, session, statementId, fileName, early };
  }

  test("reads the rows where the statement says they lie, once the session has stopped", async () => {
    const { call, sandbox, session, statementId, fileName, early } = await stoppedWithRows(2);
    const { workspaceId } = session;
    expect(fileName).toMatch(
      new RegExp(`^oss://sandbox/${workspaceId}/spark/logs/jr-[0-9a-f]{16}/driver/${statementId}$`),
    );
    expect(early).toMatchObject({ statusCode: 404, Code: "ResourceNotFound" });
    const { sqlStatementContents } = await call("ListSqlStatementContents", { workspaceId, fileName });
    expect(sqlStatementContents).toEqual({
      contents: '[{"values":[0]},{"values":[1]}]',
      maxResults: 2000,
      totalCount: 2,
    });
    const file = join(sandbox.storageFolder, fileName.replace("oss://", ""));
    expect(readFileSync(file, "utf8")).toBe('{"values":[0]}\n{"values":[1]}\n');
    const { data } = await call("GetSqlStatement", { workspaceId, statementId });
    expect(data?.sqlOutputs?.[0]?.rows).toBe('[{"values":[0]},{"values":[1]}]');
  });

  test("pages by 2000 rows at most, each row once", async () => {
    const { call, session, fileName } = await stoppedWithRows(4500);
    const { workspaceId } = session;
    const values: number[] = [];
    let nextToken: string | undefined;
    let pages = 0;
    do {
      const page = await call("ListSqlStatementContents", {
        workspaceId,
        fileName,
        ...(nextToken ? { nextToken } : {}),
      });
      for (const row of JSON.parse(page.sqlStatementContents?.contents ?? "[]")) values.push(row.values[0]);
      nextToken = page.sqlStatementContents?.nextToken;
      pages += 1;
    } while (nextToken);
    expect(pages).toBe(3);
    expect(values).toEqual(Array.from({ length: 4500 }, (_, index) => index));
  });

  test.each([
    [{ fileName: undefined }, "MissingParameter"],
    [{ fileName: "https://sandbox/rows" }, "InvalidParameter"],
    [{ fileName: "oss://sandbox/other" }, "ResourceNotFound"],
    [{ maxResults: 2001 }, "InvalidParameter"],
    [{ maxResults: 0 }, "InvalidParameter"],
    [{ nextToken: "x" }, "InvalidParameter"],
  ])("refuses %j", async (change, Code) => {
    const { call, session, fileName } = await stoppedWithRows(1);
    const request = { workspaceId: session.workspaceId, fileName, ...change };
    expect(await refusalOf(call("ListSqlStatementContents", request))).toMatchObject({ Code });
  });

  test("follows no link that was put in the file's place", async () => {
    const { call, sandbox, session, fileName } = await stoppedWithRows(1);
    const file = join(sandbox.storageFolder, fileName.replace("oss://", ""));
    rmSync(file);
    symlinkSync(join(sandbox.dataFolder, "access-key.json"), file);
    const { workspaceId } = session;
    const { sqlStatementContents } = await call("ListSqlStatementContents", { workspaceId, fileName });
    expect(sqlStatementContents?.contents).toBe("[]");
  });
});

describe("after a restart of the sandbox", () => {
  test("a session that ran is Stopped, its statement is an error, and what was there can still be read", async () => {
    const dataFolder = newDataFolder();
    const before = await openSandbox({ dataFolder });
    const session = await runningSession(before.call, await newWorkspace(before.call));
    const done = await submit(before.call, session, "SELECT 1");
    await waitForStatement(before.call, session, done, "available");
    const cutOff = await submit(before.call, session, "HOLD");
    await waitForStatement(before.call, session, cutOff, "running");
    await before.sandbox.close();

    const { call, sql } = await openSandbox({ dataFolder });
    const { state, stateChangeReason } = await get(call, session);
    expect(state).toBe("Stopped");
    expect(stateChangeReason?.message).toContain("The sandbox was stopped while the session was active");
    expect(await getStatement(call, session, cutOff)).toMatchObject({
      state: "error",
      sqlErrorMessage: "The sandbox ended while the statement was active.",
    });
    const { sqlOutputs } = await getStatement(call, session, done);
    expect(sqlOutputs?.[0]?.rows).toBe('[{"values":[1]}]');
    expect(sql.admitted).toEqual([]);
  });
});
