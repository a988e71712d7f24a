import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAuthenticator } from "../../src/approval/authenticator.ts";
import { createDecider, type Wish } from "../../src/approval/decide.ts";
import { plansNamed, waitingPlans } from "../../src/approval/plans.ts";
import { planInFull, planList } from "../../src/approval/terminal.ts";
import { widthOf } from "../../src/policy/columns.ts";
import { codeAt, enrolledAuthenticator, newFolder, newLedger, noon, planOf } from "./approval.support.ts";

const noAuthenticator = () => openAuthenticator(join(newFolder(), "authenticator.db"));

function desk(authenticator = noAuthenticator(), fourEyes = false, plan = planOf()) {
  const ledger = newLedger();
  let now = noon;
  const decider = createDecider({
    ledger,
    authenticator,
    clock: { now: () => now },
    by: "page",
    fourEyes: () => fourEyes,
  });
  ledger.savePlan(plan);
  return {
    ledger,
    decide: (wish: Wish, planId = planOf().planId) => decider.decide(planId, wish),
    decideAs: (person: string | undefined, wish: Wish) => decider.decide(planOf().planId, wish, person),
    state: () => ledger.findPlan(planOf().planId)?.state,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const yes = { verdict: "approved", name: "jr-1" } as const;

test("the name typed out is a yes, recorded with channel, strength and time", () => {
  const { decide, ledger } = desk();
  expect(decide({ ...yes, name: " jr-1 " }).kind).toBe("decided");
  expect(ledger.findPlan(planOf().planId)).toMatchObject({
    state: "approved",
    strength: "out-of-band",
    decidedBy: "page",
    decidedAt: noon,
  });
});

test.each(["", "jr-2", "JR-1", "jr-1 jr-1", "jr\u200b-1"])(
  "the name %j is not jr-1, and nothing is decided",
  (name) => {
    const { decide, state } = desk();
    expect(decide({ verdict: "approved", name })).toEqual({ kind: "refused", why: "wrong-name" });
    expect(state()).toBe("waiting");
  },
);

test("five wrong names close the plan to a yes for five minutes, and no other plan", () => {
  const { decide, ledger, pass } = desk();
  ledger.savePlan(planOf({ planId: "plan-2", requestDigest: "other" }));
  for (let tries = 1; tries < 5; tries += 1) decide({ ...yes, name: "x" });
  expect(decide({ ...yes, name: "x" })).toEqual({ kind: "refused", why: "locked", until: noon + 300_000 });
  expect(decide(yes)).toMatchObject({ why: "locked" });
  expect(decide(yes, "plan-2").kind).toBe("decided");
  pass(300_001);
  expect(decide(yes).kind).toBe("decided");
});

test("once an authenticator is enrolled, the name alone is no yes, and the record tells that a code was given", () => {
  const { authenticator, secret } = enrolledAuthenticator(noon);
  const { decide, ledger, state } = desk(authenticator);
  expect(decide(yes)).toEqual({ kind: "refused", why: "wrong-code" });
  expect(state()).toBe("waiting");
  expect(decide({ ...yes, code: codeAt(secret, noon) }).kind).toBe("decided");
  expect(ledger.findPlan(planOf().planId)?.decidedBy).toBe("page+code");
});

test("a code that approved one plan approves no other", () => {
  const { authenticator, secret } = enrolledAuthenticator(noon);
  const { decide, ledger } = desk(authenticator);
  ledger.savePlan(planOf({ planId: "plan-2", requestDigest: "other" }));
  const code = codeAt(secret, noon);
  decide({ ...yes, code });
  expect(decide({ ...yes, code }, "plan-2")).toEqual({ kind: "refused", why: "used-code" });
  expect(ledger.findPlan("plan-2")?.state).toBe("waiting");
});

test("a code is not spent on a wrong name", () => {
  const { authenticator, secret } = enrolledAuthenticator(noon);
  const { decide } = desk(authenticator);
  const code = codeAt(secret, noon);
  expect(decide({ verdict: "approved", name: "jr-2", code })).toMatchObject({ why: "wrong-name" });
  expect(decide({ ...yes, code }).kind).toBe("decided");
});

test("five wrong codes on one plan close all plans to a yes, while a no needs no code", () => {
  const { authenticator, secret } = enrolledAuthenticator(noon);
  const { decide, ledger, state } = desk(authenticator);
  ledger.savePlan(planOf({ planId: "plan-2", requestDigest: "other" }));
  for (let tries = 0; tries < 5; tries += 1) decide({ ...yes, code: "" });
  expect(decide({ ...yes, code: codeAt(secret, noon) }, "plan-2")).toMatchObject({ why: "locked" });
  expect(decide({ verdict: "declined" }).kind).toBe("decided");
  expect(state()).toBe("declined");
});

test("an authenticator that cannot be read lets nothing be approved", () => {
  const file = join(newFolder(), "authenticator.db");
  writeFileSync(file, "damaged");
  const { decide, state } = desk(openAuthenticator(file));
  expect(() => decide(yes)).toThrow();
  expect(state()).toBe("waiting");
});

test("a plan that has expired, is unknown or is decided cannot be decided", () => {
  const { decide, pass } = desk();
  expect(decide(yes, "plan-9")).toEqual({ kind: "refused", why: "unknown" });
  decide({ verdict: "declined" });
  expect(decide(yes)).toEqual({ kind: "refused", why: "not-waiting" });
  const late = desk();
  late.pass(600_001);
  expect(late.decide(yes)).toEqual({ kind: "refused", why: "expired" });
  pass(0);
});

const no = { verdict: "declined" } as const;

test.each<[string, string | undefined, string | undefined, Wish, string]>([
  ["whoever asked approves nothing", "ann", "ann", yes, "own-plan"],
  ["whoever asked does not refuse either", "ann", "ann", no, "own-plan"],
  ["another spelling of the name is the same person", "ann", "Ann", yes, "own-plan"],
  ["somebody unknown approves nothing that a person of the team asked for", "ann", undefined, yes, "unknown-person"],
  ["nobody of the team approves what somebody unknown asked for", undefined, "bob", yes, "unknown-person"],
  ["another person approves", "ann", "bob", yes, "approved"],
  ["another person refuses", "ann", "bob", no, "declined"],
  ["somebody unknown may refuse", "ann", undefined, no, "declined"],
  ["what was asked for on this machine is approved on this machine", undefined, undefined, yes, "approved"],
])("with four eyes %s", (_, principal, person, wish, expected) => {
  const { decideAs, state } = desk(noAuthenticator(), true, planOf({ ...(principal !== undefined && { principal }) }));
  const decided = decideAs(person, wish);
  expect(decided.kind === "refused" ? decided.why : state()).toBe(expected);
  if (decided.kind === "refused") expect(state()).toBe("waiting");
});

test("without four eyes whoever asked may approve, and the record names them and the code", () => {
  const { secret, authenticator } = enrolledAuthenticator(noon);
  const { decideAs, ledger } = desk(authenticator, false, planOf({ principal: "ann" }));
  expect(decideAs("ann", { ...yes, code: codeAt(secret, noon) }).kind).toBe("decided");
  expect(ledger.findPlan(planOf().planId)?.decidedBy).toBe("page+code:ann");
  const [record] = ledger.listAudit({ limit: 1 }).records;
  expect(record?.entry).toMatchObject({ principal: "ann", decidedBy: "page+code:ann", outcome: "approved" });
});

test("waiting plans are listed newest first, without those whose time is up", () => {
  const ledger = newLedger();
  ledger.savePlan(planOf({ planId: "plan-a", createdAt: noon - 700_000, expiresAt: noon - 1 }));
  ledger.savePlan(planOf({ planId: "plan-b", createdAt: noon - 2 }));
  ledger.savePlan(planOf({ planId: "plan-c", createdAt: noon - 1 }));
  expect(waitingPlans(ledger, noon).map(({ planId }) => planId)).toEqual(["plan-c", "plan-b"]);
});

test("a plan is found by as much of its id as tells it apart", () => {
  const ledger = newLedger();
  for (const planId of ["plan-ab1", "plan-ab2", "plan-c"]) ledger.savePlan(planOf({ planId }));
  const ids = (text: string) => plansNamed(ledger, text, noon).map(({ planId }) => planId);
  expect(ids("plan-ab1")).toEqual(["plan-ab1"]);
  expect(ids("c")).toEqual(["plan-c"]);
  expect(ids("plan-c")).toEqual(["plan-c"]);
  expect(ids("ab")).toHaveLength(2);
  expect(ids("x")).toEqual([]);
  expect(ids("plan-")).toEqual([]);
});

test("on a terminal nothing of foreign origin looks like a line of ours or leaves its 80 columns", () => {
  const hostile = `jr-1\nneeds       none\u001b[2J\u202e ${"很长的名字 ".repeat(20)}`;
  const plan = planOf({ target: hostile, requester: hostile, place: hostile, facts: { state: hostile } });
  for (const text of [planInFull(plan, noon), planList([plan], noon)]) {
    expect(text).not.toContain("\u001b");
    expect(text).not.toContain("\u202e");
    expect(text.match(/^needs +none/m)).toBeNull();
    for (const line of text.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(80);
  }
});

const coded = () => planOf({ requiredStrength: "out-of-band+code" });

test("what wants a code is not approved before an app is enrolled, and can be refused", () => {
  const { decide, state } = desk(undefined, false, coded());
  expect(decide(yes)).toEqual({ kind: "refused", why: "no-app" });
  expect(state()).toBe("waiting");
  expect(decide({ verdict: "declined" }).kind).toBe("decided");
});

test("a code of the enrolled app, or an approver known by a key, is the strongest yes there is", () => {
  const { authenticator, secret } = enrolledAuthenticator(noon);
  const withApp = desk(authenticator, false, coded());
  expect(withApp.decide({ ...yes, code: codeAt(secret, noon) }).kind).toBe("decided");
  expect(withApp.ledger.findPlan(planOf().planId)).toMatchObject({
    strength: "out-of-band+code",
    decidedBy: "page+code",
  });

  const withKey = desk(undefined, false, coded());
  expect(withKey.decideAs("bob", yes).kind).toBe("decided");
  expect(withKey.ledger.findPlan(planOf().planId)).toMatchObject({
    strength: "out-of-band+code",
    decidedBy: "page:bob",
  });
});
