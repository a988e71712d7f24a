import { describe, expect, test } from "vitest";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import { systemClock } from "../../src/gateway/clock.ts";
import { createCloudCaller, isThrottling, isUncertain } from "../../src/gateway/cloud-call.ts";
import { digest } from "../../src/gateway/digest.ts";
import { createFailureCounter } from "../../src/gateway/failures.ts";
import { manualClock, scriptedCloud } from "../doubles/gateway-parts.ts";
import { rowOf, shippedPolicy } from "./policy-fixture.ts";

const { limits } = shippedPolicy();
const lost: CloudAnswer = { kind: "lost", message: "connection reset" };
const done: CloudAnswer = { kind: "answered", body: {}, requestId: "req-1" };

function rejectedWith(status: number, code: string, retryAfterMs?: number): CloudAnswer {
  return { kind: "rejected", status, code, message: "no", ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Calls over a cloud that gives these answers in turn, the last one for good. */
function calling(answers: readonly CloudAnswer[], random = 0, onSent = () => {}) {
  const clock = manualClock();
  const deadlines: number[] = [];
  let turn = 0;
  const cloud = {
    send: async (_: unknown, options: { deadlineMs: number }) => {
      deadlines.push(options.deadlineMs);
      onSent();
      return answers[Math.min(turn++, answers.length - 1)] ?? lost;
    },
  };
  const caller = createCloudCaller({ transport: async () => cloud, clock, limits, random: () => random });
  const said: string[] = [];
  const call = (change: object = {}) =>
    caller({
      row: rowOf("GetJobRun"),
      input: { workspaceId: "w-1", jobRunId: "jr-1" },
      regionId: "cn-hangzhou",
      timeout: "read",
      repeatable: true,
      signal: new AbortController().signal,
      progress: (message) => said.push(message),
      ...change,
    });
  return { call, clock, deadlines, said };
}

describe("a call of the cloud", () => {
  test("has the deadline of its class", async () => {
    const { call, deadlines } = calling([done]);
    await call();
    await call({ timeout: "write" });
    expect(deadlines).toEqual([30_000, 60_000]);
  });

  test("carries the token where the row wants it", async () => {
    const cloud = scriptedCloud({ StartJobRun: done });
    const caller = createCloudCaller({
      transport: async () => cloud,
      clock: manualClock(),
      limits,
      random: () => 0,
    });
    const base = { row: rowOf("StartJobRun"), input: { workspaceId: "w-1", name: "etl" }, regionId: "cn-hangzhou" };
    const rest = { timeout: "write", repeatable: false, signal: new AbortController().signal } as const;
    await caller({ ...base, ...rest, token: "t-1" });
    await caller({ ...base, ...rest });
    expect(cloud.sent.map(({ body }) => body?.clientToken)).toEqual(["t-1", undefined]);
  });

  test("that the caller cancelled before is not sent", async () => {
    const { call, deadlines } = calling([done]);
    expect(await call({ signal: AbortSignal.abort() })).toEqual({
      kind: "not-sent",
      reason: "cancelled",
      message: "the caller cancelled",
    });
    expect(deadlines).toEqual([]);
  });

  test("waits out throttling between the bounds, and says so", async () => {
    const { call, clock, said } = calling([rejectedWith(400, "Throttling"), rejectedWith(429, ""), done], 0.5);
    expect(await call()).toEqual(done);
    expect(clock.slept).toEqual([7_500, 7_500]);
    expect(said).toEqual(["GetJobRun is throttled; waiting 8 s", "GetJobRun is throttled; waiting 8 s"]);
  });

  test.each([
    [1_000, 5_000],
    [8_000, 8_000],
    [60_000, 10_000],
  ])("waits as long as the service asks, %d ms, within the bounds: %d ms", async (asked, waited) => {
    const { call, clock } = calling([rejectedWith(429, "", asked), done]);
    await call();
    expect(clock.slept).toEqual([waited]);
  });

  test("answers the throttling after the last retry, though nobody listens", async () => {
    const { call, clock } = calling([rejectedWith(429, "Throttling")]);
    expect(await call({ repeatable: false, progress: undefined })).toEqual(rejectedWith(429, "Throttling"));
    expect(clock.slept).toHaveLength(limits.throttling.retries);
  });

  test.each<[string, CloudAnswer]>([
    ["a lost answer", lost],
    ["a failure of the service", rejectedWith(500, "InternalError")],
  ])("asks again twice after %s where that is harmless, and remembers", async (_, answer) => {
    const { call, clock } = calling([answer]);
    expect(await call()).toEqual({ ...answer, earlierUncertain: true });
    expect(clock.slept).toEqual([1_000, 2_000]);
  });

  test("says with a refusal that an earlier try was lost", async () => {
    const { call } = calling([lost, rejectedWith(400, "InvalidParameter")]);
    expect(await call()).toEqual({ ...rejectedWith(400, "InvalidParameter"), earlierUncertain: true });
  });

  test("never asks again where twice does harm", async () => {
    const { call, deadlines } = calling([lost, done]);
    expect(await call({ repeatable: false })).toEqual(lost);
    expect(deadlines).toHaveLength(1);
  });

  test("does not ask again once the caller has cancelled", async () => {
    const caller = new AbortController();
    const { call, clock } = calling([lost, done], 0, () => caller.abort());
    expect(await call({ signal: caller.signal })).toEqual(lost);
    expect(clock.slept).toEqual([]);
  });

  test("answers what is known when the caller cancels while it waits", async () => {
    const { call } = calling([rejectedWith(429, "Throttling"), done]);
    const caller = new AbortController();
    const answer = await call({ signal: caller.signal, progress: () => caller.abort() });
    expect(answer).toEqual(rejectedWith(429, "Throttling"));
  });

  test("that was lost and is cancelled before the repeat is not said to be unsent for certain", async () => {
    const caller = new AbortController();
    const clock = { now: () => 0, sleep: async () => caller.abort() };
    const send = async () => lost;
    const call = createCloudCaller({ transport: async () => ({ send }), clock, limits, random: () => 0 });
    const answer = await call({
      row: rowOf("ListWorkspaces"),
      input: {},
      regionId: "cn-hangzhou",
      timeout: "read",
      repeatable: true,
      signal: caller.signal,
    });
    expect(answer).toMatchObject({ kind: "not-sent", earlierUncertain: true });
  });
});

test("throttling is told by the status or by the code's first word", () => {
  expect(isThrottling(rejectedWith(429, ""))).toBe(true);
  expect(isThrottling(rejectedWith(400, "Throttling"))).toBe(true);
  expect(isThrottling(rejectedWith(400, "Throttling.User"))).toBe(true);
  expect(isThrottling(rejectedWith(400, "ThrottlingDisabled"))).toBe(false);
  expect(isThrottling(rejectedWith(400, "No.Throttling"))).toBe(false);
  expect(isThrottling(lost)).toBe(false);
});

test("nobody knows what became of a lost answer or a failure of the service, and of nothing else", () => {
  expect(isUncertain(lost)).toBe(true);
  expect(isUncertain(rejectedWith(500, ""))).toBe(true);
  expect(isUncertain(rejectedWith(503, ""))).toBe(true);
  expect(isUncertain(rejectedWith(499, ""))).toBe(false);
  expect(isUncertain(done)).toBe(false);
  expect(isUncertain({ kind: "not-sent", reason: "guard", message: "" })).toBe(false);
});

describe("the count of failures", () => {
  const failures = { inARow: 2, pauseSeconds: 60 };

  test("lets a request rest from the last failure on, and no other request", () => {
    const counter = createFailureCounter();
    counter.count("a", 1_000);
    expect(counter.pausedFor("a", failures, 1_000)).toBe(0);
    counter.count("a", 2_000);
    expect(counter.pausedFor("a", failures, 2_500)).toBe(59_500);
    expect(counter.pausedFor("a", failures, 62_000)).toBe(0);
    expect(counter.pausedFor("a", failures, 90_000)).toBe(0);
    expect(counter.pausedFor("b", failures, 2_500)).toBe(0);
  });

  test("begins anew after a success", () => {
    const counter = createFailureCounter();
    counter.count("a", 1_000);
    counter.clear("a");
    counter.count("a", 2_000);
    expect(counter.pausedFor("a", failures, 2_000)).toBe(0);
  });

  test("forgets the request that failed longest ago when a thousand others have failed since", () => {
    const counter = createFailureCounter();
    for (const digest of ["old", "kept", "old", "kept"]) counter.count(digest, 0);
    counter.count("kept", 0);
    for (let other = 0; other < 998; other++) counter.count(`other-${other}`, 0);
    expect(counter.pausedFor("old", failures, 0)).toBe(60_000);
    counter.count("one more", 0);
    expect(counter.pausedFor("old", failures, 0)).toBe(0);
    expect(counter.pausedFor("kept", failures, 0)).toBe(60_000);
  });
});

test("a digest is of the value, however its members are ordered", () => {
  expect(digest({ a: 1, b: [2] })).toBe(digest({ b: [2], a: 1 }));
  expect(digest({ a: 1 })).not.toBe(digest({ a: 2 }));
  expect(digest({})).toMatch(/^[0-9a-f]{64}$/);
  expect(digest({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  expect(digest(undefined)).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("the clock of the system sleeps, and wakes when it is told to", async () => {
  const before = systemClock.now();
  await systemClock.sleep(5, new AbortController().signal);
  expect(systemClock.now()).toBeGreaterThanOrEqual(before + 4);
  expect(before).toBeGreaterThan(Date.UTC(2020, 0));
  await expect(systemClock.sleep(60_000, AbortSignal.abort())).rejects.toThrow();
});
