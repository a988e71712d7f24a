import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listIntents, resolveIntent } from "../../src/cli/commands/intents.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { Ledger } from "../../src/ledger/types.ts";
import { newDataFolder, onCleanUp } from "../doubles/sandbox-emr.ts";

/** `intents`, with a person at a terminal who types what the test says. */

let ledger: Ledger;
let printed: string;
beforeEach(() => {
  const home = newDataFolder();
  vi.stubEnv("SPARK_WORKSPACE_HOME", home);
  ledger = openLedger(join(home, "state", "ledger.db"));
  onCleanUp(() => ledger.close());
  printed = "";
  const print = (text: unknown) => {
    printed += `${String(text)}\n`;
  };
  vi.spyOn(console, "log").mockImplementation(print);
  vi.spyOn(console, "error").mockImplementation(print);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function person(...answers: string[]) {
  const shown: string[] = [];
  return { shown, say: (text: string) => void shown.push(text), ask: async () => answers.shift() };
}

/** A request whose answer never came. */
function lostRequest(change: { at?: number; ended?: boolean } = {}): number {
  const begun = ledger.beginAttempt({
    requestDigest: "r",
    operation: "CreateWorkspaceQueue",
    target: "w-1/nightly",
    place: "cloud, cn-hangzhou, tester",
    at: change.at ?? Date.now(),
    resumeSince: Number.POSITIVE_INFINITY,
  });
  if (begun.kind === "blocked") throw new Error("blocked");
  if (change.ended !== false) ledger.endAttempt(begun.attemptId, { result: "unknown", at: Date.now() });
  return begun.intent.intentId;
}

test("list shows what is unresolved with its target and place", async () => {
  lostRequest();
  expect(await listIntents({ unresolved: true })).toBe(0);
  expect(printed).toMatch(/1 {2}UNRESOLVED\n.*CreateWorkspaceQueue w-1\/nightly\n.*cloud, cn-hangzhou, tester/);
  printed = "";
  await listIntents({ unresolved: true, json: true });
  expect(JSON.parse(printed)).toMatchObject([{ intentId: 1, unresolved: true, target: "w-1/nightly" }]);
});

test("a person who typed the target resolves it, having been shown what is known and what to look up", async () => {
  lostRequest();
  const ann = person("w-1/nightly");
  expect(await resolveIntent("1", { didNotHappen: true }, ann)).toBe(0);
  expect(ann.shown[0]).toMatch(
    /CreateWorkspaceQueue w-1\/nightly[\s\S]*none: it is not sent again[\s\S]*ListWorkspaceQueues/,
  );
  expect(ledger.findIntent(1)?.intent.state).toBe("did-not-happen");
  expect(ledger.findAudit(1)?.entry).toMatchObject({
    event: "resolution",
    outcome: "did-not-happen",
    decidedBy: "terminal",
  });
});

test("another name, or leaving, resolves nothing", async () => {
  lostRequest();
  expect(await resolveIntent("1", { happened: true }, person("w-1/other"))).toBe(3);
  expect(await resolveIntent("1", { happened: true }, person())).toBe(3);
  expect(ledger.findIntent(1)?.intent.state).toBe("unknown");
});

test("without a terminal nothing is resolved", async () => {
  lostRequest();
  expect(await resolveIntent("1", { happened: true })).toBe(3);
  expect(printed).toContain("a person has to be at a terminal");
  expect(ledger.findIntent(1)?.intent.state).toBe("unknown");
});

test("what a living process may still be waiting for is not resolved, unless that was long ago", async () => {
  lostRequest({ ended: false });
  expect(await resolveIntent("1", { happened: true }, person("w-1/nightly"))).toBe(3);
  expect(printed).toContain("may still be waiting");
});

test("what was sent long ago can be resolved although a process of that number lives", async () => {
  lostRequest({ ended: false, at: Date.now() - 3_600_000 });
  expect(await resolveIntent("1", { happened: true }, person("w-1/nightly"))).toBe(0);
});

test("bad usage exits 2: both or neither finding, an unknown or a settled intent", async () => {
  lostRequest();
  expect(await resolveIntent("1", {}, person())).toBe(2);
  expect(await resolveIntent("1", { happened: true, didNotHappen: true }, person())).toBe(2);
  expect(await resolveIntent("9", { happened: true }, person())).toBe(2);
  await resolveIntent("1", { happened: true }, person("w-1/nightly"));
  expect(await resolveIntent("1", { happened: true }, person("w-1/nightly"))).toBe(2);
});
