import { describe, expect, test } from "vitest";
import { engineIdleMinutes, readSettings } from "../../src/sandbox/emr/kyuubi-configs.ts";
import { rowJson } from "../../src/sandbox/emr/sql-results.ts";
import { splitStatements } from "../../src/sandbox/emr/sql-split.ts";
import { jsonType } from "../../src/sandbox/emr/sql-types.ts";

describe("the statements of a text", () => {
  test.each([
    ["", []],
    [" ; ;; ", []],
    ["SELECT 1", ["SELECT 1"]],
    ["SELECT 1;", ["SELECT 1"]],
    ["SELECT 1;\n SELECT 2 ;", ["SELECT 1", "SELECT 2"]],
    ["SELECT ';'; SELECT 2", ["SELECT ';'", "SELECT 2"]],
    ['SELECT ";"; SELECT 2', ['SELECT ";"', "SELECT 2"]],
    ["SELECT `a;b`; SELECT 2", ["SELECT `a;b`", "SELECT 2"]],
    ["SELECT 'it''s;'; SELECT 2", ["SELECT 'it''s;'", "SELECT 2"]],
    ["SELECT 'a\\';b'; SELECT 2", ["SELECT 'a\\';b'", "SELECT 2"]],
    ["SELECT r'a\\'; SELECT 2", ["SELECT r'a\\'", "SELECT 2"]],
    ["SELECT xr'a\\';b'; SELECT 2", ["SELECT xr'a\\';b'", "SELECT 2"]],
    ["SELECT `a\\`; SELECT 2", ["SELECT `a\\`", "SELECT 2"]],
    ["-- a;b\nSELECT 1", ["-- a;b\nSELECT 1"]],
    ["SELECT 1 -- ; it's", ["SELECT 1 -- ; it's"]],
    ["SELECT /* ; /* ; */ ; */ 1; SELECT 2", ["SELECT /* ; /* ; */ ; */ 1", "SELECT 2"]],
    ["/* only */ -- this", []],
    ["SELECT 'never closed; SELECT 2", ["SELECT 'never closed; SELECT 2"]],
    ["SELECT /* never closed; SELECT 2", ["SELECT /* never closed; SELECT 2"]],
  ])("%j", (text, statements) => {
    expect(splitStatements(text)).toEqual(statements);
  });
});

describe("a type of Spark as JSON", () => {
  test.each([
    ["INT", "integer"],
    ["bigint", "long"],
    ["smallint", "short"],
    ["tinyint", "byte"],
    ["decimal(38,10)", "decimal(38,10)"],
    ["timestamp_ntz", "timestamp_ntz"],
    ["array<bigint>", { type: "array", elementType: "long", containsNull: true }],
    [
      "map<string,array<decimal(10,2)>>",
      {
        type: "map",
        keyType: "string",
        valueType: { type: "array", elementType: "decimal(10,2)", containsNull: true },
        valueContainsNull: true,
      },
    ],
    [
      "struct<a:int,`b,:``c`:struct<d:string>>",
      {
        type: "struct",
        fields: [
          { name: "a", type: "integer", nullable: true, metadata: {} },
          {
            name: "b,:`c",
            type: { type: "struct", fields: [{ name: "d", type: "string", nullable: true, metadata: {} }] },
            nullable: true,
            metadata: {},
          },
        ],
      },
    ],
  ])("%s", (text, json) => {
    expect(jsonType(text)).toEqual(json);
  });
});

test("a row keeps texts as texts, even where they look like numbers", () => {
  const columns = ["string", "date", "timestamp", "binary"].map((type) => ({ name: type, type }));
  expect(rowJson(columns, ["1", "2026-01-05", "2026-01-05 10:00:00", "AQ=="])).toBe(
    '{"values":["1","2026-01-05","2026-01-05 10:00:00","AQ=="]}',
  );
});

describe("settings in one string", () => {
  test.each([
    ["a=1;b=2", { a: "1", b: "2" }],
    ["a = 1 ;\n b=x=y", { a: "1", b: "x=y" }],
    ["a=", { a: "" }],
    ["", {}],
    ['[{"key":"a","value":1}]', { a: "1" }],
    ["a", undefined],
    ["=1", undefined],
    ["[", undefined],
    ['[{"value":"1"}]', undefined],
    ['["a=1"]', undefined],
  ])("%j", (text, settings) => {
    expect(readSettings(text)).toEqual(settings);
  });
});

test.each([
  [undefined, 30],
  ["PT10M", 10],
  ["PT1H30M", 90],
  ["P1D", 1440],
  ["PT90S", 2],
  ["600000", 10],
  ["0", 0],
  ["soon", 30],
  ["P", 30],
])("an engine whose idle timeout is %s ends after %d minutes", (text, minutes) => {
  expect(engineIdleMinutes(text === undefined ? {} : { "kyuubi.session.engine.idle.timeout": text })).toBe(minutes);
});
