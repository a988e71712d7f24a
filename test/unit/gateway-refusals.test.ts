import { describe, expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import type { Operation, Requests } from "../../src/gateway/types.ts";
import { answered, contextWith, gatewayOver } from "../doubles/gateway-parts.ts";
import { shippedPolicy } from "./policy-fixture.ts";

const nobody = contextWith({ strength: "none" });
const run = { workspaceId: "w-1", jobRunId: "jr-1" };
const profile = {
  name: "p",
  cloud: "emr",
  environment: "cloud",
  regionId: "cn-hangzhou",
  endpoint: "e",
  mode: "full",
  identity: "i",
} as const;

async function refusal(answer: CloudAnswer) {
  const { gateway } = gatewayOver({ GetJobRun: answer });
  const outcome = await gateway.run("GetJobRun", run, nobody);
  if (outcome.kind !== "refused") throw new Error(outcome.kind);
  return outcome;
}

function rejected(code: string, message = "no", more: object = {}): CloudAnswer {
  return { kind: "rejected", status: 400, code, message, ...more };
}

describe("a refusal of the cloud", () => {
  test("is handed on with code, message, status and request id", async () => {
    expect(await refusal(rejected("InvalidParameter.x", "x is odd", { requestId: "req-9" }))).toMatchObject({
      code: "CLOUD_REJECTED",
      what: "GetJobRun was refused by the cloud (InvalidParameter.x: x is odd).",
      cloud: { code: "InvalidParameter.x", message: "x is odd", status: 400, requestId: "req-9" },
    });
    expect((await refusal(rejected("Odd"))).cloud).toEqual({ code: "Odd", message: "no", status: 400 });
  });

  test("without code and message says so", async () => {
    const { what, next } = await refusal(rejected("", ""));
    expect(what).toContain("(no code: no message)");
    expect(next).toContain("list_workspaces");
  });

  test.each([
    ["MissingParameter.regionId", "no", "SPARK_WORKSPACE_REGION"],
    ["UnSupportedOperator", "workspace rest cpu is not enough", "Scale another queue down first"],
    ["UnSupportedOperator", "something else", "cloud's support"],
    ["Error.Internal", "edit queue failed", "Wait 10 s"],
    ["Error.Internal", "something else", "cloud's support"],
    ["OperationDenied.State", "no", "not in a state that admits"],
    ["MissingParameter.name", "no", "Correct the argument"],
    ["InvalidParameter", "no", "Correct the argument"],
    ["QuotaExceeded", "no", "quota is used up"],
    ["ResourceNotFound.Job", "no", "Check the id"],
    ["NotFound", "no", "Check the id"],
    ["InvalidAccessKeyId.NotFound", "no", "credentials are wrong"],
    ["SignatureDoesNotMatch", "no", "credentials are wrong"],
    ["IncompleteSignature", "no", "credentials are wrong"],
    ["InvalidSecurityToken.Expired", "no", "credentials are wrong"],
    ["InvalidTimeStamp.Expired", "no", "clock is off"],
    ["An.OperationDenied", "no", "cloud's support"],
    ["AMissingParameter.regionId", "no", "cloud's support"],
    ["AnInvalidParameter", "no", "cloud's support"],
    ["NoQuotaExceeded", "no", "cloud's support"],
    ["AResourceNotFound", "no", "cloud's support"],
    ["NoInvalidTimeStamp", "no", "cloud's support"],
    ["NotInvalidAccessKeyId", "no", "cloud's support"],
    ["MissingParameter.regionIds", "no", "Correct the argument"],
    ["AnError.Internal", "edit queue failed", "cloud's support"],
    ["Error.InternalError", "edit queue failed", "cloud's support"],
    ["ErrorXInternal", "edit queue failed", "cloud's support"],
    ["UnSupportedOperators", "workspace rest cpu is not enough", "cloud's support"],
    ["AnUnSupportedOperator", "workspace rest cpu is not enough", "cloud's support"],
  ])("%s (%s) comes with a next step: %s", async (code, message, next) => {
    expect((await refusal(rejected(code, message))).next).toContain(next);
  });

  test.each(["Forbidden", "Forbidden.RAM", "NoPermission"])("%s names the missing permission", async (code) => {
    const outcome = await refusal(rejected(code, "no", { missingPermission: "emr-serverless-spark:Special" }));
    expect(outcome).toMatchObject({
      code: "NOT_AUTHORIZED",
      what: "GetJobRun was refused by the cloud: tester lacks emr-serverless-spark:Special.",
      cloud: { code },
    });
    expect(outcome.next).toContain("grant emr-serverless-spark:Special");
  });

  test("that only mentions what is forbidden is no lack of permission", async () => {
    expect(await refusal(rejected("NotForbidden"))).toMatchObject({ code: "CLOUD_REJECTED" });
  });

  test.each([
    [429, "Busy"],
    [400, "Throttling.Api"],
    [400, "ThrottlingX"],
  ])("of status %d and code %s is throttling", async (status, code) => {
    expect(await refusal(rejected(code, "no", { status }))).toMatchObject({
      code: "THROTTLED",
      cloud: { status, code },
    });
  });

  test("that only mentions throttling is none", async () => {
    expect(await refusal(rejected("NoThrottling"))).toMatchObject({ code: "CLOUD_REJECTED" });
  });

  test("repeats no secret of the request, and none that its text gives away", async () => {
    const token = "z9y8x7w6v5u4t3s2r1q0zyxwvutsrqpo";
    const { gateway } = gatewayOver({
      ListKyuubiServices: rejected(`Odd.${token}`, `${token} is odd, password=hunter2`),
    });
    const outcome = await gateway.run("ListKyuubiServices", { workspaceId: "w-1", token }, nobody);
    expect(outcome).toMatchObject({ cloud: { code: "Odd.****", message: "**** is odd, password=****" } });
    expect(JSON.stringify(outcome)).not.toMatch(new RegExp(`${token}|hunter2`));
  });
});

describe("a request that never left", () => {
  test.each([
    ["no-credentials", "NO_CREDENTIALS", "ALIBABA_CLOUD_ACCESS_KEY_ID"],
    ["unreachable", "UNREACHABLE", "Check the network"],
    ["guard", "FORBIDDEN_OPERATION", "matches no admitted operation"],
    ["cancelled", "CANCELLED", "Repeat the call when it is wanted"],
  ] as const)("because of %s is %s", async (reason, code, next) => {
    const outcome = await refusal({ kind: "not-sent", reason, message: "because so" });
    expect(outcome).toMatchObject({ code, what: "GetJobRun was not sent: because so." });
    expect(outcome.next).toContain(next);
  });
});

test("a read without an answer is asked for twice more, and says that nothing was changed", async () => {
  const { gateway, cloud } = gatewayOver({ GetJobRun: { kind: "lost", message: "timed out" } });
  const outcome = await gateway.run("GetJobRun", run, nobody);
  if (outcome.kind !== "refused") throw new Error(outcome.kind);
  expect(cloud.count("GetJobRun")).toBe(3);
  expect(outcome).toMatchObject({ code: "UNREACHABLE", next: "Repeat the call." });
  expect(outcome.what).toContain("timed out");
});

describe("before anything is sent", () => {
  test("an operation that is not in the registry is refused, its name cut short", async () => {
    const { gateway, cloud } = gatewayOver({});
    const name = `Drop${"x".repeat(200)}` as Operation;
    const outcome = await gateway.run(name, run as unknown as Requests[Operation], nobody);
    expect(outcome).toMatchObject({ kind: "refused", code: "UNKNOWN_OPERATION" });
    expect(outcome.kind === "refused" && outcome.what).toBe(
      `Nothing was sent: there is no operation "Drop${"x".repeat(76)}".`,
    );
    expect(cloud.sent).toEqual([]);
  });

  test("every argument of the wrong form is named with what is allowed", async () => {
    const { gateway, cloud } = gatewayOver({});
    const input = { workspaceId: "..", jobRunId: "a/b" };
    const outcome = await gateway.run("GetJobRun", input, nobody);
    if (outcome.kind !== "refused") throw new Error(outcome.kind);
    expect(outcome.code).toBe("BAD_INPUT");
    expect(outcome.fields?.map(({ field }) => field)).toEqual(["workspaceId", "jobRunId"]);
    expect(outcome.what).toMatch(/^GetJobRun was not sent: workspaceId .+; jobRunId .+\.$/);
    expect(outcome.next).toMatch(/^workspaceId: .+, for example .+; jobRunId: .+, for example .+$/);
    expect(cloud.sent).toEqual([]);
  });

  test("an operation without a rule is refused, and has no target", async () => {
    const policy = { ...shippedPolicy(), rule: () => undefined };
    const { gateway, cloud } = gatewayOver({}, { policy: () => ({ ok: true, policy }) });
    const outcome = await gateway.run("GetJobRun", run, nobody);
    expect(outcome).toMatchObject({ kind: "refused", code: "UNKNOWN_OPERATION" });
    expect(outcome.kind === "refused" && outcome.what).toContain("no policy rule covers it");
    expect(cloud.sent).toEqual([]);
  });

  test("at most three problems of a damaged policy are named", async () => {
    const { gateway } = gatewayOver({}, { policy: () => ({ ok: false, problems: ["a:1", "b:2", "c:3", "d:4"] }) });
    const outcome = await gateway.run("GetJobRun", run, nobody);
    expect(outcome.kind === "refused" && outcome.what).toMatch(/a:1; b:2; c:3\.$/);
  });

  test("wrong arguments are named in the caller's language", async () => {
    const { gateway, cloud } = gatewayOver({});
    const wrong = { workspaceId: "w-1", jobRunId: ".." };
    expect(await gateway.run("GetJobRun", wrong, { ...nobody, language: "zh" })).toMatchObject({
      code: "BAD_INPUT",
      what: "GetJobRun 未发送，参数不符合要求：jobRunId 格式不符。",
      next: expect.stringMatching(/^请修正：jobRunId：.*，例如 jr-/),
      fields: [{ field: "jobRunId", problem: "格式不符" }],
    });
    expect(cloud.sent).toEqual([]);
  });

  test("what is forbidden says so in the caller's language, and who forbids it", async () => {
    const { gateway } = gatewayOver({});
    const chinese = await gateway.run("DeleteWorkspace", { workspaceId: "w-1" }, { ...nobody, language: "zh" });
    expect(chinese.kind === "refused" && chinese.next).toMatch(/[\u4e00-\u9fff]/);
    expect(chinese.kind === "refused" && chinese.what).toBe(
      "w-1 的 DeleteWorkspace 未发送，也永远不会发送：任何配置和批准都不能解除。",
    );
  });

  const onlySecond = { profile: { ...profile, allowedWorkspaces: ["w-2"] } };
  const outside = { kind: "refused", code: "WORKSPACE_NOT_ALLOWED" } as const;

  test("an allow-list keeps out a workspace that is not on it, and names those that are", async () => {
    const { gateway, cloud } = gatewayOver({}, onlySecond);
    expect(await gateway.run("GetJobRun", run, nobody)).toMatchObject({
      ...outside,
      what: "GetJobRun was not sent: the profile p does not admit w-1.",
      next: expect.stringContaining("Admitted: w-2."),
    });
    const none = gatewayOver({}, { profile: { ...profile, allowedWorkspaces: [] } });
    expect(await none.gateway.run("GetJobRun", run, nobody)).toMatchObject({
      ...outside,
      next: expect.stringContaining("Admitted: none."),
    });
    expect(cloud.sent).toEqual([]);
  });

  test("an allow-list keeps out a write that names no workspace", async () => {
    const { gateway, cloud } = gatewayOver({}, onlySecond);
    const create = {
      workspaceName: "lab",
      ossBucket: "oss://lake",
      ramRoleName: "r",
      paymentType: "PayAsYouGo",
      resourceSpec: { cu: "8" },
    } as const;
    expect(await gateway.run("CreateWorkspace", create, nobody)).toMatchObject({
      ...outside,
      what: expect.stringContaining("does not admit operations outside its workspaces"),
    });
    expect(cloud.sent).toEqual([]);
  });

  test("an allow-list knows a workspace by every name that rows give it", async () => {
    const { gateway } = gatewayOver({ ListTemplate: answered({}) }, onlySecond);
    expect(await gateway.run("ListTemplate", { workspaceBizId: "w-1" }, nobody)).toMatchObject(outside);
    expect(await gateway.run("ListTemplate", { workspaceBizId: "w-2" }, nobody)).toMatchObject({ kind: "done" });
    const task = { productNamespace: "emr", genNum: 1 };
    expect(await gateway.run("GenerateTaskCodes", { ...task, bizId: "w-1" }, nobody)).toMatchObject(outside);
    const move = { resourceType: "Workspace", resourceGroupId: "rg-2" };
    expect(await gateway.run("ChangeResourceGroup", { ...move, resourceId: "w-1" }, nobody)).toMatchObject(outside);
  });

  test("an allow-list bounds no storage, which lies in no workspace, and names all it admits", async () => {
    const both = { profile: { ...profile, allowedWorkspaces: ["w-2", "w-3"] } };
    const { gateway } = gatewayOver({ HeadObject: answered({ exists: false }) }, both);
    const upload = { uri: "oss://lake/a.py", bytes: 1, sha256: "0".repeat(64), content: "x", overwrite: false };
    expect(await gateway.run("PutObject", upload, nobody)).not.toMatchObject({ code: "WORKSPACE_NOT_ALLOWED" });
    expect(await gateway.run("GetJobRun", run, nobody)).toMatchObject({
      next: expect.stringContaining("Admitted: w-2, w-3."),
    });
  });

  test("a read whose answer holds secrets is a read, to a profile that may only read and to an allow-list", async () => {
    const token = { workspaceId: "w-1", kyuubiServiceId: "kb-1", tokenId: "tk-1" };
    const readOnly = gatewayOver({ GetKyuubiToken: answered({}) }, { profile: { ...profile, mode: "read-only" } });
    expect(await readOnly.gateway.run("GetKyuubiToken", token, nobody)).toMatchObject({ kind: "done" });
    const shipped = shippedPolicy();
    const rule = shipped.rule("ListWorkspaces");
    const policy = { ...shipped, rule: () => rule && { ...rule, risk: "read-secret" as const } };
    const bounded = gatewayOver(
      { ListWorkspaces: answered({}) },
      { ...onlySecond, policy: () => ({ ok: true, policy }) },
    );
    expect(await bounded.gateway.run("ListWorkspaces", {}, nobody)).toMatchObject({ kind: "done" });
  });

  test("what is forbidden without an alternative names none, and an unnamed target is said to be none", async () => {
    const shipped = shippedPolicy();
    const forbidden = shipped.rule("DeleteWorkspace");
    if (!forbidden) throw new Error("no rule");
    const { instead, ...rule } = { ...forbidden, target: "$regionId" };
    const policy = { ...shipped, rule: () => rule };
    const { gateway } = gatewayOver({}, { policy: () => ({ ok: true, policy }) });
    expect(await gateway.run("DeleteWorkspace", { workspaceId: "w-1" }, nobody)).toMatchObject({
      what: expect.stringContaining("DeleteWorkspace of (none) was not sent"),
      next: "",
    });
  });

  test("an allow-list lets through reads that name no workspace, and storage", async () => {
    const { gateway } = gatewayOver(
      { ListWorkspaces: answered({ workspaces: [] }), ListBuckets: answered({ buckets: [] }) },
      { profile: { ...profile, allowedWorkspaces: ["w-2"] } },
    );
    expect(await gateway.run("ListWorkspaces", {}, nobody)).toMatchObject({ kind: "done" });
    expect(await gateway.run("ListBuckets", {}, nobody)).toMatchObject({ kind: "done" });
  });
});
