import { describe, expect, test } from "vitest";
import type { CalledAnswer, CloudCall } from "../../src/gateway/cloud-call.ts";
import { isRefused } from "../../src/gateway/refuse.ts";
import { readFacts } from "../../src/gateway/steps/3-precheck.ts";
import { recheck } from "../../src/gateway/steps/6-recheck.ts";
import { verify } from "../../src/gateway/steps/8-verify.ts";
import type { Call, Facts } from "../../src/gateway/types.ts";
import type { StoredPlan } from "../../src/ledger/types.ts";
import type { Precheck, Verification } from "../../src/policy/types.ts";
import { answered, contextWith, manualClock } from "../doubles/gateway-parts.ts";
import { rowOf, ruleOf, shippedPolicy } from "./policy-fixture.ts";

/** The reads before and after an operation, with rules made for the test. */

const policy = shippedPolicy();
const where = {
  cloud: "emr",
  environment: "cloud",
  profile: "p",
  regionId: "cn-hangzhou",
  endpoint: "e",
  identity: "i",
} as const;
const precheck: Precheck = {
  read: "GetJobRun",
  with: { workspaceId: "$workspaceId", jobRunId: "$jobRunId" },
  facts: { state: "jobRun.state" },
  otherwise: { en: "the run is over", zh: "运行已结束" },
  next: { en: "Look at it.", zh: "请查看。" },
};

function callWith(prechecks: readonly Precheck[], verification?: Verification): Call {
  const { verify: _, ...rule } = ruleOf(policy, "CancelJobRun");
  return {
    row: rowOf("CancelJobRun"),
    rule: { ...rule, prechecks, ...(verification && { verify: verification }) },
    policy,
    input: { workspaceId: "w-1", jobRunId: "jr-1" },
    target: "jr-1",
    workspaceId: "w-1",
    requestDigest: "d",
    where,
    language: "en",
  };
}

/** A caller that gives these answers in turn, the last for good, and keeps what it was called with. */
function answering(...answers: CalledAnswer[]) {
  const calls: CloudCall[] = [];
  const callCloud = async (call: CloudCall) => {
    calls.push(call);
    return answers[Math.min(calls.length, answers.length) - 1] ?? answered({});
  };
  return { calls, callCloud };
}

async function look(prechecks: readonly Precheck[], ...answers: CalledAnswer[]) {
  const { calls, callCloud } = answering(...answers);
  const call = callWith(prechecks);
  const signal = new AbortController().signal;
  return { seen: await readFacts({ call, callCloud, signal }), calls };
}

function factsOf(seen: Awaited<ReturnType<typeof readFacts>>): Facts {
  if (isRefused(seen)) throw new Error(seen.what);
  return seen;
}

describe("the reads before an operation", () => {
  test("give the facts that bind and those that may change", async () => {
    const { seen, calls } = await look(
      [{ ...precheck, context: { name: "jobRun.name" } }],
      answered({ jobRun: { state: "Running", name: "etl" } }),
    );
    expect(seen).toEqual({ bound: { state: "Running" }, context: { name: "etl" } });
    expect(calls).toMatchObject([
      {
        row: { name: "GetJobRun" },
        input: { workspaceId: "w-1", jobRunId: "jr-1" },
        regionId: "cn-hangzhou",
        timeout: "read",
        repeatable: true,
      },
    ]);
  });

  test("admit a state in any casing, and no other", async () => {
    const required = { ...precheck, require: { state: ["Running", "Pending"] } };
    const state = (value: unknown) => look([required], answered({ jobRun: { state: value } }));
    expect(factsOf((await state("RUNNING")).seen).bound).toEqual({ state: "RUNNING" });
    expect(factsOf((await state("pending")).seen).bound).toEqual({ state: "pending" });
    expect((await state("Failed")).seen).toMatchObject({
      code: "PRECONDITION_NOT_MET",
      what: "CancelJobRun was not sent: the run is over (state: Failed; needed: Running, Pending).",
      next: "Look at it.",
    });
    expect((await state(undefined)).seen).toMatchObject({
      what: "CancelJobRun was not sent: the run is over (state: not found; needed: Running, Pending).",
    });
  });

  test("demand each fact that is required, and a missing one is never admitted", async () => {
    const required = { ...precheck, require: { state: ["Running"], other: ["null"] } };
    expect((await look([required], answered({ jobRun: { state: "Running" } }))).seen).toMatchObject({
      code: "PRECONDITION_NOT_MET",
    });
  });

  test("stop at the first that refuses", async () => {
    const required = { ...precheck, require: { state: ["Running"] } };
    const { calls } = await look([required, precheck], answered({ jobRun: { state: "Failed" } }));
    expect(calls).toHaveLength(1);
  });

  test("say it in the caller's language", async () => {
    const { callCloud } = answering(answered({}));
    const call = callWith([{ ...precheck, require: { state: ["Running"] } }]);
    const seen = await readFacts({
      call: { ...call, language: "zh" },
      callCloud,
      signal: new AbortController().signal,
    });
    expect(seen).toMatchObject({ what: expect.stringContaining("运行已结束"), next: "请查看。" });
  });

  test("give literals as the row's types want them", async () => {
    const { calls } = await look(
      [{ ...precheck, read: "ListJobRuns", with: { workspaceId: "w-9", maxResults: "50" }, facts: {} }],
      answered({}),
    );
    expect(calls[0]?.input).toStrictEqual({ workspaceId: "w-9", maxResults: 50 });
  });

  test.each<[string, CalledAnswer, object]>([
    [
      "no answer",
      { kind: "lost", message: "no answer within 30 s" },
      { code: "PRECHECK_FAILED", what: "CancelJobRun was not sent: GetJobRun gave no answer (no answer within 30 s)." },
    ],
    [
      "a refusal",
      { kind: "rejected", status: 403, code: "Forbidden.RAM", message: "no" },
      {
        code: "NOT_AUTHORIZED",
        what: expect.stringMatching(/^CancelJobRun was not sent: the check before it failed\. GetJobRun was refused/),
      },
    ],
    [
      "nothing sent",
      { kind: "not-sent", reason: "unreachable", message: "no route" },
      {
        code: "UNREACHABLE",
        what: "CancelJobRun was not sent: the check before it failed. GetJobRun was not sent: no route.",
      },
    ],
  ])("with %s refuse the operation", async (_, answer, refusal) => {
    expect((await look([precheck], answer)).seen).toMatchObject({ kind: "refused", ...refusal });
  });

  test("that lack what the call did not give refuse and name it", async () => {
    const reading = (source: string) => ({ ...precheck, with: { ...precheck.with, jobRunId: source } });
    const { seen, calls } = await look([reading("$regionId")]);
    expect(calls).toEqual([]);
    expect(seen).toMatchObject({
      code: "BAD_INPUT",
      what: "CancelJobRun was not sent: regionId is missing, and without it the target cannot be checked.",
    });
    expect((await look([reading("$nothing")])).seen).toMatchObject({
      next: "nothing: a value, for example ",
      fields: [{ field: "nothing", problem: "is missing", allowed: "a value", example: "" }],
    });
  });

  test("that lack an id name its form, and otherwise what the row says of it", async () => {
    const call = callWith([precheck]);
    const refusal = async (row: Call["row"]) => {
      const { callCloud } = answering();
      const signal = new AbortController().signal;
      return readFacts({ call: { ...call, row, input: { workspaceId: "w-1" } }, callCloud, signal });
    };
    const bare = {
      name: "jobRunId",
      in: "path",
      type: "string",
      required: false,
      description: "Any",
      example: 7,
    } as const;
    expect(await refusal({ ...call.row, parameters: [bare] })).toMatchObject({
      fields: [{ field: "jobRunId", allowed: "Any", example: "7" }],
    });
    const withForm = { ...bare, grammar: "jobRunId" } as const;
    expect(await refusal({ ...call.row, parameters: [withForm] })).toMatchObject({
      fields: [{ field: "jobRunId", allowed: expect.stringContaining("jr-"), example: expect.stringMatching(/^jr-/) }],
    });
  });

  test("throw when the policy names a read that is not in the registry", async () => {
    await expect(look([{ ...precheck, read: "GetNothing" }])).rejects.toThrow("GetNothing");
  });
});

test("what changed since the question is named fact by fact, also what is gone or new", () => {
  const plan: StoredPlan = {
    planId: "plan-1",
    requestDigest: "d",
    planDigest: "p",
    operation: "CancelJobRun",
    target: "jr-1",
    risk: "destructive",
    requiredStrength: "accepted",
    question: "?",
    requester: "test",
    place: "cloud",
    facts: { state: "Running", gone: 1, same: true, unseen: null },
    createdAt: 0,
    expiresAt: 1,
    state: "used",
  };
  const now = { bound: { state: "Pending", same: true, fresh: "x" }, context: { gone: 1 } };
  expect(recheck(callWith([]), plan, now)).toMatchObject({
    code: "STATE_CHANGED",
    what: "CancelJobRun of jr-1 was not sent: state was Running when the person was asked and is Pending now; gone was 1 when the person was asked and is null now; fresh was null when the person was asked and is x now.",
    changes: [
      { fact: "state", before: "Running", now: "Pending" },
      { fact: "gone", before: 1, now: null },
      { fact: "fresh", before: null, now: "x" },
    ],
  });
  expect(recheck(callWith([]), plan, { bound: { ...plan.facts }, context: { other: 1 } })).toBeUndefined();
});

describe("a read of all pages", () => {
  const listing: Precheck = {
    ...precheck,
    read: "ListWorkspaceQueues",
    with: { workspaceId: "$workspaceId" },
    pages: "all",
    facts: { queues: "queues[]|count", last: "total" },
  };

  test("joins the lists and follows the token to the end", async () => {
    const { seen, calls } = await look(
      [listing],
      answered({ queues: [{}], total: 1, nextToken: "t-2" }),
      answered({ queues: [{}, {}], total: 2, nextToken: "t-3" }),
      answered({ queues: [{}], total: 3, nextToken: "" }),
      answered({ queues: [{}], total: 4 }),
    );
    expect(seen).toMatchObject({ bound: { queues: 4, last: 3 } });
    expect(calls.map(({ input }) => input.nextToken)).toEqual([undefined, "t-2", "t-3"]);
  });

  test("ends at a page without a token, or with an answer that is none", async () => {
    expect(factsOf((await look([listing], answered({ queues: [{}] }))).seen).bound).toMatchObject({ queues: 1 });
    const odd = await look([listing], answered({ queues: [{}], nextToken: "t-2" }), answered(null));
    expect(factsOf(odd.seen).bound).toMatchObject({ queues: 1 });
    expect(odd.calls).toHaveLength(2);
    const text = await look([listing], answered("nextToken"));
    expect(factsOf(text.seen).bound).toMatchObject({ queues: null });
    const number = await look([listing], answered({ queues: [], nextToken: 2 }));
    expect(number.calls).toHaveLength(1);
  });

  test("takes what is no list on both pages as the later page has it", async () => {
    const { seen } = await look([listing], answered({ queues: 1, nextToken: "t" }), answered({ queues: [{}] }));
    expect(factsOf(seen).bound).toMatchObject({ queues: 1 });
    const other = await look([listing], answered({ queues: [{}], nextToken: "t" }), answered({ queues: 1 }));
    expect(factsOf(other.seen).bound).toMatchObject({ queues: null });
  });

  test("that has no end refuses after fifty pages", async () => {
    const { seen, calls } = await look([listing], answered({ queues: [{}], nextToken: "again" }));
    expect(calls).toHaveLength(50);
    expect(seen).toMatchObject({
      code: "PRECHECK_FAILED",
      what: "CancelJobRun was not sent: ListWorkspaceQueues has more than 50 pages.",
    });
  });

  test("that fails on a later page refuses", async () => {
    const { seen } = await look([listing], answered({ queues: [{}], nextToken: "t" }), {
      kind: "lost",
      message: "reset",
    });
    expect(seen).toMatchObject({ code: "PRECHECK_FAILED" });
  });

  test("is not made where the rule does not ask for it", async () => {
    const { pages, ...once } = listing;
    const { seen, calls } = await look([once], answered({ queues: [{}], nextToken: "t-2" }));
    expect(calls).toHaveLength(1);
    expect(factsOf(seen).bound).toMatchObject({ queues: 1 });
  });
});

describe("the look after an operation", () => {
  const verification: Verification = {
    read: "GetJobRun",
    with: { workspaceId: "$workspaceId", jobRunId: "$jobRunId" },
    state: "jobRun.state",
    until: ["Cancelled", "Failed"],
    withinSeconds: 10,
  };
  const running = answered({ jobRun: { state: "Running" } });
  const lost: CalledAnswer = { kind: "lost", message: "reset" };

  async function follow(change: Partial<Verification>, ...answers: CalledAnswer[]) {
    const { calls, callCloud } = answering(...answers);
    const clock = manualClock();
    const said: string[] = [];
    const context = { ...contextWith({ strength: "none" }), progress: (message: string) => said.push(message) };
    const call = callWith([], { ...verification, ...change });
    const seen = await verify(call, { jobRunId: "jr-2", runId: "jr-3" }, context, callCloud, clock);
    return { seen, calls, said, slept: clock.slept };
  }

  test("is done at once where the rule names none", async () => {
    const { callCloud, calls } = answering();
    const context = contextWith({ strength: "none" });
    expect(await verify(callWith([]), {}, context, callCloud, manualClock())).toEqual({ settled: true });
    expect(calls).toEqual([]);
  });

  test("ends at a state that counts, in any casing, after waits that double", async () => {
    const { seen, said, slept } = await follow({}, running, running, answered({ jobRun: { state: "CANCELLED" } }));
    expect(seen).toEqual({ settled: true, state: "CANCELLED" });
    expect(slept).toEqual([500, 1_000]);
    expect(said).toEqual(["jr-1 is Running", "jr-1 is Running"]);
  });

  test("gives up in time, and reports the state as seen", async () => {
    const { seen, slept } = await follow({ withinSeconds: 4 }, running);
    expect(seen).toEqual({ settled: false, state: "Running" });
    expect(slept).toEqual([500, 1_000, 2_000]);
  });

  test("waits to the very end of its time", async () => {
    expect((await follow({ withinSeconds: 1.5 }, running)).slept).toEqual([500, 1_000]);
    expect((await follow({ withinSeconds: 1.4 }, running)).slept).toEqual([500]);
  });

  test("looks once where there is no time at all", async () => {
    const { seen, calls } = await follow({ withinSeconds: 0 }, running);
    expect(seen).toEqual({ settled: false, state: "Running" });
    expect(calls).toHaveLength(1);
  });

  test("never waits longer than policy's longest pause, nor on the whole than it admits", async () => {
    const { slept } = await follow({ withinSeconds: 7_200 }, running);
    expect(Math.max(...slept)).toBe(30_000);
    expect(slept.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(1_800_000);
    expect(slept.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(1_700_000);
  });

  test("takes a look that failed, or showed nothing, for no news", async () => {
    const { seen, said } = await follow(
      {},
      lost,
      answered({}),
      running,
      lost,
      answered({ jobRun: { state: "Failed" } }),
    );
    expect(seen).toEqual({ settled: true, state: "Failed" });
    expect(said.slice(0, 3)).toEqual(["jr-1 is not visible yet", "jr-1 is not visible yet", "jr-1 is Running"]);
    expect(said[3]).toBe("jr-1 is Running");
  });

  test("that never shows a state reports none", async () => {
    expect((await follow({ withinSeconds: 1 }, lost)).seen).toEqual({ settled: false });
  });

  test("names what the call gave, then what it answered, then literals", async () => {
    const { calls } = await follow(
      { with: { workspaceId: "w-9", jobRunId: "$jobRunId", regionId: "$runId" } },
      answered({ jobRun: { state: "Failed" } }),
    );
    expect(calls[0]).toMatchObject({
      row: { name: "GetJobRun" },
      input: { workspaceId: "w-9", jobRunId: "jr-1", regionId: "jr-3" },
      regionId: "cn-hangzhou",
      timeout: "read",
      repeatable: true,
    });
  });

  test("goes by the call alone where the answer is no object", async () => {
    const { callCloud, calls } = answering(answered({ jobRun: { state: "Failed" } }));
    const call = callWith([], verification);
    for (const body of [undefined, null, "jr-2"]) {
      await verify(call, body, contextWith({ strength: "none" }), callCloud, manualClock());
    }
    expect(calls.map(({ input }) => input.jobRunId)).toEqual(["jr-1", "jr-1", "jr-1"]);
  });

  test("ends when the caller cancels, with what was seen", async () => {
    const abort = async (...answers: CalledAnswer[]) => {
      const { callCloud } = answering(...answers);
      const context = { ...contextWith({ strength: "none" }, AbortSignal.abort()) };
      return verify(callWith([], verification), {}, context, callCloud, manualClock());
    };
    expect(await abort(running)).toEqual({ settled: false, state: "Running" });
    expect(await abort(lost)).toEqual({ settled: false });
  });

  test("throws when the policy names a read that is not in the registry", async () => {
    await expect(follow({ read: "GetNothing" }, running)).rejects.toThrow("GetNothing");
  });
});
