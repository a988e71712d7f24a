import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPolicy } from "../../src/cli/workbench.ts";
import type { CloudAnswer, CloudTransport, WireRequest } from "../../src/clouds/transport.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import type {
  Approver,
  CallContext,
  Clock,
  GatewayParts,
  Operation,
  Outcome,
  Requests,
  Responses,
} from "../../src/gateway/types.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";

/** Doubles for tests of the gateway: a cloud that answers from a script, and a clock that only sleeping moves. */

export type Script = Record<string, CloudAnswer | ((request: WireRequest) => CloudAnswer | Promise<CloudAnswer>)>;

export interface ScriptedCloud extends CloudTransport {
  sent: WireRequest[];
  /** How often an operation was sent. */
  count(operation: string): number;
}

export function scriptedCloud(script: Script): ScriptedCloud {
  const sent: WireRequest[] = [];
  return {
    sent,
    count: (operation) => sent.filter((request) => request.operation === operation).length,
    async send(request) {
      sent.push(request);
      const answer = script[request.operation];
      if (!answer) throw new Error(`the script has no answer to ${request.operation}`);
      return typeof answer === "function" ? answer(request) : answer;
    },
  };
}

export function answered(body: unknown): CloudAnswer {
  return { kind: "answered", body, requestId: "req-1" };
}

export function manualClock(start = 1_000_000): Clock & { slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}

export interface Bench {
  gateway: Gateway;
  cloud: ScriptedCloud;
  clock: ReturnType<typeof manualClock>;
  ledgerFile: string;
  /** A gateway over the same ledger and cloud, as after a restart. */
  restarted(): Gateway;
}

// Parsed once: it is the same for every test.
const policy = readPolicy();

export function gatewayOver(script: Script, parts: Partial<GatewayParts> = {}): Bench {
  const cloud = scriptedCloud(script);
  const clock = manualClock();
  const ledgerFile = join(mkdtempSync(join(tmpdir(), "gateway-")), "ledger.db");

  let tokens = 0;
  const build = () => {
    const ledger = openLedger(ledgerFile);
    return createGateway({
      profile: {
        name: "test",
        cloud: "emr",
        environment: "cloud",
        regionId: "cn-hangzhou",
        endpoint: "emr.test",
        mode: "full",
        identity: "tester",
      },
      policy: () => policy,
      ledger: () => ledger,
      transport: async () => cloud,
      clock,
      newToken: () => `token${++tokens}`,
      ...parts,
    });
  };
  return { gateway: build(), cloud, clock, ledgerFile, restarted: build };
}

export function contextWith(approver: Approver, signal = new AbortController().signal): CallContext {
  return { signal, language: "en", requester: "test", session: { tainted: false }, approver };
}

/** Runs a call to the question and answers it with yes. */
export async function runApproved<Name extends Operation>(
  gateway: Gateway,
  operation: Name,
  input: Requests[Name],
): Promise<Outcome<Responses[Name]>> {
  const asked = await gateway.run(operation, input, contextWith({ strength: "accepted" }));
  if (asked.kind !== "ask") return asked;
  const answer = { planId: asked.plan.planId, decision: "accepted" } as const;
  return gateway.run(operation, input, contextWith({ strength: "accepted", answer }));
}
