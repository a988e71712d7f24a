import { describe, expect, test } from "vitest";
import type { DliRequests } from "../../src/operations/dli/types.gen.ts";
import { dliIndex, findOperation } from "../../src/operations/registry.ts";
import type { OperationRow } from "../../src/operations/types.ts";
import { dliDifferenceOf } from "../../src/sandbox/dli/differences.ts";
import { departures, holds } from "../doubles/declared-shape.ts";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";
import { sampleInput } from "../redteam/matrix/sample-input.ts";
import { goodJobCalls } from "./sandbox-dli-all.jobs.ts";
import { type GoodDliCall, goodResourceCalls } from "./sandbox-dli-all.resources.ts";
import { newFlinkJob, openDliWorld } from "./sandbox-dli-all.support.ts";

/** Every operation of DLI and of the services beside it, called through the door with a signature. */

const goodCalls: Readonly<Record<string, GoodDliCall>> = { ...goodResourceCalls, ...goodJobCalls };
/** It has nothing to tell: the sandbox makes no such sink. */
const alwaysRefused = "ShowFlinkJobApigSinks";

describe.each(["simulated", "shape only"] as const)("%s:", (how) => {
  test.each(namesOf(how).filter((name) => name !== alwaysRefused))(
    "%s answers a good request with the status and in the shape that are declared",
    async (name) => {
      const row = rowOf(name);
      const { request, tells } = goodCallOf(name);
      const world = await openDliWorld();
      const { status, body } = await world.call(name, await request(world));
      expect({ status, body }).toMatchObject({ status: row.successStatus ?? 200 });
      expect(world.sandbox.requestLog.entries().at(-1)).toMatchObject({ operation: name, status });
      expect(row.response ? departures(row.response, body, name) : body).toEqual(row.response ? [] : undefined);
      expect(tells.filter((path) => !holds(body, path))).toEqual([]);
      expect((Array.isArray(body) ? body : [body]).filter(saysFailure)).toEqual([]);
    },
  );
});

test("a Flink job has no APIG sink to show", async () => {
  const world = await openDliWorld();
  expect(await world.call(alwaysRefused, { job_id: await newFlinkJob(world) })).toMatchObject({
    status: 400,
    body: { error_code: "DLI.11098" },
  });
});

describe("not simulated:", () => {
  test.each(namesOf("not simulated"))("%s is refused with 501 and its name", async (name) => {
    const { call, sandbox } = await openDliSandbox();
    expect(await call(name, sampleInput(rowOf(name)))).toMatchObject({
      status: 501,
      body: {
        error_code: "Sandbox.NotSimulated",
        error_msg: `${name} is not simulated by the sandbox; nothing was done.`,
      },
    });
    expect(sandbox.requestLog.entries()).toMatchObject([{ operation: name, status: 501 }]);
  });
});

function namesOf(how: string): (keyof DliRequests)[] {
  return dliIndex
    .map(({ name }) => name as keyof DliRequests)
    .filter((name) => (dliDifferenceOf(name)?.how ?? "not simulated") === how);
}

/** A boolean or its text: the shape says which. */
function saysFailure(answer: unknown): boolean {
  return String((answer as { is_success?: unknown } | undefined)?.is_success ?? true) !== "true";
}

function goodCallOf(name: string): GoodDliCall {
  const found = goodCalls[name];
  if (!found) throw new Error(`no request for ${name}`);
  return found;
}

function rowOf(name: string): OperationRow {
  const row = findOperation(name);
  if (!row) throw new Error(`no operation ${name}`);
  return row;
}
