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
  const [shipped] = cancel.prechecks;
  if (!shipped) throw new Error("CancelJobRun has no precheck");
  const { context, ...precheck } = shipped;

  test("a list that may be empty, or is none, where each element is to be read", () => {
    const reading = (each: string): Partial<OperationRule> => ({ prechecks: [{ ...precheck, each }] });
    const withList = (list: Partial<OperationRow["parameters"][number]>) =>
      allRows.map((row) =>
        row.name === "CancelJobRun"
          ? {
              ...row,
              parameters: [
                ...row.parameters,
                { name: "ids", in: "body", type: "array", required: true, ...list } as const,
              ],
            }
          : row,
      );
    expect(findings("CancelJobRun", reading("jobRunId"))).toContain(
      "CancelJobRun: reads for each jobRunId, which is no list",
    );
    expect(findings("CancelJobRun", reading("nothing"))).toContain(
      "CancelJobRun: reads for each nothing, which is no list",
    );
    const empty = "CancelJobRun: reads for each ids, which may be empty";
    expect(findings("CancelJobRun", reading("ids"), withList({}))).toContain(empty);
    expect(findings("CancelJobRun", reading("ids"), withList({ minItems: 0 }))).toContain(empty);
    expect(findings("CancelJobRun", reading("ids"), withList({ minItems: 1 }))).toEqual([]);
  });

  test("nothing amiss in a read that something forbids, though no answer of it is ever seen", () => {
    expect(findings("GetJobRun", { risk: "forbidden" }).join()).not.toContain("only reads");
  });

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
    ["a read that is called a write", "GetJobRun", { risk: "write" }, /only reads, yet is write/],
    [
      "a harmless answer that is called secret",
      "GetJobRun",
      { risk: "read-secret" },
      /answers no secret, yet is read-sec/,
    ],
    ["a token that is not used", "StartJobRun", { idempotency: "lookup" }, /carries clientToken/],
    [
      "a token that is not there",
      "CancelJobRun",
      { idempotency: "token" },
      /carries no token, yet its idempotency is token/,
    ],
    [
      "a member that a plain parameter cannot have",
      "CancelJobRun",
      { impact: { en: "{$jobRunId.cu}", zh: "x" } },
      /takes no parameter jobRunId\.cu/,
    ],
    ["a target that every object has", "CancelJobRun", { target: "$toString" }, /takes no parameter toString/],
    ["a brace that is no placeholder", "CancelJobRun", { impact: { en: "{", zh: "{$runId}" } }, /parameter runId/],
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
      "a read for each element of what is no list",
      "CancelJobRun",
      { prechecks: [{ ...precheck, each: "jobRunId" }] },
      /reads for each jobRunId, which is no list/,
    ],
    [
      "a read that is no operation",
      "CancelJobRun",
      { prechecks: [{ ...precheck, read: "GetNothing" }] },
      /reads with GetNothing, which is no operation/,
    ],
    [
      "a read of which no answer is documented",
      "CancelJobRun",
      { prechecks: [{ ...precheck, read: "DeleteSessionCluster", facts: { state: "state" } }] },
      /names something that the answer is not documented to hold/,
    ],
    [
      "an element picked by what the call does not have",
      "CancelJobRun",
      {
        prechecks: [
          { ...precheck, read: "ListWorkspaceQueues", facts: { state: "queues[queueName=$queue].queueStatus" } },
        ],
      },
      /names \$queue, which the operation does not have/,
    ],
    [
      "an element picked by a member it is not documented to have",
      "CancelJobRun",
      { prechecks: [{ ...precheck, read: "ListWorkspaceQueues", facts: { state: "queues[queue=dev].queueStatus" } }] },
      /not documented to hold/,
    ],
    [
      "JSON in text of which the catalogue shows none",
      "CancelJobRun",
      { prechecks: [{ ...precheck, facts: { state: "jobRun.state|json.cpu" } }] },
      /not documented to hold/,
    ],
    [
      "JSON in what is no text",
      "CancelJobRun",
      { prechecks: [{ ...precheck, facts: { state: "jobRun|json.state" } }] },
      /not documented to hold/,
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

  /** Findings on CancelJobRun when it reads the facts at `path` from ListWorkspaceQueues, whose row is changed. */
  const readingQueues = (path: string, change: Partial<OperationRow> = {}) =>
    findings(
      "CancelJobRun",
      {
        prechecks: [
          { ...precheck, read: "ListWorkspaceQueues", with: { workspaceId: "$workspaceId" }, facts: { state: path } },
        ],
      },
      allRows.map((row) => (row.name === "ListWorkspaceQueues" ? { ...row, ...change } : row)),
    ).map((problem) => problem.replace("CancelJobRun: ListWorkspaceQueues: ", ""));

  test.each(["write", "privilege", "spend"] as const)("that a deletion cannot be a matter of %s", (risk) => {
    expect(findings("CancelJobRun", { risk })).toEqual([`CancelJobRun: a DELETE cannot be ${risk}`]);
    expect(findings("CancelJobRun", { risk: "credential" })).toEqual([]);
    expect(findings("CancelJobRun", { risk: "forbidden" })).toEqual([]);
  });

  test("that a read is given what it needs, and only that", () => {
    const { parameters } = rowOf("ListWorkspaceQueues");
    const extra = { name: "extra", in: "query", type: "string", required: false } as const;
    const given = (more: object) =>
      readingQueues("queues[]|count", { parameters: [...parameters, { ...extra, ...more }] });
    expect(given({})).toEqual([]);
    expect(given({ required: true })).toEqual(["is not given extra"]);
    expect(given({ requiredInPractice: true })).toEqual(["is not given extra"]);
    expect(given({ in: "path" })).toEqual(["is not given extra"]);
    const literal = { ...precheck, with: { ...precheck.with, regionId: "cn-hangzhou" } };
    expect(findings("CancelJobRun", { prechecks: [literal] })).toEqual([]);
  });

  test.each([
    ["queues[].queueStatus", ["queues[].queueStatus"]],
    ["queues[queueName=$jobRunId].queueStatus", ["queues[].queueStatus"]],
    ["queues[queueName=dev].queueStatus|count", ["queues[].queueStatus"]],
    ["queues[].maxResource|json.cpu", ["queues[].maxResource"]],
    ["queues|count", ["other", "queues"]],
  ])("that %s shows a secret of %j", (path, response) => {
    const [secret] = response.slice(-1);
    expect(readingQueues(path, { secrets: { request: [], response } })).toEqual([
      `the path ${path} would show the secret ${secret}`,
    ]);
  });

  test("no secret where only the beginning of its name is the same", () => {
    const secrets = { request: [], response: ["queues[].queueStat", "queue"] };
    expect(readingQueues("queues[].queueStatus", { secrets })).toEqual([]);
  });

  test.each([
    "queues[].queueStatus|cu",
    "queues[].queues",
    "queues[].maxResource.cpu",
    "queues[state=A]|count",
    "toString",
  ])("that no answer is documented to hold %s", (path) => {
    expect(readingQueues(path)).toEqual([`the path ${path} names something that the answer is not documented to hold`]);
  });

  test.each(["null", "[1]", '"text"', "no JSON"])("that %s is no example of an object in text", (example) => {
    const text = { type: "string", example } as const;
    const response = { type: "object", properties: { text } } as const;
    expect(readingQueues("text|json.cpu", { response })).toHaveLength(1);
    expect(readingQueues("text|count", { response })).toEqual([]);
  });

  test("each name once, however often it is wrong", () => {
    expect(findings("CancelJobRun", { target: "$a/$b", impact: { en: "{$a}", zh: "{$a} {$b.c}" } })).toEqual([
      "CancelJobRun: takes no parameter a",
      "CancelJobRun: takes no parameter b",
      "CancelJobRun: takes no parameter b.c",
    ]);
    expect(findings("CancelJobRun", { target: "all of them" })).toEqual([]);
  });

  test("nothing where JSON text is documented by its example", () => {
    const reading = (path: string) => ({
      ...precheck,
      read: "ListWorkspaceQueues",
      with: { workspaceId: "$workspaceId" },
      facts: { state: path },
    });
    for (const path of ["queues[].maxResource|json.cpu|sum", "queues[].maxResource|cu|sum", "queues[]|count"]) {
      expect(findings("EditWorkspaceQueue", { prechecks: [reading(path)] })).toEqual([]);
    }
    expect(findings("EditWorkspaceQueue", { prechecks: [reading("queues[].maxResource|json.vcores")] })).toHaveLength(
      1,
    );
  });

  test("that a verification may use what the call answered", () => {
    expect(rowOf("CreateWorkspace").response?.properties).toHaveProperty("workspaceId");
    expect(findings("CreateWorkspace", {})).toEqual([]);
  });
});
