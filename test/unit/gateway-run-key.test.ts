import { describe, expect, test } from "vitest";
import { readPolicy } from "../../src/cli/workbench.ts";
import type { CloudAnswer, WireRequest } from "../../src/clouds/transport.ts";
import type { GatewayParts } from "../../src/gateway/types.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import { answered, type Bench, contextWith, gatewayOver, runApproved, type Script } from "../doubles/gateway-parts.ts";

/** DLI takes no idempotency token. A submission carries a key in its name or tags, and is looked for under it. */

const policy = readPolicy(undefined, "dli");
const batch = { file: "obs://lake/a.py", className: "-", queue: "general_q1", name: "nightly", numExecutors: 2 };
const lost: CloudAnswer = { kind: "lost", message: "connection reset" };
const generalQueue = answered({ queueName: "general_q1", queueType: "general", cuCount: 64 });
const sqlQueue = answered({ queueName: "sql_q1", queueType: "sql", cuCount: 16 });
const token = "0123456789abcdef0123456789abcdef";

/** A project whose batches are kept, and whose first `losses` submissions get no answer; `kept`: they take effect all the same. */
function project({ losses, kept, listed = true }: { losses: number; kept: boolean; listed?: boolean }) {
  const batches: Array<{ id: string; name: unknown; state: string }> = [];
  let left = losses;
  const script: Script = {
    ShowQueue: generalQueue,
    ListQueues: answered({ is_success: true, queues: [{ queue_name: "general_q1", used_cu: 0 }] }),
    CreateSparkJob(request) {
      const isLost = left-- > 0;
      const made = { id: `b${batches.length + 1}`, name: request.body?.name, state: "starting" };
      if (!isLost || kept) batches.push(made);
      return isLost ? lost : answered(made);
    },
    ListSparkJobs: () =>
      listed
        ? answered({ from: 0, total: batches.length, sessions: batches })
        : { kind: "rejected", status: 500, code: "", message: "no" },
  };
  return { script, batches };
}

function benchOf(script: Script, parts: Partial<GatewayParts> = {}): Bench {
  let tokens = 0;
  const made: Bench = gatewayOver(script, {
    policy: () => policy,
    profile: {
      name: "test",
      cloud: "dli",
      environment: "cloud",
      regionId: "cn-north-4",
      endpoint: "dli.test",
      mode: "full",
      identity: "tester",
    },
    newToken: () => (tokens++ === 0 ? token : `${tokens}`.padEnd(32, "f")),
    transport: async () => ({ ...made.cloud, projectId: "0".repeat(32) }),
    ...parts,
  });
  return made;
}

describe("a Spark batch", () => {
  test("carries a key behind its name, which nobody is asked to approve again", async () => {
    const { script, batches } = project({ losses: 0, kept: true });
    const { gateway, ledgerFile } = benchOf(script);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "done", value: { id: "b1" } });
    expect(batches[0]?.name).toMatch(/^nightly--rk[0-9a-f]{16}$/);
    expect(openLedger(ledgerFile).findIntent(1)?.intent.token?.slice(0, 16)).toBe(
      batches[0]?.name?.toString().slice(-16),
    );
  });

  test("whose answer got lost is found by its key within the same call", async () => {
    const { script, batches } = project({ losses: 1, kept: true });
    const { gateway, cloud, ledgerFile } = benchOf(script);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "done", value: { id: "b1" } });
    expect(batches).toHaveLength(1);
    expect(cloud.count("CreateSparkJob")).toBe(1);
    const name = String(batches[0]?.name);
    expect(cloud.sent.filter(({ operation }) => operation === "ListSparkJobs").at(-1)?.query).toEqual({
      job_name: name,
      size: "100",
    });
    expect(openLedger(ledgerFile).findIntent(1)?.intent.state).toBe("answered");
  });

  test("that is not found is not known of, and a repeat within the time a late request may take sends nothing", async () => {
    const { script } = project({ losses: 1, kept: false });
    const { gateway, cloud } = benchOf(script);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({
      kind: "unknown",
      next: expect.stringContaining("Repeat the very same call"),
    });
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({
      kind: "refused",
      code: "EARLIER_SEND_UNRESOLVED",
      next: expect.stringMatching(/^Repeat the very same call after 1970-01-01T00:19:1\d/),
    });
    expect(cloud.count("CreateSparkJob")).toBe(1);
  });

  test("that came late is found by a repeat, without asking anybody and without sending again", async () => {
    const { script, batches } = project({ losses: 1, kept: true });
    let hidden = true;
    const slow: Script = {
      ...script,
      ListSparkJobs: () => answered({ from: 0, total: 0, sessions: hidden ? [] : batches }),
    };
    const { gateway, cloud, restarted, ledgerFile } = benchOf(slow);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "unknown" });
    hidden = false;
    const outcome = await restarted().run("CreateSparkJob", batch, contextWith({ strength: "none" }));
    expect(outcome).toMatchObject({
      kind: "done",
      value: { id: "b1" },
      requestId: "req-1",
      foundFromEarlier: true,
    });
    expect(cloud.count("CreateSparkJob")).toBe(1);
    const ledger = openLedger(ledgerFile);
    expect(ledger.findIntent(1)?.intent.state).toBe("happened");
    // Nobody decided that: it was looked up.
    const { records } = ledger.listAudit({ limit: 20 });
    expect(records.find(({ entry }) => entry.event === "resolution")?.entry).toMatchObject({
      outcome: "happened",
      decidedBy: "lookup",
    });
  });

  test("that never arrived is asked for and sent anew, under another key", async () => {
    const { script, batches } = project({ losses: 1, kept: false });
    const { gateway, cloud, clock, ledgerFile } = benchOf(script);
    await runApproved(gateway, "CreateSparkJob", batch);
    await clock.sleep(200_000, new AbortController().signal);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "done", value: { id: "b1" } });
    const names = cloud.sent.filter(({ operation }) => operation === "CreateSparkJob").map(({ body }) => body?.name);
    expect(new Set(names).size).toBe(2);
    expect(batches).toHaveLength(1);
    expect(openLedger(ledgerFile).findIntent(1)?.intent.state).toBe("did-not-happen");
  });

  const throttled: CloudAnswer = { kind: "rejected", status: 429, code: "", message: "slow down" };

  test("counts as late from when it left, after all waits for its turn", async () => {
    const { script, batches } = project({ losses: 1, kept: false });
    let refusals = 3;
    const create = script.CreateSparkJob as (request: WireRequest) => CloudAnswer;
    const { gateway, cloud, clock } = benchOf({
      ...script,
      CreateSparkJob: (request) => (refusals-- > 0 ? throttled : create(request)),
    });
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "unknown" });
    const left = clock.now();
    expect(left).toBeGreaterThan(1_000_000 + 3 * 5_000);
    const { signal } = new AbortController();
    await clock.sleep(149_999, signal);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({
      code: "EARLIER_SEND_UNRESOLVED",
      what: expect.stringContaining("it is not there yet"),
      next: expect.stringContaining(`after ${new Date(left + 150_000).toISOString()}:`),
    });
    await clock.sleep(1, signal);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "done", value: { id: "b1" } });
    expect(cloud.count("CreateSparkJob")).toBe(5);
    expect(batches).toHaveLength(1);
  });

  test("whose process died may have waited as long as any does before it left", async () => {
    const { script } = project({ losses: 1, kept: false });
    const bench = benchOf(script);
    const ledger = openLedger(bench.ledgerFile);
    // As after a crash: nobody wrote down how it ended.
    const crashing = benchOf(script, { ledger: () => ({ ...ledger, endAttempt: () => "unknown" }) });
    await runApproved(crashing.gateway, "CreateSparkJob", batch);
    expect(ledger.findIntent(1)?.attempts.map(({ endedAt }) => endedAt)).toEqual([undefined]);
    const { createdAt = 0 } = ledger.findIntent(1)?.intent ?? {};
    // 5 times 10 s of waiting and 60 s for the answer that says to wait, and 150 s on the way.
    const until = createdAt + 5 * 70_000 + 150_000;
    const outcome = await runApproved(bench.gateway, "CreateSparkJob", batch);
    expect(outcome).toMatchObject({
      code: "EARLIER_SEND_UNRESOLVED",
      next: expect.stringContaining(`after ${new Date(until).toISOString()}:`),
    });
  });

  test("is not sent again while nobody can look for it", async () => {
    const { script } = project({ losses: 1, kept: true, listed: false });
    const { gateway, cloud, clock } = benchOf(script);
    await runApproved(gateway, "CreateSparkJob", batch);
    await clock.sleep(3_600_000, new AbortController().signal);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({
      code: "EARLIER_SEND_UNRESOLVED",
      what: expect.stringContaining("what became of it is not known yet"),
      next: expect.stringMatching(/^Repeat the very same call in a minute: .*intents resolve 1 --happened/),
    });
    expect(cloud.count("CreateSparkJob")).toBe(1);
  });

  test("of another name is never taken for it, even by a service that heeds no filter", async () => {
    const { script } = project({ losses: 1, kept: false });
    const noisy: Script = {
      ...script,
      ListSparkJobs: answered({ from: 0, total: 1, sessions: [{ id: "b9", name: "nightly", state: "running" }] }),
    };
    const { gateway } = benchOf(noisy);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "unknown" });
  });

  test("may have a name that leaves room for the key, and no longer one", async () => {
    const { script } = project({ losses: 0, kept: true });
    const { gateway } = benchOf(script);
    const named = (length: number) => runApproved(gateway, "CreateSparkJob", { ...batch, name: "n".repeat(length) });
    expect(await named(109)).toMatchObject({ kind: "refused", fields: [{ field: "name" }] });
    expect(await named(108)).toMatchObject({ kind: "done" });
  });
});

describe("an SQL job", () => {
  const statement = { sql: "select 1", queue_name: "sql_q1" };
  const jobs = (own: boolean) =>
    answered({
      is_success: true,
      jobs: [{ job_id: "j1", status: "RUNNING", tags: own ? [{ key: "run_key", value: token.slice(0, 16) }] : [] }],
    });

  const running = (ListSqlJobs: CloudAnswer): Bench =>
    benchOf(
      { ShowQueue: sqlQueue, CreateSqlJob: lost, ListSqlJobs },
      { classifySql: async () => ({ kind: "read", why: "it only reads" }), newToken: () => token },
    );

  test("carries its key as a tag, and a query is not started twice though it only reads", async () => {
    const { gateway, cloud } = running(jobs(true));
    const outcome = await gateway.run("CreateSqlJob", statement, contextWith({ strength: "none" }));
    expect(outcome).toMatchObject({ kind: "done", value: { job_id: "j1" } });
    expect(cloud.count("CreateSqlJob")).toBe(1);
    expect(cloud.sent.find(({ operation }) => operation === "CreateSqlJob")?.body?.tags).toEqual([
      { key: "run_key", value: token.slice(0, 16) },
    ]);
    expect(cloud.sent.find(({ operation }) => operation === "ListSqlJobs")?.query).toEqual({
      tags: `run_key=${token.slice(0, 16)}`,
    });
  });

  test("that has not the key is not taken for it", async () => {
    const { gateway } = running(jobs(false));
    expect(await gateway.run("CreateSqlJob", statement, contextWith({ strength: "none" }))).toMatchObject({
      kind: "unknown",
    });
  });
});
