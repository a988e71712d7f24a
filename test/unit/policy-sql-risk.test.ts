import { expect, test } from "vitest";
import { ruleForSql, whyAsked } from "../../src/policy/sql-risk.ts";
import { ruleOf, shippedPolicy } from "./policy-fixture.ts";

const rule = ruleOf(shippedPolicy(), "CreateSqlStatement");

test("a text that certainly only reads makes the call a read that may be repeated, and changes nothing else", () => {
  expect(ruleForSql(rule, { kind: "read", why: "" })).toEqual({ ...rule, risk: "read", idempotency: "read" });
});

test.each(["write", "unknown"] as const)("a text that may do more (%s) leaves the rule as it is", (kind) => {
  expect(ruleForSql(rule, { kind, why: "" })).toBe(rule);
  expect(rule.risk).not.toBe("read");
});

test("why a statement is asked about is said in the person's language, where its kind is known", () => {
  const verdict = { kind: "write", why: "It writes t.", reason: "writes_data" } as const;
  expect(whyAsked(verdict, "en")).toBe("It writes t.");
  expect(whyAsked(verdict, "zh")).toBe("该语句会写入或删除数据。");
  expect(whyAsked({ kind: "unknown", why: "Nobody can tell." }, "zh")).toBe("Nobody can tell.");
});
