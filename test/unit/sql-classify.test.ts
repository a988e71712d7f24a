import { execFile } from "node:child_process";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifySql } from "../../src/jobs/sql/classify.ts";
import { scan } from "../../src/jobs/sql/scan.ts";
import { statementsOf } from "../../src/jobs/sql/statements.ts";
import type { SqlKind } from "../../src/jobs/sql/types.ts";
import { cases } from "./sql-classify.cases.ts";

const reads = new Set(["reads", "explains"]);
const writes = new Set(["writes_data", "changes_catalogue", "changes_session", "runs_code"]);
const kindOf = (reason: string): SqlKind => (reads.has(reason) ? "read" : writes.has(reason) ? "write" : "unknown");

describe.each(Object.entries(cases))("%s", (reason, texts) => {
  test.each(texts.map((text) => [text]))("%j", { timeout: 60_000 }, async (text) => {
    const { kind, reason: given, why } = await classifySql(text, { timeoutMs: 50_000 });
    expect({ kind, reason: given, why }).toEqual({ kind: kindOf(reason), reason, why: expect.stringMatching(/\.$/) });
  });
});

test("there are at least 150 cases", () => {
  expect(Object.values(cases).flat().length).toBeGreaterThanOrEqual(150);
});

test("every statement is told apart, with its place and its own verdict", async () => {
  const sql = "SELECT ';' ; -- a\n DROP TABLE t";
  const { kind, statements } = await classifySql(sql);
  expect(kind).toBe("write");
  expect(statements.map(({ verb, start, end }) => [verb, sql.slice(start, end)])).toEqual([
    ["SELECT", "SELECT ';'"],
    ["DROP", "DROP TABLE t"],
  ]);
  expect(statements.map((statement) => statement.kind)).toEqual(["read", "write"]);
});

test("an unknown statement beside a read makes the whole unknown", async () => {
  expect(await classifySql("SELECT 1; FOO")).toMatchObject({ kind: "unknown", reason: "unknown_verb" });
});

test("a text beyond 1 MiB is not read", async () => {
  expect(await classifySql(`SELECT '${"x".repeat(1024 * 1024)}'`)).toMatchObject({
    kind: "unknown",
    reason: "too_long",
  });
});

test("more than a hundred statements are not read", async () => {
  expect(await classifySql("SELECT 1;".repeat(101))).toMatchObject({ kind: "unknown", reason: "too_long" });
});

test("a string of a megabyte is read as any other", { timeout: 60_000 }, async () => {
  const text = `SELECT '${"\\'x".repeat(300_000)}'`;
  expect(await classifySql(text, { timeoutMs: 50_000 })).toMatchObject({ kind: "read" });
});

test("a thousand brackets are refused before the parser sees them", async () => {
  const deep = `SELECT ${"(".repeat(1000)}1${")".repeat(1000)}`;
  expect(await classifySql(deep)).toMatchObject({ kind: "unknown", reason: "too_deep" });
});

test("a text that keeps the parser busy is given up in time, and the next one is read", {
  timeout: 90_000,
}, async () => {
  const slow = `SELECT ${"CASE WHEN NOT ".repeat(4000)}a${" THEN 1 END".repeat(4000)}`;
  const began = performance.now();
  expect(await classifySql(slow, { timeoutMs: 1000 })).toMatchObject({ kind: "unknown" });
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await classifySql("SELECT 1", { timeoutMs: 60_000 })).toMatchObject({ kind: "read" });
});

test("the first word of a change makes a write whatever follows it", async () => {
  const rest = fc.stringMatching(/^[ -~]{0,80}$/).filter((text) => !text.includes("${"));
  const verbs = fc.constantFrom("INSERT", "drop", "Alter", "MERGE", "SET", "TRUNCATE", "CALL");
  await fc.assert(
    fc.asyncProperty(verbs, rest, async (verb, text) => {
      expect((await classifySql(`${verb} ${text.replaceAll(";", " ")}`)).kind).not.toBe("read");
    }),
  );
});

test("what stands in a quoted string never splits a statement", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (inside) => {
      const escaped = inside.replace(/[\\']/g, "\\$&").replaceAll("${", "$ {");
      const scanned = scan(`SELECT '${escaped}', 2`);
      expect(scanned.kind === "tokens" && statementsOf(scanned.tokens).length).toBe(1);
    }),
  );
});

test("a program that has asked ends by itself, and nothing but its own words is on its output", {
  timeout: 40_000,
}, async () => {
  const module = new URL("../../src/jobs/sql/classify.ts", import.meta.url).href;
  const program = `const { classifySql } = await import(${JSON.stringify(module)});
    console.log((await classifySql("SELECT 1")).kind);`;
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { timeout: 30_000 });
  expect((await run).stdout).toBe("read\n");
});
