import { join } from "node:path";
import { expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import { createJobWatch, type EndedJob } from "../../src/notify/job-watch.ts";
import { createNotifier } from "../../src/notify/notifier.ts";
import { openReported } from "../../src/notify/reported.ts";
import { answered, contextWith, gatewayOver, manualClock } from "../doubles/gateway-parts.ts";
import { newDataFolder, onCleanUp } from "../doubles/sandbox-emr.ts";
import { eventually, hastyClock, startReceiver, webhookTo } from "./notify.support.ts";

const workspaceId = "w-d2d82aa09155";
const jobRunId = "jr-0a1b2c3d";

function run(state: string, more: Record<string, unknown> = {}): CloudAnswer {
  return answered({ jobRun: { jobRunId, workspaceId, name: "nightly", state, ...more } });
}

/** Watches one job whose polls answer in turn, the last for ever, on a clock that only sleeping moves. */
async function watched(...answers: CloudAnswer[]) {
  let polls = 0;
  const { gateway } = gatewayOver({
    GetJobRun: () => answers[Math.min(polls++, answers.length - 1)] ?? run("Running"),
  });
  const clock = manualClock();
  const ends: EndedJob[] = [];
  const warnings: string[] = [];
  const watch = createJobWatch({
    gateway,
    clock,
    language: "en",
    ended: (job) => ends.push(job),
    warn: (message) => warnings.push(message),
  });
  onCleanUp(() => watch.close());
  watch.add({ workspaceId, jobRunId, startedAt: clock.now() });
  await eventually(() => ends.length + warnings.length > 0);
  return { ends, warnings, clock, polls: () => polls };
}

test("a job is looked at after half a minute, then at growing intervals of two minutes at most, until it ends", async () => {
  const { ends, clock } = await watched(...Array(6).fill(run("Running")), run("Success"));
  expect(ends).toMatchObject([{ jobRunId, name: "nightly", state: "Success", outcome: "succeeded" }]);
  expect(clock.slept).toEqual([30_000, 45_000, 67_500, 101_250, 120_000, 120_000, 120_000]);
});

test("a job that failed brings the first line of its reason and its duration", async () => {
  const { ends } = await watched(
    run("Failed", { submitTime: 1_000, endTime: 61_000, stateChangeReason: { message: "Out of memory\nat x" } }),
  );
  expect(ends).toMatchObject([{ outcome: "failed", durationMs: 60_000, reason: "Out of memory" }]);
});

test("a job that was cancelled is no failure", async () => {
  const { ends } = await watched(run("Cancelled", { stateChangeReason: { message: "by user" } }));
  expect(ends).toMatchObject([{ outcome: "cancelled" }]);
  expect(ends[0]).not.toHaveProperty("reason");
});

test("Cancelling is no end", async () => {
  const { ends } = await watched(run("Cancelling"), run("Cancelled"));
  expect(ends).toMatchObject([{ state: "Cancelled" }]);
});

test("a poll without an answer does not end the watch", async () => {
  const { ends } = await watched(
    { kind: "rejected", status: 404, code: "NotFound", message: "no" } as CloudAnswer,
    run("Success"),
  );
  expect(ends).toHaveLength(1);
});

test("after a day the watch ends and says so", async () => {
  const { ends, warnings, clock } = await watched(run("Running"));
  expect(ends).toEqual([]);
  expect(warnings).toEqual([`webhooks: job ${jobRunId} is watched no longer: its end was not seen`]);
  expect(clock.slept.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(24 * 60 * 60_000);
});

test("fifty jobs are watched at once and no more, each once", async () => {
  const { gateway } = gatewayOver({ GetJobRun: run("Running") });
  const warnings: string[] = [];
  const clock = { now: () => 0, sleep: (_: number, signal: AbortSignal) => untilAborted(signal) };
  const warn = (message: string) => warnings.push(message);
  const watch = createJobWatch({ gateway, clock, language: "en", ended: () => undefined, warn });
  for (let each = 0; each < 51; each++) {
    watch.add({ workspaceId, jobRunId: `jr-${each}`, startedAt: 0 });
    watch.add({ workspaceId, jobRunId: "jr-0", startedAt: 0 });
  }
  expect(warnings).toEqual(["webhooks: job jr-50 is not watched: 50 are already"]);
  await watch.close();
  expect(warnings).toHaveLength(1);
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

const submission = {
  workspaceId,
  name: "nightly",
  codeType: "PYTHON" as const,
  resourceQueueId: "dev_queue",
  releaseVersion: "esr-4.7.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
  executionTimeoutSeconds: 600,
};

/** Servers that share a ledger, one after another or at once. The job has been submitted by an earlier one. */
async function afterSubmission({ place = "cloud, cn-hangzhou, tester", agoMs = 0 } = {}) {
  const bench = gatewayOver({ GetJobRun: run("Success") });
  const ledger = openLedger(bench.ledgerFile);
  const reportedFile = join(newDataFolder(), "reported-jobs.db");
  const now = Date.now();
  openReported(reportedFile, now - 60_000).close();
  const { attemptId } = (() => {
    const begun = ledger.beginAttempt({
      requestDigest: "d",
      operation: "StartJobRun",
      target: `${workspaceId}/${submission.resourceQueueId}`,
      place,
      at: now - agoMs,
      resumeSince: 0,
    });
    if (begun.kind !== "begun") throw new Error("blocked");
    return begun;
  })();
  ledger.endAttempt(attemptId, { result: "answered", at: now, body: JSON.stringify({ jobRunId }) });
  const warnings: string[] = [];
  const start = (url: string) => {
    const notifier = createNotifier({
      webhooks: [webhookTo(url)],
      gateway: bench.gateway,
      ledger: () => ledger,
      clock: hastyClock(),
      reportedFile,
      warn: (message) => warnings.push(message),
    });
    onCleanUp(() => notifier.close());
    return notifier;
  };
  return { start, bench, warnings };
}

test("a server that starts takes up the job that an earlier one submitted", async () => {
  const receiver = await startReceiver({ status: 200 });
  const { start } = await afterSubmission();
  start(receiver.url);
  await receiver.until(1);
  expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ type: "job.ended", data: { jobRunId } });
});

test.each([
  ["of another account", { place: "cloud, cn-hangzhou, somebody else" }],
  ["from before anybody asked to be told", { agoMs: 120_000 }],
])("a job %s is not taken up", async (_, choice) => {
  const receiver = await startReceiver({ status: 200 });
  const { start, bench } = await afterSubmission(choice);
  start(receiver.url);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(bench.cloud.count("GetJobRun")).toBe(0);
});

test("a job's end is told once, however many servers watch it and start later", async () => {
  const receiver = await startReceiver({ status: 200 });
  const { start, bench } = await afterSubmission();
  const both = [start(receiver.url), start(receiver.url)];
  await eventually(() => bench.cloud.count("GetJobRun") === 2);
  await Promise.all(both.map((notifier) => notifier.close()));
  const third = start(receiver.url);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await third.close();
  expect(receiver.received).toHaveLength(1);
  expect(bench.cloud.count("GetJobRun")).toBe(2);
});

test("a message that the end of the program cut off is sent by the next one, with the same id", async () => {
  const receiver = await startReceiver("hang", { status: 200 });
  const { start, warnings } = await afterSubmission();
  const first = start(receiver.url);
  await receiver.until(1);
  await first.close();
  expect(warnings).toEqual(["webhooks: 1 messages were not delivered before the end"]);
  start(receiver.url);
  await receiver.until(2);
  const [before, after] = receiver.received.map(({ headers }) => headers["webhook-id"]);
  expect(after).toBe(before);
});

test("reads through the watching gateway are the gateway's own", async () => {
  const { bench, start } = await afterSubmission();
  const { gateway } = start((await startReceiver()).url);
  expect(await gateway.run("GetJobRun", { workspaceId, jobRunId }, contextWith({ strength: "none" }))).toMatchObject({
    kind: "done",
  });
  expect(gateway.where).toBe(bench.gateway.where);
});
