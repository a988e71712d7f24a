import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sqlError } from "../../src/sandbox/dli/jobs/sql-errors.ts";
import { sqlJobType } from "../../src/sandbox/dli/jobs/sql-kind.ts";
import { readCsv, writeCsv } from "../../src/sandbox/dli/jobs/sql-rows.ts";
import { userName } from "../../src/sandbox/dli/jobs/sql-runner.ts";

describe("the type of a job", () => {
  test.each([
    ["select 1", "QUERY"],
    ["  -- first\n /* and then */ SELECT 1", "QUERY"],
    ["(select 1) union (select 2)", "QUERY"],
    ["VALUES (1), (2)", "QUERY"],
    ["EXPLAIN SELECT 1", "QUERY"],
    ["WITH a AS (SELECT 'INSERT' AS x) SELECT * FROM a", "QUERY"],
    ["WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "INSERT"],
    ["FROM t INSERT INTO u SELECT *", "INSERT"],
    ["FROM t SELECT *", "QUERY"],
    ["INSERT OVERWRITE TABLE t SELECT 1", "INSERT"],
    ["CREATE TABLE t AS SELECT 1", "DDL"],
    ["drop table t", "DDL"],
    ["ALTER TABLE t ADD COLUMNS (a INT)", "DDL"],
    ["SHOW TABLES", "DCL"],
    ["DESC t", "DCL"],
    ["GRANT SELECT ON DATABASE d TO USER u", "DCL"],
    ["LOAD DATA INPATH 'obs://b/k' INTO TABLE t", "IMPORT"],
    ["UPDATE t SET a = 1", "UPDATE"],
    ["MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "UPDATE"],
    ["DELETE FROM t", "DELETE"],
    ["constructor", "QUERY"],
    ["", "QUERY"],
  ])("of %j is %s", (sql, type) => {
    expect(sqlJobType(sql)).toBe(type);
  });
});

describe("what Spark complains about", () => {
  test.each([
    [{ errorClass: "PARSE_SYNTAX_ERROR", sqlState: "42601" }, "DLI.0004"],
    [{ errorClass: "_LEGACY_ERROR_TEMP_0035" }, "DLI.0004"],
    [{ errorClass: "TABLE_OR_VIEW_NOT_FOUND", sqlState: "42P01" }, "DLI.0005"],
    [{ errorClass: "_LEGACY_ERROR_TEMP_1234" }, "DLI.0005"],
    [{ errorClass: "UNSUPPORTED_FEATURE.X", sqlState: "0A000" }, "DLI.0007"],
    [{ errorClass: "DIVIDE_BY_ZERO", sqlState: "22012" }, "DLI.0018"],
    [{}, "DLI.0999"],
  ])("as %j has the code %s", (named, code) => {
    expect(sqlError({ kind: "failed", message: "why", ...named }).error_code).toBe(code);
  });

  test("keeps its error class and SQLSTATE, each once", () => {
    const failed = { kind: "failed", errorClass: "A_B", sqlState: "42000" } as const;
    expect(sqlError({ ...failed, message: "why" }).error_msg).toBe("[A_B] why SQLSTATE: 42000");
    expect(sqlError({ ...failed, message: "[A_B] why. SQLSTATE: 42000" }).error_msg).toBe("[A_B] why. SQLSTATE: 42000");
  });
});

test("rows come back from their file as they were, NULL and empty text apart", () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.constantFrom("", '"', ",", "\n", '",\n"'),
    fc.string({ unit: "binary" }),
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { maxLength: 5 }));
  fc.assert(
    fc.property(table, (rows) => {
      expect(readCsv(writeCsv(rows))).toEqual(rows);
    }),
  );
});

test("each queue has a user of the engine of its own, by a name that the engine takes", () => {
  const long = `${"q".repeat(127)}a`;
  const names = ["a_b", "ab", "a__b", long, `${"q".repeat(127)}b`].map(userName);
  expect(names[0]).toBe("dli-a-b");
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9-]{1,128}$/);
});
