import { describe, expect, test } from "vitest";
import { findOperation } from "../../src/operations/registry.ts";
import { problemsOfInput } from "../../src/operations/validate.ts";
import { openDliSandbox } from "../doubles/sandbox-dli.ts";

/** The example requests of the service's own pages, sent to the sandbox as they are printed there. */

const sparkPi = {
  file: "batchTest/spark-examples_2.11-2.1.0.luxor.jar",
  className: "org.apache.spark.examples.SparkPi",
  sc_type: "A",
  jars: ["demo-1.0.0.jar"],
  files: ["count.txt"],
  resources: [
    { name: "groupTest/testJar.jar", type: "jar" },
    { name: "kafka-clients-0.10.0.0.jar", type: "jar" },
  ],
  groups: [
    {
      name: "groupTestJar",
      resources: [
        { name: "testJar.jar", type: "jar" },
        { name: "kafka-clients-0.10.0.0.jar", type: "jar" },
      ],
    },
    { name: "batchTest", resources: [{ name: "luxor.jar", type: "jar" }] },
  ],
  queue: " test",
  name: "TestDemo4",
  feature: "basic",
  spark_version: "2.3.2",
  execution_agency_urn: "myAgencyName",
};

const javaQueueStream = {
  name: "test",
  desc: "job for test",
  queue_name: "testQueue",
  manager_cu_number: 1,
  cu_number: 2,
  parallel_number: 1,
  tm_cus: 1,
  tm_slot_num: 1,
  log_enabled: true,
  obs_bucket: "bucketname",
  smn_topic: "topic",
  main_class: "org.apache.flink.examples.streaming.JavaQueueStream",
  restart_when_exception: false,
  entrypoint: "javaQueueStream.jar",
  entrypoint_args: "-windowSize 2000 -rate 3",
  dependency_jars: ["myGroup/test.jar", "myGroup/test1.jar"],
  dependency_files: ["myGroup/test.csv", "myGroup/test1.csv"],
};

async function withQueue(queue_name: string) {
  const opened = await openDliSandbox();
  const pool = { elastic_resource_pool_name: "p", max_cu: 64, min_cu: 64, cidr_in_vpc: "172.16.0.0/18" };
  expect(await opened.call("CreateElasticResourcePool", pool)).toMatchObject({ status: 200 });
  const queue = { queue_name, queue_type: "general", cu_count: 16, elastic_resource_pool_name: "p" };
  expect(await opened.call("CreateQueue", { ...queue, resource_mode: 1, charging_mode: 1 })).toMatchObject({
    status: 200,
  });
  return opened;
}

describe("the batch SparkPi", () => {
  test("is taken as printed, blank before its queue and all, and answered in the documented shape", async () => {
    const { send, projectId } = await withQueue("test");
    const answer = await send({ method: "POST", path: `/v2.0/${projectId}/batches`, body: sparkPi });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        appId: "",
        name: "TestDemo4",
        owner: expect.any(String),
        proxyUser: "",
        state: "starting",
        kind: "spark",
        log: [],
        sc_type: "A",
        cluster_name: "test",
        queue: "test",
        create_time: expect.any(Number),
        update_time: expect.any(Number),
      },
    });
  });

  test("is refused where there is no such queue", async () => {
    const { send, projectId } = await openDliSandbox();
    expect(await send({ method: "POST", path: `/v2.0/${projectId}/batches`, body: sparkPi })).toMatchObject({
      status: 400,
      body: { error_code: "DLI.0002" },
    });
  });

  test("does not leave here with that blank: it is named, and nothing is trimmed behind anybody's back", () => {
    const row = findOperation("CreateSparkJob");
    if (!row) throw new Error("no row");
    expect(problemsOfInput(row, sparkPi)).toMatchObject([
      { field: "queue", problem: { en: "is not of the allowed form" } },
    ]);
    expect(problemsOfInput(row, { ...sparkPi, queue: "test" })).toEqual([]);
  });

  test("keeps a name of 128 characters, and twenty tags are kept of an SQL job, so that a key fits in", async () => {
    const { call, send, projectId } = await withQueue("test");
    const name = "n".repeat(128);
    expect(
      await send({ method: "POST", path: `/v2.0/${projectId}/batches`, body: { ...sparkPi, name } }),
    ).toMatchObject({
      status: 200,
      body: { name },
    });
    await call("CreateQueue", {
      queue_name: "bi",
      queue_type: "sql",
      cu_count: 16,
      elastic_resource_pool_name: "p",
      resource_mode: 1,
      charging_mode: 1,
    });
    const tags = Array.from({ length: 20 }, (_, at) => ({ key: `k${at}`, value: "v" }));
    const job = { sql: "SELECT 1", queue_name: "bi", tags };
    expect(await send({ method: "POST", path: `/v1.0/${projectId}/jobs/submit-job`, body: job })).toMatchObject({
      status: 200,
      body: { is_success: true },
    });
  });
});

describe("the Flink Jar job JavaQueueStream", () => {
  test("is taken as printed and answered in the documented shape", async () => {
    const { send, projectId } = await withQueue("testQueue");
    const path = `/v1.0/${projectId}/streaming/flink-jobs`;
    expect(await send({ method: "POST", path, body: javaQueueStream })).toMatchObject({
      status: 200,
      body: {
        is_success: "true",
        message: "A Flink job is created successfully.",
        job: { job_id: expect.any(Number), status_name: "job_init", status_desc: "" },
      },
    });
  });
});
