import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { StandingApproval, StoredPlan } from "../../src/ledger/types.ts";
import { packageRoot } from "../../src/package-root.ts";
import { covers, mayStand, problemsOfGrant, type StandingBounds, termsNow } from "../../src/policy/standing.ts";
import { ruleOf, shippedPolicy } from "./policy-fixture.ts";

const policy = shippedPolicy();
const hourMs = 3_600_000;

const bounds: StandingBounds = {
  operation: "StartJobRun",
  profile: "test",
  place: "sandbox, cn-hangzhou, tester",
  workspaceId: "w-1",
  queue: "dev_queue",
  name: "nightly-*",
  maxCu: 4,
  maxCuHours: 2,
};
const request = {
  operation: "StartJobRun",
  profile: "test",
  place: "sandbox, cn-hangzhou, tester",
  workspaceId: "w-1",
  queue: "dev_queue",
  name: "nightly-1",
  cost: { cu: 4, cuHours: 2 },
};

describe("the bounds of a standing approval", () => {
  test("admit a request that is within all of them", () => {
    expect(covers(bounds, request)).toBe(true);
  });

  test.each<[string, object]>([
    ["operation", { operation: "CancelJobRun" }],
    ["profile", { profile: "other" }],
    ["place", { place: "cloud, cn-hangzhou, tester" }],
    ["principal", { principal: "bearer" }],
    ["workspace", { workspaceId: "w-2" }],
    ["queue", { queue: "root_queue" }],
    ["queue that is missing", { queue: undefined }],
    ["name", { name: "weekly-1" }],
    ["name that is missing", { name: undefined }],
    ["name that only ends so", { name: "x nightly-1" }],
    ["size", { cost: { cu: 4.5, cuHours: 2 } }],
    ["cost", { cost: { cu: 4, cuHours: 2.01 } }],
    ["unknown size", { cost: undefined }],
    ["unknown cost", { cost: { cu: 4 } }],
  ])("do not admit another %s", (_, change) => {
    expect(covers(bounds, { ...request, ...change })).toBe(false);
  });

  test("that are not given bound nothing", () => {
    const { queue, name, maxCu, maxCuHours, ...plain } = bounds;
    expect(covers(plain, request)).toBe(true);
    expect(covers(plain, { ...request, queue: undefined, name: undefined, cost: undefined })).toBe(true);
  });

  test("demand a name even where any will do", () => {
    expect(covers({ ...bounds, name: "*" }, request)).toBe(true);
    expect(covers({ ...bounds, name: "*" }, { ...request, name: undefined })).toBe(false);
  });

  test("of a principal admit that principal alone", () => {
    expect(covers({ ...bounds, principal: "ann" }, { ...request, principal: "ann" })).toBe(true);
    expect(covers({ ...bounds, principal: "ann" }, request)).toBe(false);
  });
});

describe("a standing approval", () => {
  const may = (operation: string, environments: string[] = [], tainted = false) =>
    mayStand(ruleOf(policy, operation), { environments, tainted });

  test("may count for a job anywhere, also after a stranger's text was read", () => {
    expect(may("StartJobRun")).toBe(true);
    expect(may("StartJobRun", ["production"], true)).toBe(true);
  });

  test.each(["CancelJobRun", "CreateKyuubiToken", "AddMembers"])(
    "may count for %s in development alone, untainted",
    (operation) => {
      expect(may(operation, ["development"])).toBe(true);
      expect(may(operation, ["development"], true)).toBe(false);
      expect(may(operation, [])).toBe(false);
      expect(may(operation, ["production"])).toBe(false);
      expect(may(operation, ["production", "development"])).toBe(false);
      expect(may(operation, ["development", "production"])).toBe(false);
    },
  );

  test("never counts for what is forbidden or spends without a bound", () => {
    expect(may("DeleteWorkspace", ["development"])).toBe(false);
    expect(may("EditWorkspaceQueue", ["development"])).toBe(false);
    expect(may("UpdateWorkspace", ["development"])).toBe(false);
  });

  test("shrinks when the limits are tightened after it was granted", () => {
    const limits = { ...policy.limits, standing: { maxDays: 1, maxUses: 2 } };
    const terms = { uses: 10, createdAt: 1_000, expiresAt: 1_000 + 7 * 24 * hourMs };
    expect(termsNow(terms, limits)).toEqual({ uses: 2, createdAt: 1_000, expiresAt: 1_000 + 24 * hourMs });
    expect(termsNow(terms, policy.limits)).toEqual(terms);
  });
});

describe("what a person may grant", () => {
  const terms = { uses: 100, createdAt: 0, expiresAt: 7 * 24 * hourMs };
  const problems = (operation: string, change: Partial<StandingBounds> = {}, more: Partial<typeof terms> = {}) =>
    problemsOfGrant(
      ruleOf(policy, operation),
      { ...bounds, operation, ...change },
      { ...terms, ...more },
      policy.limits,
    );
  const { queue, name, maxCu, maxCuHours, ...plain } = bounds;

  test("is a job with all of its bounds, a hundred times in a week", () => {
    expect(problems("StartJobRun")).toEqual([]);
  });

  test.each([
    ["queue", "--queue"],
    ["name", "--name"],
    ["maxCu", "--cu"],
    ["maxCuHours", "--cu-hours"],
  ] as const)("is no job without its %s, and nothing else with it", (bound, option) => {
    const { [bound]: value, ...rest } = bounds;
    expect(problemsOfGrant(ruleOf(policy, "StartJobRun"), rest, terms, policy.limits)).toEqual([
      `StartJobRun needs ${option}`,
    ]);
    const cancelling = { ...plain, operation: "CancelJobRun", [bound]: value };
    expect(problemsOfGrant(ruleOf(policy, "CancelJobRun"), cancelling, terms, policy.limits)).toEqual([
      "queue, name and CU are bounds of StartJobRun alone",
    ]);
  });

  test("is one use, and as little time as there is", () => {
    expect(problems("StartJobRun", {}, { uses: 1, expiresAt: 1 })).toEqual([]);
    expect(problems("StartJobRun", {}, { createdAt: 10 ** 12, expiresAt: 10 ** 12 + 1 })).toEqual([]);
  });

  test("is nothing wrong in several ways without naming each", () => {
    expect(problems("CancelJobRun", {}, { uses: 0, expiresAt: 0 })).toHaveLength(3);
  });

  test("is no job without its bounds", () => {
    const rule = ruleOf(policy, "StartJobRun");
    expect(problemsOfGrant(rule, plain, terms, policy.limits)).toEqual([
      "StartJobRun needs --queue, --name, --cu, --cu-hours",
    ]);
  });

  test.each([
    { uses: 101 },
    { uses: 0 },
    { uses: Number.NaN },
    { expiresAt: 7 * 24 * hourMs + 1 },
    { expiresAt: 0 },
    { expiresAt: Number.NaN },
  ])("is not %j", (more) => {
    expect(problems("StartJobRun", {}, more)).toHaveLength(1);
  });

  test("is nothing forbidden, nothing that spends without a bound, and no job's bounds elsewhere", () => {
    expect(problems("DeleteWorkspace")[0]).toContain("forbidden");
    expect(problems("UpdateWorkspace")[0]).toContain("no bound");
    expect(problems("CancelJobRun")[0]).toContain("StartJobRun alone");
    const rule = ruleOf(policy, "CancelJobRun");
    expect(problemsOfGrant(rule, { ...plain, operation: "CancelJobRun" }, terms, policy.limits)).toEqual([]);
  });
});

describe("the ledger's standing approvals", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "standing-")), "ledger.db");
  });
  const grant: Omit<StandingApproval, "standingId" | "used"> = {
    ...bounds,
    strength: "out-of-band",
    grantedBy: "terminal",
    uses: 2,
    createdAt: 10,
    expiresAt: 1_000,
  };
  const plan = (planId: string): StoredPlan => ({
    planId,
    requestDigest: "r",
    planDigest: "p",
    operation: "StartJobRun",
    target: "nightly-1",
    risk: "spend",
    requiredStrength: "accepted",
    question: "About to execute: StartJobRun",
    requester: "test",
    place: bounds.place,
    facts: {},
    createdAt: 20,
    expiresAt: 1_000,
    state: "waiting",
  });

  test("are used as often as granted, each time as a plan that is approved and burnt", () => {
    const ledger = openLedger(file);
    const { standingId } = ledger.grantStanding(grant);
    const use = (planId: string) => ledger.useStanding(standingId, { plan: plan(planId), mostUses: 100, at: 20 });
    expect(use("plan-1")).toMatchObject({
      state: "used",
      strength: "out-of-band",
      decidedBy: `standing:${standingId}`,
    });
    expect(ledger.findPlan("plan-1")).toMatchObject({
      state: "used",
      decidedBy: `standing:${standingId}`,
      decidedAt: 20,
    });
    expect(ledger.burnPlan("plan-1")).toBe(false);
    expect(use("plan-2")).toBeDefined();
    expect(use("plan-3")).toBeUndefined();
    expect(ledger.findPlan("plan-3")).toBeUndefined();
    expect(ledger.listStanding()).toEqual([{ ...grant, standingId, used: 2 }]);
  });

  test("count no more once expired, revoked, or before they were granted, and less when the limits say so", () => {
    const ledger = openLedger(file);
    const { standingId } = ledger.grantStanding(grant);
    const use = (at: number, mostUses = 100) =>
      ledger.useStanding(standingId, { plan: plan(`plan-${at}`), mostUses, at });
    expect(use(1_000)).toBeUndefined();
    expect(use(9)).toBeUndefined();
    expect(use(11, 0)).toBeUndefined();
    expect(openLedger(file).revokeStanding(standingId, { by: "terminal", at: 12 })).toBe(true);
    expect(use(13)).toBeUndefined();
    expect(ledger.revokeStanding(standingId, { by: "terminal", at: 14 })).toBe(false);
    expect(ledger.revokeStanding(99, { by: "terminal", at: 14 })).toBe(false);
    expect(ledger.listStanding()).toMatchObject([{ used: 0, revokedAt: 12 }]);
  });

  test("put aside the question that is still open for the same request", () => {
    const ledger = openLedger(file);
    ledger.savePlan(plan("plan-asked"));
    const { standingId } = ledger.grantStanding(grant);
    ledger.useStanding(standingId, { plan: plan("plan-1"), mostUses: 100, at: 20 });
    expect(ledger.findPlan("plan-asked")?.state).toBe("superseded");
  });

  test("leave their trace in the audit, from grant to revocation", () => {
    const ledger = openLedger(file);
    const { standingId } = ledger.grantStanding(grant);
    ledger.useStanding(standingId, { plan: plan("plan-1"), mostUses: 100, at: 20 });
    ledger.revokeStanding(standingId, { by: "terminal", at: 30 });
    const entries = ledger.listAudit({ limit: 10 }).records.map(({ entry }) => entry);
    expect(entries.map(({ event, outcome, decidedBy }) => [event, outcome, decidedBy])).toEqual([
      ["standing", "revoked", "standing:1"],
      ["decision", "approved", "standing:1"],
      ["standing", "granted", "standing:1"],
    ]);
  });

  test("count nothing when the plan cannot be written", () => {
    const ledger = openLedger(file);
    const { standingId } = ledger.grantStanding(grant);
    ledger.savePlan(plan("plan-1"));
    expect(() => ledger.useStanding(standingId, { plan: plan("plan-1"), mostUses: 100, at: 20 })).toThrow();
    expect(ledger.listStanding()).toMatchObject([{ used: 0 }]);
  });

  test("are not used more often than granted by processes that race for the last one", async () => {
    const { standingId } = openLedger(file).grantStanding({ ...grant, uses: 5 });
    const script = `
      import { openLedger } from ${JSON.stringify(pathToFileURL(join(packageRoot, "src/ledger/sqlite.ts")).href)};
      const ledger = openLedger(${JSON.stringify(file)});
      const plan = ${JSON.stringify(plan("plan"))};
      let used = 0;
      for (let turn = 0; turn < 20; turn += 1) {
        const own = { ...plan, planId: \`plan-\${process.pid}-\${turn}\` };
        if (ledger.useStanding(${standingId}, { plan: own, mostUses: 100, at: 20 })) used += 1;
      }
      console.log(used);`;
    const race = () =>
      new Promise<number>((resolve) => {
        const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        child.stdout.on("data", (chunk) => {
          text += String(chunk);
        });
        child.on("close", () => resolve(Number(text.trim() || Number.NaN)));
      });
    const used = await Promise.all([race(), race(), race()]);
    expect(used.reduce((sum, each) => sum + each, 0)).toBe(5);
  });
});
