import { describe, expect, test } from "vitest";
import type { Profile } from "../../src/clouds/profile.ts";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import type { ChecklistItem } from "../../src/jobs/onboarding.ts";
import { type EmrStepId, emrProcess } from "../../src/jobs/onboarding-emr.ts";
import type { Language } from "../../src/language.ts";
import { findOperation } from "../../src/operations/registry.ts";
import { getStarted } from "../../tools/emr/get-started.ts";
import { tools } from "../../tools/index.ts";
import { answered, contextWith, gatewayOver, manualClock, type Script } from "../doubles/gateway-parts.ts";

const workspaceId = "w-d2d82aa09155";
const running = { workspaceId, workspaceName: "etl", workspaceStatus: "RUNNING", storage: "oss://lake" };

const nothing: Script = {
  ListWorkspaces: answered({ workspaces: [] }),
  ListBuckets: answered({ buckets: [], truncated: false }),
  ListReleaseVersions: answered({ releaseVersions: [{ releaseVersion: "esr-4.3.0 (Spark 3.5.2, Scala 2.12)" }] }),
};
const half: Script = {
  ...nothing,
  ListWorkspaces: answered({ workspaces: [{ ...running, workspaceStatus: "STARTING" }] }),
  ListBuckets: answered({ buckets: [{ name: "lake", regionId: "cn-hangzhou", createdAt: "" }], truncated: false }),
};
const ready: Script = {
  ...half,
  ListWorkspaces: answered({ workspaces: [running] }),
  ListWorkspaceQueues: answered({
    queues: [{ queueName: "root_queue", maxResource: '{"cpu":"4","memory":"16Gi"}' }, { queueName: "dev_queue" }],
  }),
  ListJobRuns: answered({ jobRuns: [{ jobRunId: "jr-1", state: "Success" }] }),
};
const denied: CloudAnswer = { kind: "rejected", status: 403, code: "Forbidden.RAM", message: "no" };
const unreachable: CloudAnswer = { kind: "not-sent", reason: "unreachable", message: "no route" };

const profile: Profile = {
  name: "test",
  cloud: "emr",
  environment: "cloud",
  regionId: "cn-hangzhou",
  endpoint: "emr.test",
  mode: "full",
  identity: "acs:ram::1234567890123456:user/etl",
  credentials: "default credential chain: default/cli_profile/static_ak",
};

async function started(script: Script, changes: Partial<Profile> = {}, language: Language = "en") {
  const { gateway, cloud } = gatewayOver(script, { profile: { ...profile, ...changes } });
  const context = { ...contextWith({ strength: "none" }), language };
  const result = await getStarted.run({}, { gateway, clock: manualClock(), context });
  if (result.kind !== "reply") throw new Error(JSON.stringify(result));
  const steps = result.data?.steps as ChecklistItem[];
  const found = (id: EmrStepId) => steps[emrProcess.findIndex((step) => step.id === id)];
  return { ...result, steps, found, sent: cloud.sent };
}

test("an empty account is told every step in order, and the first one that is missing", async () => {
  const { steps, found, next } = await started(nothing);
  expect(steps.map(({ step }) => step)).toEqual(emrProcess.map(({ title }) => title.en));
  expect(found("credentials")).toMatchObject({ status: "done", evidence: profile.credentials });
  expect(found("identity")).toMatchObject({ status: "done", evidence: profile.identity });
  expect(found("region")).toMatchObject({ status: "done", evidence: "cn-hangzhou, emr.test" });
  expect(found("bucket")).toMatchObject({ status: "missing", next: expect.stringContaining("OSS console") });
  expect(found("workspace")).toMatchObject({ status: "missing", next: "create_workspace" });
  expect(found("queue")).toMatchObject({ status: "missing", next: "create_workspace" });
  expect(found("first-job")?.status).toBe("missing");
  expect(next).toMatch(/^OSS console/);
});

test("before a first workspace a person is told of the roles that no call shows", async () => {
  const { found, next } = await started({ ...half, ListWorkspaces: answered({ workspaces: [] }) });
  expect(found("service-role")).toMatchObject({ status: "unknown", next: expect.stringContaining("RAM console") });
  expect(found("job-role")).toMatchObject({ status: "unknown", next: expect.stringContaining("RAM console") });
  expect(next).toMatch(/^create_workspace; a person looks before that .*Service-linked role, Job role/);
});

test("a workspace that is starting is waited for, and shows the service-linked role", async () => {
  const { found, next, sent } = await started(half);
  expect(found("bucket")).toMatchObject({ status: "done", evidence: "lake" });
  expect(found("service-role")).toMatchObject({ status: "done" });
  expect(found("workspace")).toMatchObject({ status: "missing", evidence: `${workspaceId} is STARTING` });
  expect(next).toMatch(/^list_workspaces until it is RUNNING/);
  expect(found("queue")?.next).toMatch(/^list_workspaces/);
  expect(sent).toHaveLength(3);
});

test("an account that is ready is told what shows it, by five reads and no other call", async () => {
  const { found, next, summary, steps, sent } = await started(ready);
  expect(steps.filter(({ status }) => status !== "done")).toEqual([]);
  expect(summary).toContain("11 of 11 steps are done");
  expect(next).toBeUndefined();
  expect(found("queue")?.evidence).toBe("root_queue (4 CU), dev_queue");
  expect(found("engine")?.evidence).toContain("esr-4.3.0");
  expect(found("job-role")?.evidence).toContain("jr-1 ran and succeeded");
  expect(found("permissions")?.evidence).toContain("5 of 5 reads were admitted; writes are not tried");
  expect(sent.map(({ operation }) => operation).sort()).toEqual([...getStarted.operations].sort());
  expect(sent.every(({ method }) => method === "GET")).toBe(true);
});

test("a job that failed does not show the job role", async () => {
  const failed = answered({ jobRuns: [{ jobRunId: "jr-1", state: "Failed" }] });
  const { found } = await started({ ...ready, ListJobRuns: failed });
  expect(found("job-role")?.status).toBe("unknown");
  expect(found("first-job")).toMatchObject({ status: "done", evidence: "jr-1 is Failed" });
});

test("a bucket in another region is none", async () => {
  const elsewhere = answered({ buckets: [{ name: "lake", regionId: "cn-beijing", createdAt: "" }], truncated: false });
  const { found } = await started({ ...ready, ListBuckets: elsewhere });
  expect(found("bucket")).toMatchObject({ status: "missing", evidence: "there are 1, none of them in cn-hangzhou" });
});

test("a permission that is missing is named, with the policy to attach, and what it hides is unknown", async () => {
  const { found, next } = await started({ ...ready, ListReleaseVersions: denied });
  expect(found("permissions")).toMatchObject({
    status: "missing",
    evidence: "refused: emr-serverless-spark:ListReleaseVersions",
  });
  expect(found("engine")?.status).toBe("unknown");
  expect(found("identity")?.status).toBe("done");
  expect(next).toContain("spark-workspace-mcp policy ram");
});

test("OSS's own word for it counts as a missing permission, and the workspace's storage shows a bucket", async () => {
  const { found } = await started({ ...ready, ListBuckets: { ...denied, code: "AccessDenied" } });
  expect(found("permissions")).toMatchObject({ status: "missing", evidence: "refused: oss:ListBuckets" });
  expect(found("bucket")).toMatchObject({ status: "done", evidence: expect.stringContaining("oss://lake") });
});

test("credentials that the cloud does not know are the first thing to mend", async () => {
  const wrong: CloudAnswer = { kind: "rejected", status: 404, code: "InvalidAccessKeyId.NotFound", message: "no" };
  const script = Object.fromEntries(Object.keys(nothing).map((operation) => [operation, wrong]));
  const { found, next } = await started(script);
  expect(found("credentials")).toMatchObject({
    status: "missing",
    evidence: expect.stringContaining("InvalidAccessKey"),
  });
  expect(found("identity")?.status).toBe("unknown");
  expect(found("permissions")?.status).toBe("unknown");
  expect(next).toContain("ALIBABA_CLOUD_ACCESS_KEY_ID");
});

test("a cloud that cannot be reached leaves everything unknown, and says what to check", async () => {
  const script = Object.fromEntries(Object.keys(nothing).map((operation) => [operation, unreachable]));
  const { steps, next } = await started(script);
  expect(steps.map(({ status }) => status)).toEqual(steps.map(() => "unknown"));
  expect(next).toContain("Check the network and the endpoint");
});

test("the sandbox is said to be one, says what is different, and asks for no role", async () => {
  const { found, summary, next, where } = await started(nothing, { environment: "sandbox", identity: "sandbox" });
  expect(summary).toMatch(/sandbox on this machine.*no cost.*An account differs/);
  expect(found("service-role")?.status).toBe("done");
  expect(found("job-role")?.status).toBe("done");
  expect(next).not.toContain("a person looks before that");
  expect(where.environment).toBe("sandbox");
});

test("someone who reads Chinese is answered in Chinese", async () => {
  for (const script of [nothing, half, ready]) {
    const { steps, summary, next } = await started(script, {}, "zh");
    expect(summary).toMatch(/^共 11 步，已完成 \d+ 步。当前为/);
    expect(steps.map(({ step }) => step)).toEqual(emrProcess.map(({ title }) => title.zh));
    const plain = steps.filter(({ evidence }) => /\b(is|are|none|there|which|needs)\b/.test(evidence));
    expect(plain).toEqual([]);
    if (next !== undefined) expect(next).toMatch(/\p{Script=Han}/u);
  }
});

test.each([
  ["nothing there", nothing],
  ["half there", half],
  ["all there", ready],
  ["a permission missing", { ...ready, ListWorkspaceQueues: denied, ListJobRuns: denied }],
])("with %s, every tool and operation that a next step names exists", async (_, script) => {
  const { steps, next = "" } = await started(script);
  const texts = [next, ...steps.flatMap((step) => [step.next ?? "", step.console ?? ""])].join(" ");
  const toolNames = texts.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
  const known = tools.map(({ name }) => name);
  expect(toolNames.filter((name) => !known.includes(name))).toEqual([]);
  for (const [, operation = ""] of texts.matchAll(/call_operation (\w+)/g))
    expect(findOperation(operation)).toBeDefined();
});

test("an answer costs a model little", async () => {
  const { steps } = await started(nothing);
  expect(JSON.stringify(steps).length).toBeLessThan(3_500);
});

describe("the way to a first job on EMR", () => {
  test.each(emrProcess)("has for $id reads that exist, somebody who does it, and words in both languages", (step) => {
    for (const read of step.reads) {
      expect(findOperation(read)?.readOnly, read).toBe(true);
      expect(getStarted.operations).toContain(read);
    }
    expect(step.tool ?? step.console, "somebody can do it").toBeDefined();
    for (const text of [step.title, step.what, ...(step.console ? [step.console] : [])]) {
      expect(text.en).not.toBe("");
      expect(text.zh).toMatch(/\p{Script=Han}/u);
    }
  });
});
