import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { Ledger } from "../../src/ledger/types.ts";
import type { Policy } from "../../src/policy/types.ts";
import { answered, contextWith, gatewayOver, runApproved, type Script } from "../doubles/gateway-parts.ts";
import { ruleOf, shippedPolicy } from "./policy-fixture.ts";

/** What is sent, what is written down of it, and what is said when nobody knows what became of it. */

const cancel = { workspaceId: "w-1", jobRunId: "jr-1" };
const running = answered({ jobRun: { jobRunId: "jr-1", state: "Running", name: "etl" } });
const lost: CloudAnswer = { kind: "lost", message: "connection reset" };
const rejected: CloudAnswer = {
  kind: "rejected",
  status: 400,
  code: "InvalidParameter",
  message: "no",
  requestId: "req-9",
};
const canAsk = contextWith({ strength: "accepted" });

const statement = { workspaceId: "w-1", sqlComputeId: "sc-1", codeContent: "select 1" };
const session = answered({ sessionCluster: { state: "Running", kind: "SQL", name: "s", queueName: "dev_queue" } });

function cancelling(answer: Script[string]): Script {
  return { GetJobRun: running, CancelJobRun: answer };
}

describe("a write", () => {
  test("that is answered is written down with the answer and the cloud's request", async () => {
    const bench = gatewayOver(cancelling(answered({ jobRunId: "jr-1" })));
    await runApproved(bench.gateway, "CancelJobRun", cancel);
    const ledger = openLedger(bench.ledgerFile);
    expect(ledger.findIntent(1)).toMatchObject({
      intent: {
        operation: "CancelJobRun",
        target: "jr-1",
        place: "cloud, cn-hangzhou, tester",
        state: "answered",
        answer: '{"jobRunId":"jr-1"}',
        requestId: "req-1",
      },
      attempts: [{ result: "answered", planId: expect.stringMatching(/^plan-/) }],
    });
    expect(ledger.findIntent(1)?.intent).not.toHaveProperty("token");
  });

  test("that is refused leaves nothing open", async () => {
    const bench = gatewayOver(cancelling(rejected));
    expect(await runApproved(bench.gateway, "CancelJobRun", cancel)).toMatchObject({
      code: "CLOUD_REJECTED",
      next: "Correct the argument that the message names, then repeat.",
    });
    expect(openLedger(bench.ledgerFile).findIntent(1)).toMatchObject({
      intent: { state: "rejected" },
      attempts: [{ result: "rejected" }],
    });
    expect(openLedger(bench.ledgerFile).listIntents({ unresolvedOnly: true, limit: 9 })).toEqual([]);
  });

  test("that never left leaves nothing open", async () => {
    const bench = gatewayOver(cancelling({ kind: "not-sent", reason: "unreachable", message: "no route" }));
    const outcome = await runApproved(bench.gateway, "CancelJobRun", cancel);
    expect(outcome).toMatchObject({ code: "UNREACHABLE", what: "CancelJobRun was not sent: no route." });
    expect(openLedger(bench.ledgerFile).findIntent(1)).toMatchObject({ attempts: [{ result: "not-sent" }] });
    expect(openLedger(bench.ledgerFile).listIntents({ unresolvedOnly: true, limit: 9 })).toEqual([]);
  });

  test.each<[string, CloudAnswer]>([
    ["is lost", lost],
    ["is a failure of the service", { kind: "rejected", status: 500, code: "InternalError", message: "no" }],
  ])("whose answer %s may have happened, and says how to find out", async (_, answer) => {
    const bench = gatewayOver(cancelling(answer));
    const outcome = await runApproved(bench.gateway, "CancelJobRun", cancel);
    expect(outcome).toMatchObject({
      kind: "unknown",
      code: "OUTCOME_UNKNOWN",
      what: "CancelJobRun of jr-1: the request was sent and no answer came, so it may or may not have taken effect (intent 1).",
    });
    expect(outcome.kind === "unknown" && outcome.next).toMatch(
      /^Repeat the very same call: .*Or look it up with GetJobRun first\.$/,
    );
    expect(bench.cloud.count("CancelJobRun")).toBe(3);
    expect(openLedger(bench.ledgerFile).findIntent(1)).toMatchObject({ intent: { state: "unknown" } });
  });

  test("that nothing is named to look up with says to look at its target", async () => {
    const shipped = shippedPolicy();
    const policy: Policy = {
      ...shipped,
      rule: (operation) => {
        const { verify, ...rule } = ruleOf(shipped, operation);
        return rule;
      },
    };
    const bench = gatewayOver(cancelling(lost), { policy: () => ({ ok: true, policy }) });
    const outcome = await runApproved(bench.gateway, "CancelJobRun", cancel);
    expect(outcome.kind === "unknown" && outcome.next).toMatch(/ Or look the target up first\.$/);
  });

  test("that was refused after a lost try may have happened all the same", async () => {
    const answers = [lost, rejected];
    const bench = gatewayOver(cancelling(() => answers.shift() ?? rejected));
    expect(await runApproved(bench.gateway, "CancelJobRun", cancel)).toMatchObject({ kind: "unknown" });
  });

  test("that breaks on the way may have happened, and the bug is not hidden", async () => {
    const bench = gatewayOver(
      cancelling(() => {
        throw new Error("a bug");
      }),
    );
    await expect(runApproved(bench.gateway, "CancelJobRun", cancel)).rejects.toThrow("a bug");
    expect(openLedger(bench.ledgerFile).findIntent(1)).toMatchObject({
      intent: { state: "unknown" },
      attempts: [{ result: "unknown" }],
    });
  });

  test("with the same effect twice is sent again after a new yes, and the person is told", async () => {
    const answers = [lost, lost, lost];
    const bench = gatewayOver(cancelling(() => answers.shift() ?? answered({})));
    expect(await runApproved(bench.gateway, "CancelJobRun", cancel)).toMatchObject({ kind: "unknown" });
    const asked = await bench.gateway.run("CancelJobRun", cancel, canAsk);
    const sentAt = new Date(1_000_000).toISOString();
    expect(asked.kind === "ask" && asked.plan.question).toContain(
      `Notice: The same request was sent at ${sentAt} and no answer came, so it may have taken effect (intent 1). A yes sends it again`,
    );
    expect(await runApproved(bench.gateway, "CancelJobRun", cancel)).toMatchObject({ kind: "done" });
    expect(openLedger(bench.ledgerFile).listIntents({ unresolvedOnly: true, limit: 9 })).toEqual([]);
  });

  test("that is refused when it is sent again settles nothing about the first time", async () => {
    const answers = [lost, lost, lost];
    const bench = gatewayOver(cancelling(() => answers.shift() ?? rejected));
    await runApproved(bench.gateway, "CancelJobRun", cancel);
    const outcome = await runApproved(bench.gateway, "CancelJobRun", cancel);
    expect(outcome).toMatchObject({ kind: "refused", code: "CLOUD_REJECTED" });
    const next = outcome.kind === "refused" ? outcome.next : "";
    expect(next).toMatch(
      /^Correct the argument .* The same request was sent at .* \(intent 1\); look it up with GetJobRun, then a person runs/,
    );
    expect(next).toContain("`spark-workspace-mcp intents resolve 1 --happened`");
  });

  test("that was carried out a short while ago is pointed out with its answer", async () => {
    const bench = gatewayOver(cancelling(answered({ jobRunId: "jr-1" })));
    await runApproved(bench.gateway, "CancelJobRun", cancel);
    const slept = bench.clock.now() - 1_000_000;
    const again = async () => {
      const asked = await bench.gateway.run("CancelJobRun", cancel, canAsk);
      return asked.kind === "ask" ? asked.plan.question : asked.kind;
    };
    expect(await again()).toContain(
      `Notice: The very same request was already carried out ${Math.round(slept / 1_000)} s ago ({"jobRunId":"jr-1"}).`,
    );
    await bench.clock.sleep(600_000, new AbortController().signal);
    expect(await again()).not.toContain("already carried out");
  });
});

describe("a write that may happen once only and has no token", () => {
  test("is never repeated by itself, and a person is named how to resolve it", async () => {
    const bench = gatewayOver({ GetSessionCluster: session, CreateSqlStatement: lost });
    const outcome = await runApproved(bench.gateway, "CreateSqlStatement", statement);
    expect(outcome.kind === "unknown" && outcome.next).toMatch(
      /^Look .*, then a person runs `spark-workspace-mcp intents resolve 1 --happened` or .*Until then it is not sent again\.$/,
    );
    expect(bench.cloud.count("CreateSqlStatement")).toBe(1);
  });

  test("is refused before anybody is asked while its end is unknown", async () => {
    const bench = gatewayOver({ GetSessionCluster: session, CreateSqlStatement: lost });
    await runApproved(bench.gateway, "CreateSqlStatement", statement);
    const again = await bench.gateway.run("CreateSqlStatement", statement, canAsk);
    expect(again).toMatchObject({ code: "EARLIER_SEND_UNRESOLVED" });
    expect(again.kind === "refused" && again.what).toMatch(
      /was not sent: the same request was sent at .* \(intent 1\)\.$/,
    );
    expect(again.kind === "refused" && again.next).toMatch(/^Look /);
  });

  test("that another process sends at this very moment is not sent", async () => {
    const ledger = openLedger(join(mkdtempSync(join(tmpdir(), "gateway-")), "ledger.db"));
    const raced: Ledger = {
      ...ledger,
      beginAttempt: (wanted) => {
        ledger.beginAttempt({ ...wanted, at: 1 });
        return ledger.beginAttempt(wanted);
      },
    };
    const { gateway, cloud } = gatewayOver(
      { GetSessionCluster: session, CreateSqlStatement: lost },
      { ledger: () => raced },
    );
    expect(await runApproved(gateway, "CreateSqlStatement", statement)).toMatchObject({
      code: "EARLIER_SEND_UNRESOLVED",
      what: expect.stringContaining("the same request was sent at 1970-01-01T00:00:00.001Z"),
    });
    expect(cloud.count("CreateSqlStatement")).toBe(0);
  });
});

describe("a write with a token", () => {
  const job = {
    workspaceId: "w-1",
    name: "etl",
    codeType: "PYTHON",
    resourceQueueId: "root_queue",
    releaseVersion: "esr-4.7.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
    executionTimeoutSeconds: 600,
    jobDriver: { sparkSubmit: { entryPoint: "oss://lake/etl.py", sparkSubmitParameters: "" } },
  } as const;
  const submitting = (answer: Script[string]): Script => ({
    ListWorkspaces: answered({ workspaces: [{ workspaceId: "w-1", workspaceName: "ws", workspaceStatus: "RUNNING" }] }),
    ListWorkspaceQueues: answered({
      queues: [{ queueName: "root_queue", queueStatus: "RUNNING", maxResource: '{"cpu":"16","memory":"64Gi"}' }],
    }),
    StartJobRun: answer,
  });

  test("is not sent again once the token is too old to rely on", async () => {
    const bench = gatewayOver(submitting(lost));
    await runApproved(bench.gateway, "StartJobRun", job);
    const sent = bench.cloud.count("StartJobRun");
    const hour = 60 * 60_000;
    await bench.clock.sleep(hour - (bench.clock.now() - 1_000_000), new AbortController().signal);
    expect(await bench.gateway.run("StartJobRun", job, canAsk)).toMatchObject({ kind: "ask" });
    await bench.clock.sleep(1, new AbortController().signal);
    const late = await bench.gateway.run("StartJobRun", job, canAsk);
    expect(late).toMatchObject({ code: "EARLIER_SEND_UNRESOLVED" });
    expect(late.kind === "refused" && late.what).toContain(", and its idempotency token is too old to rely on.");
    expect(bench.cloud.count("StartJobRun")).toBe(sent);
  });

  test("keeps the token with the intent", async () => {
    const bench = gatewayOver(submitting(answered({ jobRunId: "jr-9" })));
    await runApproved(bench.gateway, "StartJobRun", job);
    const [request] = bench.cloud.sent.filter(({ operation }) => operation === "StartJobRun");
    expect(openLedger(bench.ledgerFile).findIntent(1)?.intent.token).toBe(request?.body?.clientToken);
    expect(request?.body?.clientToken).toMatch(/^token/);
  });
});

describe("a read", () => {
  test("leaves no intent behind, and needs no answer of a person", async () => {
    const bench = gatewayOver({ GetJobRun: running });
    const answer = { planId: "plan-of-something-else", decision: "accepted" } as const;
    const context = contextWith({ strength: "accepted", answer });
    expect(await bench.gateway.run("GetJobRun", cancel, context)).toMatchObject({ kind: "done", settled: true });
    expect(openLedger(bench.ledgerFile).listIntents({ unresolvedOnly: false, limit: 9 })).toEqual([]);
  });

  test("that fails five times in a row says how long it rests", async () => {
    const bench = gatewayOver({ GetJobRun: rejected });
    for (let time = 0; time < 5; time++) await bench.gateway.run("GetJobRun", cancel, canAsk);
    await bench.clock.sleep(500, new AbortController().signal);
    expect(await bench.gateway.run("GetJobRun", cancel, canAsk)).toMatchObject({
      code: "TOO_MANY_FAILURES",
      what: "GetJobRun was not sent: the same request failed 5 times in a row.",
      next: "Stop and look for the reason; it may be tried again in 60 s.",
    });
  });

  test("that succeeds in between is not counted as failing in a row", async () => {
    const answers = [rejected, rejected, rejected, rejected, running];
    const bench = gatewayOver({ GetJobRun: () => answers.shift() ?? rejected });
    for (let time = 0; time < 9; time++) await bench.gateway.run("GetJobRun", cancel, canAsk);
    expect(await bench.gateway.run("GetJobRun", cancel, canAsk)).toMatchObject({ code: "CLOUD_REJECTED" });
  });
});
