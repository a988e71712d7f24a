import { setImmediate as breath } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { i32, ok, session, state, struct, textMap } from "../unit/kyuubi-client.support.ts";
import { openScene, type Seen } from "./kyuubi.support.ts";

/** An engine that takes two minutes to start, on a clock that runs as fast as this process; sockets are real. */

const startMs = 120_000;
const pending = 7;
const finished = 2;

beforeEach(() => {
  vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("The time is up.", "TimeoutError")), milliseconds);
    return controller.signal;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets the time pass until the call has an answer; requests get their turn between. */
async function passing(call: Promise<Seen>, speed = 50): Promise<Seen> {
  const over = { now: false };
  const done = call.finally(() => {
    over.now = true;
  });
  while (!over.now) {
    await vi.advanceTimersByTimeAsync(speed);
    for (let turn = 0; turn < 5; turn++) await breath();
  }
  return done;
}

function startClock(): () => number {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  const began = Date.now();
  return () => Date.now() - began;
}

test("a call that waits less than the engine takes says what it waits for, and a later one has the rows", async () => {
  const clock = { elapsed: () => 0 };
  const launch = Buffer.from("0123456789abcdef").toString("base64");
  const launching = textMap({
    "kyuubi.session.engine.launch.handle.guid": launch,
    "kyuubi.session.engine.launch.handle.secret": launch,
  });
  const { execute, get, double } = await openScene({
    OpenSession: [struct({ 1: ok, 2: i32(9), 3: session, 4: launching })],
    GetOperationStatus: [() => state(clock.elapsed() < startMs ? pending : finished)],
  });
  clock.elapsed = startClock();

  const first = await passing(execute("SELECT a FROM numbers", { waitSeconds: 60 }));
  expect(first.data).toMatchObject({ state: "running", phase: "starting-engine" });
  expect(first.text).toContain("still runs (starting-engine)");
  expect(first.next).toContain("get_kyuubi_sql");
  expect(clock.elapsed()).toBeGreaterThanOrEqual(60_000);
  expect(double.calls).not.toContain("ExecuteStatement");

  const { statementId } = first.data;
  const second = await passing(get({ statementId, waitSeconds: 600 }));
  expect(second).toMatchObject({ rows: [["x"]], data: { state: "finished" } });
  expect(clock.elapsed()).toBeGreaterThanOrEqual(startMs);
});

test("a session that is answered only once the engine is up is waited for in one call", async () => {
  const clock = { elapsed: () => 0 };
  const { execute } = await openScene({
    OpenSession: [
      async () => {
        while (clock.elapsed() < startMs) await breath();
        return struct({ 1: ok, 2: i32(9), 3: session });
      },
    ],
  });
  clock.elapsed = startClock();
  const answer = await passing(execute("SELECT a FROM numbers", { waitSeconds: 300 }));
  expect(answer).toMatchObject({ rows: [["x"]], data: { state: "finished" } });
  expect(clock.elapsed()).toBeGreaterThanOrEqual(startMs);
});
