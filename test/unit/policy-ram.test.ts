import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accessOf, printAccessPolicy } from "../../src/cli/commands/ram.ts";
import { readPolicy } from "../../src/cli/workbench.ts";
import { findOperation } from "../../src/operations/registry.ts";
import {
  type AccessPolicy,
  accessPolicy,
  actionsIn,
  neverGranted,
  notExpressed,
  readsOf,
} from "../../src/policy/ram.ts";
import type { OperationRule, Policy } from "../../src/policy/types.ts";
import { type Tool, toolsets } from "../../tools/define.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools as emrTools } from "../../tools/index.ts";

const clouds = [
  { cloud: "emr", tools: emrTools, policy: policyOf("emr") },
  { cloud: "dli", tools: dliTools, policy: policyOf("dli") },
] as const;
const choices = clouds.flatMap(({ cloud, tools, policy }) =>
  [...toolsets, "all"].map((toolset) => {
    const chosen = tools.filter((tool) => toolset === "all" || tool.toolset === toolset || tool.toolset === "core");
    return { cloud, toolset, chosen, policy, access: accessOf(cloud, chosen, policy) };
  }),
);

/** The longest document that RAM takes. */
const longestDocument = 6_144;

describe.each(choices)("$cloud with $toolset", ({ cloud, chosen, policy, access }) => {
  test("every tool's operations are admitted, with what their rules read", () => {
    const allowed = actionsOf(access, "Allow");
    for (const operation of wantedBy(chosen, policy)) {
      for (const action of actionsIn(findOperation(operation)?.ramAction)) expect(allowed).toContain(action);
    }
  });

  test("nothing is admitted that no tool needs", () => {
    const needed = wantedBy(chosen, policy).flatMap((operation) => actionsIn(findOperation(operation)?.ramAction));
    expect(actionsOf(access, "Allow").filter((action) => !needed.includes(action))).toEqual([]);
  });

  test("what must never be deleted is denied, and nothing that a tool needs", () => {
    const denied = neverGranted[cloud].flatMap((operation) => actionsIn(findOperation(operation)?.ramAction));
    expect(denied).toHaveLength(neverGranted[cloud].length);
    expect(actionsOf(access, "Deny")).toEqual(denied);
    expect(denied.filter((action) => access.needed[action])).toEqual([]);
  });

  test("an operation without an action is said to be one", () => {
    const silent = wantedBy(chosen, policy).filter((operation) => !/:/.test(findOperation(operation)?.ramAction ?? ""));
    expect([...access.withoutAction].sort()).toEqual([...new Set(silent)].sort());
  });

  test("each document is as long as the cloud takes it, with no action twice", () => {
    for (const { document } of access.documents) {
      expect(JSON.stringify(document).length).toBeLessThan(longestDocument);
      for (const { Action } of document.Statement) {
        expect(Action.length).toBeGreaterThan(0);
        expect(new Set(Action).size).toBe(Action.length);
      }
    }
  });
});

test("RAM's document has resources and version 1, IAM's are apart by what is global", () => {
  const [emr, dli] = clouds.map(({ cloud, tools, policy }) => accessOf(cloud, tools, policy));
  expect(emr?.documents.map(({ document }) => document.Version)).toEqual(["1"]);
  expect(emr?.documents[0]?.document.Statement.map(({ Resource }) => Resource)).toEqual(["*", "*"]);
  expect(dli?.documents.map(({ scope, document }) => [scope, document.Version])).toEqual([
    ["project", "1.1"],
    ["global", "1.1"],
  ]);
  const [project, global] = dli?.documents ?? [];
  expect(servicesOf(project)).toEqual(["dli"]);
  expect(servicesOf(global)).toEqual(["iam", "obs"]);
});

test("a profile that only reads needs reads only", () => {
  const { cloud, tools, policy } = clouds[0];
  const access = accessOf(cloud, tools, policy, true);
  const risks = Object.values(access.needed).flatMap((names) => names.map((name) => policy.rule(name)?.risk));
  expect([...new Set(risks)].sort()).toEqual(["read", "read-secret"]);
  expect(actionsOf(access, "Deny")).toEqual(["emr-serverless-spark:DeleteWorkspace"]);
});

describe("what has little to admit", () => {
  const reading = { risk: "read", prechecks: [] } as unknown as OperationRule;
  const actionOf = (text: string | undefined) => (operation: string) =>
    operation === "ListThings" ? text : "dli:elasticresourcepool:drop";
  const access = (cloud: "emr" | "dli", actionText: string | undefined) =>
    accessPolicy({ cloud, operations: ["ListThings"], rule: () => reading, actionText: actionOf(actionText) });

  test("an operation without a rule is not admitted, and has no reads", () => {
    const request = { cloud: "emr", operations: ["Nothing"], rule: () => undefined, actionText: () => "x:Y" } as const;
    expect(accessPolicy(request).needed).toEqual({});
    expect(readsOf(undefined)).toEqual([]);
  });

  test("IAM's documents leave out a statement that would be empty", () => {
    expect(access("dli", "iam:projects:list").documents.map(({ scope }) => scope)).toEqual(["project", "global"]);
    expect(access("dli", "iam:projects:list").documents[0]?.document.Statement.map(({ Effect }) => Effect)).toEqual([
      "Deny",
    ]);
    expect(access("dli", "dli:queue:list").documents.map(({ scope }) => scope)).toEqual(["project"]);
  });

  test("an operation whose row names no action at all is said to have none", () => {
    expect(access("emr", undefined).withoutAction).toEqual(["ListThings"]);
  });
});

test("what the rules forbid is not admitted, whoever asks for it", () => {
  const access = accessPolicy({
    cloud: "emr",
    operations: ["DeleteWorkspace", "NoSuchOperation", "ListWorkspaces"],
    rule: policyOf("emr").rule,
    actionText: (operation) => findOperation(operation)?.ramAction ?? `emr-serverless-spark:${operation}`,
  });
  expect(actionsOf(access, "Allow")).toEqual(["emr-serverless-spark:ListWorkspaces"]);
});

test.each([
  ["dli:queue:restart or dli:queue:scaleQueue", ["dli:queue:restart", "dli:queue:scaleQueue"]],
  [
    "dli:queue:submitJob (plus dli:catalog:get for external catalogs and iam:agencies:pass when an agency is named)",
    ["dli:queue:submitJob", "dli:catalog:get", "iam:agencies:pass"],
  ],
  ["dli::listAuth", ["dli::listAuth"]],
  ["emr-serverless-spark:GetJobRun", ["emr-serverless-spark:GetJobRun"]],
  ["no action of its own is published", []],
])("the actions in %j are found", (text, actions) => {
  expect(actionsIn(text)).toEqual(actions);
});

test.each(["emr", "dli"] as const)(
  "what %s cannot express is said in both languages, asking first among it",
  (cloud) => {
    const english = notExpressed(cloud, "en");
    const chinese = notExpressed(cloud, "zh");
    expect(english[0]).toContain("cannot ask first");
    expect(chinese).toHaveLength(english.length);
    for (const text of chinese) expect(text).toMatch(/\p{Script=Han}/u);
  },
);

describe("policy ram", () => {
  const home = mkdtempSync(join(tmpdir(), "ram-"));

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  async function printed(options: Parameters<typeof printAccessPolicy>[0], environment: Record<string, string> = {}) {
    vi.restoreAllMocks();
    vi.stubEnv("SPARK_WORKSPACE_HOME", home);
    for (const name of ["SPARK_WORKSPACE_TOOLSETS", "SPARK_WORKSPACE_LANGUAGE"]) vi.stubEnv(name, "");
    vi.stubEnv("SPARK_WORKSPACE_PROFILE", "sandbox");
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const out = vi.spyOn(console, "log").mockReturnValue();
    const err = vi.spyOn(console, "error").mockReturnValue();
    const code = await printAccessPolicy(options);
    const text = (spy: typeof out) => spy.mock.calls.map(([line]) => String(line)).join("\n");
    return { code, out: text(out), err: text(err) };
  }

  test("prints JSON that parses, for the toolsets named", async () => {
    const { code, out } = await printed({ json: true, toolsets: "kyuubi" });
    expect(code).toBe(0);
    const { cloud, toolsets: sets, policies } = JSON.parse(out);
    expect({ cloud, sets }).toEqual({ cloud: "emr", sets: ["core", "kyuubi"] });
    expect(JSON.stringify(policies)).toContain("emr-serverless-spark:CreateKyuubiToken");
    expect(JSON.stringify(policies)).not.toContain("emr-serverless-spark:StartJobRun");
  });

  test("prints in words what the policy does not hold, in the language of the environment", async () => {
    expect((await printed({})).out).toContain("cannot ask first");
    expect((await printed({}, { SPARK_WORKSPACE_LANGUAGE: "zh" })).out).toContain("无法先行询问");
  });

  test("follows the profile's cloud, and --cloud before it", async () => {
    const dli = { SPARK_WORKSPACE_PROFILE: "sandbox-dli" };
    expect(JSON.parse((await printed({ json: true }, dli)).out)).toMatchObject({ cloud: "dli" });
    expect(JSON.parse((await printed({ json: true, cloud: "emr" }, dli)).out)).toMatchObject({ cloud: "emr" });
  });

  test("refuses a cloud or a toolset that is not known with exit 2, naming what there is", async () => {
    expect(await printed({ cloud: "aws" })).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("emr and dli"),
    });
    expect(await printed({ toolsets: "spark" })).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("kyuubi"),
    });
  });
});

function policyOf(cloud: "emr" | "dli"): Policy {
  const loaded = readPolicy(undefined, cloud);
  if (!loaded.ok) throw new Error(loaded.problems.join());
  return loaded.policy;
}

function wantedBy(tools: readonly Tool[], policy: Policy): string[] {
  const own = tools.filter(({ name }) => name !== "call_operation").flatMap(({ operations }) => operations);
  return own.flatMap((operation) => [operation, ...readsOf(policy.rule(operation))]);
}

function actionsOf({ documents }: AccessPolicy, effect: "Allow" | "Deny"): string[] {
  const statements = documents.flatMap(({ document }) => document.Statement);
  return statements.filter(({ Effect }) => Effect === effect).flatMap(({ Action }) => Action);
}

function servicesOf(document: AccessPolicy["documents"][number] | undefined): string[] {
  const actions = document?.document.Statement.flatMap(({ Action }) => Action) ?? [];
  return [...new Set(actions.map((action) => action.split(":")[0] ?? ""))].sort();
}
