import { describe, expect, test } from "vitest";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { StandingApproval } from "../../src/ledger/types.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import type { ApprovalStrength } from "../../src/policy/types.ts";
import { answered, type Bench, contextWith, gatewayOver, type Script } from "../doubles/gateway-parts.ts";
import { shippedFiles } from "./policy-fixture.ts";

const cancel = { workspaceId: "w-1", jobRunId: "jr-1" };
const canAsk = contextWith({ strength: "accepted" });
const production = "version: 1\nenvironments:\n  - { name: production, workspaces: [w-1] }\n";
const development = production.replace("production", "development");

/** A job that runs until it is cancelled; `name` may be another at each look. */
function cancellable(name: () => string = () => "etl"): Script {
  let state = "Running";
  return {
    GetJobRun: () => answered({ jobRun: { jobRunId: "jr-1", state, name: name() } }),
    CancelJobRun: () => {
      state = "Cancelled";
      return answered({ jobRunId: "jr-1" });
    },
  };
}

function inEnvironment(text: string) {
  const loaded = loadPolicy({ ...shippedFiles, environments: { name: "environments.yaml", text } });
  return { policy: () => loaded };
}

const inProduction = inEnvironment(production);
const inDevelopment = inEnvironment(development);

const page = { outOfBand: async (planId: string) => ({ url: `http://127.0.0.1:1/${planId}`, command: "approve" }) };

async function question({ gateway }: Pick<Bench, "gateway">, context = canAsk) {
  const asked = await gateway.run("CancelJobRun", cancel, context);
  if (asked.kind !== "ask" && asked.kind !== "awaiting") throw new Error(JSON.stringify(asked));
  return asked.plan;
}

function answerTo(
  planId: string,
  decision: "accepted" | "declined" | "cancelled",
  strength: ApprovalStrength = "accepted",
  typedName?: string,
) {
  return contextWith({ strength, answer: { planId, decision, ...(typedName !== undefined && { typedName }) } });
}

/** As the page or the terminal does it. */
function decideOutside(
  bench: Bench,
  planId: string,
  verdict: "approved" | "declined",
  strength: ApprovalStrength = "out-of-band",
) {
  const decision = { verdict, strength, by: "terminal", at: bench.clock.now() };
  expect(openLedger(bench.ledgerFile).decidePlan(planId, decision)).toBe(true);
}

describe("a question", () => {
  test("keeps its plan while the facts are the same, also in another session", async () => {
    const bench = gatewayOver(cancellable());
    const first = await question(bench);
    await bench.clock.sleep(1_000, new AbortController().signal);
    const second = await question({ gateway: bench.restarted() });
    expect([second.planId, second.planDigest, second.expiresAt]).toEqual([
      first.planId,
      first.planDigest,
      first.expiresAt,
    ]);
  });

  test("gets a new plan when a bound fact has changed, and the old one's yes is worth nothing", async () => {
    let state = "Pending";
    const bench = gatewayOver({ GetJobRun: () => answered({ jobRun: { state, name: "etl" } }) });
    const first = await question(bench);
    state = "Running";
    const second = await question(bench);
    expect(second.planId).not.toBe(first.planId);
    expect(await bench.gateway.run("CancelJobRun", cancel, answerTo(first.planId, "accepted"))).toMatchObject({
      kind: "refused",
      code: "APPROVAL_INVALID",
    });
  });

  test("gets a new plan when more is asked for than before", async () => {
    const bench = gatewayOver(cancellable(), page);
    const first = await question(bench);
    expect(first.requiredStrength).toBe("accepted");
    const second = await question(bench, { ...canAsk, session: { tainted: true } });
    expect(second.requiredStrength).toBe("out-of-band");
    expect(second.planId).not.toBe(first.planId);
  });

  test("says on which machine or account it is about", async () => {
    const asked = await question(gatewayOver(cancellable()));
    expect(asked.question).toContain("\nAccount: tester, cn-hangzhou");
    const profile = {
      name: "s",
      cloud: "emr",
      environment: "sandbox",
      regionId: "cn-hangzhou",
      endpoint: "e",
      mode: "full",
      identity: "i",
    } as const;
    const inSandbox = await question(gatewayOver(cancellable(), { profile }));
    expect(inSandbox.question).toContain("\nSandbox on this machine: i, cn-hangzhou");
  });

  test("goes to a person outside of the client when that cannot prove enough, and nothing is sent", async () => {
    const bench = gatewayOver(cancellable(), { ...page, ...inProduction });
    const asked = await bench.gateway.run("CancelJobRun", cancel, contextWith({ strength: "typed" }));
    expect(asked).toMatchObject({
      kind: "awaiting",
      plan: { requiredStrength: "out-of-band" },
      how: { command: "approve" },
    });
    expect(asked.kind === "awaiting" && asked.how.url).toContain(asked.kind === "awaiting" && asked.plan.planId);
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
  });

  test("is never put to a client that can ask nobody", async () => {
    const bench = gatewayOver(cancellable(), page);
    expect(await bench.gateway.run("CancelJobRun", cancel, contextWith({ strength: "none" }))).toMatchObject({
      kind: "awaiting",
    });
  });

  test("stands in the ledger with all that whoever decides has to see", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    expect(openLedger(bench.ledgerFile).findPlan(plan.planId)).toMatchObject({
      state: "waiting",
      operation: "CancelJobRun",
      target: "jr-1",
      risk: "destructive",
      requiredStrength: "accepted",
      question: plan.question,
      requester: "test",
      place: "cloud, cn-hangzhou, tester",
      facts: { state: "Running" },
      createdAt: bench.clock.now(),
      expiresAt: bench.clock.now() + 600_000,
    });
  });
});

describe("a typed answer", () => {
  const overlay = { name: "policy.yaml", text: "version: 1\napproval: { destructive: typed }\n" };
  const tightened = loadPolicy({ ...shippedFiles, overlay });
  const askingForTheName = { policy: () => tightened };

  test("that names the target is a yes, and is recorded as typed", async () => {
    const bench = gatewayOver(cancellable(), askingForTheName);
    const plan = await question(bench, contextWith({ strength: "typed" }));
    const outcome = await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted", "typed", "jr-1"));
    expect(outcome).toMatchObject({ kind: "done", approval: { planId: plan.planId, strength: "typed" } });
    expect(openLedger(bench.ledgerFile).findPlan(plan.planId)).toMatchObject({
      strength: "typed",
      decidedBy: "client",
    });
  });

  test.each(["jr-2", "", undefined])("that names %j is none, and the plan goes on waiting", async (typedName) => {
    const bench = gatewayOver(cancellable(), askingForTheName);
    const plan = await question(bench, contextWith({ strength: "typed" }));
    const outcome = await bench.gateway.run(
      "CancelJobRun",
      cancel,
      answerTo(plan.planId, "accepted", "typed", typedName),
    );
    expect(outcome).toMatchObject({ code: "APPROVAL_INVALID" });
    expect(outcome.kind === "refused" && outcome.what).toContain("the name typed is not jr-1");
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
    expect(openLedger(bench.ledgerFile).findPlan(plan.planId)?.state).toBe("waiting");
  });

  test("without a name is accepted where no more is asked for", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench, contextWith({ strength: "typed" }));
    expect(await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted", "typed"))).toMatchObject({
      kind: "done",
      approval: { strength: "accepted" },
    });
  });

  test("through a channel that has nothing typed proves no more than accepted, whatever it says", async () => {
    const bench = gatewayOver(cancellable(), askingForTheName);
    const plan = await question(bench, contextWith({ strength: "typed" }));
    const claimed = answerTo(plan.planId, "accepted", "accepted", "jr-1");
    expect(await bench.gateway.run("CancelJobRun", cancel, claimed)).toMatchObject({ code: "APPROVAL_INVALID" });
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
  });

  test("does not make up for a yes outside of the client that was too weak", async () => {
    const bench = gatewayOver(cancellable(), askingForTheName);
    const plan = await question(bench, contextWith({ strength: "typed" }));
    decideOutside(bench, plan.planId, "approved", "accepted");
    const typed = answerTo(plan.planId, "accepted", "typed", "jr-1");
    expect(await bench.gateway.run("CancelJobRun", cancel, typed)).toMatchObject({ code: "APPROVAL_USED" });
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
  });

  test("is no more than accepted where nobody typed, and so too weak where more is asked for by now", async () => {
    const bench = gatewayOver(cancellable(), page);
    const plan = await question(bench);
    const tainted = { ...answerTo(plan.planId, "accepted"), session: { tainted: true } };
    const outcome = await bench.gateway.run("CancelJobRun", cancel, tainted);
    expect(outcome).toMatchObject({ code: "APPROVAL_INVALID" });
    expect(outcome.kind === "refused" && outcome.what).toContain("the approval is accepted, and out-of-band is needed");
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
  });
});

describe("an answer through the client", () => {
  test("that closes the dialog refuses, and does not stick", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    const closed = await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "cancelled"));
    expect(closed).toMatchObject({ code: "DECLINED" });
    expect(closed.kind === "refused" && closed.what).toContain("the person gave no answer");
    expect(await question(bench)).toMatchObject({ planId: plan.planId });
  });

  test("that says no refuses, and a yes to the same question afterwards is worth nothing", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    const no = await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "declined"));
    expect(no.kind === "refused" && no.what).toContain("the person said no");
    expect(openLedger(bench.ledgerFile).findPlan(plan.planId)).toMatchObject({
      state: "declined",
      decidedBy: "client",
    });
    const yes = await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"));
    expect(yes).toMatchObject({ code: "DECLINED" });
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
  });

  test("is in time to the last millisecond", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    await bench.clock.sleep(600_000, new AbortController().signal);
    expect(await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"))).not.toMatchObject({
      code: "APPROVAL_EXPIRED",
    });
  });

  test("to another person's no outside of the client is too late", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    decideOutside(bench, plan.planId, "declined");
    expect(await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"))).toMatchObject({
      code: "DECLINED",
    });
  });

  test("uses the stronger yes that a person gave outside of the client meanwhile", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    decideOutside(bench, plan.planId, "approved");
    expect(await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"))).toMatchObject({
      kind: "done",
      approval: { strength: "out-of-band" },
    });
  });

  test("that says no burns the yes that was given outside of the client meanwhile", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    decideOutside(bench, plan.planId, "approved");
    expect(await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "declined"))).toMatchObject({
      code: "DECLINED",
    });
    expect(openLedger(bench.ledgerFile).findPlan(plan.planId)?.state).toBe("used");
    expect(await bench.gateway.run("CancelJobRun", cancel, canAsk)).toMatchObject({ kind: "ask" });
  });

  test("says what became of the first use when it comes twice", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    const yes = answerTo(plan.planId, "accepted");
    await bench.gateway.run("CancelJobRun", cancel, yes);
    const again = await bench.gateway.run("CancelJobRun", cancel, yes);
    expect(again.kind === "refused" && again.what).toContain('was used already (answered: {"jobRunId":"jr-1"})');
  });

  test("that was burnt without a send says so when it comes twice", async () => {
    let state = "Pending";
    const bench = gatewayOver({ GetJobRun: () => answered({ jobRun: { state, name: "etl" } }) });
    const plan = await question(bench);
    state = "Running";
    const yes = answerTo(plan.planId, "accepted");
    expect(await bench.gateway.run("CancelJobRun", cancel, yes)).toMatchObject({ code: "STATE_CHANGED" });
    const again = await bench.gateway.run("CancelJobRun", cancel, yes);
    expect(again.kind === "refused" && again.what).toMatch(/its approval was used already\.$/);
  });

  test("whose send has no answer yet says that alone when it comes twice", async () => {
    const bench = gatewayOver({ ...cancellable(), CancelJobRun: { kind: "lost", message: "reset" } });
    const plan = await question(bench);
    const yes = answerTo(plan.planId, "accepted");
    expect(await bench.gateway.run("CancelJobRun", cancel, yes)).toMatchObject({ kind: "unknown" });
    const again = await bench.gateway.run("CancelJobRun", cancel, yes);
    expect(again.kind === "refused" && again.what).toContain("was used already (unknown).");
  });

  test("that loses the race for its own plan is worth nothing", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    const yes = answerTo(plan.planId, "accepted");
    const outcomes = await Promise.all([
      bench.gateway.run("CancelJobRun", cancel, yes),
      bench.restarted().run("CancelJobRun", cancel, yes),
    ]);
    expect(outcomes.map((outcome) => ("code" in outcome ? outcome.code : outcome.kind)).sort()).toEqual([
      "APPROVAL_USED",
      "done",
    ]);
    expect(bench.cloud.count("CancelJobRun")).toBe(1);
  });
});

describe("a yes outside of the client", () => {
  const asking = () => gatewayOver(cancellable(), { ...page, ...inProduction });

  test("is taken by the very same call, once", async () => {
    const bench = asking();
    const plan = await question(bench);
    decideOutside(bench, plan.planId, "approved");
    expect(await bench.gateway.run("CancelJobRun", cancel, canAsk)).toMatchObject({
      kind: "done",
      approval: { planId: plan.planId, strength: "out-of-band" },
    });
    expect(openLedger(bench.ledgerFile).findPlan(plan.planId)?.state).toBe("used");
  });

  test("that is weaker than what is needed is not taken", async () => {
    const bench = asking();
    const plan = await question(bench);
    decideOutside(bench, plan.planId, "approved", "typed");
    expect(await bench.gateway.run("CancelJobRun", cancel, canAsk)).toMatchObject({ kind: "awaiting" });
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
  });

  test("is worth nothing for another request", async () => {
    const bench = asking();
    decideOutside(bench, (await question(bench)).planId, "approved");
    const other = { ...cancel, jobRunId: "jr-2" };
    expect(await bench.gateway.run("CancelJobRun", other, canAsk)).toMatchObject({ kind: "awaiting" });
  });

  test("is worth nothing once its time is up", async () => {
    const bench = asking();
    decideOutside(bench, (await question(bench)).planId, "approved");
    await bench.clock.sleep(601_000, new AbortController().signal);
    expect(await bench.gateway.run("CancelJobRun", cancel, canAsk)).toMatchObject({ kind: "awaiting" });
  });
});

describe("a yes in advance", () => {
  const grant: Omit<StandingApproval, "standingId" | "used"> = {
    operation: "CancelJobRun",
    profile: "test",
    place: "cloud, cn-hangzhou, tester",
    workspaceId: "w-1",
    strength: "out-of-band",
    grantedBy: "terminal",
    uses: 1,
    createdAt: 1_000_000,
    expiresAt: 2_000_000,
  };
  const granted = (change: Partial<typeof grant> = {}, environment = inDevelopment, name?: () => string) => {
    const bench = gatewayOver(cancellable(name), { ...page, ...environment });
    openLedger(bench.ledgerFile).grantStanding({ ...grant, ...change });
    return bench;
  };
  const run = (bench: Bench, context = canAsk) => bench.gateway.run("CancelJobRun", cancel, context);

  test("lets a request within its bounds through, and is named in the answer", async () => {
    const bench = granted();
    expect(await run(bench)).toMatchObject({ kind: "done", approval: { strength: "out-of-band", by: "standing:1" } });
    expect(openLedger(bench.ledgerFile).listStanding()).toMatchObject([{ used: 1 }]);
  });

  test.each<[string, Partial<typeof grant>]>([
    ["of another operation", { operation: "StartJobRun" }],
    ["in another workspace", { workspaceId: "w-2" }],
    ["that is over", { expiresAt: 1_000_000 }],
    ["that is too weak", { strength: "none" }],
    ["of a principal", { principal: "ann" }],
  ])("%s does not", async (_, change) => {
    const bench = granted(change);
    expect(await run(bench)).toMatchObject({ kind: "ask" });
    expect(bench.cloud.count("CancelJobRun")).toBe(0);
  });

  test("counts as often as it says, and then the next one does", async () => {
    const running = { GetJobRun: answered({ jobRun: { state: "Running", name: "etl" } }), CancelJobRun: answered({}) };
    const bench = gatewayOver(running, inDevelopment);
    openLedger(bench.ledgerFile).grantStanding(grant);
    openLedger(bench.ledgerFile).grantStanding(grant);
    expect(await run(bench)).toMatchObject({ kind: "done", approval: { by: "standing:2" } });
    expect(await run(bench)).toMatchObject({ kind: "done", approval: { by: "standing:1" } });
    expect(await run(bench)).toMatchObject({ kind: "ask" });
    expect(bench.cloud.count("CancelJobRun")).toBe(2);
  });

  test("does not count for what does not come back outside of development", async () => {
    expect(await run(granted({}, inProduction))).toMatchObject({ kind: "awaiting" });
    expect(await run(granted(), { ...canAsk, session: { tainted: true } })).toMatchObject({ kind: "awaiting" });
  });

  test("does not count once a person has said no to this very request", async () => {
    const bench = granted({ workspaceId: "w-2" });
    const plan = await question(bench);
    await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "declined"));
    openLedger(bench.ledgerFile).grantStanding(grant);
    expect(await run(bench)).toMatchObject({ code: "DECLINED_BEFORE" });
    await bench.clock.sleep(599_000, new AbortController().signal);
    expect(await run(bench)).toMatchObject({ code: "DECLINED_BEFORE" });
    await bench.clock.sleep(2_000, new AbortController().signal);
    expect(await run(bench)).toMatchObject({ kind: "done" });
  });

  test("does not count longer than the limits admit by now", async () => {
    const overlay = { name: "policy.yaml", text: "version: 1\nlimits: { standing: { maxDays: 0 } }\n" };
    const environments = { name: "environments.yaml", text: development };
    const loaded = loadPolicy({ ...shippedFiles, overlay, environments });
    const bench = gatewayOver(cancellable(), { policy: () => loaded });
    openLedger(bench.ledgerFile).grantStanding(grant);
    expect(await run(bench)).toMatchObject({ kind: "ask" });
  });

  test("does not count while an earlier send has an unknown outcome", async () => {
    const bench = gatewayOver(
      { ...cancellable(), CancelJobRun: { kind: "lost", message: "reset" } },
      { ...page, ...inDevelopment },
    );
    openLedger(bench.ledgerFile).grantStanding({ ...grant, uses: 2 });
    expect(await run(bench)).toMatchObject({ kind: "unknown" });
    const asked = await question(bench);
    expect(asked.question).toContain("The same request was sent at");
    expect(openLedger(bench.ledgerFile).listStanding()).toMatchObject([{ used: 1 }]);
  });
});

describe("what drifted between question and execution", () => {
  test("names each bound fact, also one that is gone or new", async () => {
    let job: Record<string, unknown> = { state: "Running", name: "etl" };
    const overlay = { GetJobRun: () => answered({ jobRun: job }) };
    const bench = gatewayOver({ ...cancellable(), ...overlay });
    const plan = await question(bench);
    job = { state: "Pending", name: "other" };
    const outcome = await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"));
    expect(outcome).toMatchObject({
      code: "STATE_CHANGED",
      changes: [{ fact: "state", before: "Running", now: "Pending" }],
    });
    expect(outcome.kind === "refused" && outcome.what).toBe(
      "CancelJobRun of jr-1 was not sent: state was Running when the person was asked and is Pending now.",
    );
    expect(openLedger(bench.ledgerFile).findPlan(plan.planId)?.state).toBe("used");
  });

  test("does not matter where the fact may change", async () => {
    const names = ["etl", "renamed"];
    const bench = gatewayOver(cancellable(() => names.shift() ?? "renamed"));
    const plan = await question(bench);
    expect(await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"))).toMatchObject({
      kind: "done",
    });
  });
});

describe("the record of a call", () => {
  const lastEntry = (bench: Bench) => openLedger(bench.ledgerFile).listAudit({ limit: 1 }).records[0]?.entry;

  test("names who asked, who approved and how, and the cloud's request", async () => {
    const bench = gatewayOver(cancellable());
    const plan = await question(bench);
    expect(lastEntry(bench)).toMatchObject({ event: "call", outcome: "ask", planId: plan.planId, target: "jr-1" });
    const outcome = await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"));
    expect(lastEntry(bench)).toEqual({
      at: bench.clock.now(),
      event: "call",
      operation: "CancelJobRun",
      target: "jr-1",
      place: "cloud, cn-hangzhou, tester",
      profile: "test",
      requester: "test",
      argumentsDigest: plan.requestDigest,
      outcome: "done",
      planId: plan.planId,
      planDigest: plan.planDigest,
      strength: "accepted",
      decidedBy: "client",
      decidedAt: expect.any(Number),
      requestId: "req-1",
    });
    expect(outcome).toMatchObject({ audit: { sequence: expect.any(Number), head: expect.any(String) } });
  });

  test("of a refusal names its code, target and the cloud's request", async () => {
    const bench = gatewayOver({
      GetJobRun: { kind: "rejected", status: 400, code: "Odd", message: "no", requestId: "req-7" },
    });
    await bench.gateway.run("GetJobRun", cancel, canAsk);
    expect(lastEntry(bench)).toMatchObject({
      outcome: "refused",
      code: "CLOUD_REJECTED",
      requestId: "req-7",
      target: "jr-1",
    });
    await bench.gateway.run("DeleteWorkspace", { workspaceId: "w-1" }, canAsk);
    expect(lastEntry(bench)).toMatchObject({
      outcome: "refused",
      code: "FORBIDDEN_OPERATION",
      target: "w-1",
      argumentsDigest: "",
    });
  });

  test("of a call that was sent without a known end says so", async () => {
    const bench = gatewayOver({ ...cancellable(), CancelJobRun: { kind: "lost", message: "reset" } });
    const plan = await question(bench);
    await bench.gateway.run("CancelJobRun", cancel, answerTo(plan.planId, "accepted"));
    const entry = lastEntry(bench);
    expect(entry).toMatchObject({
      outcome: "unknown",
      code: "OUTCOME_UNKNOWN",
      planId: plan.planId,
      strength: "accepted",
    });
    expect(entry).not.toHaveProperty("requestId");
  });
});
