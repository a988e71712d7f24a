import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, TOTP } from "otpauth";
import { afterEach } from "vitest";
import { newSecret, openAuthenticator } from "../../src/approval/authenticator.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { Ledger, StoredPlan } from "../../src/ledger/types.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (let step = cleanUps.pop(); step; step = cleanUps.pop()) await step();
});

export function onCleanUp(step: () => unknown): void {
  cleanUps.push(step);
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "approval-"));
  onCleanUp(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function newLedger(folder = newFolder()): Ledger {
  const ledger = openLedger(join(folder, "ledger.db"));
  onCleanUp(() => ledger.close());
  return ledger;
}

export const stepMs = 30_000;
/** In the middle of a time step. */
export const noon = 1_800_000_015_000;

/** What the person's app shows at that time. */
export function codeAt(secret: string, time: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: time });
}

/** Enrolled with the code of the step before, so that the present one is still good. */
export function enrolledAuthenticator(now: number, file = join(newFolder(), "authenticator.db")) {
  const secret = newSecret();
  const authenticator = openAuthenticator(file);
  authenticator.enrol(secret, codeAt(secret, now - stepMs), now);
  return { secret, authenticator, file };
}

export function planOf(change: Partial<StoredPlan> = {}): StoredPlan {
  return {
    planId: "plan-00000000000000000000000000000001",
    requestDigest: "request",
    planDigest: "plan",
    operation: "CancelJobRun",
    target: "jr-1",
    risk: "destructive",
    requiredStrength: "out-of-band",
    question: 'About to execute: CancelJobRun, target: "jr-1", impact: it stops. Continue?',
    requester: "test-client 1.0",
    place: "sandbox, cn-hangzhou, sandbox",
    facts: { state: "Running" },
    createdAt: noon,
    expiresAt: noon + 600_000,
    state: "waiting",
    ...change,
  };
}
