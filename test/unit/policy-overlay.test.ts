import { describe, expect, test } from "vitest";
import { explainRule } from "../../src/policy/explain.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import { applyOverlay } from "../../src/policy/overlay.ts";
import { overlayFile } from "../../src/policy/schema.ts";
import { parseSource } from "../../src/policy/source.ts";
import { tighter } from "../../src/policy/tighter.ts";
import type { LoadedPolicy, Policy } from "../../src/policy/types.ts";
import { contextWith, gatewayOver } from "../doubles/gateway-parts.ts";
import { rowOf, ruleOf, shippedFile, shippedFiles, shippedPolicy } from "./policy-fixture.ts";

const shipped = shippedPolicy();

function load(lines: string, environments?: string) {
  return loadPolicy({
    ...shippedFiles,
    overlay: { name: "policy.yaml", text: `version: 1\n${lines}` },
    ...(environments !== undefined && { environments: { name: "environments.yaml", text: environments } }),
  });
}

/** The overlay alone over rules and limits that were parsed before, which is most of the time that `load` takes. */
function apply(lines: string): LoadedPolicy {
  const problems: string[] = [];
  const source = parseSource({ name: "policy.yaml", text: `version: 1\n${lines}` }, overlayFile, problems);
  return source ? applyOverlay(shipped, source) : { ok: false, problems };
}

function tightened(lines: string, environments?: string): Policy {
  const loaded = environments === undefined ? apply(lines) : load(lines, environments);
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  return loaded.policy;
}

function problemsOf(lines: string): string {
  const loaded = apply(lines);
  return loaded.ok ? "" : loaded.problems.join("\n");
}

/** `file:line` where the shipped limit stands. */
function shippedAt(...member: string[]): string {
  const { file, line } = shipped.limitOrigin(...member) ?? { file: "", line: 0 };
  return `${file}:${line}`;
}

const numbersOfLimits = Object.entries(tighter).flatMap(([group, names]) =>
  Object.entries(names).map(([name, direction]): [string, string, string] => [group, name, direction]),
);

function limitOf({ limits }: Policy, group: string, name: string): number {
  const { approval, environments, ...bounds } = limits;
  const groups: Readonly<Record<string, Readonly<Record<string, number>>>> = bounds;
  return groups[group]?.[name] ?? Number.NaN;
}

/** A value of the allowed form just below or above the shipped one. */
function beside(group: string, name: string, way: "lower" | "higher"): number {
  return limitOf(shipped, group, name) + (way === "lower" ? -1 : 1);
}

/** What else must move with it, so that the least wait stays within the longest. */
function companion(name: string, value: number): string {
  return name === "minWaitSeconds" && value > shipped.limits.throttling.maxWaitSeconds
    ? `, maxWaitSeconds: ${value}`
    : "";
}

describe("the table of limits", () => {
  test("has a row for each limit there is", () => {
    const { approval, environments, ...bounds } = shipped.limits;
    const names = Object.entries(bounds).flatMap(([group, limits]) =>
      Object.keys(limits).map((name) => `${group}.${name}`),
    );
    expect(numbersOfLimits.map(([group, name]) => `${group}.${name}`).sort()).toEqual(names.sort());
  });

  test.each(numbersOfLimits.filter(([, , direction]) => direction !== "neither"))(
    "admits %s.%s only %s than shipped, and the same",
    (group, name, direction) => {
      const way = direction === "lower" ? "lower" : "higher";
      const value = beside(group, name, way);
      const policy = tightened(`limits:\n  ${group}: { ${name}: ${value}${companion(name, value)} }`);
      expect(limitOf(policy, group, name)).toBe(value);
      expect(policy.limitOrigin(group, name)).toEqual({ file: "policy.yaml", line: 3 });
      const same = tightened(`limits:\n  ${group}: { ${name}: ${limitOf(shipped, group, name)} }`);
      expect(same.limitOrigin(group, name)).toEqual(shipped.limitOrigin(group, name));
    },
  );

  test.each(numbersOfLimits.filter(([, , direction]) => direction !== "neither"))(
    "refuses %s.%s the other way than %s, naming both lines",
    (group, name, direction) => {
      const value = beside(group, name, direction === "lower" ? "higher" : "lower");
      const problems = problemsOf(`limits:\n  ${group}: { ${name}: ${value} }`);
      expect(problems).toContain("policy.yaml:3: ");
      // Some are at the end of what a limit may be at all.
      if (!problems.includes("Too big")) {
        expect(problems).toContain(`loosens the shipped ${limitOf(shipped, group, name)} (${shippedAt(group, name)})`);
      }
    },
  );

  test.each(numbersOfLimits.filter(([, , direction]) => direction === "neither"))(
    "lets %s.%s be neither lower nor higher",
    (group, name) => {
      for (const way of ["lower", "higher"] as const) {
        const problems = problemsOf(`limits:\n  ${group}: { ${name}: ${beside(group, name, way)} }`);
        expect(problems).toMatch(/policy\.yaml:3: .*neither tighter nor looser/);
        expect(problems).toContain(shippedAt(group, name));
      }
      expect(problemsOf(`limits:\n  ${group}: { ${name}: ${limitOf(shipped, group, name)} }`)).toBe("");
    },
  );

  test("keeps the least wait within the longest", () => {
    const { maxWaitSeconds } = shipped.limits.throttling;
    expect(problemsOf(`limits:\n  throttling: { minWaitSeconds: ${maxWaitSeconds} }`)).toBe("");
    expect(problemsOf("limits:\n  throttling:\n    minWaitSeconds: 60")).toBe(
      `policy.yaml:4: limits.throttling.minWaitSeconds: 60 exceeds maxWaitSeconds (${maxWaitSeconds}); raise that as well`,
    );
  });
});

describe("an overlay", () => {
  test("as the example has it loads beside the example of environments", () => {
    const loaded = loadPolicy({
      ...shippedFiles,
      overlay: shippedFile("policy.example.yaml"),
      environments: shippedFile("environments.example.yaml"),
    });
    expect(loaded).toMatchObject({ ok: true });
  });

  test("that says nothing changes nothing", () => {
    const policy = tightened("");
    expect(shipped.limits).toMatchObject({ ...policy.limits });
    expect(policy.operations()).toEqual(shipped.operations());
    expect(policy.limitOrigin("approval", "spend")).toEqual(shipped.limitOrigin("approval", "spend"));
    expect(policy.limitOrigin("spend", "maxJobCu")).toEqual(shipped.limitOrigin("spend", "maxJobCu"));
    expect(policy.rule("CancelJobRun")).toEqual(shipped.rule("CancelJobRun"));
    expect(policy.origin("CancelJobRun", "risk")).toEqual(shipped.origin("CancelJobRun", "risk"));
  });

  test("leaves the policy it is applied to as it was", () => {
    const problems: string[] = [];
    const text = "version: 1\napproval: { spend: typed }\nforbid: [CreateWorkspace]\n";
    const source = parseSource({ name: "policy.yaml", text }, overlayFile, problems);
    const limits = structuredClone(shipped.limits);
    const applied = source && applyOverlay(shipped, source);
    expect(applied).toMatchObject({ ok: true, policy: { limits: { approval: { spend: "typed" } } } });
    expect(shipped.limits).toEqual(limits);
    expect(shipped.rule("CreateWorkspace")?.risk).toBe("spend");
  });

  test("raises the strength of a class, an environment and an operation", () => {
    const policy = tightened(
      [
        "approval: { spend: typed }",
        "environments: { production: { spend: out-of-band }, staging: { write: typed } }",
        "operations: { CancelJobRun: { approval: out-of-band } }",
      ].join("\n"),
      "version: 1\nenvironments: [{ name: staging, workspaces: [stage-*] }]\n",
    );
    expect(policy.limits.approval).toEqual({ ...shipped.limits.approval, spend: "typed" });
    expect(policy.limits.environments).toMatchObject({
      production: { spend: "out-of-band", destructive: "out-of-band" },
      staging: { write: "typed" },
    });
    expect(policy.rule("CancelJobRun")?.approval).toBe("out-of-band");
  });

  test.each([
    [
      "approval: { destructive: none }",
      "2: approval.destructive: none loosens the shipped accepted",
      ["approval", "destructive"],
    ],
    [
      "environments: { production: { spend: accepted } }",
      "2: environments.production.spend: accepted loosens the shipped typed",
      ["environments", "production", "spend"],
    ],
    [
      "environments: { development: { write: none } }",
      "2: environments.development.write: none loosens the shipped accepted",
      ["approval", "write"],
    ],
    [
      "operations:\n  CancelJobRun: { approval: none }",
      "3: operations.CancelJobRun.approval: none loosens the shipped accepted",
      ["approval", "destructive"],
    ],
    ["approval: { read: typed }", "2: approval.read: a read is never asked about", ["approval", "read"]],
    [
      "environments: { production: { read: typed } }",
      "2: environments.production.read: a read is never asked about",
      ["environments", "production", "read"],
    ],
    [
      "operations: { GetKyuubiToken: { approval: out-of-band } }",
      "2: operations.GetKyuubiToken.approval: a read is never asked about",
      ["approval", "read-secret"],
    ],
  ])("with %j is refused with both lines", (lines, problem, member) => {
    expect(problemsOf(lines)).toContain(`policy.yaml:${problem} (${shippedAt(...member)})`);
  });

  test.each([
    ["an unknown key", "aproval: { spend: typed }", /policy\.yaml:2: file: Unrecognized key: "aproval"/],
    ["an unknown class", "approval:\n  spending: typed", /policy\.yaml:3: approval: Unrecognized key: "spending"/],
    ["an unknown limit", "limits:\n  spend:\n    maxCu: 1", /policy\.yaml:4: limits\.spend: Unrecognized key: "maxCu"/],
    ["an unknown group of limits", "limits:\n  money: {}", /policy\.yaml:3: limits: Unrecognized key: "money"/],
    [
      "an unknown member of an operation",
      "operations:\n  CancelJobRun: { risk: read }",
      /policy\.yaml:3: .*operations\.CancelJobRun/,
    ],
    [
      "an unknown operation",
      "operations:\n  CancelJob: { approval: typed }",
      /policy\.yaml:3: operations\.CancelJob: there is no operation CancelJob/,
    ],
    [
      "an unknown operation to forbid",
      "forbid:\n  - CancelJob",
      /policy\.yaml:3: forbid\.0: there is no operation CancelJob/,
    ],
    ["an unknown strength", "approval: { spend: loud }", /policy\.yaml:2: approval\.spend/],
    ["a key twice", "approval: { spend: typed }\napproval: { spend: none }", /policy\.yaml: .*unique/],
    [
      "a strength for what is forbidden",
      "operations:\n  DeleteWorkspace: { approval: typed }",
      new RegExp(`policy\\.yaml:3: .*forbidden as shipped \\(.*:${shipped.origin("DeleteWorkspace", "risk")?.line}\\)`),
    ],
    [
      "a deadline of nothing, which some take for none",
      "limits:\n  timeoutsSeconds: { read: 0 }",
      /policy\.yaml:3: .*Too small/,
    ],
  ])("with %s leaves no policy at all", (_, lines, problem) => {
    expect(problemsOf(lines)).toMatch(problem);
  });

  test("that loosens leaves no policy at all", () => {
    expect(load("approval: { spend: none }")).toEqual({
      ok: false,
      problems: [
        `policy.yaml:2: approval.spend: none loosens the shipped accepted (${shippedAt("approval", "spend")})`,
      ],
    });
  });

  test("that adds an environment without workspaces leaves no policy at all", () => {
    const adding = "environments:\n  staging: { spend: typed }";
    const other = "version: 1\nenvironments: [{ name: production, workspaces: [w-1] }]\n";
    expect(load(adding)).toEqual({
      ok: false,
      problems: ["policy.yaml:3: staging has no workspaces in environments.yaml"],
    });
    expect(load(adding, other)).toMatchObject({ ok: false });
    expect(load(adding, other.replace("production", "staging"))).toMatchObject({ ok: true });
  });

  test("that repeats what is shipped changes nothing, and is not named as its place", () => {
    const policy = tightened(
      "approval: { read: none, spend: accepted }\nenvironments: { production: { spend: typed } }\noperations: { CancelJobRun: { approval: accepted } }",
    );
    expect(shipped.limits).toMatchObject({ ...policy.limits });
    expect(policy.limitOrigin("approval", "spend")).toEqual(shipped.limitOrigin("approval", "spend"));
    expect(policy.limitOrigin("environments", "production", "spend")).toEqual(
      shipped.limitOrigin("environments", "production", "spend"),
    );
    expect(policy.limitOrigin("environments")).toEqual(shipped.limitOrigin("environments"));
    expect(policy.origin("CancelJobRun", "risk")).toEqual(shipped.origin("CancelJobRun", "risk"));
    expect(policy.origin("StartJobRun", "approval")).toEqual(shipped.origin("StartJobRun", "approval"));
    const later = tightened("operations:\n  CancelJobRun:\n    approval: typed\n");
    expect(later.origin("CancelJobRun", "approval")).toEqual({ file: "policy.yaml", line: 4 });
  });

  test("that leaves a member open changes nothing there", () => {
    const value = {
      version: 1 as const,
      approval: { spend: undefined },
      limits: { spend: undefined, upload: { maxBytes: undefined } },
    };
    const applied = applyOverlay(shipped, { value, originOf: () => ({ file: "policy.yaml", line: 1 }) });
    expect(applied).toMatchObject({ ok: true });
    expect(shipped.limits).toMatchObject(applied.ok ? { ...applied.policy.limits } : {});
  });

  test("that loosens is refused without the shipped line where nobody knows it", () => {
    const nowhere = { ...shipped, origin: () => undefined, limitOrigin: () => undefined };
    const value = {
      version: 1 as const,
      operations: { DeleteWorkspace: { approval: "typed" as const } },
      limits: { plan: { validSeconds: 601 } },
    };
    const applied = applyOverlay(nowhere, { value, originOf: () => ({ file: "policy.yaml", line: 1 }) });
    expect(applied).toEqual({
      ok: false,
      problems: [
        "policy.yaml:1: operations.DeleteWorkspace.approval: DeleteWorkspace is forbidden as shipped, and no approval lifts that",
        "policy.yaml:1: limits.plan.validSeconds: 601 loosens the shipped 600; only a lower value is tighter",
      ],
    });
  });

  test("names every line that is wrong at once", () => {
    const problems = problemsOf(
      "approval: { spend: none }\nforbid: [Nothing]\nlimits: { upload: { maxBytes: 999999999999 } }",
    );
    expect(problems.split("\n")).toHaveLength(3);
  });
});

describe("what an overlay forbids", () => {
  const forbidding = "forbid:\n  - CreateWorkspace\n  - operation: CancelJobRun\n    reason: Ask the night shift.\n";

  test("is refused with the user's reason, and nothing is read or sent", async () => {
    const policy = load(forbidding);
    const { gateway, cloud } = gatewayOver({}, { policy: () => policy });
    const cancel = { workspaceId: "w-1", jobRunId: "jr-1" };
    const outcome = await gateway.run("CancelJobRun", cancel, contextWith({ strength: "typed" }));
    expect(outcome).toMatchObject({ kind: "refused", code: "FORBIDDEN_OPERATION", next: "Ask the night shift." });
    expect(outcome.kind === "refused" && outcome.what).toContain("policy.yaml of this machine forbids it");
    expect(cloud.sent).toHaveLength(0);
  });

  test("stands at the overlay's line", () => {
    const policy = tightened(forbidding);
    expect(policy.origin("CreateWorkspace", "risk")).toEqual({ file: "policy.yaml", line: 3 });
    expect(policy.origin("CancelJobRun", "instead")).toEqual({ file: "policy.yaml", line: 4 });
    expect(policy.rule("CancelJobRun")?.instead).toEqual({ en: "Ask the night shift.", zh: "Ask the night shift." });
    expect(policy.origin("CancelJobRun", "impact")).toEqual(shipped.origin("CancelJobRun", "impact"));
  });

  test("keeps the shipped words where it was forbidden before", () => {
    expect(tightened("forbid: [DeleteWorkspace]").rule("DeleteWorkspace")).toEqual(shipped.rule("DeleteWorkspace"));
  });

  test("may not be a read that goes on being sent before something else", () => {
    expect(problemsOf("forbid: [GetJobRun]")).toMatch(
      /policy\.yaml:2: forbid\.0: GetJobRun is needed by .*CancelJobRun/,
    );
    expect(problemsOf("forbid: [GetLivyComputeToken, RefreshLivyComputeToken, DeleteLivyComputeToken]")).toBe("");
  });

  test("may be a read together with all that need it, named by one with a reason too", () => {
    const needing = ["RefreshLivyComputeToken", "{ operation: DeleteLivyComputeToken, reason: Ask. }"];
    expect(problemsOf(`forbid: [{ operation: GetLivyComputeToken }, ${needing.join(", ")}]`)).toBe("");
    expect(problemsOf(`forbid: [{ operation: GetLivyComputeToken }, ${needing[0]}]`)).toBe(
      "policy.yaml:2: forbid.0: GetLivyComputeToken is needed by DeleteLivyComputeToken; forbid these too, or leave it",
    );
  });

  test.each(["prechecks", "verify", "lookup"] as const)("may not be a read that a rule names under %s", (member) => {
    const rule = { ...ruleOf(shipped, "CancelJobRun"), prechecks: [] };
    const { verify, ...bare } = rule;
    const reading = {
      prechecks: { ...bare, prechecks: ruleOf(shipped, "CancelJobRun").prechecks },
      verify: { ...bare, ...(verify && { verify }) },
      lookup: { ...bare, lookup: "GetJobRun" },
    };
    const text = "version: 1\nforbid: [GetJobRun]\n";
    const source = parseSource({ name: "policy.yaml", text }, overlayFile, []);
    const rules = new Map([
      ["GetJobRun", ruleOf(shipped, "GetJobRun")],
      ["CancelJobRun", reading[member]],
    ]);
    const policy = { ...shipped, rule: (name: string) => rules.get(name), operations: () => [...rules.keys()] };
    expect(source && applyOverlay(policy, source)).toMatchObject({
      problems: [expect.stringContaining("GetJobRun is needed by CancelJobRun;")],
    });
    rules.set("CancelJobRun", bare);
    expect(source && applyOverlay(policy, source)).toMatchObject({ ok: true });
  });

  test("without a reason sends the reader to the user, in both languages", () => {
    const rule = tightened("forbid: [CreateWorkspace]").rule("CreateWorkspace");
    expect(rule).toMatchObject({ risk: "forbidden", forbiddenByUser: true });
    expect(rule?.instead?.en).toContain("policy.yaml forbids it");
    expect(rule?.instead?.zh).toContain("policy.yaml 禁止该操作");
  });

  test("goes on being forbidden where an approval is asked for as well", () => {
    const policy = tightened("forbid: [CancelJobRun]\noperations: { CancelJobRun: { approval: typed } }");
    expect(policy.rule("CancelJobRun")?.risk).toBe("forbidden");
    expect(policy.origin("CancelJobRun", "risk")).toEqual({ file: "policy.yaml", line: 2 });
    expect(policy.origin("CancelJobRun")).toEqual(shipped.origin("CancelJobRun"));
  });
});

describe("an explanation under an overlay", () => {
  const policy = tightened(
    [
      "approval: { spend: typed }",
      "operations: { CancelJobRun: { approval: typed } }",
      "environments: { production: { spend: out-of-band } }",
      "limits: { spend: { maxJobCu: 16 }, throttling: { retries: 1 }, timeoutsSeconds: { write: 20 } }",
      "forbid: [CreateWorkspace]",
    ].join("\n"),
  );
  const explain = (operation: string, environment?: string) =>
    explainRule(policy, operation, rowOf(operation), "en", environment).replaceAll(/\s+/g, " ");

  test("names the overlay's line for what it tightens and the shipped line for the rest", () => {
    const text = explain("StartJobRun");
    expect(text).toMatch(/approval typed: .* \[policy\.yaml:2\]/);
    expect(text).toContain("environment production: out-of-band: a person decides outside the client [policy.yaml:4]");
    expect(text).toMatch(/environment development: typed: .* \[policy\.yaml:2\]/);
    expect(text).toContain(`maxJobCu 16 [policy.yaml:5]; maxJobCuHours 100 [${shippedAt("spend", "maxJobCuHours")}]`);
    expect(text).toContain("20 s for a request [policy.yaml:5]");
    expect(text).toContain(`at most 1 times [${shippedAt("throttling")}] [policy.yaml:5]`);
  });

  test("names the line of the operation where that asks for most", () => {
    expect(explain("CancelJobRun")).toMatch(/approval typed: .* \[policy\.yaml:3\]/);
    expect(explain("CancelJobRun")).toContain(`client [${shippedAt("environments", "production", "destructive")}]`);
  });

  test("of one environment tells of that alone", () => {
    const text = explain("CancelJobRun", "production");
    expect(text).toContain("environment production: out-of-band");
    expect(text).not.toContain("development");
    expect(explain("GetJobRun", "production")).toContain("environment production: none");
    expect(explain("GetJobRun")).not.toContain("environment");
  });

  test("says who forbids what the user forbids", () => {
    expect(explain("CreateWorkspace")).toMatch(/the user's policy\.yaml forbids it, .* \[policy\.yaml:6\]/);
  });
});

test("operations of the other cloud may be named: one file serves every profile", () => {
  const { rule } = tightened("operations: { CancelSparkJob: { approval: out-of-band } }\nforbid: [DeleteQueue]");
  expect(rule("CancelSparkJob")).toBeUndefined();
  expect(rule("DeleteQueue")).toBeUndefined();
});
