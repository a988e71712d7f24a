import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { createGateway } from "../../../src/gateway/gateway.ts";
import type { Clock, Operation, Requests } from "../../../src/gateway/types.ts";
import { inBoth } from "../../../src/language.ts";
import { createSecretMint } from "../../../src/ledger/secret-files.ts";
import { openLedger } from "../../../src/ledger/sqlite.ts";
import type { Ledger } from "../../../src/ledger/types.ts";
import type { EnvironmentPattern } from "../../../src/policy/environments.ts";
import { requiredStrength } from "../../../src/policy/strength.ts";
import type { Policy } from "../../../src/policy/types.ts";
import { createLog } from "../../../src/server/log.ts";
import { createServerFactory } from "../../../src/server/server.ts";
import { defineTool, reply } from "../../../tools/define.ts";
import type { Era } from "../../fixtures/clients.ts";
import type { ObligingCloud } from "./obliging-cloud.ts";
import { connectRaw, type RawAnswer } from "./raw-peer.ts";

/** Every way of getting a request out without a person's yes that the suite tries, for one operation in one era. */

export interface Target {
  operation: string;
  input: Record<string, unknown>;
  /** The same operation on something else. */
  other: Record<string, unknown>;
  era: Era;
}

/** What an attack is let loose on: one ledger and one cloud, and as many servers over them as it wants. */
export interface Ground {
  cloud: ObligingCloud;
  policy: Policy;
  ledger: Ledger;
  clock: Clock & { advance(milliseconds: number): void };
  key: Uint8Array;
  folder: string;
  close(): void;
}

export const attacks = {
  "no elicitation": async (target, ground) => {
    await once(target, ground, { canAsk: false });
  },
  declines: async (target, ground) => {
    await asAnswered(target, ground, { action: "decline" });
  },
  hangs: async (target, ground) => {
    const peer = await connectRaw(serverOver(ground), { era: target.era, canAsk: true });
    await peer.call(argumentsOf(target));
    await peer.close();
  },
  "accepts for its user in production": async (target, ground) => {
    const environments = [{ name: "production", workspaces: ["w-d2d82aa09155", "*"] }];
    await asAnswered(target, ground, yes, { environments });
    const rule = ground.policy.rule(target.operation);
    const circumstances = { environments: ["production"], tainted: false };
    const isEnough = rule && requiredStrength(rule, ground.policy.limits, circumstances) === "accepted";
    // Where policies/limits.yaml asks production for no more than a client's word, that word is the approval.
    return isEnough ? ground.cloud.count(target.operation) : undefined;
  },
  "accept without a question": async (target, ground) => {
    const peer = await connectRaw(serverOver(ground), { era: target.era, canAsk: true });
    for (const requestState of [undefined, "v1.e30.AAAA", randomBytes(32).toString("base64url")]) {
      await peer.call(argumentsOf(target), {
        inputResponses: { approval: yes },
        ...(requestState !== undefined && { requestState }),
      });
    }
    await peer.close();
  },
  "replayed accept": async (target, ground) => {
    const peer = await connectRaw(serverOver(ground), { era: target.era, canAsk: true, reply: replyOnce(yes) });
    const asked = await peer.call(argumentsOf(target));
    const state = stateOf(asked);
    // The first yes is a person's, and its request may leave; the rest must not.
    if (state !== undefined) await peer.call(argumentsOf(target), answering(state));
    const before = ground.cloud.count(target.operation);
    for (let time = 0; time < 3; time++) await peer.call(argumentsOf(target), answering(state ?? "v1.e30.AAAA"));
    await peer.close();
    return before;
  },
  "other arguments": async (target, ground) => {
    const peer = await connectRaw(serverOver(ground), { era: target.era, canAsk: true });
    const state = stateOf(await peer.call(argumentsOf(target)));
    await peer.call(argumentsOf({ ...target, input: target.other }), answering(state ?? "v1.e30.AAAA"));
    await peer.close();
  },
  "other profile": async (target, ground) => {
    const here = await connectRaw(serverOver(ground), { era: target.era, canAsk: true });
    const state = stateOf(await here.call(argumentsOf(target)));
    const there = await connectRaw(serverOver(ground, { profile: "other" }), { era: target.era, canAsk: true });
    await there.call(argumentsOf(target), answering(state ?? "v1.e30.AAAA"));
    await Promise.all([here.close(), there.close()]);
  },
  expired: async (target, ground) => {
    const late = () => {
      ground.clock.advance(3_600_000);
      return yes;
    };
    const peer = await connectRaw(serverOver(ground), { era: target.era, canAsk: true, reply: late });
    const state = stateOf(await peer.call(argumentsOf(target)));
    if (state !== undefined) await peer.call(argumentsOf(target), answering(state, late()));
    await peer.close();
  },
  "after a restart": async (target, ground) => {
    const before = await connectRaw(serverOver(ground), { era: target.era, canAsk: true });
    const state = stateOf(await before.call(argumentsOf(target)));
    await before.close();
    const fresh = { ...ground, key: randomBytes(32) };
    const after = await connectRaw(serverOver(fresh), { era: target.era, canAsk: true });
    await after.call(argumentsOf(target), answering(state ?? "v1.e30.AAAA"));
    await after.close();
  },
} satisfies Record<string, Attack>;

/** Returns how many requests a person's yes had let out by then, when there was one. */
type Attack = (target: Target, ground: Ground) => Promise<unknown>;
export type AttackName = keyof typeof attacks;

export const yes = { action: "accept", content: { approve: true } } as const;

/** The control: a person's yes in time, and exactly one request leaves. Without it a zero would prove nothing. */
export async function approveProperly(target: Target, ground: Ground): Promise<void> {
  await asAnswered(target, ground, yes);
}

async function once(target: Target, ground: Ground, { canAsk }: { canAsk: boolean }): Promise<void> {
  const peer = await connectRaw(serverOver(ground), { era: target.era, canAsk });
  await peer.call(argumentsOf(target));
  await peer.close();
}

async function asAnswered(
  target: Target,
  ground: Ground,
  answer: Record<string, unknown>,
  more: { environments?: readonly EnvironmentPattern[] } = {},
): Promise<void> {
  const peer = await connectRaw(serverOver(ground, more), { era: target.era, canAsk: true, reply: () => answer });
  const state = stateOf(await peer.call(argumentsOf(target)));
  if (state !== undefined) await peer.call(argumentsOf(target), answering(state, answer));
  await peer.close();
}

function replyOnce(answer: Record<string, unknown>) {
  let replied = false;
  return () => {
    if (replied) return undefined;
    replied = true;
    return answer;
  };
}

export function argumentsOf({ operation, input }: Target): object {
  return { operation, input };
}

export function stateOf({ result }: RawAnswer): string | undefined {
  return typeof result?.requestState === "string" ? result.requestState : undefined;
}

export function answering(requestState: string, approval: Record<string, unknown> = yes): object {
  return { requestState, inputResponses: { approval } };
}

/** Any operation by name; only tests have such a tool over writes. */
const runOperation = defineTool({
  name: "run_operation",
  title: "Run an operation",
  description: "Any operation of the registry, for tests of the gates.",
  toolset: "core",
  operations: [],
  input: z.strictObject({ operation: z.string(), input: z.record(z.string(), z.unknown()) }),
  async run({ operation, input }, { gateway, context }) {
    const outcome = await gateway.run(operation as Operation, input as Requests[Operation], context);
    return reply(outcome, () => ({ summary: inBoth("done") }));
  },
});

export function serverOver(
  { cloud, policy, ledger, clock, key, folder }: Ground,
  {
    profile = "test",
    environments = policy.environments,
  }: { profile?: string; environments?: readonly EnvironmentPattern[] } = {},
) {
  const { attacked } = cloud;
  const gateway = createGateway({
    profile: {
      name: profile,
      cloud: attacked.name,
      environment: "cloud",
      ...attacked.place,
      endpoint: cloud.host,
      mode: "full",
      identity: profile,
    },
    policy: () => ({ ok: true, policy: { ...policy, environments } }),
    ledger: () => ledger,
    transport: attacked.transports(cloud.host),
    clock,
    newToken: () => randomBytes(16).toString("hex"),
    mintSecret: createSecretMint(join(folder, "secrets")),
    outOfBand: async (planId) => ({ command: `approve ${planId}` }),
  });
  return createServerFactory({
    tools: [runOperation],
    open: async () => ({ gateway }),
    version: "0.0.0",
    instructions: "",
    requestStateKey: () => key,
    approvalTimeoutMs: 50,
    clock,
    log: createLog("silent"),
  });
}

export function newGround(cloud: ObligingCloud, policy: Policy): Ground {
  let offset = 0;
  const folder = mkdtempSync(join(tmpdir(), "matrix-"));
  const ledger = openLedger(join(folder, "ledger.db"));
  return {
    cloud,
    policy,
    ledger,
    key: randomBytes(32),
    folder,
    close() {
      ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
    clock: {
      now: () => Date.now() + offset,
      async sleep(milliseconds, signal) {
        signal.throwIfAborted();
        offset += milliseconds;
      },
      advance: (milliseconds) => {
        offset += milliseconds;
      },
    },
  };
}
