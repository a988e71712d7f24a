import { describe, expect, test } from "vitest";
import type { CalledAnswer, CloudCall } from "../../src/gateway/cloud-call.ts";
import { canBeFound, findEarlier } from "../../src/gateway/find-earlier.ts";
import type { Call } from "../../src/gateway/types.ts";
import type { Intent } from "../../src/ledger/types.ts";
import { findOperation } from "../../src/operations/registry.ts";
import type { OperationRule } from "../../src/policy/types.ts";
import { answered } from "../doubles/gateway-parts.ts";
import { dliPolicy, ruleOf } from "./policy-fixture.ts";

/** What became of a request is told by the key that it carried, and by nothing else. */

const policy = dliPolicy();
const token = "0123456789abcdef0123456789abcdef";
const key = token.slice(0, 16);
const where = {
  cloud: "dli",
  environment: "cloud",
  profile: "p",
  regionId: "cn-north-4",
  endpoint: "e",
  identity: "i",
} as const;

function callOf(operation: string, input: Record<string, unknown>, rule: Partial<OperationRule> = {}): Call {
  const row = findOperation(operation);
  if (!row) throw new Error(`no row ${operation}`);
  return {
    row,
    rule: { ...ruleOf(policy, operation), ...rule },
    policy,
    input,
    target: "x",
    requestDigest: "d",
    where,
    language: "en",
  };
}

const batch = callOf("CreateSparkJob", { file: "obs://lake/a.py", className: "-", queue: "q1", name: "nightly" });
const statement = callOf("CreateSqlJob", { sql: "select 1", queue_name: "q1" });

async function look(call: Call, answer: CalledAnswer) {
  const asked: CloudCall[] = [];
  const { signal } = new AbortController();
  const callCloud = async (request: CloudCall) => {
    asked.push(request);
    return answer;
  };
  return { finding: await findEarlier(call, token, callCloud, signal), asked, signal };
}

const mine = { id: "b2", name: `nightly--rk${key}` };
const others = { id: "b1", name: "nightly--rkffffffffffffffff" };

describe("a search for what a request made", () => {
  test("is a read by the name that carries the key, which a lost answer may repeat", async () => {
    const { asked, signal } = await look(batch, answered({ sessions: [] }));
    expect(asked).toEqual([
      {
        row: findOperation("ListSparkJobs"),
        input: { job_name: `nightly--rk${key}`, size: 100 },
        regionId: "cn-north-4",
        timeout: "read",
        repeatable: true,
        reads: true,
        signal,
      },
    ]);
  });

  test("is one by tag where the key is a tag", async () => {
    const { asked } = await look(statement, answered({ jobs: [] }));
    expect(asked.map(({ row, input }) => [row.name, input])).toEqual([["ListSqlJobs", { tags: `run_key=${key}` }]]);
  });

  test("finds it, with the request's id where the service gave one", async () => {
    const list = { sessions: [mine] };
    expect((await look(batch, answered(list))).finding).toEqual({ kind: "found", body: mine, requestId: "req-1" });
    expect((await look(batch, { kind: "answered", body: list })).finding).toEqual({ kind: "found", body: mine });
  });

  test("takes the one with the key among others of a service that heeds no filter", async () => {
    const tagged = (value: string) => ({ job_id: value, tags: [{ key: "run_key", value }] });
    const list = { jobs: [tagged("f".repeat(16)), tagged(key)] };
    expect((await look(statement, answered(list))).finding).toMatchObject({ kind: "found", body: tagged(key) });
  });

  test("says that nothing is there only where the service says so", async () => {
    expect((await look(batch, answered({ sessions: [] }))).finding).toEqual({ kind: "absent" });
    // Filtered by name on this side too: a list of others' holds none of its own.
    expect((await look(batch, answered({ sessions: [others] }))).finding).toEqual({ kind: "absent" });
  });

  test.each<[string, Call, CalledAnswer]>([
    ["others are listed where its own would be", statement, answered({ jobs: [{ job_id: "j1", tags: [] }] })],
    ["the answer has no list", batch, answered({ total: 0 })],
    ["the service refuses", batch, { kind: "rejected", status: 403, code: "DLI.0003", message: "no" }],
    ["no answer comes", batch, { kind: "lost", message: "reset" }],
    ["nothing was sent", batch, { kind: "not-sent", reason: "unreachable", message: "no route" }],
  ])("does not tell where %s", async (_, call, answer) => {
    expect((await look(call, answer)).finding).toEqual({ kind: "unclear" });
  });

  test.each<[string, Partial<OperationRule>]>([
    ["no search", { find: undefined }],
    ["no read to search with", { lookup: undefined }],
    ["a read that there is not", { lookup: "ListNothing" }],
  ] as [string, Partial<OperationRule>][])("asks nobody where the rule has %s", async (_, rule) => {
    const { finding, asked } = await look({ ...batch, rule: { ...batch.rule, ...rule } }, answered({ sessions: [] }));
    expect(finding).toEqual({ kind: "unclear" });
    expect(asked).toEqual([]);
  });
});

describe("a request can be found", () => {
  const intent = { intentId: 1, token } as Intent;
  const { token: _, ...without } = intent;
  const { find: __, ...noSearch } = batch.rule;
  const { runKey: ___, ...noKey } = batch.row;

  test.each<[boolean, string, Call, Intent]>([
    [true, "that carried a key, where the rule knows how to search", batch, intent],
    [false, "without a token", batch, without],
    [false, "where the rule knows no search", { ...batch, rule: noSearch }, intent],
    [false, "where the service has no place for a key", { ...batch, row: noKey }, intent],
  ])("(%s) %s", (can, _name, call, sent) => {
    expect(canBeFound(call, sent)).toBe(can);
  });
});
