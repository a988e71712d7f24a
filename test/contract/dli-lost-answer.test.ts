import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createDliTransport } from "../../src/clouds/dli/transport.ts";
import type { Clock } from "../../src/gateway/types.ts";
import type { Fault, FaultKind } from "../../src/sandbox/faults.ts";
import { contextWith, gatewayOver, runApproved } from "../doubles/gateway-parts.ts";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";
import { dliPolicy } from "../unit/policy-fixture.ts";

/** Answers that get lost on the real wire, between the gateway and the sandbox: one submission is one batch. */

const batch = { file: "obs://sandbox/a.py", className: "", queue: "sandbox_general", name: "nightly", numExecutors: 1 };

async function workplace() {
  const opened = await openDliSandbox({ dli: { firstPool: true } });
  const { sandbox, projectId, call } = opened;
  const here = { host: sandbox.dliEndpoint ?? "", protocol: "http" } as const;
  const transport = createDliTransport({
    hosts: { dli: here, iam: here, ces: here, cts: here },
    credentials: { kind: "key", accessKeyId: sandbox.accessKeyId, secretAccessKey: sandbox.accessKeySecret },
    projectId,
  });
  let ahead = 0;
  // Signatures carry the real time; only the gateway waits by this clock.
  const clock: Clock = {
    now: () => Date.now() + ahead,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      ahead += milliseconds;
    },
  };
  const bench = gatewayOver(
    {},
    {
      profile: {
        name: "test",
        cloud: "dli",
        environment: "sandbox",
        regionId: "cn-north-4",
        endpoint: here.host,
        mode: "full",
        identity: "tester",
      },
      policy: () => ({ ok: true, policy: dliPolicy() }),
      transport: async () => transport,
      clock,
      newToken: () => randomBytes(16).toString("hex"),
    },
  );
  const faults = (wanted: readonly Fault[]) => sandbox.faults.set(wanted);
  const batches = async () => {
    const { body } = await call("ListSparkJobs");
    return (body as { sessions: Array<{ id: string; name: string }> }).sessions;
  };
  const submitted = () => sandbox.requestLog.entries().filter(({ operation }) => operation === "CreateSparkJob").length;
  return { ...bench, faults, batches, submitted, pass: (seconds: number) => clock.sleep(seconds * 1_000, calm) };
}

const calm = new AbortController().signal;

describe("CreateSparkJob whose answer is lost after it took effect", () => {
  test.each<FaultKind>(["resetAfterEffect", "serverErrorAfterEffect"])(
    "by %s is found by its key, and there is one batch",
    async (kind) => {
      const { gateway, faults, batches, submitted } = await workplace();
      faults([{ operation: "CreateSparkJob", kind, times: 1 }]);
      const outcome = await runApproved(gateway, "CreateSparkJob", batch);
      const [only, ...more] = await batches();
      expect(outcome).toMatchObject({ kind: "done", value: { id: only?.id } });
      expect(only?.name).toMatch(/^nightly--rk[0-9a-f]{16}$/);
      expect(more).toEqual([]);
      expect(submitted()).toBe(1);
    },
  );

  test("and that cannot be looked for at once is found by the same call made again, which sends nothing", async () => {
    const { gateway, restarted, faults, batches, submitted } = await workplace();
    faults([
      { operation: "CreateSparkJob", kind: "resetAfterEffect", times: 1 },
      { operation: "ListSparkJobs", kind: "serverErrorBeforeEffect", times: 20 },
    ]);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "unknown" });
    faults([]);
    const again = await restarted().run("CreateSparkJob", batch, contextWith({ strength: "none" }));
    const [only, ...more] = await batches();
    expect(again).toMatchObject({ kind: "done", foundFromEarlier: true, value: { id: only?.id } });
    expect(more).toEqual([]);
    expect(submitted()).toBe(1);
  });
});

describe("CreateSparkJob that is lost before it took effect", () => {
  test("is sent again by a new yes once it cannot come any more, and there is one batch", async () => {
    const { gateway, faults, batches, submitted, pass } = await workplace();
    faults([{ operation: "CreateSparkJob", kind: "resetBeforeEffect", times: 1 }]);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "unknown" });
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ code: "EARLIER_SEND_UNRESOLVED" });
    await pass(150);
    expect(await runApproved(gateway, "CreateSparkJob", batch)).toMatchObject({ kind: "done" });
    expect(await batches()).toHaveLength(1);
    expect(submitted()).toBe(2);
  });
});

test("the same batch twice on purpose is two batches, and each had its own yes", async () => {
  const { gateway, batches } = await workplace();
  await runApproved(gateway, "CreateSparkJob", batch);
  await runApproved(gateway, "CreateSparkJob", batch);
  const names = (await batches()).map(({ name }) => name);
  expect(new Set(names).size).toBe(2);
});
