import { expect, test } from "vitest";
import { findOperation, operationIndex } from "../../src/operations/registry.ts";
import { renderRequest } from "../../src/operations/request.ts";
import { createRouteMatcher } from "../../src/operations/routes.ts";
import type { OperationRow } from "../../src/operations/types.ts";
import { problemsOfInput } from "../../src/operations/validate.ts";

function row(name: string): OperationRow {
  const found = findOperation(name);
  if (!found) throw new Error(`${name} is not in the registry`);
  return found;
}

test("the registry has the 86 operations of the SDK and the two that only documents know", () => {
  const rows = operationIndex.map(({ name }) => row(name));
  expect(rows.filter(({ origin }) => origin === "sdk")).toHaveLength(86);
  expect(rows.filter(({ origin }) => origin === "documents").map(({ name }) => name)).toEqual([
    "DeleteSessionCluster",
    "DeleteWorkspace",
  ]);
});

test("a name that is not in the index reads no file", () => {
  expect(findOperation("../../../package")).toBeUndefined();
  expect(findOperation("constructor")).toBeUndefined();
});

test("every path parameter has a grammar that admits no dot, slash, percent sign or blank", () => {
  const hostile = ["..", ".", "%2e%2e", "a/b", "", "w-1?x", "w-1#x", "．．", "‥", "a b", "w-1\n", "w-1%00"];
  const matches = createRouteMatcher(operationIndex);
  for (const { name } of operationIndex) {
    const { parameters } = row(name);
    for (const parameter of parameters.filter((each) => each.in === "path")) {
      for (const value of hostile) {
        const input = { [parameter.name]: value };
        const problems = problemsOfInput({ ...row(name), parameters: [parameter] }, input);
        expect(problems, `${name}.${parameter.name} = ${JSON.stringify(value)}`).toHaveLength(1);
      }
    }
  }
  expect(matches("DELETE", "/api/v1/workspaces/w-1/jobRuns/..")).toBeUndefined();
});

test("a rendered request of every operation matches its own route and no other", () => {
  const matches = createRouteMatcher(operationIndex);
  for (const { name } of operationIndex) {
    const operation = row(name);
    const input = Object.fromEntries(
      operation.parameters
        .filter((parameter) => parameter.in === "path")
        .map((parameter) => [
          parameter.name,
          { workspaceId: "w-1", jobRunId: "jr-1", sessionId: "sc-1", resourceName: "dev_queue" }[
            String(parameter.grammar)
          ] ?? "x-1",
        ]),
    );
    const request = renderRequest(operation, input, { regionId: "cn-hangzhou" });
    expect(matches(request.method, request.path)?.operation).toBe(name);
    expect(request.query.regionId).toBe("cn-hangzhou");
  }
});

test("a path in a second spelling matches nothing", () => {
  const matches = createRouteMatcher(operationIndex);
  expect(matches("GET", "/api/v1/workspaces/w-1/jobRuns/jr-1")?.operation).toBe("GetJobRun");
  for (const path of [
    "/api/v1/workspaces/w-1/jobRuns/%6Ar-1",
    "/api/v1/workspaces//w-1/jobRuns/jr-1",
    "/api/v1/workspaces/w-1/jobRuns/jr-1/",
    "/API/v1/workspaces/w-1/jobRuns/jr-1",
    "/api/v1/workspaces/w-1/x/../jobRuns/jr-1",
    "api/v1/workspaces/w-1/jobRuns/jr-1",
  ]) {
    expect(matches("GET", path), path).toBeUndefined();
  }
});

test("a fixed path wins over one with a parameter in its place", () => {
  const matches = createRouteMatcher(operationIndex);
  expect(matches("POST", "/api/v1/workspaces/queues")?.operation).toBe("CreateWorkspaceQueue");
});

test("a missing, an unknown and a wrong argument are each named with what is allowed and an example", () => {
  const problems = problemsOfInput(row("StartJobRun"), {
    workspaceId: "w-1",
    name: "etl",
    codeType: "NOTEBOOK",
    resourceQueueId: "root_queue",
    jobDriver: { sparkSubmit: { entrypoint: "oss://lake/a.py" } },
    queue: "root_queue",
  });
  expect(problems.map(({ field }) => field)).toEqual(["queue", "codeType", "jobDriver.sparkSubmit.entrypoint"]);
  for (const { allowed, example } of problems) {
    expect(allowed).not.toBe("");
    expect(example).not.toBe("");
  }
  expect(problems[1]?.allowed).toContain("SQL, JAR, PYTHON");
});

test("region and idempotency token belong to the gateway, so a caller who names them is told they are unknown", () => {
  const fields = problemsOfInput(row("CancelJobRun"), { workspaceId: "w-1", jobRunId: "jr-1", regionId: "cn-beijing" });
  expect(fields.map(({ field }) => field)).toEqual(["regionId"]);
  expect(problemsOfInput(row("StartJobRun"), { clientToken: "x" }).map(({ field }) => field)).toContain("clientToken");
});

test("arrays and objects travel in a query as the row says", () => {
  const listed = renderRequest(
    row("ListJobRuns"),
    { workspaceId: "w-1", states: ["Running"], maxResults: 5 },
    { regionId: "cn-hangzhou" },
  );
  expect(listed.query).toEqual({ regionId: "cn-hangzhou", states: '["Running"]', maxResults: "5" });
});

test("the idempotency token goes where the row says, nested or not", () => {
  const extras = { regionId: "cn-hangzhou", token: "t-1" };
  expect(renderRequest(row("StartJobRun"), { workspaceId: "w-1" }, extras).body).toEqual({ clientToken: "t-1" });
  const subscription = { autoRenew: true };
  const updated = renderRequest(row("UpdateWorkspace"), { workspaceId: "w-1", subscription }, extras);
  expect(updated.body?.subscription).toEqual({ autoRenew: true, clientToken: "t-1" });
  expect(subscription).toEqual({ autoRenew: true });
});
