import { describe, expect, test } from "vitest";
import { loadPolicy, type PolicyFile } from "../../src/policy/load.ts";
import { isAtLeast } from "../../src/policy/strength.ts";
import { shippedFile, shippedFiles, shippedPolicy } from "./policy-fixture.ts";

const small = `version: 1
cloud: emr
operations:
  GetThing:
    risk: read
    target: $thingId
    impact: { en: "Reads a thing", zh: "读取" }
  DeleteThing:
    risk: destructive
    target: $thingId
    impact:
      en: "Deletes the thing {name} ({$thingId})"
      zh: "删除 {name}（{$thingId}）"
    prechecks:
      - read: GetThing
        with: { thingId: $thingId }
        facts: { state: thing.state }
        context: { name: thing.name }
        require: { state: [Stopped] }
        otherwise: { en: "the thing runs", zh: "仍在运行" }
        next: { en: "Stop it.", zh: "请先停止。" }
    idempotency: same-effect
`;

function load(rules: string, limits: PolicyFile = shippedFiles.limits) {
  return loadPolicy({ rules: [{ name: "rules.yaml", text: rules }], limits });
}

function problemsOf(rules: string): string {
  const loaded = load(rules);
  return loaded.ok ? "" : loaded.problems.join("\n");
}

/** The small policy with one text replaced; the replacement must have hit something. */
function damaged(from: string, to: string): string {
  expect(small).toContain(from);
  return small.replace(from, to);
}

test("the shipped policy loads", () => {
  expect(loadPolicy(shippedFiles)).toMatchObject({ ok: true });
});

describe("a policy file", () => {
  const search = "find: { with: { name: $name }, found: 'things[]', lateSeconds: 150 }";

  test("may say how a request that is looked up is found, and only of one that is", () => {
    const looked = damaged("idempotency: same-effect", `idempotency: lookup\n    lookup: GetThing\n    ${search}`);
    const loaded = load(looked);
    expect(loaded.ok && loaded.policy.rule("DeleteThing")?.find).toMatchObject({ found: "things[]", lateSeconds: 150 });
    expect(problemsOf(damaged("idempotency: same-effect", `idempotency: same-effect\n    ${search}`))).toMatch(
      /only idempotency lookup has `find`/,
    );
    expect(problemsOf(looked.replace("things[]", "things[["))).toMatch(/cannot read the path/);
  });

  test("gives its rules with what follows from their risk", () => {
    const loaded = load(small);
    expect(loaded.ok && loaded.policy.rule("GetThing")).toMatchObject({ idempotency: "read", timeout: "read" });
    expect(loaded.ok && loaded.policy.rule("DeleteThing")).toMatchObject({
      idempotency: "same-effect",
      timeout: "write",
    });
    expect(loaded.ok && loaded.policy.rule("DeleteEverything")).toBe(undefined);
  });

  test.each([
    ["is empty", small, "", /file: Invalid input/],
    ["is not YAML", "target: $thingId", "target: [", /rules\.yaml: /],
    ["has a key twice", "    risk: destructive", "    risk: read\n    risk: destructive", /unique/],
    ["has a rule twice", "  DeleteThing:", "  GetThing:", /unique/],
    ["has an unknown tag", "risk: destructive", "risk: !mild destructive", /Unresolved tag/],
    [
      "misspells a key",
      "prechecks:",
      "precheks:",
      /rules\.yaml:14: operations\.DeleteThing: Unrecognized key: "precheks"/,
    ],
    ["misspells a key of a precheck", "        require:", "        requires:", /Unrecognized key: "requires"/],
    ["names an unknown risk", "risk: destructive", "risk: harmless", /rules\.yaml:9: operations\.DeleteThing\.risk/],
    ["lacks the Chinese text", ', zh: "读取"', "", /operations\.GetThing\.impact\.zh/],
    ["is of another version", "version: 1", "version: 2", /rules\.yaml:1: version/],
    ["lacks the idempotency of a write", "    idempotency: same-effect\n", "", /DeleteThing: needs `idempotency`/],
    ["calls a write a read", "idempotency: same-effect", "idempotency: read", /reads, and only reads/],
    ["lacks what tells about a lost answer", "same-effect", "lookup", /idempotency lookup, and nothing else/],
    [
      "looks up with a write",
      "same-effect",
      "lookup\n    lookup: DeleteThing",
      /DeleteThing is not a read with a rule/,
    ],
    ["prechecks with an unknown read", "- read: GetThing", "- read: GetThings", /GetThings is not a read with a rule/],
    ["forbids without saying what to do", "risk: destructive", "risk: forbidden", /needs `instead`/],
    [
      "says what to do instead of what is not forbidden",
      "    idempotency: same-effect",
      '    idempotency: same-effect\n    instead: { en: "x", zh: "x" }',
      /only a forbidden operation has `instead`/,
    ],
    [
      "looks before a read",
      '    target: $thingId\n    impact: { en: "Reads',
      '    prechecks: [{ read: GetThing, with: {}, facts: {}, otherwise: { en: x, zh: x }, next: { en: x, zh: x } }]\n    target: $thingId\n    impact: { en: "Reads',
      /rules\.yaml:4: GetThing: a read has neither prechecks nor `verify`/,
    ],
    ["has a path that does not parse", "thing.state", "thing..state", /cannot read the path/],
    ["requires a fact that is not read", "require: { state", "require: { status", /names the fact status/],
    ["requires a fact that may change", "require: { state", "require: { name", /names the fact name/],
    ["names two facts alike", "context: { name", "context: { state", /two facts are named state/],
    ["shows a fact that is not read", "删除 {name}", "删除 {nickname}", /unknown fact \{nickname\}/],
    ["leaves a brace open", "thing {name}", "thing {name", /a brace/],
    ["puts a placeholder where none is filled", "the thing runs", "the thing {name} runs", /only impact\.en may have/],
    ["ends the impact", '({$thingId})"', '({$thingId})."', /impact\.en must not end a sentence/],
    ["has a target that is no parameter", "target: $thingId", "target: Thing!", /GetThing\.target/],
    ["is a list", small, "- 1", /expected object/],
  ])("that %s gives no policy at all", (_, from, to, problem) => {
    expect(problemsOf(damaged(from, to))).toMatch(problem);
  });

  test("that doubles itself without end gives no policy at all", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`,
    );
    expect(problemsOf(`a0: &a0 [x]\n${levels.join("\n")}\n`)).toMatch(/alias/i);
  });

  test("may not repeat a rule of another file", () => {
    const file = (name: string) => ({ name, text: small });
    const loaded = loadPolicy({ rules: [file("a.yaml"), file("b.yaml")], limits: shippedFiles.limits });
    expect(loaded).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/b\.yaml:4: GetThing: has a rule/), expect.anything()],
    });
  });

  test("without any rule among them gives no policy at all", () => {
    expect(loadPolicy({ rules: [], limits: shippedFiles.limits })).toEqual({
      ok: false,
      problems: ["there is no rule at all"],
    });
  });
});

describe("the limits", () => {
  const limits = shippedFile("limits.yaml").text;

  test.each([
    ["are empty", limits, ""],
    ["lack a class", /^ {2}destructive: .*\n/m, ""],
    ["misspell a class", "destructive:", "destructiv:"],
    ["name an unknown strength", "destructive: accepted", "destructive: whatever"],
    ["retry more than five times", "retries: 5", "retries: 6"],
    ["wait less at most than at least", "maxWaitSeconds: 10", "maxWaitSeconds: 1"],
    ["hold text for a number", "maxJobCu: 100", "maxJobCu: many"],
  ])("that %s give no policy at all", (_, from, to) => {
    const text = limits.replace(from, to);
    expect(text).not.toBe(limits);
    expect(load(small, { name: "limits.yaml", text })).toMatchObject({ ok: false });
  });

  test("are those of the seed rules", () => {
    expect(shippedPolicy().limits).toMatchObject({
      timeoutsSeconds: { read: 30, write: 60, pollAttempt: 30, pollTotal: 1800 },
      throttling: { minWaitSeconds: 5, maxWaitSeconds: 10, retries: 5 },
      failures: { inARow: 5 },
    });
  });

  test("ask a person for everything but reads", () => {
    const { read, "read-secret": readSecret, ...others } = shippedPolicy().limits.approval;
    expect([read, readSecret]).toEqual(["none", "none"]);
    expect(Object.values(others).every((strength) => isAtLeast(strength, "accepted"))).toBe(true);
  });

  test("keep a log answer under the size that clients move to a file", () => {
    expect(shippedPolicy().limits.logs.maxBytes).toBeLessThan(50_000);
  });
});

test("an origin is the line of the key", () => {
  const loaded = load(small);
  if (!loaded.ok) throw new Error("does not load");
  const { policy } = loaded;
  expect(policy.origin("DeleteThing")).toEqual({ file: "rules.yaml", line: 8 });
  expect(policy.origin("DeleteThing", "prechecks", 0)).toEqual({ file: "rules.yaml", line: 15 });
  expect(policy.origin("Nothing")).toBe(undefined);
  expect(policy.limitOrigin("approval", "spend")?.line).toBeGreaterThan(1);
});
