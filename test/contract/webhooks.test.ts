import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openWorkbench } from "../../src/cli/workbench.ts";
import { contextWith, runApproved } from "../doubles/gateway-parts.ts";
import { jobRequest, onCleanUp } from "../doubles/sandbox-emr.ts";
import { type Answer, startReceiver } from "../unit/notify.support.ts";
import { openScene, pageOf, run, serve } from "./approval.support.ts";

/** Webhooks of the whole program, as a person configures them, to a server that listens on loopback. */

// Half a minute between two looks at a job is too long for a test; a fiftieth of a second is not.
vi.mock(import("../../src/gateway/clock.ts"), async (original) => {
  const { systemClock } = await original();
  const sleep = (milliseconds: number, signal: AbortSignal) => systemClock.sleep(Math.min(milliseconds, 20), signal);
  return { systemClock: { ...systemClock, sleep } };
});

const key = "T0K3NofTheChat";
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** webhooks.yaml with one webhook to a receiver that gives these answers. */
async function configure(home: string, lines: string, ...answers: (Answer | "hang")[]) {
  const receiver = await startReceiver(...answers);
  write(home, `url: ${receiver.url}/hooks/${key}\n${lines}`);
  return receiver;
}

function write(home: string, lines: string): void {
  const indented = lines.replaceAll("\n", "\n    ");
  const file = join(home, "webhooks.yaml");
  writeFileSync(file, `version: 1\nwebhooks:\n  - name: team\n    ${indented}\n`, { mode: 0o600 });
}

const json = "format: json\nevents: [approval-needed, job-ended]\nsecret: {env: SIGNING_SECRET}";

test("a call that waits for a person is told of, once, with the page's address and a signature", async () => {
  const { home, input, environment } = await openScene();
  const receiver = await configure(home, json, { status: 200 });
  const { cancel } = await serve({ environment: { ...environment, SIGNING_SECRET: secret }, era: "2026-07-28" });
  const page = pageOf(await cancel(input));
  await receiver.until(1);
  expect(pageOf(await cancel(input))).toBe(page);
  expect(receiver.received).toHaveLength(1);
  const [message] = receiver.received;
  expect(JSON.parse(message?.body ?? "")).toMatchObject({
    type: "approval.needed",
    data: {
      operation: "CancelJobRun",
      target: input.jobRunId,
      place: expect.stringContaining("sandbox, cn-hangzhou"),
      approve: { url: page, command: expect.stringContaining("spark-workspace-mcp approve plan-") },
    },
  });
  expect(message?.headers["webhook-signature"]).toMatch(/^v1,/);
  expect((await fetch(page)).status).toBe(200);
});

test("the message holds nothing that would let a reader decide without the page: no token, no code, no digest", async () => {
  const { home, input, environment } = await openScene();
  const receiver = await configure(home, "format: slack\nevents: [approval-needed]", { status: 200, body: "ok" });
  const { cancel } = await serve({ environment, era: "2025-11-25" });
  const page = await (await fetch(pageOf(await cancel(input)))).text();
  await receiver.until(1);
  const token = /name="token" value="([\w-]+)"/.exec(page)?.[1] ?? "";
  expect(token.length).toBeGreaterThan(10);
  const body = receiver.received[0]?.body ?? "";
  expect(body).not.toContain(token);
  expect(body).not.toMatch(/[0-9a-f]{64}|secret|token/i);
});

test("the end of a submitted job is told of", async () => {
  const { home, environment, input } = await openScene();
  const receiver = await configure(home, "format: json\nevents: [job-ended]", { status: 200 });
  const { gateway } = await open(environment);
  const submitted = await runApproved(
    gateway,
    "StartJobRun",
    submission(input.workspaceId, ["run=50", "fail=No space left"]),
  );
  if (submitted.kind !== "done") throw new Error(JSON.stringify(submitted));
  await receiver.until(1);
  expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({
    type: "job.ended",
    data: {
      workspaceId: input.workspaceId,
      jobRunId: submitted.value.jobRunId,
      name: "probe",
      outcome: "failed",
      reason: expect.stringContaining("No space left"),
      durationSeconds: expect.any(Number),
    },
  });
});

test("the looks at a job are recorded as the watch's own", async () => {
  const { home, environment, input } = await openScene();
  const receiver = await configure(home, "format: json\nevents: [job-ended]", { status: 200 });
  const { gateway, audit } = await open(environment);
  await runApproved(gateway, "StartJobRun", submission(input.workspaceId));
  await receiver.until(1);
  const { records } = audit.list({ operation: "GetJobRun", limit: 1 });
  expect(records[0]?.entry).toMatchObject({ requester: "job watch", outcome: "done" });
});

test("no job is watched when no webhook wants to know", async () => {
  const { home, environment, input } = await openScene();
  await configure(home, "format: json\nevents: [approval-needed]", { status: 200 });
  const { gateway, audit } = await open(environment);
  await runApproved(gateway, "StartJobRun", submission(input.workspaceId));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(audit.list({ operation: "GetJobRun", limit: 1 }).records).toEqual([]);
});

test("a receiver that hangs delays neither the answer nor, by more than two seconds, the end", async () => {
  const { home, input, environment } = await openScene();
  const receiver = await configure(home, "format: json\nevents: [approval-needed]", "hang");
  const workbench = await open(environment);
  const before = performance.now();
  expect(await workbench.gateway.run("CancelJobRun", input, contextWith({ strength: "none" }))).toMatchObject({
    kind: "awaiting",
  });
  expect(performance.now() - before).toBeLessThan(2_000);
  await receiver.until(1);
  const ran = await run(["call", "cancel_job_run", JSON.stringify(input)], environment);
  expect(ran.code).toBe(4);
  expect(ran.output).toContain("1 messages were not delivered before the end");
}, 30_000);

test("what fails is said on stderr, without the address", async () => {
  const { home, input, environment } = await openScene();
  await configure(home, "format: json\nevents: [approval-needed]", { status: 404, body: `no hook ${key}` });
  const ran = await run(["call", "cancel_job_run", JSON.stringify(input)], environment);
  expect(ran.code).toBe(4);
  expect(ran.output).toContain("webhook team: approval-needed was not delivered, tried once: HTTP 404");
  expect(ran.output).not.toContain(key);
});

test("webhooks.yaml with an error turns webhooks off and harms no call", async () => {
  const { home, input, environment } = await openScene();
  write(home, `url: https://chat.test/${key}\nformat: slack\nevents: [job-ended]\nto: all`);
  const [call, doctor, list] = await Promise.all([
    run(["call", "get_job_run", JSON.stringify(input)], environment),
    run(["doctor"], environment),
    run(["webhooks", "list"], environment),
  ]);
  expect(call).toMatchObject({ code: 0, output: expect.stringMatching(/webhooks are off.*unknown key to/) });
  expect(doctor.output).toMatch(/note {4}webhooks: off: .*unknown key to/);
  expect(list).toMatchObject({ code: 2, output: expect.stringContaining("unknown key to") });
  expect(call.output + doctor.output + list.output).not.toContain(key);
});

test("webhooks list names them without their addresses, and doctor does", async () => {
  const { home, environment } = await openScene();
  await configure(home, "format: dingtalk\nevents: [job-ended]\nlanguage: zh");
  const listed = await run(["webhooks", "list"], environment);
  expect(listed).toEqual({ code: 0, output: "team                dingtalk, job-ended, zh, not signed\n" });
  const [asData] = JSON.parse((await run(["webhooks", "list", "--json"], environment)).output) as object[];
  expect(asData).toEqual({ name: "team", format: "dingtalk", events: ["job-ended"], language: "zh", signed: false });
  expect((await run(["doctor"], environment)).output).toMatch(/ok {6}webhooks: team \(dingtalk\)/);
});

test("webhooks test sends once and prints what the other side answered", async () => {
  const { home, environment } = await openScene();
  const receiver = await configure(home, "format: feishu\nevents: [job-ended]", {
    status: 200,
    body: `{"code":19021,"msg":"sign match fail /hooks/${key}"}`,
  });
  const ran = await run(["webhooks", "test"], environment);
  expect(ran).toEqual({
    code: 1,
    output: 'team: NOT delivered: code 19021; it answered: {"code":19021,"msg":"sign match fail ****"}\n',
  });
  expect(receiver.received).toHaveLength(1);
  expect(receiver.received[0]?.body).toContain("spark-workspace: test message");
  expect(await run(["webhooks", "test", "other"], environment)).toMatchObject({ code: 2 });
});

async function open(environment: Record<string, string>) {
  const workbench = await openWorkbench(environment, { warn: () => undefined });
  onCleanUp(() => workbench.close());
  return workbench;
}

function submission(workspaceId: string, args: string[] = []) {
  const { name, resourceQueueId, jobDriver } = jobRequest(args);
  return {
    ...{ workspaceId, name, resourceQueueId, jobDriver },
    codeType: "PYTHON" as const,
    releaseVersion: "esr-4.7.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
    executionTimeoutSeconds: 600,
  };
}
