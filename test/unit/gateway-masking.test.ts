import { describe, expect, test } from "vitest";
import { masked, secretsOfInput } from "../../src/gateway/mask.ts";
import type { OperationRow } from "../../src/operations/types.ts";
import { rowOf } from "./policy-fixture.ts";

const long = "abcdefghijklmnop1234";

/** A row whose answers hold secrets at these places. */
function rowWith(...response: string[]): OperationRow {
  return { ...rowOf("GetJobRun"), secrets: { request: [], response } };
}

describe("a secret that the row declares", () => {
  test("leaves its last four characters, and none when it is short", () => {
    const row = rowWith("a", "b", "c");
    expect(masked(row, { a: long, b: "abcdefghij12", c: "abcdefghij123" })).toEqual({
      a: "****1234",
      b: "****",
      c: "****j123",
    });
  });

  test("is found in members and in each element of lists", () => {
    const row = rowWith("data.key", "list[].key", "list[].inner[].key");
    expect(masked(row, { data: { key: long }, list: [{ key: long, name: "x" }, { inner: [{ key: long }] }] })).toEqual({
      data: { key: "****1234" },
      list: [{ key: "****1234", name: "x" }, { inner: [{ key: "****1234" }] }],
    });
  });

  test("is masked whatever its type", () => {
    expect(masked(rowWith("key"), { key: 12 })).toEqual({ key: "****" });
    expect(masked(rowWith("key"), { key: null })).toEqual({ key: "****" });
  });

  test("that an answer lacks is not made up", () => {
    const row = rowWith("data.key", "key", "list[].key");
    for (const body of [{}, { data: null }, { data: "x" }, { list: {} }, { list: [null, "x"] }, null, "x", undefined]) {
      expect(masked(row, body)).toEqual(body);
    }
  });

  test("stays in the answer that was given", () => {
    const body = { key: long };
    masked(rowWith("key"), body);
    expect(body).toEqual({ key: long });
  });
});

describe("a secret that no row declares", () => {
  const row = rowWith();

  test.each(["token", "connectionToken", "submitToken", "redisPassword"])("is masked as %s", (name) => {
    expect(masked(row, { data: [{ [name]: long }] })).toEqual({ data: [{ [name]: "****1234" }] });
    expect(masked(row, { [name]: "****zzzz" })).toEqual({ [name]: "****zzzz" });
  });

  test("is masked in the parameters of spark-submit, which stay readable", () => {
    const parameters = `--conf spark.hadoop.fs.oss.accessKeySecret=${long} --conf spark.executor.cores=2`;
    expect(masked(row, { sparkSubmitParameters: parameters, note: parameters })).toEqual({
      sparkSubmitParameters: "--conf spark.hadoop.fs.oss.accessKeySecret=**** --conf spark.executor.cores=2",
      note: parameters,
    });
  });

  test("is masked in the arguments of a program", () => {
    expect(masked(row, { entryPointArguments: ["--password", "hunter2", "--date", "2026-01-01"] })).toEqual({
      entryPointArguments: ["--password", "****", "--date", "2026-01-01"],
    });
    expect(masked(row, { arguments: ["--password", "hunter2"] })).toEqual({ arguments: ["--password", "hunter2"] });
    expect(masked(row, { entryPointArguments: ["--password", { token: long }] })).toEqual({
      entryPointArguments: ["--password", { token: "****1234" }],
    });
  });

  test("is masked in an address, and in nothing that only looks like one", () => {
    const address = `https://spark-ui.test/a?x=1&uiToken=${long}#top`;
    expect(masked(row, { url: address, other: `HTTP://h/?token=${long}&y=2` })).toEqual({
      url: "https://spark-ui.test/a?x=1&uiToken=****#top",
      other: "HTTP://h/?token=****&y=2",
    });
    expect(masked(row, { text: `see https://h/?token=${long}` })).toEqual({ text: `see https://h/?token=${long}` });
  });

  test("is masked as the value of a setting whose name tells", () => {
    const setting = (configItemKey: unknown, configItemValue: string) => ({
      configItemKey,
      configItemValue,
      kept: "k",
    });
    expect(masked(row, { configurations: [setting("db.password", "hunter2"), setting("db.user", "ann")] })).toEqual({
      configurations: [setting("db.password", "****"), setting("db.user", "ann")],
    });
    expect(masked(row, setting(["password"], "x"))).toEqual(setting(["password"], "x"));
  });

  test("leaves numbers, switches and nothing as they are", () => {
    const body = { n: 1, b: false, none: null, list: [1, null] };
    expect(masked(row, body)).toEqual(body);
  });
});

describe("the secrets of a request", () => {
  const row = { ...rowWith(), secrets: { request: ["token", "data.key", "list"], response: [] } };

  test("are the texts at the places its row names", () => {
    expect(secretsOfInput(row, { token: "t-1", data: { key: "k-1" }, other: "x" })).toEqual(["t-1", "k-1"]);
  });

  test("are none where the request holds none, or no text", () => {
    expect(secretsOfInput(row, {})).toEqual([]);
    expect(secretsOfInput(row, { token: 5, data: null, list: ["x"] })).toEqual([]);
    expect(secretsOfInput(row, { data: "k" })).toEqual([]);
  });
});

describe("what people write into jobs of DLI", () => {
  const row = rowWith();

  test("is masked in settings, whichever of their forms they have", () => {
    expect(
      masked(row, {
        conf: { "spark.hadoop.fs.password": "hunter22", "spark.executor.cores": "1" },
        job_config: { runtime_config: '[{"key":"sink.password","value":"hunter22"},{"key":"a","value":"b"}]' },
      }),
    ).toEqual({
      conf: { "spark.hadoop.fs.password": "****", "spark.executor.cores": "1" },
      job_config: { runtime_config: '[{"key":"sink.password","value":"****"},{"key":"a","value":"b"}]' },
    });
    expect(masked(row, { conf: ["spark.password=hunter22", "dli.sql.job.timeout=60"] })).toEqual({
      conf: ["spark.password=****", "dli.sql.job.timeout=60"],
    });
    expect(masked(row, { runtime_config: "sink.password=hunter22\na=b" })).toEqual({
      runtime_config: "sink.password=****\na=b",
    });
  });

  test("is masked in the request that a batch repeats, its arguments included", () => {
    const req_body = JSON.stringify({ name: "n", args: ["--password", "hunter22"], conf: { "x.token": "hunter22" } });
    const shown = JSON.stringify(masked(row, { req_body }));
    expect(shown).not.toContain("hunter22");
    expect(shown).toContain("--password");
  });

  test("is masked in statements and argument lines", () => {
    const shown = JSON.stringify(
      masked(row, {
        sql_body: "CREATE TABLE t (a INT) WITH ('connector'='jdbc', 'password' = 'hunter22')",
        statement: "SET x.password=hunter22",
        entrypoint_args: "--token=hunter22 --day 1",
      }),
    );
    expect(shown).not.toContain("hunter22");
    expect(shown).toContain("--day 1");
  });
});
