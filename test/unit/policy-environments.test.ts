import { chmodSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPolicy } from "../../src/cli/workbench.ts";
import { packageRoot } from "../../src/package-root.ts";
import { environmentsOf } from "../../src/policy/environments.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import { requiredStrength, strongest } from "../../src/policy/strength.ts";
import type { RiskClass } from "../../src/policy/types.ts";
import { answered, contextWith, gatewayOver } from "../doubles/gateway-parts.ts";
import { ruleOf, shippedFile, shippedFiles, shippedPolicy } from "./policy-fixture.ts";

const patterns = [
  { name: "production", workspaces: ["w-1", "prod-*"] },
  { name: "development", workspaces: ["w-2", "*-dev", "prod-lookalike"] },
];

describe("the environments of a workspace", () => {
  test("are found by its id, whatever its name", () => {
    expect(environmentsOf(patterns, { id: "w-1", name: "etl-dev" })).toEqual(["production"]);
    expect(environmentsOf(patterns, { id: "w-2" })).toEqual(["development"]);
  });

  test("are found by a pattern of its whole name", () => {
    expect(environmentsOf(patterns, { id: "w-9", name: "prod-etl" })).toEqual(["production"]);
    expect(environmentsOf(patterns, { id: "w-9", name: "etl-dev" })).toEqual(["development"]);
    expect(environmentsOf(patterns, { id: "w-9", name: "not-prod-etl" })).toEqual([]);
    expect(environmentsOf(patterns, { id: "w-9", name: "PROD-etl" })).toEqual([]);
  });

  test("are the first that matches alone", () => {
    expect(environmentsOf(patterns, { id: "w-9", name: "prod-lookalike" })).toEqual(["production"]);
    expect(environmentsOf(patterns, { id: "w-2", name: "prod-etl" })).toEqual(["production"]);
  });

  test("are all of them when its name was not read and a pattern might match it", () => {
    expect(environmentsOf(patterns, { id: "w-9" })).toEqual(["production", "development"]);
  });

  test("are all of them too when only one has a pattern that might match it, even every name", () => {
    const mixed = [
      { name: "production", workspaces: ["w-1"] },
      { name: "development", workspaces: ["*"] },
    ];
    expect(environmentsOf(mixed, { id: "w-9" })).toEqual(["production", "development"]);
    expect(environmentsOf(mixed, { id: "w-9", name: "any" })).toEqual(["development"]);
  });

  test("are found by a name that is much like an id", () => {
    const odd = [
      { name: "production", workspaces: ["my-w-1", "w-prod*"] },
      { name: "development", workspaces: ["w-12ab"] },
    ];
    expect(environmentsOf(odd, { id: "w-9", name: "my-w-1" })).toEqual(["production"]);
    expect(environmentsOf(odd, { id: "w-9", name: "w-prod-etl" })).toEqual(["production"]);
    expect(environmentsOf(odd, { id: "w-12ab" })).toEqual(["development"]);
    expect(environmentsOf(odd, { id: "w-9", name: "w-12ab" })).toEqual([]);
  });

  test("are none when its name was not read and there are only ids, or nothing is configured", () => {
    expect(environmentsOf([{ name: "production", workspaces: ["w-1"] }], { id: "w-9" })).toEqual([]);
    expect(environmentsOf([], { id: "w-9" })).toEqual([]);
    expect(environmentsOf([], {})).toEqual([]);
  });

  test("are all of them when nothing of it is known, and those of its name when it is yet to be created", () => {
    expect(environmentsOf([{ name: "production", workspaces: ["w-1"] }], {})).toEqual(["production"]);
    expect(environmentsOf(patterns, { name: "prod-new" })).toEqual(["production"]);
    expect(environmentsOf(patterns, { name: "new" })).toEqual([]);
  });

  test("take what stands in a pattern by the letter, but for the star", () => {
    const odd = [{ name: "production", workspaces: ["a.c+(x)*"] }];
    expect(environmentsOf(odd, { id: "w-9", name: "a.c+(x)\nmore" })).toEqual(["production"]);
    expect(environmentsOf(odd, { id: "w-9", name: "abc+(x)" })).toEqual([]);
  });
});

describe("the strength that a call needs", () => {
  const policy = shippedPolicy();
  const needed = (operation: string, environments: string[], tainted = false, limits = policy.limits) =>
    requiredStrength(ruleOf(policy, operation), limits, { environments, tainted });

  test("what a policy asks for beyond a person outside of the client is asked for in a tainted session too", () => {
    const limits = {
      ...policy.limits,
      approval: { ...policy.limits.approval, destructive: "out-of-band+code" },
    } as const;
    expect(needed("CancelJobRun", [], true, limits)).toBe("out-of-band+code");
    expect(needed("CancelJobRun", [], true)).toBe("out-of-band");
  });

  test("is that of its class outside of every environment", () => {
    expect(needed("GetJobRun", [])).toBe("none");
    expect(needed("StartJobRun", [])).toBe("accepted");
    expect(needed("CancelJobRun", [])).toBe("accepted");
  });

  test("grows with its environment and never shrinks", () => {
    expect(needed("StartJobRun", ["production"])).toBe("typed");
    expect(needed("CancelJobRun", ["production"])).toBe("out-of-band");
    const weaker = { ...policy.limits, environments: { development: { destructive: "none" } } } as const;
    expect(needed("CancelJobRun", ["development"], false, weaker)).toBe("accepted");
  });

  test("is the strictest of those it may belong to, and an unknown environment adds nothing", () => {
    expect(needed("CancelJobRun", ["development", "production"])).toBe("out-of-band");
    expect(needed("CancelJobRun", ["nowhere"])).toBe("accepted");
  });

  test.each<[RiskClass, string]>([
    ["destructive", "CancelJobRun"],
    ["credential", "CreateKyuubiToken"],
    ["privilege", "GrantRoleToUsers"],
  ])("is out of band for %s once a session has read a stranger's text", (risk, operation) => {
    expect(ruleOf(policy, operation).risk).toBe(risk);
    expect(needed(operation, [], true)).toBe("out-of-band");
  });

  test("is the same after a stranger's text for what only spends, writes or reads", () => {
    expect(needed("StartJobRun", [], true)).toBe("accepted");
    expect(needed("CreateKyuubiService", [], true)).toBe("accepted");
    expect(needed("GetJobRun", [], true)).toBe("none");
  });

  test("of what is forbidden is the highest there is", () => {
    expect(needed("DeleteWorkspace", [])).toBe("out-of-band");
  });

  test("is at least what the user asks for the operation", () => {
    const rule = { ...ruleOf(policy, "StartJobRun"), approval: "typed" } as const;
    expect(requiredStrength(rule, policy.limits, { environments: [], tainted: false })).toBe("typed");
  });

  test("is none when nothing asks", () => {
    expect(strongest()).toBe("none");
  });
});

describe("environments.yaml", () => {
  const load = (text: string) => loadPolicy({ ...shippedFiles, environments: { name: "environments.yaml", text } });

  test("as the example has it loads", () => {
    const example = shippedFile("environments.example.yaml");
    const loaded = loadPolicy({ ...shippedFiles, environments: example });
    expect(loaded.ok && loaded.policy.environments.map(({ name }) => name)).toEqual(["production", "development"]);
  });

  test.each([
    ["is empty", "", /file: Invalid input/],
    ["is not YAML", "version: [", /environments\.yaml: /],
    [
      "misspells a key",
      "version: 1\nenvironments:\n  - name: production\n    workspace: [w-1]\n",
      /environments\.yaml:/,
    ],
    [
      "names an environment that has no strengths",
      "version: 1\nenvironments:\n  - name: prodution\n    workspaces: [w-1]\n",
      /environments\.yaml:3: prodution is not an environment; there are production, development/,
    ],
    [
      "gives an environment no workspaces",
      "version: 1\nenvironments:\n  - name: production\n    workspaces: []\n",
      /:4: /,
    ],
  ])("that %s gives no policy at all", (_, text, problem) => {
    const loaded = load(text);
    expect(loaded.ok ? "" : loaded.problems.join("\n")).toMatch(problem);
  });
});

describe("the name of a workspace", () => {
  const gated = shippedPolicy()
    .operations()
    .map((operation) => ruleOf(shippedPolicy(), operation))
    .filter(({ risk }) => !risk.startsWith("read") && risk !== "forbidden");
  const readsName = (operation: string) =>
    ruleOf(shippedPolicy(), operation).prechecks.some(
      ({ facts, context }) => "workspaceName" in { ...facts, ...context },
    );

  test("is a fact of every rule that reads the workspace anyway", () => {
    const reading = gated.filter(({ prechecks }) => prechecks.some(({ read }) => read === "ListWorkspaces"));
    const nameless = reading.map(({ operation }) => operation).filter((operation) => !readsName(operation));
    // Of one that is yet to be created the request tells it.
    expect(nameless).toEqual(["CreateWorkspace"]);
  });

  test("is read before the operations that docs/configuration.md lists, and no others", () => {
    const text = readFileSync(join(packageRoot, "docs/configuration.md"), "utf8");
    const list = /is read before these operations:\n\n(.+)\n/.exec(text)?.[1] ?? "";
    const documented = [...list.matchAll(/`(\w+)`/g)].map(([, operation]) => operation);
    expect(documented.sort()).toEqual(
      gated
        .map(({ operation }) => operation)
        .filter(readsName)
        .sort(),
    );
  });
});

describe("the folder of the user", () => {
  const newFolder = () => mkdtempSync(join(tmpdir(), "config-"));
  const good = shippedFile("environments.example.yaml").text;

  test("without files, or that is not there, leaves the shipped policy", () => {
    expect(readPolicy(newFolder()).ok).toBe(true);
    expect(readPolicy(join(newFolder(), "absent")).ok).toBe(true);
  });

  test("gives its environments and overlay to the policy", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "environments.yaml"), good);
    writeFileSync(join(folder, "policy.yaml"), "version: 1\napproval: { spend: typed }\n");
    const loaded = readPolicy(folder);
    expect(loaded.ok && loaded.policy.environments).toHaveLength(2);
    expect(loaded.ok && loaded.policy.limits.approval.spend).toBe("typed");
    const origin = loaded.ok ? loaded.policy.limitOrigin("approval", "spend") : undefined;
    expect(origin).toEqual({ file: join(folder, "policy.yaml"), line: 2 });
  });

  test.each(["environments.yaml", "policy.yaml"])("with a %s that cannot be read leaves no policy at all", (name) => {
    const damaged = newFolder();
    writeFileSync(join(damaged, name), "version: 2\n");
    expect(readPolicy(damaged).ok).toBe(false);
    const dangling = newFolder();
    symlinkSync(join(dangling, "nowhere"), join(dangling, name));
    expect(readPolicy(dangling).ok).toBe(false);
    const misnamed = newFolder();
    writeFileSync(join(misnamed, name.replace(".yaml", ".yml")), good);
    expect(readPolicy(misnamed)).toMatchObject({ ok: false, problems: [expect.stringContaining(`name it ${name}`)] });
    const folder = newFolder();
    writeFileSync(join(folder, name), good);
    chmodSync(join(folder, name), 0o000);
    // Whoever may read everything is not stopped by the mode.
    if (process.getuid?.() !== 0) expect(readPolicy(folder).ok).toBe(false);
  });

  test("with a damaged file has nothing sent", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "environments.yaml"), "version: 2\n");
    const { gateway, cloud } = gatewayOver({}, { policy: () => readPolicy(folder) });
    const outcome = await gateway.run("ListWorkspaces", {}, contextWith({ strength: "accepted" }));
    expect(outcome).toMatchObject({ kind: "refused", code: "POLICY_UNREADABLE" });
    expect(cloud.sent).toHaveLength(0);
  });
});

describe("the gateway", () => {
  const inProduction = (...workspaces: string[]) => {
    const text = `version: 1\nenvironments:\n  - name: production\n    workspaces: ${JSON.stringify(workspaces)}\n`;
    const policy = loadPolicy({ ...shippedFiles, environments: { name: "environments.yaml", text } });
    return { policy: () => policy };
  };
  const workspaces = answered({
    workspaces: [
      { workspaceId: "w-1", workspaceName: "prod-etl", workspaceStatus: "RUNNING", resourceGroupId: "rg-1" },
      { workspaceId: "w-2", workspaceName: "lab", workspaceStatus: "RUNNING", resourceGroupId: "rg-1" },
    ],
  });
  const typed = contextWith({ strength: "typed" });
  const move = (resourceId: string) => ({ resourceId, resourceType: "Workspace", resourceGroupId: "rg-2" });

  test.each([[["w-1"]], [["prod-*"]]])(
    "takes the resource whose group changes for the workspace it is: %j",
    async (listed) => {
      const { gateway } = gatewayOver({ ListWorkspaces: workspaces }, inProduction(...listed));
      const moved = (id: string) => gateway.run("ChangeResourceGroup", move(id), typed);
      expect(await moved("w-1")).toMatchObject({ kind: "refused", code: "NOBODY_TO_ASK" });
      expect(await moved("w-2")).toMatchObject({ kind: "ask", plan: { requiredStrength: "accepted" } });
    },
  );

  test("takes a workspace that is yet to be created by its name", async () => {
    const { gateway } = gatewayOver({ ListWorkspaces: workspaces }, inProduction("prod-*"));
    const create = (workspaceName: string) =>
      gateway.run(
        "CreateWorkspace",
        {
          workspaceName,
          ossBucket: "oss://lake",
          ramRoleName: "r",
          paymentType: "PayAsYouGo",
          resourceSpec: { cu: "8" },
        },
        typed,
      );
    expect(await create("prod-new")).toMatchObject({ kind: "ask", plan: { requiredStrength: "typed" } });
    expect(await create("lab-new")).toMatchObject({ kind: "ask", plan: { requiredStrength: "accepted" } });
  });
});
