import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { policyGeneratedFiles } from "../../scripts/policy-files.ts";
import type { OperationRow } from "../../src/operations/types.ts";
import { packageRoot } from "../../src/package-root.ts";
import { policyProblems } from "../../src/policy/check.ts";
import type { OperationRule, Policy } from "../../src/policy/types.ts";
import { allRows, rowOf, ruleOf, shippedPolicy } from "./policy-fixture.ts";

const policy = shippedPolicy();

test("rules and registry fit together", () => {
  expect(policyProblems(policy, allRows)).toEqual([]);
});

test("the generated risk classes are those of the rules", () => {
  for (const [path, content] of policyGeneratedFiles()) {
    expect(readFileSync(join(packageRoot, path), "utf8")).toBe(content);
  }
});

describe("a red line:", () => {
  test("deleting a workspace is forbidden and says where a person can do it", () => {
    const rule = ruleOf(policy, "DeleteWorkspace");
    expect(rule.risk).toBe("forbidden");
    expect(rule.instead?.en).toContain(
      "https://emr-next.console.aliyun.com/#/region/cn-hangzhou/resource/all/serverless/spark/list",
    );
    expect(rule.instead?.zh).toContain(
      "https://emr-next.console.aliyun.com/#/region/cn-hangzhou/resource/all/serverless/spark/list",
    );
  });

  test.each([
    "CancelJobRun",
    "CancelKyuubiSparkApplication",
    "CancelRayJob",
    "DeleteKyuubiService",
    "DeleteKyuubiToken",
    "DeleteLivyCompute",
    "DeleteLivyComputeToken",
    "DeleteRayCluster",
    "DeleteSessionCluster",
    "DeleteWorkspaceQueue",
    "StopCacheCluster",
    "StopKyuubiService",
    "StopLivyCompute",
    "StopRayCluster",
    "StopSessionCluster",
    "TerminateSqlStatement",
  ])("%s is destructive, reads first and shows what it found", (operation) => {
    const rule = ruleOf(policy, operation);
    expect(rule.risk).toBe("destructive");
    expect(rule.prechecks.some((precheck) => precheck.require)).toBe(true);
    expect(rule.impact.en).toMatch(/\{\w+\}/);
  });

  test.each([
    ["CancelJobRun", "GetJobRun", "state", ["Submitted", "Pending", "Running"]],
    ["DeleteSessionCluster", "GetSessionCluster", "state", ["Stopped", "NotStarted"]],
    ["DeleteKyuubiService", "GetKyuubiService", "state", ["NOT_STARTED"]],
    ["DeleteKyuubiService", "ListKyuubiSparkApplications", "runningApplications", ["0"]],
    ["StartJobRun", "ListWorkspaces", "workspaceStatus", ["RUNNING"]],
    ["StartJobRun", "ListWorkspaceQueues", "matchingQueues", ["1"]],
    ["EditWorkspaceQueue", "ListWorkspaceQueues", "matchingQueues", ["1"]],
  ])("%s demands of %s that %s is one of %j", (operation, read, fact, admitted) => {
    const precheck = ruleOf(policy, operation).prechecks.find((each) => each.read === read);
    expect(precheck?.require?.[fact]).toEqual(admitted);
  });

  test.each(["AddMembers", "ChangeResourceGroup", "CreateNetworkService", "GrantRoleToUsers"])(
    "%s is a matter of privilege",
    (operation) => expect(ruleOf(policy, operation).risk).toBe("privilege"),
  );

  test.each(["CreateKyuubiToken", "CreateLivyComputeToken", "RefreshLivyComputeToken", "UpdateKyuubiToken"])(
    "%s is a matter of credentials",
    (operation) => expect(ruleOf(policy, operation).risk).toBe("credential"),
  );

  test.each([
    "CreateWorkspace",
    "UpdateWorkspace",
    "EditWorkspaceQueue",
    "StartJobRun",
    "StartKyuubiService",
    "SubmitRayJob",
  ])("%s is a matter of money", (operation) => expect(ruleOf(policy, operation).risk).toBe("spend"));

  test("a change of a queue shows before, after and the sum", () => {
    const { en } = ruleOf(policy, "EditWorkspaceQueue").impact;
    for (const shown of ["{queueCu}", "{$resourceSpec.cu}", "{allQueuesCu}", "{workspaceCu}"])
      expect(en).toContain(shown);
  });

  test("stopping a gateway shows how many applications run", () => {
    expect(ruleOf(policy, "StopKyuubiService").impact.en).toContain("{runningApplications}");
  });
});

describe("the check notices", () => {
  const findings = (operation: string, change: Partial<OperationRule>, rows: readonly OperationRow[] = allRows) =>
    policyProblems(changed(operation, change), rows).filter((problem) => problem.startsWith(`${operation}:`));
  const changed = (operation: string, change: Partial<OperationRule>): Policy => ({
    ...policy,
    rule: (name) => (name === operation ? { ...ruleOf(policy, name), ...change } : policy.rule(name)),
  });
  const cancel = ruleOf(policy, "CancelJobRun");
  const [precheck] = cancel.prechecks;
  if (!precheck) throw new Error("CancelJobRun has no precheck");

  test("an operation without a rule", () => {
    const problems = policyProblems(
      { ...policy, rule: (name) => (name === "GetJobRun" ? undefined : policy.rule(name)) },
      allRows,
    );
    expect(problems).toContain("GetJobRun: no rule");
  });

  test("a rule without an operation", () => {
    expect(
      policyProblems(
        policy,
        allRows.filter(({ name }) => name !== "GetJobRun"),
      ),
    ).toContain("GetJobRun: a rule without an operation");
  });

  test.each([
    ["a deletion that is called a write", "CancelJobRun", { risk: "write" }, /a DELETE cannot be write/],
    ["a write that is called a read", "StartJobRun", { risk: "read" }, /changes something, yet is read/],
    ["a secret that is called harmless", "GetKyuubiToken", { risk: "read" }, /answers secrets, yet is read/],
    ["a token that is not used", "StartJobRun", { idempotency: "lookup" }, /carries clientToken/],
    ["a target that is no parameter", "CancelJobRun", { target: "$runId" }, /takes no parameter runId/],
    [
      "a placeholder that is no parameter",
      "CancelJobRun",
      { impact: { en: "{$runId}", zh: "{name}" } },
      /parameter runId/,
    ],
    [
      "a secret parameter shown",
      "CreateKyuubiToken",
      { impact: { en: "{$token}", zh: "x" } },
      /would show the secret token/,
    ],
    ["a read that lacks its id", "CancelJobRun", { prechecks: [{ ...precheck, with: {} }] }, /is not given jobRunId/],
    [
      "a read that is given what it does not take",
      "CancelJobRun",
      { prechecks: [{ ...precheck, with: { ...precheck.with, runId: "x" } }] },
      /takes no parameter runId/,
    ],
    [
      "a read that is given what the call does not have",
      "CancelJobRun",
      { prechecks: [{ ...precheck, with: { ...precheck.with, regionId: "$region" } }] },
      /is given \$region/,
    ],
    [
      "a fact that no answer is documented to hold",
      "CancelJobRun",
      { prechecks: [{ ...precheck, facts: { state: "jobRun.status" } }] },
      /not documented to hold/,
    ],
    [
      "a member that JSON text is not documented to hold",
      "EditWorkspaceQueue",
      {
        prechecks: [
          {
            ...precheck,
            read: "ListWorkspaceQueues",
            with: { workspaceId: "$workspaceId" },
            facts: { cu: "queues[].queueScope|cu|sum" },
          },
        ],
      },
      /not documented to hold/,
    ],
    [
      "a fact that is a secret",
      "DeleteSessionCluster",
      {
        prechecks: [
          {
            ...precheck,
            read: "GetSessionCluster",
            with: { workspaceId: "$workspaceId", sessionClusterId: "$sessionClusterId" },
            facts: { state: "sessionCluster.connectionToken" },
          },
        ],
      },
      /would show the secret sessionCluster\.connectionToken/,
    ],
    [
      "a verification of what no answer is documented to hold",
      "CancelJobRun",
      {
        verify: { read: "GetJobRun", with: precheck.with, state: "run.state", until: ["Cancelled"], withinSeconds: 1 },
      },
      /not documented to hold/,
    ],
  ] satisfies Array<[string, string, Partial<OperationRule>, RegExp]>)("%s", (_, operation, change, problem) => {
    expect(findings(operation, change).join("\n")).toMatch(problem);
  });

  test("that a verification may use what the call answered", () => {
    expect(rowOf("CreateWorkspace").response?.properties).toHaveProperty("workspaceId");
    expect(findings("CreateWorkspace", {})).toEqual([]);
  });
});
