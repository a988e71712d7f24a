import { afterEach, describe, expect, test } from "vitest";
import { type Kyuubi, type KyuubiOptions, openKyuubi } from "../../src/clouds/kyuubi/client.ts";
import type { ExecuteOptions, SqlPage } from "../../src/clouds/kyuubi/result.ts";
import {
  type Act,
  bool,
  columnType,
  type Double,
  double,
  error,
  i32,
  i64,
  invalidHandle,
  list,
  ok,
  okWithInfo,
  operation,
  rowSet,
  type Script,
  schema,
  session,
  startDouble,
  state,
  stringColumn,
  struct,
  text,
  textMap,
} from "./kyuubi-client.support.ts";

const token = "tok-0123456789/abc";
const open: { double: Double; client: Kyuubi }[] = [];

afterEach(async () => {
  for (const { double, client } of open.splice(0)) {
    await double.stop();
    await client.close();
  }
});

async function connect(script: Script = {}, options: Partial<KyuubiOptions> = {}) {
  const double = await startDouble(script);
  const client = openKyuubi({ url: double.url, token, form: "path", signal: AbortSignal.timeout(60_000), ...options });
  open.push({ double, client });
  return { double, client };
}

const limits = (more: Partial<ExecuteOptions> = {}): ExecuteOptions => ({
  maxRows: 100,
  maxBytes: 100_000,
  timeoutMs: 20_000,
  signal: AbortSignal.timeout(30_000),
  ...more,
});

async function outcomeOf(script: Script, more: Partial<ExecuteOptions> = {}) {
  const { client, double } = await connect(script);
  return { outcome: await client.execute("SELECT a", limits(more)), double };
}

const rows = (...values: string[]) => struct({ 1: ok, 2: bool(false), 3: rowSet(stringColumn(values)) });

describe("the way of a statement", () => {
  test("a result is read to its end and freed, and the session is closed at the end", async () => {
    const { client, double } = await connect();
    expect(await client.execute("SELECT a", limits())).toEqual({
      kind: "rows",
      columns: [{ name: "a", type: "STRING" }],
      rows: [["x"]],
      notices: [],
    });
    await client.close();
    expect(double.calls).toEqual([
      "OpenSession",
      "ExecuteStatement",
      "GetOperationStatus",
      "GetResultSetMetadata",
      "FetchResults",
      "FetchResults",
      "CloseOperation",
      "CloseSession",
    ]);
  });

  test("two statements share one session", async () => {
    const { client, double } = await connect();
    await Promise.all([client.execute("SELECT 1", limits()), client.execute("SELECT 2", limits())]);
    expect(double.calls.filter((call) => call === "OpenSession")).toHaveLength(1);
  });

  test("the call on the wire is the one the specification describes", async () => {
    const { client, double } = await connect();
    await client.execute("SELECT 'ü'", limits({ timeoutMs: 1500 }));
    const handle = session.bytes.toString("hex");
    const statement = Buffer.from("SELECT 'ü'");
    expect(double.requests[1]?.body.toString("hex")).toBe(
      [
        "80010001", // version 1, call
        "00000010", // a name of 16 bytes
        Buffer.from("ExecuteStatement").toString("hex"),
        "00000002", // the second call
        "0c0001", // argument 1, a struct
        `0c0001${handle}`,
        `0b0002${statement.length.toString(16).padStart(8, "0")}${statement.toString("hex")}`,
        "02000401", // runAsync
        "0a00050000000000000002", // queryTimeout, whole seconds
        "00", // end of the request
        "00", // end of the arguments
      ].join(""),
    );
  });

  test("with form path the token stands encoded in the path alone", async () => {
    const { client, double } = await connect();
    await client.execute("SELECT 1", limits());
    expect(double.requests[0]).toMatchObject({
      method: "POST",
      path: "/cliservice/token/tok-0123456789%2Fabc",
      authorization: undefined,
    });
  });

  test("with form basic the token is the password", async () => {
    const { client, double } = await connect({}, { form: "basic", user: "reports" });
    await client.execute("SELECT 1", limits());
    expect(double.requests[0]).toMatchObject({
      path: "/cliservice",
      authorization: `Basic ${Buffer.from(`reports:${token}`).toString("base64")}`,
    });
  });

  test("a statement without a result is done", async () => {
    const noRows = {
      ExecuteStatement: [struct({ 1: ok, 2: operation })],
      GetOperationStatus: [state(2, { 9: bool(false) })],
    };
    expect((await outcomeOf(noRows)).outcome).toEqual({ kind: "done", notices: [] });
  });

  test("a result without columns is done", async () => {
    const script = { GetResultSetMetadata: [struct({ 1: ok, 2: schema({}) })] };
    expect((await outcomeOf(script)).outcome).toEqual({ kind: "done", notices: [] });
  });

  test("what the server adds to a success is passed on", async () => {
    const script = { ExecuteStatement: [struct({ 1: okWithInfo("a hint was ignored"), 2: operation })] };
    expect((await outcomeOf(script)).outcome).toMatchObject({ kind: "rows", notices: ["a hint was ignored"] });
  });

  test("a starting engine is waited for before the statement is handed in, and told of", async () => {
    const launch = textMap({
      "kyuubi.session.engine.launch.handle.guid": Buffer.from("l".repeat(16)).toString("base64"),
      "kyuubi.session.engine.launch.handle.secret": Buffer.from("s".repeat(16)).toString("base64"),
    });
    const phases: string[] = [];
    const { outcome, double } = await outcomeOf(
      {
        OpenSession: [struct({ 1: ok, 2: i32(9), 3: session, 4: launch })],
        GetOperationStatus: [state(7), state(1), state(2)],
      },
      { onProgress: ({ phase }) => phases.push(phase) },
    );
    expect(outcome.kind).toBe("rows");
    expect(double.calls.indexOf("ExecuteStatement")).toBe(4);
    expect(phases).toEqual(["opening", "starting-engine", "running", "fetching"]);
  });

  test("a poll that gets no answer is repeated, since it changes nothing", async () => {
    const drop: Act = (request) => request.socket.destroy();
    const { outcome } = await outcomeOf({ GetOperationStatus: [drop, state(1), state(2)] });
    expect(outcome.kind).toBe("rows");
  });
});

describe("values", () => {
  const nulls = (...bytes: number[]) => text(Buffer.from(bytes));
  const wire = (
    id: number,
    type: "bool" | "i32" | "i64" | "double" | "string",
    values: Parameters<typeof list>[1],
    bits = nulls(),
  ) => struct({ [id]: struct({ 1: list(type, values), 2: bits }) });

  async function cells(type: number, column: ReturnType<typeof struct>, qualifiers?: ReturnType<typeof struct>) {
    const { outcome } = await outcomeOf({
      GetResultSetMetadata: [struct({ 1: ok, 2: schema({ a: columnType(type, qualifiers) }) })],
      FetchResults: [struct({ 1: ok, 3: rowSet(column) }), rows()],
    });
    return outcome.kind === "rows" ? [outcome.columns[0]?.type, ...outcome.rows.flat()] : outcome;
  }

  test("BIGINT keeps every digit", async () => {
    const values = [9223372036854775807n, -9223372036854775808n, 9007199254740993n].map(i64);
    expect(await cells(4, wire(5, "i64", values))).toEqual([
      "BIGINT",
      "9223372036854775807",
      "-9223372036854775808",
      "9007199254740993",
    ]);
  });

  test("DECIMAL comes as text, with precision and scale in its type", async () => {
    const qualifier = (name: string, value: number) =>
      Buffer.concat([text(name).bytes, struct({ 1: i32(value) }).bytes]);
    const map = Buffer.concat([Buffer.from([11, 12, 0, 0, 0, 2]), qualifier("precision", 38), qualifier("scale", 18)]);
    const digits = "12345678901234567890.123456789012345678";
    const column = wire(7, "string", [text(digits)]);
    expect(await cells(15, column, struct({ 1: { type: 13, bytes: map } }))).toEqual(["DECIMAL(38,18)", digits]);
  });

  test("the bits of NULL are read lowest first, and missing bytes mean none", async () => {
    const values = Array.from({ length: 10 }, (_, at) => i32(at));
    expect(await cells(3, wire(4, "i32", values, nulls(0b10000001)))).toEqual([
      "INT",
      null,
      1,
      2,
      3,
      4,
      5,
      6,
      null,
      8,
      9,
    ]);
  });

  test("doubles that JSON has no number for come as text", async () => {
    const values = [1.5, 5e-324, -0, Number.NaN, Number.POSITIVE_INFINITY].map(double);
    expect(await cells(6, wire(6, "double", values))).toEqual(["DOUBLE", 1.5, 5e-324, "-0.0", "NaN", "Infinity"]);
  });

  test("BINARY comes as base64, byte for byte", async () => {
    expect(await cells(9, wire(8, "string", [text(Buffer.from([0, 255, 128]))]))).toEqual(["BINARY", "AP+A"]);
  });

  test.each([
    ["BOOLEAN", 0, wire(1, "bool", [bool(true)]), true],
    ["TIMESTAMP", 8, wire(7, "string", [text("2026-01-02 03:04:05.678901")]), "2026-01-02 03:04:05.678901"],
    ["DATE", 17, wire(7, "string", [text("0001-01-01")]), "0001-01-01"],
    ["ARRAY", 10, wire(7, "string", [text('[1,null,"a"]')]), '[1,null,"a"]'],
    ["STRING", 7, wire(7, "string", [text("日本 𝄞")]), "日本 𝄞"],
  ])("%s comes as Spark writes it", async (name, id, column, value) => {
    expect(await cells(id, column)).toEqual([name, value]);
  });

  test("Arrow batches that nobody asked for are not taken for values", async () => {
    const column = wire(8, "string", [text(Buffer.from([1, 2, 3]))]);
    expect(await cells(4, column)).toMatchObject({ kind: "failed", code: "not_thrift" });
  });
});

describe("pages", () => {
  const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `row ${from + at}`);
  const served = { FetchResults: [rows(...numbered(0, 6)), rows(...numbered(6, 9)), rows()] };

  test("rows come a page at a time, none twice and none left out", async () => {
    const { client } = await connect(served);
    const first = (await client.execute("SELECT a", limits({ maxRows: 4 }))) as SqlPage;
    const second = (await first.more?.fetch(limits({ maxRows: 4 }))) as SqlPage;
    const third = (await second.more?.fetch(limits({ maxRows: 4 }))) as SqlPage;
    expect([first, second, third].map((page) => page.rows.length)).toEqual([4, 4, 1]);
    expect([first, second, third].flatMap((page) => page.rows.flat())).toEqual(numbered(0, 9));
    expect(third.more).toBeUndefined();
  });

  test("a page ends where the bytes do", async () => {
    const { client } = await connect(served);
    const page = (await client.execute("SELECT a", limits({ maxBytes: 25 }))) as SqlPage;
    expect(page.rows).toEqual([["row 0"], ["row 1"]]);
    expect(page.more).toBeDefined();
  });

  test("a first row larger than a page is given all the same", async () => {
    const { client } = await connect({ FetchResults: [rows("x".repeat(1000), "y"), rows()] });
    const page = (await client.execute("SELECT a", limits({ maxBytes: 25 }))) as SqlPage;
    expect(page.rows.length).toBe(1);
    expect(await page.more?.fetch(limits())).toMatchObject({ rows: [["y"]] });
  });

  test("a cursor that is closed frees the operation", async () => {
    const { client, double } = await connect(served);
    const page = (await client.execute("SELECT a", limits({ maxRows: 1 }))) as SqlPage;
    await page.more?.close();
    expect(double.calls.at(-1)).toBe("CloseOperation");
  });
});

describe("failures", () => {
  const http = (status: number, headers = {}) => [{ status, headers, body: `<html>${token}</html>` }];
  test.each([
    [401, "not_authorised", "not-run"],
    [403, "forbidden", "not-run"],
    [302, "redirected", "not-run"],
    [404, "http_status", "not-run"],
    [500, "http_status", "unknown"],
    [503, "service_stopped", "unknown"],
    [504, "service_stopped", "unknown"],
  ])("HTTP %i to a statement is %s, the statement %s", async (status, code, statement) => {
    const { outcome, double } = await outcomeOf({ ExecuteStatement: http(status, { location: "/elsewhere" }) });
    expect(outcome).toMatchObject({ kind: "failed", code, statement });
    expect(double.requests.map(({ path }) => path)).not.toContain("/elsewhere");
  });

  test("whatever fails while the session is opened, the statement did not run", async () => {
    const { outcome } = await outcomeOf({ OpenSession: http(503) });
    expect(outcome).toMatchObject({ code: "service_stopped", statement: "not-run" });
  });

  test("a session that could not be opened is tried again by the next statement", async () => {
    const { client } = await connect({ OpenSession: [...http(503), struct({ 1: ok, 2: i32(9), 3: session })] });
    await client.execute("SELECT 1", limits());
    expect((await client.execute("SELECT 1", limits())).kind).toBe("rows");
  });

  test("nobody listening is unreachable, and nothing was sent", async () => {
    const { client, double } = await connect();
    await double.stop();
    expect(await client.execute("SELECT 1", limits())).toMatchObject({ code: "unreachable", statement: "not-run" });
  });

  test("a connection that breaks after the statement was sent leaves its fate unknown, and its session is ended", async () => {
    const { outcome, double } = await outcomeOf({ ExecuteStatement: [(request) => request.socket.destroy()] });
    expect(outcome).toMatchObject({ code: "lost", statement: "unknown" });
    expect(double.calls.at(-1)).toBe("CloseSession");
  });

  test.each<[string, Act]>([
    ["a page of HTML", { status: 200, headers: { "content-type": "text/html" }, body: "<html>" }],
    ["bytes that are no Thrift", { status: 200, headers: { "content-type": "application/x-thrift" }, body: "hello" }],
    ["no bytes", { status: 200, headers: { "content-type": "application/x-thrift" } }],
    ["a reply without a status", struct({ 3: session })],
    ["a reply without a session", struct({ 1: ok, 2: i32(9) })],
    ["a server older than columns", struct({ 1: ok, 2: i32(3), 3: session })],
  ])("%s is no HiveServer2", async (_, act) => {
    expect((await outcomeOf({ OpenSession: [act] })).outcome).toMatchObject({
      code: "not_thrift",
      statement: "not-run",
    });
  });

  test("an answer without end is cut off", async () => {
    const endless: Act = (_, response) => {
      response.writeHead(200, { "content-type": "application/x-thrift" });
      const more = () => {
        while (response.write(Buffer.alloc(1 << 20))) if (response.destroyed) return;
        response.once("drain", more);
      };
      more();
    };
    expect((await outcomeOf({ FetchResults: [endless] })).outcome).toMatchObject({
      code: "too_large",
      statement: "ended",
    });
  });

  test("columns of different lengths are not made into rows", async () => {
    const script = {
      GetResultSetMetadata: [struct({ 1: ok, 2: schema({ a: columnType(7), b: columnType(7) }) })],
      FetchResults: [struct({ 1: ok, 3: rowSet(stringColumn(["x"]), stringColumn([])) })],
    };
    expect((await outcomeOf(script)).outcome).toMatchObject({ code: "not_thrift", statement: "ended" });
  });

  test("an error of Spark keeps its class and state and loses its stack", async () => {
    const said =
      "org.apache.kyuubi.KyuubiSQLException: Error operating ExecuteStatement: org.apache.spark.sql.catalyst.parser." +
      "ParseException: \n[PARSE_SYNTAX_ERROR] Syntax error at or near 'x'.(line 1, pos 7)\n\n== SQL ==\nSELECT x\n" +
      "\tat org.apache.spark.sql.Parser.parse(Parser.scala:1)\n\tat java.lang.Thread.run(Thread.java:1)";
    const { outcome, double } = await outcomeOf({
      GetOperationStatus: [state(5, { 3: text("42601"), 5: text(said) })],
    });
    expect(outcome).toMatchObject({
      code: "sql_error",
      statement: "ended",
      sqlState: "42601",
      errorClass: "PARSE_SYNTAX_ERROR",
      message: expect.stringContaining("Syntax error at or near 'x'"),
    });
    expect(JSON.stringify(outcome)).not.toContain("Parser.scala");
    expect(double.calls.at(-1)).toBe("CloseOperation");
  });

  test("an error in answer to the statement itself is its end", async () => {
    const { outcome } = await outcomeOf({ ExecuteStatement: [struct({ 1: error("[X_Y] no", "42P01") })] });
    expect(outcome).toMatchObject({ code: "sql_error", statement: "ended", sqlState: "42P01", errorClass: "X_Y" });
  });

  test("a session the server no longer knows is told, and the next statement opens another", async () => {
    const { client, double } = await connect({
      ExecuteStatement: [struct({ 1: invalidHandle }), struct({ 1: ok, 2: operation })],
    });
    expect(await client.execute("SELECT 1", limits())).toMatchObject({ code: "session_lost", statement: "not-run" });
    expect((await client.execute("SELECT 1", limits())).kind).toBe("rows");
    expect(double.calls.filter((call) => call === "OpenSession")).toHaveLength(2);
  });

  test("an operation the server timed out is a timeout that ended", async () => {
    expect((await outcomeOf({ GetOperationStatus: [state(8)] })).outcome).toMatchObject({
      code: "timeout",
      statement: "ended",
    });
  });

  test("an engine that does not start is told, and the statement did not run", async () => {
    const launch = textMap({
      "kyuubi.session.engine.launch.handle.guid": Buffer.from("l".repeat(16)).toString("base64"),
      "kyuubi.session.engine.launch.handle.secret": Buffer.from("s".repeat(16)).toString("base64"),
    });
    const { outcome, double } = await outcomeOf({
      OpenSession: [struct({ 1: ok, 2: i32(9), 3: session, 4: launch })],
      GetOperationStatus: [state(5, { 5: text("no queue") })],
    });
    expect(outcome).toMatchObject({
      code: "engine_failed",
      statement: "not-run",
      message: expect.stringContaining("no queue"),
    });
    expect(double.calls).not.toContain("ExecuteStatement");
  });

  test("a secret that the server says back is masked", async () => {
    const { outcome } = await outcomeOf({ ExecuteStatement: [struct({ 1: error(`bad token ${token}`) })] });
    expect(JSON.stringify(outcome)).not.toContain(token);
    expect(JSON.stringify(outcome)).toContain("bad token ****");
  });

  test.each([
    ["an address with a password", { url: "http://u:p@127.0.0.1:1" }],
    ["an address of another scheme", { url: "file:///cliservice" }],
    ["a path that is not the service's", { url: "http://127.0.0.1:1/api/v1/workspaces" }],
    ["a token with a line break", { token: "abc\r\nx: y" }],
    ["a token that is a step in a path", { token: ".." }],
  ])("%s is refused before anything is sent", async (_, options) => {
    const { client, double } = await connect({}, options);
    expect(await client.execute("SELECT 1", limits())).toMatchObject({ code: "bad_address", statement: "not-run" });
    expect(double.calls).toEqual([]);
  });
});

describe("giving up", () => {
  test("a cancelled statement is cancelled on the server", async () => {
    const { client, double } = await connect({ GetOperationStatus: [state(1)] });
    const controller = new AbortController();
    const running = client.execute("SELECT 1", limits({ signal: controller.signal }));
    await expect.poll(() => double.calls).toContain("GetOperationStatus");
    controller.abort();
    expect(await running).toMatchObject({ code: "cancelled", statement: "ended" });
    expect(double.calls.slice(-2)).toEqual(["CancelOperation", "CloseOperation"]);
  });

  test("a statement whose time is up is cancelled on the server and told as a timeout", async () => {
    const { outcome, double } = await outcomeOf({ GetOperationStatus: [state(1)] }, { timeoutMs: 500 });
    expect(outcome).toMatchObject({ code: "timeout", statement: "ended" });
    expect(double.calls).toContain("CancelOperation");
  });

  test("where the server does not confirm the cancellation, the fate is unknown", async () => {
    const script = { GetOperationStatus: [state(1)], CancelOperation: [{ status: 500 }] };
    expect((await outcomeOf(script, { timeoutMs: 500 })).outcome).toMatchObject({
      code: "timeout",
      statement: "unknown",
    });
  });

  test("a statement given up while it is being handed in ends its session", async () => {
    const { outcome, double } = await outcomeOf({ ExecuteStatement: [() => undefined] }, { timeoutMs: 500 });
    expect(outcome).toMatchObject({ code: "timeout", statement: "unknown" });
    expect(double.calls.at(-1)).toBe("CloseSession");
  });

  test("a statement given up while the session is opened did not run", async () => {
    const { outcome } = await outcomeOf({ OpenSession: [() => undefined] }, { timeoutMs: 300 });
    expect(outcome).toMatchObject({ code: "timeout", statement: "not-run" });
  });

  test("after close nothing runs", async () => {
    const { client, double } = await connect();
    await client.close();
    expect(await client.execute("SELECT 1", limits())).toMatchObject({ code: "closed", statement: "not-run" });
    expect(double.calls).toEqual([]);
  });
});
