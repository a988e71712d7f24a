import { expect, test } from "vitest";
import { ruleForSql } from "../../src/policy/sql-risk.ts";
import { ruleOf, shippedPolicy } from "./policy-fixture.ts";

const rule = ruleOf(shippedPolicy(), "CreateSqlStatement");

test("a text that certainly only reads makes the call a read that may be repeated, and changes nothing else", () => {
  expect(ruleForSql(rule, { kind: "read", why: "" })).toEqual({ ...rule, risk: "read", idempotency: "read" });
});

test.each(["write", "unknown"] as const)("a text that may do more (%s) leaves the rule as it is", (kind) => {
  expect(ruleForSql(rule, { kind, why: "" })).toBe(rule);
  expect(rule.risk).not.toBe("read");
});
