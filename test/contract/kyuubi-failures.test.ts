import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { onCleanUp } from "../doubles/sandbox-emr.ts";
import {
  type Act,
  error,
  i32,
  ok,
  rowSet,
  type Script,
  state,
  stringColumn,
  struct,
  text,
} from "../unit/kyuubi-client.support.ts";
import { hangUp, openProcess, openScene, type Seen } from "./kyuubi.support.ts";

const running = [state(1)];
const select = "SELECT a FROM numbers";
const insert = "INSERT INTO numbers VALUES (1)";
const rows = (...values: string[]) => struct({ 1: ok, 3: rowSet(stringColumn(values)) });
const badGateway = { status: 502, body: "<html>Bad Gateway</html>" };
const count = (calls: readonly string[], name: string) => calls.filter((call) => call === name).length;

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(10)) if (holds()) return;
  throw new Error("it never came to be");
}

describe("a token", () => {
  test("that the service does not know is answered with not_authorised and how to get one", async () => {
    const { execute, double } = await openScene({}, { kept: "f".repeat(32) });
    const answer = await execute(select);
    expect(answer).toMatchObject({ code: "not_authorised", data: { state: "failed", statement: "not-run" } });
    expect(answer.next).toContain("create_kyuubi_token");
    expect(double.calls).toEqual([]);
  });

  test("that has expired opens nothing any more", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onCleanUp(() => vi.useRealTimers());
    const { execute } = await openScene({});
    expect((await execute(select)).rows).toEqual([["x"]]);
    vi.setSystemTime(Date.now() + 2 * 86_400_000);
    const answer = await execute(select);
    expect(answer).toMatchObject({ code: "not_authorised", data: { state: "failed" } });
    expect(answer.next).toContain("create_kyuubi_token");
  });

  test("that is not kept on this machine is told before anything is sent", async () => {
    const { execute, double } = await openScene({}, { kept: null });
    const answer = await execute(select);
    expect(answer.text).toContain("create_kyuubi_token");
    expect(answer.code).toBe("NO_CREDENTIALS");
    expect(double.calls).toEqual([]);
  });
});

describe("a stopped service", () => {
  test("is seen before anything is sent", async () => {
    const { execute, double, call, service } = await openScene({});
    await call("StopKyuubiService", service);
    const answer = await execute(select);
    expect(answer.code).toBe("PRECONDITION_NOT_MET");
    expect(answer.next).toContain("start_kyuubi_service");
    expect(double.calls).toEqual([]);
  });

  test("ends a statement that runs", async () => {
    const { execute, get, call, service } = await openScene({ GetOperationStatus: running });
    const { data } = await execute(select, { waitSeconds: 0 });
    expect(data).toMatchObject({ state: "running" });
    await call("StopKyuubiService", service);
    const answer = await get({ statementId: data.statementId, waitSeconds: 20 });
    expect(answer.data).toMatchObject({ state: "failed" });
    expect(["service_stopped", "not_authorised"]).toContain(answer.code);
  });
});

describe("a connection that breaks", () => {
  test("before the statement was handed in leaves it certainly not run", async () => {
    const { execute, double } = await openScene({ OpenSession: [hangUp] }, { endpoint: "double" });
    expect(await execute(insert)).toMatchObject({ code: "lost", data: { state: "failed", statement: "not-run" } });
    expect(count(double.calls, "ExecuteStatement")).toBe(0);
  });

  test("after the statement was handed in leaves its fate open, and it is not sent again", async () => {
    const { execute, double } = await openScene({ ExecuteStatement: [hangUp] }, { endpoint: "double" });
    const answer = await execute(insert);
    expect(answer).toMatchObject({ code: "lost", data: { state: "failed", statement: "unknown" } });
    expect(answer.text).toContain("whether it took effect is not known");
    expect(answer.next).toContain("Look whether it took effect");
    expect(count(double.calls, "ExecuteStatement")).toBe(1);
  });

  test("once, while the statement runs, costs nothing", async () => {
    const script = { GetOperationStatus: [hangUp, state(2)] };
    const { execute } = await openScene(script, { endpoint: "double" });
    expect(await execute(select)).toMatchObject({ rows: [["x"]], data: { state: "finished" } });
  });

  test("for good, while the statement runs, leaves its fate open", async () => {
    const gone = { GetOperationStatus: [hangUp], CancelOperation: [hangUp], CloseOperation: [hangUp] };
    const { execute } = await openScene(gone, { endpoint: "double" });
    expect(await execute(insert)).toMatchObject({ code: "lost", data: { statement: "unknown" } });
  });

  test("behind the gateway is told the same way", async () => {
    const { execute } = await openScene({ ExecuteStatement: [hangUp] });
    expect(await execute(insert)).toMatchObject({ code: "service_stopped", data: { statement: "unknown" } });
  });

  test("while a page is fetched ends the rows with an error, not as if there were no more", async () => {
    const many = Array.from({ length: 1_001 }, (_, at) => String(at));
    const script = { FetchResults: [rows(...many), rows(...many), hangUp] };
    const { execute, get } = await openScene(script, { endpoint: "double" });
    const { data } = await execute(select);
    expect(data).toMatchObject({ more: true });
    const { statementId } = data;
    const asked: Seen[] = [];
    for (let page = 1; page <= 3 && asked.at(-1)?.code === undefined; page++)
      asked.push(await get({ statementId, page }));
    expect(asked.at(-1)).toMatchObject({ code: "lost", data: { state: "failed" } });
    expect(await get({ statementId, page: asked.length })).toMatchObject({ code: "lost", rows: [] });
  });
});

describe("what is no Kyuubi service", () => {
  test.each<[string, Act]>([
    ["a page of HTML", { status: 200, headers: { "content-type": "text/html" }, body: "<html>hello</html>" }],
    [
      "bytes that are no Thrift",
      { status: 200, headers: { "content-type": "application/x-thrift" }, body: "\u0001hello" },
    ],
    ["nothing", { status: 200, headers: { "content-type": "application/x-thrift" } }],
    ["a struct of another kind", struct({ 1: text("hello"), 7: i32(1) })],
  ])("answering with %s is told as not_thrift", async (_, act) => {
    const { execute } = await openScene({ OpenSession: [act] });
    const answer = await execute(select);
    expect(answer).toMatchObject({ code: "not_thrift", data: { state: "failed", statement: "not-run" } });
    expect(answer.next).toContain("tell the user");
  });

  test("a proxy's 502 says that nothing ran", async () => {
    const { execute } = await openScene({ OpenSession: [badGateway] });
    const answer = await execute(select);
    expect(answer).toMatchObject({ code: "service_stopped", data: { statement: "not-run" } });
    expect(answer.next).toContain("start_kyuubi_service");
  });

  test("a proxy's 502 to a statement says that a write may have taken effect", async () => {
    const { execute, double } = await openScene({ ExecuteStatement: [badGateway] });
    const answer = await execute(insert);
    expect(answer).toMatchObject({ code: "service_stopped", data: { statement: "unknown" } });
    expect(answer.next).toContain("Look whether it took effect");
    expect(count(double.calls, "ExecuteStatement")).toBe(1);
  });
});

test("an error of Spark comes with its class, its state and its text", async () => {
  const { execute } = await openScene({
    ExecuteStatement: [struct({ 1: error("[TABLE_OR_VIEW_NOT_FOUND] numbers", "42P01") })],
  });
  expect(await execute(select)).toMatchObject({
    code: "sql_error",
    text: expect.stringContaining("[TABLE_OR_VIEW_NOT_FOUND] numbers"),
    data: { state: "failed", errorClass: "TABLE_OR_VIEW_NOT_FOUND", sqlState: "42P01" },
  });
});

describe("a call that is given up", () => {
  test("stops a query that nobody could ask for any more", async () => {
    const stopped = { calls: 0 };
    const script: Script = {
      GetOperationStatus: running,
      CancelOperation: [
        () => {
          stopped.calls += 1;
          return struct({ 1: ok });
        },
      ],
    };
    const { execute, double } = await openScene(script);
    const caller = new AbortController();
    const call = execute(select, { signal: caller.signal });
    await until(() => double.calls.includes("GetOperationStatus"));
    caller.abort();
    await call;
    expect(stopped.calls).toBe(1);
  });

  test("leaves a write that a person approved running", async () => {
    const { execute, double } = await openScene({ GetOperationStatus: running });
    const caller = new AbortController();
    const call = execute(insert, { signal: caller.signal });
    await until(() => double.calls.includes("GetOperationStatus"));
    caller.abort();
    expect((await call).data).toMatchObject({ state: "running" });
    expect(double.calls).not.toContain("CancelOperation");
  });

  test("leaves a query running whose id its caller knows", async () => {
    const { execute, get, cancel, double } = await openScene({ GetOperationStatus: running });
    const { statementId } = (await execute(select, { waitSeconds: 0 })).data;
    const caller = new AbortController();
    const call = get({ statementId, waitSeconds: 20 }, caller.signal);
    setTimeout(() => caller.abort(), 100);
    expect(await call).toBeDefined();
    expect(double.calls).not.toContain("CancelOperation");
    expect((await cancel(statementId)).data).toMatchObject({ state: "cancelled" });
  });

  test("loses no page", async () => {
    const value = (at: number) => String(at).padStart(4, "0");
    const all = Array.from({ length: 2_500 }, (_, at) => value(at));
    let given = 0;
    const next = () => {
      const part = all.slice(given, given + 500);
      given += part.length;
      return rows(...part);
    };
    const held = Promise.withResolvers<void>();
    const afterAll = async () => {
      await held.promise;
      return next();
    };
    const { execute, get, double } = await openScene({ FetchResults: [next, next, next, afterAll] });
    const first = await execute(select);
    const { statementId } = first.data;
    const caller = new AbortController();
    const left = get({ statementId, page: 1 }, caller.signal);
    await until(() => count(double.calls, "FetchResults") === 4);
    caller.abort();
    expect((await left).rows).toEqual([]);
    held.resolve();
    const seen = [...first.rows];
    for (let page = 1, more = true; more; page++) {
      const answer = await get({ statementId, page });
      expect(answer.code).toBeUndefined();
      seen.push(...answer.rows);
      more = answer.data.more === true;
    }
    expect(seen.flat()).toEqual(all);
  });
});

test("a page out of its turn is refused with the pages there are", async () => {
  const { execute, get } = await openScene({});
  const { statementId } = (await execute(select)).data;
  const answer = await get({ statementId, page: 3 });
  expect(answer).toMatchObject({ code: "no_such_page", rows: [] });
  expect(answer.text).toContain("page 0");
});

test("a row that is too long to be shown is told of, and the next one is not lost", async () => {
  const { execute, get } = await openScene({ FetchResults: [rows("x".repeat(40_000), "short"), rows()] });
  const answer = await execute(select);
  expect(answer).toMatchObject({ rows: [], data: { more: true } });
  expect(answer.text).toContain("too long to be shown");
  expect((await get({ statementId: answer.data.statementId, page: 1 })).rows).toEqual([["short"]]);
});

test("a cancelled MCP request stops the query, and the server goes on", async () => {
  const { server, service, double } = await openProcess({ GetOperationStatus: running });
  const caller = new AbortController();
  const call = server.call("execute_kyuubi_sql", { ...service, sql: select }, caller.signal);
  await until(() => double.calls.includes("GetOperationStatus"));
  caller.abort();
  await expect(call).rejects.toThrow();
  await until(() => double.calls.includes("CancelOperation"));
  expect((await server.call("list_workspaces", {})).isError).toBe(false);
}, 30_000);
