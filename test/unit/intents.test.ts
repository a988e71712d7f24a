import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { Ledger, NewAttempt } from "../../src/ledger/types.ts";
import { answered, contextWith, gatewayOver, runApproved, type Script } from "../doubles/gateway-parts.ts";

/** A request that may happen once only: what is known of it after crashes, refusals and a second process. */

let file: string;
let ledger: Ledger;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "intents-")), "ledger.db");
  ledger = openLedger(file);
});

const request: NewAttempt = {
  requestDigest: "r",
  operation: "StartJobRun",
  target: "w-1/root_queue",
  place: "sandbox, cn-hangzhou, test",
  token: "t-1",
  at: 1,
  resumeSince: 0,
};

function begin(over: Ledger, change: Partial<NewAttempt> = {}) {
  const begun = over.beginAttempt({ ...request, ...change });
  if (begun.kind === "blocked") throw new Error("blocked");
  return begun;
}

test("an attempt whose process died hands its token to the next, after a restart too", () => {
  begin(ledger);
  ledger.close();
  expect(begin(openLedger(file), { token: "t-2" })).toMatchObject({ resumed: true, intent: { token: "t-1" } });
});

test("a settled intent leaves the next attempt its own token", () => {
  for (const result of ["answered", "rejected", "not-sent"] as const) {
    const { attemptId, resumed } = begin(ledger, { token: result });
    expect(resumed).toBe(false);
    ledger.endAttempt(attemptId, { result, at: 2, ...(result === "answered" && { body: "{}", requestId: "q" }) });
  }
  expect(ledger.answeredSince("r", 0)).toMatchObject({ token: "answered", answer: "{}", requestId: "q" });
});

test("a refused attempt does not settle what another process still waits for, and may never hear", () => {
  const first = begin(ledger);
  const second = begin(openLedger(file));
  expect(second).toMatchObject({ resumed: true, intent: { token: "t-1" } });
  expect(ledger.endAttempt(second.attemptId, { result: "rejected", at: 2 })).toBe("sent");
  // The first process dies here. The next attempt must still use the token.
  expect(begin(openLedger(file), { token: "t-2" }).intent).toMatchObject({
    token: "t-1",
    intentId: first.intent.intentId,
  });
});

test("an answer stands, whatever a later attempt with the same token comes to", () => {
  const [first, second] = [begin(ledger), begin(openLedger(file))];
  expect(ledger.endAttempt(first.attemptId, { result: "answered", at: 2, body: "{}" })).toBe("answered");
  expect(ledger.endAttempt(second.attemptId, { result: "unknown", at: 3 })).toBe("answered");
  expect(ledger.unresolvedIntent("r")).toBeUndefined();
});

test("an attempt ends once", () => {
  const { attemptId } = begin(ledger);
  ledger.endAttempt(attemptId, { result: "unknown", at: 2 });
  expect(() => ledger.endAttempt(attemptId, { result: "rejected", at: 3 })).toThrow("is not open");
});

test("of two processes that may not repeat a request, one begins and the other is blocked", () => {
  const once = { ...request, resumeSince: Number.POSITIVE_INFINITY };
  expect(ledger.beginAttempt(once).kind).toBe("begun");
  expect(openLedger(file).beginAttempt(once)).toMatchObject({ kind: "blocked", intent: { target: "w-1/root_queue" } });
});

test("the intent of a plan is found also when the plan went on with an earlier one", () => {
  begin(ledger, { planId: "plan-1" });
  const { intent } = begin(ledger, { planId: "plan-2" });
  expect(ledger.intentOfPlan("plan-2")?.intentId).toBe(intent.intentId);
});

for (const verdict of ["happened", "did-not-happen"] as const) {
  test(`a person's finding that it ${verdict} settles the intent, once, and stands in the audit`, () => {
    const { intent } = begin(ledger);
    expect(ledger.resolveIntent(intent.intentId, { verdict, by: "terminal, ann", at: 9 })).toBe(true);
    expect(ledger.resolveIntent(intent.intentId, { verdict, by: "terminal, ann", at: 9 })).toBe(false);
    expect(ledger.unresolvedIntent("r")).toBeUndefined();
    expect(ledger.listAudit({ limit: 5 }).records.map(({ entry }) => entry)).toMatchObject([
      {
        event: "resolution",
        operation: "StartJobRun",
        target: "w-1/root_queue",
        outcome: verdict,
        decidedBy: "terminal, ann",
      },
    ]);
  });
}

test("an answer that comes after all overrules a person's finding", () => {
  const { intent, attemptId } = begin(ledger);
  ledger.resolveIntent(intent.intentId, { verdict: "did-not-happen", by: "ann", at: 9 });
  expect(ledger.endAttempt(attemptId, { result: "answered", at: 10, body: "{}" })).toBe("answered");
});

const statement = { workspaceId: "w-1", sqlComputeId: "sc-1", codeContent: "select 1" };
const session = answered({ sessionCluster: { state: "Running", kind: "SQL", name: "s", queueName: "dev_queue" } });
const lost: CloudAnswer = { kind: "lost", message: "connection reset" };
const canAsk = contextWith({ strength: "accepted" });

test("once a person has found that it did not happen, the request can be approved and sent again", async () => {
  const answers: CloudAnswer[] = [lost, answered({ data: { statementId: "st-1" } })];
  const script: Script = { GetSessionCluster: session, CreateSqlStatement: () => answers.shift() ?? lost };
  const bench = gatewayOver(script, {});
  await runApproved(bench.gateway, "CreateSqlStatement", statement);
  const other = openLedger(bench.ledgerFile);
  const [intent] = other.listIntents({ unresolvedOnly: true, limit: 9 });
  expect(intent).toMatchObject({
    operation: "CreateSqlStatement",
    target: "sc-1",
    place: "cloud, cn-hangzhou, tester",
  });
  expect(await bench.gateway.run("CreateSqlStatement", statement, canAsk)).toMatchObject({
    code: "EARLIER_SEND_UNRESOLVED",
  });
  other.resolveIntent(intent?.intentId ?? 0, { verdict: "did-not-happen", by: "ann", at: bench.clock.now() });
  expect((await runApproved(bench.gateway, "CreateSqlStatement", statement)).kind).not.toBe("refused");
  expect(bench.cloud.count("CreateSqlStatement")).toBe(2);
});

test("a request that is found to have happened is pointed out before it is sent again", async () => {
  const bench = gatewayOver({ GetSessionCluster: session, CreateSqlStatement: lost });
  await runApproved(bench.gateway, "CreateSqlStatement", statement);
  openLedger(bench.ledgerFile).resolveIntent(1, { verdict: "happened", by: "ann", at: bench.clock.now() });
  const asked = await bench.gateway.run("CreateSqlStatement", statement, canAsk);
  expect(asked.kind === "ask" && asked.plan.question).toContain("already carried out");
});

const job = {
  workspaceId: "w-1",
  name: "etl",
  codeType: "PYTHON",
  resourceQueueId: "root_queue",
  executionTimeoutSeconds: 600,
  jobDriver: { sparkSubmit: { entryPoint: "oss://lake/etl.py", sparkSubmitParameters: "" } },
} as const;
const ready: Script = {
  ListWorkspaces: answered({
    workspaces: [{ workspaceId: "w-1", workspaceName: "ws", workspaceStatus: "RUNNING" }],
  }),
  ListWorkspaceQueues: answered({
    queues: [
      { queueName: "root_queue", queueStatus: "RUNNING", maxResource: '{"cpu":"16","memory":"64Gi","cu":"16"}' },
    ],
  }),
};
const throttled: CloudAnswer = { kind: "rejected", status: 400, code: "Throttling.User", message: "slow down" };

test("a submission that was lost and then throttled may have happened, so its token is kept", async () => {
  const tokens: unknown[] = [];
  const bench = gatewayOver({
    ...ready,
    StartJobRun: ({ body }) => {
      tokens.push(body?.clientToken);
      return tokens.length === 1 ? lost : tokens.length <= 7 ? throttled : answered({ jobRunId: "jr-9" });
    },
  });
  expect(await runApproved(bench.gateway, "StartJobRun", job)).toMatchObject({ kind: "unknown" });
  expect(await runApproved(bench.gateway, "StartJobRun", job)).toMatchObject({ kind: "done" });
  expect(tokens).toHaveLength(8);
  expect(new Set(tokens).size).toBe(1);
});

test("a repeat that the cloud refuses leaves the earlier send open, and says so", async () => {
  const answers: CloudAnswer[] = [
    lost,
    lost,
    lost,
    { kind: "rejected", status: 403, code: "Forbidden.RAM", message: "" },
  ];
  const bench = gatewayOver({ ...ready, StartJobRun: () => answers.shift() ?? answered({ jobRunId: "jr-9" }) });
  await runApproved(bench.gateway, "StartJobRun", job);
  const refused = await runApproved(bench.gateway, "StartJobRun", job);
  expect(refused).toMatchObject({ kind: "refused", code: "NOT_AUTHORIZED" });
  expect(refused.kind === "refused" && refused.next).toContain("may have taken effect (intent 1)");
  expect(openLedger(bench.ledgerFile).listIntents({ unresolvedOnly: true, limit: 9 })).toHaveLength(1);
});

test("the person is told of an unanswered send before it is repeated", async () => {
  const bench = gatewayOver({ ...ready, StartJobRun: lost });
  await runApproved(bench.gateway, "StartJobRun", job);
  const asked = await bench.gateway.run("StartJobRun", job, canAsk);
  expect(asked.kind === "ask" && asked.plan.question).toMatch(/Notice: The same request was sent at .* no answer came/);
});

test("a token that is too old to rely on is not sent again until a person has looked", async () => {
  const bench = gatewayOver({ ...ready, StartJobRun: lost });
  await runApproved(bench.gateway, "StartJobRun", job);
  const sent = bench.cloud.count("StartJobRun");
  await bench.clock.sleep(61 * 60_000, new AbortController().signal);
  const refused = await bench.gateway.run("StartJobRun", job, canAsk);
  expect(refused).toMatchObject({ kind: "refused", code: "EARLIER_SEND_UNRESOLVED" });
  expect(bench.cloud.count("StartJobRun")).toBe(sent);
});
