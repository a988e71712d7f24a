import { describe, expect, test } from "vitest";
import type { EmrOperation } from "../../src/operations/emr/types.gen.ts";
import { findOperation, operationIndex } from "../../src/operations/registry.ts";
import type { OperationRow, Shape } from "../../src/operations/types.ts";
import { differenceOf, differences } from "../../src/sandbox/emr/differences.ts";
import { simulatedOperations } from "../../src/sandbox/sandbox.ts";
import { departures, holds } from "../doubles/declared-shape.ts";
import { refusalOf } from "../doubles/emr-client.ts";
import { openSandbox } from "../doubles/sandbox-emr.ts";
import { sampleInput } from "../redteam/matrix/sample-input.ts";
import { type GoodCall, goodCalls } from "./sandbox-emr-all.requests.ts";
import { openWorld } from "./sandbox-emr-all.support.ts";

/** Every operation of the registry, called by the official client. */

describe.each(["simulated", "shape only"] as const)("%s:", (how) => {
  test.each(namesOf(how))("%s answers a good request with 200 and its declared shape", async (name) => {
    const row = rowOf(name);
    const { request, tells } = goodCallOf(name);
    const world = await openWorld();
    const answer = await world.call(name, await request(world));
    expect(world.sandbox.requestLog.entries().at(-1)).toMatchObject({ operation: name, status: 200 });
    expect(departures(answerShape(row), answer, name)).toEqual([]);
    expect([requestIdOf(row), ...tells].filter((path) => !holds(answer, path))).toEqual([]);
  });
});

describe("not simulated:", () => {
  test.each(namesOf("not simulated"))("%s is refused with 501 and its name", async (name) => {
    const { sandbox, call } = await openSandbox();
    expect(await refusalOf(call(name, sampleInput(rowOf(name))))).toMatchObject({
      statusCode: 501,
      Code: "Sandbox.NotSimulated",
      Message: `${name} is not simulated by the sandbox; nothing was done.`,
    });
    expect(sandbox.requestLog.entries()).toMatchObject([{ operation: name, status: 501 }]);
  });
});

test("what stands in the table of differences is what has a handler", () => {
  expect(Object.keys(differences).sort()).toEqual(simulatedOperations);
});

test.each<[string, unknown, string[]]>([
  ["a member that nobody declared", { id: "a", other: 1 }, ["at.other is not declared"]],
  ["a member of another type", { id: 1 }, ["at.id is no string"]],
  ["a null", { id: null }, ["at.id is no string"]],
  ["a fraction for a whole number", { sizes: [1, 1.5] }, ["at.sizes[1] is no integer"]],
  ["a value of a map with another type", { counts: { Failed: 1 } }, ["at.counts.Failed is no string"]],
  ["a list for an object", [], ["at is no object"]],
  ["a value that is not listed", { state: "Lost" }, ["at.state is Lost, which is not listed"]],
  ["nothing but what is declared", { id: "a", sizes: [1], counts: { Failed: "1" } }, []],
])("the check of an answer's shape sees %s", (_, answer, seen) => {
  const shape: Shape = {
    type: "object",
    properties: {
      id: { type: "string" },
      sizes: { type: "array", items: { type: "integer" } },
      counts: { type: "object", additionalProperties: { type: "string" } },
      state: { type: "string", enum: ["Running"] },
    },
  };
  expect(departures(shape, answer, "at")).toEqual(seen);
});

test.each([
  ["a.b", true],
  ["a.c", false],
  ["list[].id", true],
  ["list[].name", false],
  ["empty[]", false],
])("the check of what an answer holds finds %s: %s", (path, found) => {
  expect(holds({ a: { b: 1 }, list: [{ id: 1, name: 1 }, { id: 2 }], empty: [] }, path)).toBe(found);
});

function namesOf(how: string): EmrOperation[] {
  return operationIndex
    .map(({ name }) => name as EmrOperation)
    .filter((name) => (differenceOf(name)?.how ?? "not simulated") === how);
}

const byName: Readonly<Record<string, GoodCall>> = goodCalls;

function goodCallOf(name: string): GoodCall {
  const found = byName[name];
  if (!found) throw new Error(`no request for ${name}`);
  return found;
}

function rowOf(name: string): OperationRow {
  const row = findOperation(name);
  if (!row) throw new Error(`no operation ${name}`);
  return row;
}

/** Of what only documents know, the request id is all that can be expected. */
function answerShape(row: OperationRow): Shape {
  return row.response ?? { type: "object", properties: { requestId: { type: "string" } } };
}

function requestIdOf(row: OperationRow): string {
  return "RequestId" in (row.response?.properties ?? {}) ? "RequestId" : "requestId";
}
