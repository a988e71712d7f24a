import { describe, expect, test } from "vitest";
import { generalQueue, openDliWorld, sqlQueue } from "./sandbox-dli-all.support.ts";

/** How the door reads what it is sent. */

describe("CreateSparkJob", () => {
  test("takes the spelling of the Terraform provider as well as the published one", async () => {
    const { send, projectId, ask, file } = await openDliWorld();
    const { status, body } = await send({
      method: "POST",
      path: `/v2.0/${projectId}/batches`,
      body: {
        file: file("jobs/load.jar"),
        class_name: "com.acme.Load",
        python_files: [],
        driver_memory: "2G",
        driver_cores: 1,
        executor_memory: "2G",
        executor_cores: 1,
        num_executors: 2,
        cluster_name: generalQueue,
      },
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { queue: generalQueue, sc_type: "CUSTOMIZED" } });
    const shown = await ask("ShowSparkJob", { batch_id: (body as { id: string }).id });
    expect(JSON.parse(String(shown.req_body))).toMatchObject({
      className: "com.acme.Load",
      driverMemory: "2G",
      numExecutors: 2,
    });
  });

  test("goes by the published spelling where both are sent", async () => {
    const { send, projectId, file } = await openDliWorld();
    const body = { file: file("a.py"), className: "", queue: generalQueue, cluster_name: sqlQueue };
    expect(await send({ method: "POST", path: `/v2.0/${projectId}/batches`, body })).toMatchObject({
      status: 200,
      body: { queue: generalQueue },
    });
  });

  test("that is answered with a broken connection has started its job", async () => {
    const { call, ask, file, sandbox } = await openDliWorld();
    sandbox.faults.set([{ operation: "CreateSparkJob", kind: "resetAfterEffect", times: 1 }]);
    const request = { file: file("a.py"), className: "", queue: generalQueue, name: "nightly" };
    await expect(call("CreateSparkJob", request)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await ask("ListSparkJobs", { job_name: "nightly" })).toMatchObject({ total: 1 });
  });

  test.each([
    ["a list that is none", { args: "10" }, "args must be a list."],
    ["an element of another type", { args: [10] }, "args[0] must be a string."],
    ["a fraction for a whole number", { numExecutors: 1.5 }, "numExecutors must be a whole number."],
    ["a value outside the closed set", { sc_type: "D" }, "sc_type must be one of A, B, C."],
    ["a queue's name with a slash", { queue: "a/b" }, "queue is not valid."],
    ["no program", { file: "" }, "file is mandatory."],
    [
      "a member deep inside of another type",
      { groups: [{ resources: [{ type: 1 }] }] },
      "groups[0].resources[0].type must be a string.",
    ],
  ])("is refused for %s", async (_, change, error_msg) => {
    const { call, sandbox } = await openDliWorld();
    const request = { file: "obs://sandbox/a.py", className: "", queue: generalQueue, ...change };
    expect(await call("CreateSparkJob", request)).toMatchObject({
      status: 400,
      body: { error_code: "DLI.0001", error_msg },
    });
    expect(sandbox.requestLog.entries()).toMatchObject([{ operation: "CreateSparkJob", status: 400 }]);
  });

  test("ignores members that it does not know, and those that are null", async () => {
    const { send, projectId, file } = await openDliWorld();
    const body = { file: file("a.py"), className: "", queue: generalQueue, name: null, other: 1 };
    expect(await send({ method: "POST", path: `/v2.0/${projectId}/batches`, body })).toMatchObject({ status: 200 });
  });
});

describe("a query", () => {
  test.each([
    ["a number that is none", [["limit", "ten"]], "limit must be a number."],
    ["a value outside the closed set", [["status", "LOST"]], "status must be one of"],
  ] as const)("is refused for %s", async (_, query, message) => {
    const { send, projectId } = await openDliWorld();
    expect(await send({ method: "GET", path: `/v3/${projectId}/elastic-resource-pools`, query })).toMatchObject({
      status: 400,
      body: { error_code: "DLI.0001", error_msg: expect.stringContaining(message) },
    });
  });

  test("that repeats a name gives a list", async () => {
    const { ask, call } = await openDliWorld();
    await ask("CreateSqlJob", { sql: "SELECT 1", queue_name: sqlQueue });
    const count = async (...job_types: string[]) => {
      const { body } = await call("ListSqlJobs", { job_types });
      return (body as { job_count: number }).job_count;
    };
    expect(await count("DDL", "QUERY")).toBe(1);
    expect(await count("DDL", "DCL")).toBe(0);
  });

  test("a flag is true or false, and nothing else", async () => {
    const { send, projectId } = await openDliWorld();
    const query = [["with-priv", "True"]] as const;
    expect(await send({ method: "GET", path: `/v1.0/${projectId}/queues`, query })).toMatchObject({
      body: { error_msg: "with-priv must be true or false." },
    });
  });
});

test("a job that is named by the path and by the body must be the same", async () => {
  const { send, projectId } = await openDliWorld();
  expect(
    await send({
      method: "POST",
      path: `/v1.0/${projectId}/streaming/jobs/101/import-savepoint`,
      body: { job_id: 102, savepoint_path: "sandbox/savepoints/one" },
    }),
  ).toMatchObject({ status: 400, body: { error_msg: "job_id of the path and of the body differ." } });
});

test("an empty text clears a description", async () => {
  const { ask } = await openDliWorld();
  const pool = { elastic_resource_pool_name: "sandbox_pool" };
  await ask("UpdateElasticResourcePool", { ...pool, description: "for reports" });
  await ask("UpdateElasticResourcePool", { ...pool, description: "" });
  expect(await ask("ListElasticResourcePools")).toMatchObject({ elastic_resource_pools: [{ description: "" }] });
});
