import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { readPolicy } from "../../../src/cli/workbench.ts";
import { createDliTransport } from "../../../src/clouds/dli/transport.ts";
import { createEmrTransport } from "../../../src/clouds/emr/transport.ts";
import type { CloudTransport } from "../../../src/clouds/transport.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";
import type { CallContext, Operation, Outcome } from "../../../src/gateway/types.ts";
import { openLedger } from "../../../src/ledger/sqlite.ts";
import type { Ledger } from "../../../src/ledger/types.ts";
import { withoutRunKey } from "../../../src/operations/run-key.ts";

/**
 * A gateway in a process of its own that submits one job after the other and kills itself at a point told in advance:
 * before or after a write to the ledger, before, during or after a request. It says on stdout what it has finished.
 */
export interface CrashOrder {
  cloud: "emr" | "dli";
  ledgerFile: string;
  host: string;
  place: { regionId: string; projectId?: string };
  accessKeyId: string;
  accessKeySecret: string;
  operation: string;
  /** What is submitted, beside its name. */
  job: Record<string, unknown>;
  /** One job each. */
  names: string[];
  /** The process dies at its n-th point; absent: it lives. */
  dieAt?: number;
  /** How much later it is than on this machine. */
  aheadMs: number;
}

const order = JSON.parse(process.argv[2] ?? "{}") as CrashOrder;
let points = 0;
let { aheadMs } = order;

function point(name: string): void {
  points += 1;
  if (points !== order.dieAt) return;
  writeSync(1, `dies ${name}\n`);
  process.kill(process.pid, "SIGKILL");
}

const writes: ReadonlySet<string | symbol> = new Set([
  "savePlan",
  "decidePlan",
  "burnPlan",
  "beginAttempt",
  "endAttempt",
  "resolveIntent",
  "appendAudit",
]);

/** A point before and after each write. */
function crashing(ledger: Ledger): Ledger {
  return new Proxy(ledger, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== "function" || !writes.has(name)) return member;
      return (...input: unknown[]) => {
        point(`before ${String(name)}`);
        const result: unknown = Reflect.apply(member, target, input);
        point(`after ${String(name)}`);
        return result;
      };
    },
  });
}

function crashingTransport(transport: CloudTransport): CloudTransport {
  return {
    ...(transport.projectId !== undefined && { projectId: transport.projectId }),
    async send(request, options) {
      if (request.operation !== order.operation) return transport.send(request, options);
      point(`before ${request.operation}`);
      const answer = transport.send(request, options);
      writeSync(1, `sends ${String(request.body?.name)}\n`);
      await delay(Math.random() * 6);
      point(`during ${request.operation}`);
      const answered = await answer;
      point(`after ${request.operation}`);
      return answered;
    },
  };
}

function transportOf({ cloud, host, place, accessKeyId, accessKeySecret }: CrashOrder): CloudTransport {
  if (cloud === "emr") {
    return createEmrTransport({
      host,
      protocol: "http",
      credentials: { kind: "pair", accessKeyId, accessKeySecret },
    });
  }
  const here = { host, protocol: "http" } as const;
  return createDliTransport({
    hosts: { dli: here, iam: here, ces: here, cts: here },
    credentials: { kind: "key", accessKeyId, secretAccessKey: accessKeySecret },
    ...(place.projectId !== undefined && { projectId: place.projectId }),
  });
}

const loaded = readPolicy(undefined, order.cloud);
if (!loaded.ok) throw new Error(loaded.problems.join("; "));
const { limits } = loaded.policy;
const policy = {
  ...loaded.policy,
  limits: {
    ...limits,
    plan: { ...limits.plan, maxAsksPerHour: 100_000 },
    // An answer that is held back for longer is lost.
    timeoutsSeconds: { ...limits.timeoutsSeconds, write: order.cloud === "dli" ? 1 : limits.timeoutsSeconds.write },
  },
};
const ledger = crashing(openLedger(order.ledgerFile));
const transport = crashingTransport(transportOf(order));
const gateway = createGateway({
  profile: {
    name: "crash",
    cloud: order.cloud,
    environment: "sandbox",
    endpoint: order.host,
    mode: "full",
    identity: "crash",
    ...order.place,
  },
  policy: () => ({ ok: true, policy }),
  ledger: () => ledger,
  transport: async () => transport,
  // What is waited for between two tries is not what is tested.
  clock: { now: () => Date.now() + aheadMs, sleep: (_milliseconds, signal) => delay(5, undefined, { signal }) },
  newToken: () => crypto.randomUUID().replaceAll("-", ""),
});

writeSync(1, "ready\n");
for (const name of order.names) writeSync(1, `done ${name} ${await submit(name)}\n`);

type Submitted = Outcome<{ jobRunId?: string; id?: string }>;

/** A person who says yes, unless the question says that it was carried out already. */
async function submit(name: string): Promise<string> {
  for (;;) {
    let outcome = await run(name);
    if (outcome.kind === "ask") {
      const { question, planId } = outcome.plan;
      const [, details] = /already carried out \d+ s ago \((.*)\)/.exec(question) ?? [];
      if (details !== undefined) return /"(?:jobRunId|id)":"([\w-]+)"/.exec(details)?.[1] ?? lookUp(name);
      outcome = await run(name, { planId, decision: "accepted" });
    }
    // Done without a question: the yes was in the ledger already when the process before this one died, or the job that
    // it had submitted was found.
    if (outcome.kind === "done") return outcome.value.jobRunId ?? outcome.value.id ?? "";
    if (outcome.kind === "refused" && outcome.next.startsWith("Repeat the very same call after")) await waitLong();
    else if (outcome.kind !== "unknown") throw new Error(`${name}: ${JSON.stringify(outcome)}`);
  }
}

/** What a person does who is told that it was carried out, and not as what. */
async function lookUp(name: string): Promise<string> {
  const listed = await gateway.run("ListSparkJobs", { size: 100 }, contextOf(name));
  if (listed.kind !== "done") throw new Error(`${name}: ${JSON.stringify(listed)}`);
  return listed.value.sessions?.find((each) => withoutRunKey(each.name ?? "") === name)?.id ?? "";
}

/** Until a request that was on its way would have arrived: in truth long enough for this machine. */
async function waitLong(): Promise<void> {
  await delay(500);
  aheadMs += 151_000;
  writeSync(1, `waited ${aheadMs}\n`);
}

type Answer = NonNullable<CallContext["approver"]["answer"]>;

function run(name: string, answer?: Answer): Promise<Submitted> {
  const input = { ...order.job, name } as never;
  return gateway.run(order.operation as Operation, input, contextOf(name, answer)) as Promise<Submitted>;
}

function contextOf(name: string, answer?: Answer): CallContext {
  return {
    signal: new AbortController().signal,
    language: "en",
    // A client of its own for each: how often one may ask is not what is tested.
    requester: `crash test of ${name}`,
    session: { tainted: false },
    approver: { strength: "typed", ...(answer && { answer }) },
  };
}
