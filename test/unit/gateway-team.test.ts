import { describe, expect, test } from "vitest";
import type { Approver, CallContext } from "../../src/gateway/types.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import type { Role } from "../../src/policy/roles.ts";
import { answered, contextWith, gatewayOver, type Script } from "../doubles/gateway-parts.ts";
import { shippedFiles } from "./policy-fixture.ts";

/** What the gateway makes of whom the server let in. */

const input = { workspaceId: "w-1", jobRunId: "jr-1" };

function running(): Script {
  let state = "Running";
  return {
    GetJobRun: () => answered({ jobRun: { jobRunId: "jr-1", state, name: "etl", resourceQueueId: "root_queue" } }),
    CancelJobRun: () => {
      state = "Cancelled";
      return answered({ jobRunId: "jr-1" });
    },
  };
}

function as(name: string, roles: readonly Role[], approver: Approver = { strength: "accepted" }): CallContext {
  return { ...contextWith(approver), principal: { name, roles } };
}

/** The shipped policy for a workspace that is there for trying things out. */
const development = () =>
  loadPolicy({
    ...shippedFiles,
    environments: {
      name: "environments.yaml",
      text: "version: 1\nenvironments: [{ name: development, workspaces: [w-1] }]\n",
    },
  });

const limited = (maxAsksPerHour: number) =>
  loadPolicy({
    ...shippedFiles,
    overlay: { name: "policy.yaml", text: `version: 1\nlimits: { plan: { maxAsksPerHour: ${maxAsksPerHour} } }\n` },
  });

const outOfBand = async (planId: string) => ({ command: `approve ${planId}` });

describe("roles", () => {
  test.each<[readonly Role[], string]>([
    [["reader"], "reader"],
    [["approver"], "approver"],
    [["reader", "approver"], "reader, approver"],
    [[], "none"],
  ])("%j may not cancel, and is told which role they have", async (roles, shown) => {
    const { gateway, cloud } = gatewayOver(running());
    const outcome = await gateway.run("CancelJobRun", input, as("rita", roles));
    expect(outcome).toMatchObject({ kind: "refused", code: "ROLE_NOT_ALLOWED" });
    const what = `rita has the role ${shown} here, and a call of class destructive needs operator.`;
    expect(outcome).toMatchObject({ what: expect.stringContaining(what) });
    expect(cloud.sent).toEqual([]);
  });

  test("a reader reads, and somebody without a role does not", async () => {
    const { gateway, cloud } = gatewayOver(running());
    expect((await gateway.run("GetJobRun", input, as("rita", ["reader"]))).kind).toBe("done");
    expect(await gateway.run("GetJobRun", input, as("noel", []))).toMatchObject({
      code: "ROLE_NOT_ALLOWED",
      what: expect.stringContaining("a call of class read needs a role."),
    });
    expect(cloud.count("GetJobRun")).toBe(1);
  });

  test("an operator is asked, and their yes carries it out", async () => {
    const { gateway, cloud } = gatewayOver(running());
    const asked = await gateway.run("CancelJobRun", input, as("otto", ["operator"]));
    if (asked.kind !== "ask") throw new Error(asked.kind);
    const answer = { planId: asked.plan.planId, decision: "accepted" } as const;
    const done = await gateway.run("CancelJobRun", input, as("otto", ["operator"], { strength: "accepted", answer }));
    expect(done.kind).toBe("done");
    expect(cloud.count("CancelJobRun")).toBe(1);
  });

  test("who lost the role between question and answer sends nothing", async () => {
    const { gateway, cloud } = gatewayOver(running());
    const asked = await gateway.run("CancelJobRun", input, as("otto", ["operator"]));
    if (asked.kind !== "ask") throw new Error(asked.kind);
    const answer = { planId: asked.plan.planId, decision: "accepted" } as const;
    const late = await gateway.run("CancelJobRun", input, as("otto", ["reader"], { strength: "accepted", answer }));
    expect(late).toMatchObject({ kind: "refused", code: "ROLE_NOT_ALLOWED" });
    expect(cloud.count("CancelJobRun")).toBe(0);
  });

  test("a refusal is recorded with the person's name", async () => {
    const { gateway, ledgerFile } = gatewayOver(running());
    await gateway.run("CancelJobRun", input, as("rita", ["reader"]));
    const [record] = openLedger(ledgerFile).listAudit({ limit: 1 }).records;
    expect(record?.entry).toMatchObject({ principal: "rita", code: "ROLE_NOT_ALLOWED" });
  });
});

describe("four eyes", () => {
  const open = () => gatewayOver(running(), { fourEyes: () => true, outOfBand });
  const ann = (approver?: Approver) => as("ann", ["operator"], approver);

  test("the requester's own client is not asked: another person has to decide", async () => {
    const { gateway } = open();
    const outcome = await gateway.run("CancelJobRun", input, ann({ strength: "typed" }));
    expect(outcome).toMatchObject({ kind: "awaiting", byAnother: true });
  });

  test("an answer that comes through the requester's client all the same counts for nothing", async () => {
    const { gateway, cloud } = open();
    const awaiting = await gateway.run("CancelJobRun", input, ann());
    if (awaiting.kind !== "awaiting") throw new Error(awaiting.kind);
    const { planId } = awaiting.plan;
    for (const decision of ["accepted", "declined"] as const) {
      const answer = { planId, decision, typedName: "jr-1" };
      expect((await gateway.run("CancelJobRun", input, ann({ strength: "typed", answer }))).kind).toBe("awaiting");
    }
    expect(cloud.count("CancelJobRun")).toBe(0);
  });

  test.each([
    ["page:bob", 1],
    ["terminal+code:bob", 1],
    ["page:ann", 0],
    ["page:Ann", 0],
    ["page", 0],
    ["page+code", 0],
    ["terminal", 0],
    ["client", 0],
    ["standing:1", 0],
  ])("a yes recorded as %s lets %i requests out", async (by, sent) => {
    const { gateway, cloud, clock, ledgerFile } = open();
    const awaiting = await gateway.run("CancelJobRun", input, ann());
    if (awaiting.kind !== "awaiting") throw new Error(awaiting.kind);
    const yes = { verdict: "approved", strength: "out-of-band", by, at: clock.now() } as const;
    expect(openLedger(ledgerFile).decidePlan(awaiting.plan.planId, yes)).toBe(true);
    await gateway.run("CancelJobRun", input, ann());
    await gateway.run("CancelJobRun", input, ann());
    expect(cloud.count("CancelJobRun")).toBe(sent);
  });

  test("another person's yes carries no request of a third", async () => {
    const { gateway, cloud, clock, ledgerFile } = open();
    const awaiting = await gateway.run("CancelJobRun", input, ann());
    if (awaiting.kind !== "awaiting") throw new Error(awaiting.kind);
    const yes = { verdict: "approved", strength: "out-of-band", by: "page:bob", at: clock.now() } as const;
    openLedger(ledgerFile).decidePlan(awaiting.plan.planId, yes);
    expect((await gateway.run("CancelJobRun", input, as("otto", ["operator"]))).kind).toBe("awaiting");
    expect(cloud.count("CancelJobRun")).toBe(0);
  });

  test("where nobody can be asked outside of the client, nothing is sent", async () => {
    const { gateway } = gatewayOver(running(), { fourEyes: () => true });
    expect(await gateway.run("CancelJobRun", input, ann())).toMatchObject({ code: "NOBODY_TO_ASK" });
  });

  test("calls without a person, as on this machine, are asked about as ever", async () => {
    const { gateway } = open();
    expect((await gateway.run("CancelJobRun", input, contextWith({ strength: "accepted" }))).kind).toBe("ask");
  });

  test("what was allowed in advance does not count, since who allowed it is not known", async () => {
    for (const [fourEyes, expected] of [
      [false, "done"],
      [true, "awaiting"],
    ] as const) {
      const parts = { fourEyes: () => fourEyes, outOfBand, policy: development };
      const { gateway, clock, ledgerFile } = gatewayOver(running(), parts);
      openLedger(ledgerFile).grantStanding({
        operation: "CancelJobRun",
        profile: "test",
        place: "cloud, cn-hangzhou, tester",
        principal: "ann",
        workspaceId: "w-1",
        strength: "out-of-band",
        grantedBy: "terminal",
        uses: 1,
        createdAt: clock.now(),
        expiresAt: clock.now() + 60_000,
      });
      expect((await gateway.run("CancelJobRun", input, ann())).kind).toBe(expected);
    }
  });
});

describe("questions an hour", () => {
  const hour = 60 * 60_000;
  const few = () => limited(3);
  const open = () => gatewayOver(running(), { outOfBand, policy: few });
  const cancelOf = (number: number) => ({ ...input, jobRunId: `jr-${number}` });

  test("the fourth is refused with the time at which it may be put, and put then", async () => {
    const { gateway, clock } = open();
    const ann = as("ann", ["operator"]);
    const first = clock.now();
    for (const number of [1, 2, 3]) {
      expect((await gateway.run("CancelJobRun", cancelOf(number), ann)).kind).toBe("ask");
      await clock.sleep(1_000, ann.signal);
    }
    const refused = await gateway.run("CancelJobRun", cancelOf(4), ann);
    expect(refused).toMatchObject({ kind: "refused", code: "ASKED_TOO_OFTEN" });
    const at = new Date(first + hour).toISOString();
    expect(refused).toMatchObject({ next: expect.stringContaining(at) });
    await clock.sleep(first + hour - 1 - clock.now(), ann.signal);
    expect((await gateway.run("CancelJobRun", cancelOf(4), ann)).kind).toBe("refused");
    await clock.sleep(1, ann.signal);
    expect((await gateway.run("CancelJobRun", cancelOf(4), ann)).kind).toBe("ask");
    expect((await gateway.run("CancelJobRun", cancelOf(5), ann)).kind).toBe("refused");
  });

  test("asking again for what waits is not a new question", async () => {
    const { gateway } = open();
    const ann = as("ann", ["operator"]);
    for (let round = 0; round < 10; round += 1) {
      expect((await gateway.run("CancelJobRun", input, ann)).kind).toBe("ask");
    }
  });

  test.each<[string, CallContext, CallContext]>([
    ["one person does not use up another's", as("ann", ["operator"]), as("otto", ["operator"])],
    ["a person does not use up those of this machine", as("ann", ["operator"]), contextWith({ strength: "accepted" })],
    [
      "one client of this machine does not use up another's",
      contextWith({ strength: "accepted" }),
      { ...contextWith({ strength: "accepted" }), requester: "another client" },
    ],
  ])("%s", async (_, one, other) => {
    const { gateway } = open();
    for (const number of [1, 2, 3, 4]) await gateway.run("CancelJobRun", cancelOf(number), one);
    expect(await gateway.run("CancelJobRun", cancelOf(5), one)).toMatchObject({ code: "ASKED_TOO_OFTEN" });
    expect((await gateway.run("CancelJobRun", cancelOf(5), other)).kind).toBe("ask");
  });

  test("a person cannot go on under another client's name", async () => {
    const { gateway } = open();
    for (const number of [1, 2, 3]) await gateway.run("CancelJobRun", cancelOf(number), as("ann", ["operator"]));
    const renamed = { ...as("ann", ["operator"]), requester: "another client" };
    expect(await gateway.run("CancelJobRun", cancelOf(4), renamed)).toMatchObject({ code: "ASKED_TOO_OFTEN" });
  });

  test("a refusal for that leaves no plan, and reads go on", async () => {
    const { gateway, ledgerFile } = open();
    const ann = as("ann", ["operator"]);
    for (const number of [1, 2, 3, 4, 5]) await gateway.run("CancelJobRun", cancelOf(number), ann);
    expect(openLedger(ledgerFile).listPlans({ limit: 10 })).toHaveLength(3);
    expect((await gateway.run("GetJobRun", input, ann)).kind).toBe("done");
  });
});
