import { describe, expect, test } from "vitest";
import { readDliCaller } from "../../src/clouds/dli/caller.ts";
import { createDliTransport } from "../../src/clouds/dli/transport.ts";
import type { WireRequest } from "../../src/clouds/transport.ts";
import { type Behaviour, key, listen } from "./huawei.support.ts";

const projectId = "0123456789abcdef0123456789abcdef";
const accountId = "fedcba9876543210fedcba9876543210";
const options = { deadlineMs: 5_000, signal: new AbortController().signal };

async function connectionTo(behave: Behaviour) {
  const { host, received } = await listen(behave);
  const here = { host, protocol: "http" } as const;
  return { received, connection: { hosts: { dli: here, iam: here, ces: here, cts: here }, credentials: key } };
}

const request = (operation: string, method: WireRequest["method"], path: string): WireRequest => ({
  operation,
  method,
  path,
  query: {},
});

describe("the transport of DLI", () => {
  test("sends an operation to the service that it is of", async () => {
    const cts = await listen(() => ({ body: { traces: [] } }));
    const { connection, received } = await connectionTo(() => ({}));
    const hosts = { ...connection.hosts, cts: { host: cts.host, protocol: "http" as const } };
    const transport = createDliTransport({ ...connection, hosts, projectId });
    await transport.send(request("ListTraces", "GET", `/v3/${projectId}/traces`), options);
    expect(cts.received.map(({ url }) => url)).toEqual([`/v3/${projectId}/traces`]);
    expect(received).toEqual([]);
    expect(transport.projectId).toBe(projectId);
  });

  test("repeats a query parameter for each of its values, and signs that", async () => {
    const { connection, received } = await connectionTo(() => ({ body: { is_success: true, jobs: [] } }));
    const wanted = {
      ...request("ListSqlJobs", "GET", `/v1.0/${projectId}/jobs`),
      repeatedQuery: { job_types: ["QUERY", "DDL"] },
    };
    expect(await createDliTransport({ ...connection, projectId }).send(wanted, options)).toMatchObject({
      kind: "answered",
    });
    expect(received[0]?.url).toMatch(/\?job_types=(QUERY&job_types=DDL|DDL&job_types=QUERY)$/);
  });

  test.each([
    ["DeleteElasticResourcePool", "DELETE", `/v3/${projectId}/elastic-resource-pools/p1`],
    ["DeleteDatabase", "DELETE", `/v1.0/${projectId}/databases/d1`],
    ["KeystoneCreateUserTokenByPassword", "POST", "/v3/auth/tokens"],
    ["NoSuchOperation", "GET", `/v1.0/${projectId}/queues`],
  ] as const)("never sends %s", async (operation, method, path) => {
    const { connection, received } = await connectionTo(() => ({}));
    expect(await createDliTransport(connection).send(request(operation, method, path), options)).toMatchObject({
      kind: "not-sent",
      reason: "guard",
    });
    expect(received).toEqual([]);
  });

  test("reaches no other project than its own", async () => {
    const { connection, received } = await connectionTo(() => ({}));
    const transport = createDliTransport({ ...connection, projectId });
    const path = `/v1.0/${"1".repeat(32)}/queues`;
    expect(await transport.send(request("ListQueues", "GET", path), options)).toMatchObject({
      kind: "not-sent",
      reason: "guard",
    });
    expect(received).toEqual([]);
  });

  test.each([
    ["another operation's path", "ShowQueue", "DELETE", `/v1.0/${projectId}/queues/q1`],
    ["a pool under another name", "DeleteQueue", "DELETE", `/v3/${projectId}/elastic-resource-pools/p1`],
    ["a path of another service", "ListQueues", "GET", `/v3/${projectId}/traces`],
    ["a path of the other cloud", "ListQueues", "GET", "/api/v1/workspaces"],
  ] as const)("lets %s through under no name", async (_, operation, method, path) => {
    const { connection, received } = await connectionTo(() => ({}));
    expect(await createDliTransport(connection).send(request(operation, method, path), options)).toMatchObject({
      kind: "not-sent",
      reason: "guard",
    });
    expect(received).toEqual([]);
  });
});

describe("who the caller is", () => {
  const project = { id: projectId, name: "cn-north-4", domain_id: accountId, enabled: true };

  test("IAM tells with the region's project", async () => {
    const { connection, received } = await connectionTo(() => ({ body: { projects: [project] } }));
    expect(await readDliCaller(connection, "cn-north-4")).toEqual({ ok: true, accountId, projectId });
    expect(received[0]?.url).toBe("/v3/projects?name=cn-north-4");
  });

  test("is not known when IAM knows no project of the region", async () => {
    const { connection } = await connectionTo(() => ({ body: { projects: [{ ...project, name: "MOS" }] } }));
    expect(await readDliCaller(connection, "cn-north-4")).toMatchObject({ ok: false, code: "IDENTITY_UNKNOWN" });
  });

  test("may not list projects: then the project that was given counts, and without one nothing is sent", async () => {
    const forbidden: Behaviour = () => ({ status: 403, body: { error: { code: 403, message: "Forbidden" } } });
    const { connection } = await connectionTo(forbidden);
    expect(await readDliCaller({ ...connection, projectId }, "cn-north-4")).toEqual({ ok: true, projectId });
    expect(await readDliCaller(connection, "cn-north-4")).toMatchObject({ ok: false, code: "IDENTITY_UNKNOWN" });
  });

  test("is not known when the key is refused, whatever project was given", async () => {
    const { connection } = await connectionTo(() => ({
      status: 401,
      body: { error_code: "APIGW.0301", error_msg: "no" },
    }));
    expect(await readDliCaller({ ...connection, projectId }, "cn-north-4")).toMatchObject({
      ok: false,
      code: "IDENTITY_UNKNOWN",
      why: expect.stringContaining("APIGW.0301"),
    });
  });

  test("has a project of another name within the region", async () => {
    const { connection } = await connectionTo(() => ({ body: { projects: [project] } }));
    const other = "1".repeat(32);
    expect(await readDliCaller({ ...connection, projectId: other }, "cn-north-4")).toEqual({
      ok: true,
      projectId: other,
    });
  });
});
