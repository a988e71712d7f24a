import { expect, test } from "vitest";
import type { CalledAnswer, CloudCall } from "../../src/gateway/cloud-call.ts";
import { readFacts } from "../../src/gateway/steps/3-precheck.ts";
import type { Call } from "../../src/gateway/types.ts";
import { findOperation } from "../../src/operations/registry.ts";
import { answered } from "../doubles/gateway-parts.ts";
import { dliPolicy, ruleOf } from "./policy-fixture.ts";

/** A list of jobs is acted on at once, and each of them is looked at before. */

const policy = dliPolicy();
const where = {
  cloud: "dli",
  environment: "cloud",
  profile: "p",
  regionId: "cn-north-4",
  endpoint: "e",
  identity: "i",
} as const;

function call(operation: string, input: Record<string, unknown>): Call {
  const row = findOperation(operation);
  if (!row) throw new Error(`no row ${operation}`);
  return {
    row,
    rule: ruleOf(policy, operation),
    policy,
    input,
    target: "x",
    requestDigest: "d",
    where,
    language: "en",
  };
}

async function stopping(jobs: Record<number, CalledAnswer>) {
  const read: CloudCall[] = [];
  const callCloud = async (each: CloudCall) => {
    read.push(each);
    return (
      jobs[Number(each.input.job_id)] ?? { kind: "rejected" as const, status: 400, code: "DLI.16001", message: "" }
    );
  };
  const seen = await readFacts({
    call: call("BatchStopFlinkJobs", { job_ids: Object.keys(jobs).map(Number) }),
    callCloud,
    signal: new AbortController().signal,
  });
  return { seen, read: read.map(({ row, input }) => [row.name, input.job_id]) };
}

const job = (status: string, name: string) => answered({ job_detail: { status, name, queue_name: "general_q1" } });

test("every job of a list is read by its own id", async () => {
  const { read } = await stopping({ 138: job("job_running", "a"), 148: job("job_running", "b") });
  expect(read).toEqual([
    ["ShowFlinkJob", 138],
    ["ShowFlinkJob", 148],
  ]);
});

test("a fact that is the same of all stands once, and one that differs is told of each", async () => {
  const { seen } = await stopping({ 138: job("job_running", "a"), 148: job("job_running", "b") });
  expect(seen).toMatchObject({
    bound: { status: "job_running" },
    context: { jobName: "138: a, 148: b", queue: "general_q1" },
  });
});

test("a state that differs but is admitted binds with the id it belongs to", async () => {
  const { seen } = await stopping({ 138: job("job_running", "a"), 148: job("job_idle", "b") });
  expect(seen).toMatchObject({ bound: { status: "138: job_running, 148: job_idle" } });
});

test("one job that may not be stopped stops the whole call", async () => {
  const { seen } = await stopping({ 138: job("job_running", "a"), 148: job("job_finish", "b") });
  expect(seen).toMatchObject({ kind: "refused", code: "PRECONDITION_NOT_MET" });
});
