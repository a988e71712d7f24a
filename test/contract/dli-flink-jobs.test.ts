import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findOperation } from "../../src/operations/registry.ts";
import { queueUse, usedCuOf } from "../../src/sandbox/dli/flink/jobs.ts";
import { queueRoom } from "../../src/sandbox/dli/resources/queue-find.ts";
import {
  bucket,
  detail,
  jarJob,
  newJob,
  openFlink,
  queue,
  startedJob,
  until,
  untilState,
} from "./dli-flink.support.ts";

/** As in the service's own example of a Jar job. */
const javaQueueStream = {
  name: "queue_stream",
  queue_name: "testqueue",
  manager_cu_number: 1,
  cu_number: 2,
  parallel_number: 1,
  tm_cus: 1,
  tm_slot_num: 1,
  log_enabled: true,
  obs_bucket: bucket,
  main_class: "org.apache.flink.examples.streaming.JavaQueueStream",
  entrypoint: "javaQueueStream.jar",
  entrypoint_args: "-windowSize 2000 -rate 3",
  dependency_jars: ["libs/a.jar"],
};

describe("creating a Flink job", () => {
  test("the documented Jar job is taken unchanged and becomes a draft", async () => {
    const flink = openFlink();
    const answer = await flink.call("CreateFlinkJarJob", javaQueueStream);
    expect(answer).toEqual({
      is_success: "true",
      message: "A Flink job is created successfully.",
      job: { job_id: expect.any(Number), status_name: "job_init", status_desc: "" },
    });
    const { job_config, ...shown } = await detail(flink, answer.job?.job_id ?? 0);
    expect(shown).toMatchObject({
      name: "queue_stream",
      status: "job_init",
      job_type: "flink_jar_job",
      user_name: "testuser",
      main_class: javaQueueStream.main_class,
      entrypoint_args: javaQueueStream.entrypoint_args,
      has_savepoint: false,
      start_time: 0,
    });
    expect(job_config).toMatchObject({
      manager_cu_number: 1,
      cu_number: 2,
      tm_slot_num: 1,
      real_cu_number: 0,
      entrypoint: "javaQueueStream.jar",
      dependency_jars: ["libs/a.jar"],
    });
  });

  test("the catalogue's SQL job is taken and reads its checkpoint mode back as a word", async () => {
    const flink = openFlink();
    const { job } = await flink.call("CreateFlinkSqlJob", {
      name: "orders_wide",
      sql_body: "CREATE TABLE src (id BIGINT) WITH (...); INSERT INTO dst SELECT id FROM src;",
      run_mode: "exclusive_cluster",
      queue_name: "General_Q1",
      job_type: "flink_opensource_sql_job",
      flink_version: "1.15",
      log_enabled: true,
      obs_bucket: bucket,
      checkpoint_enabled: true,
      checkpoint_mode: 2,
    });
    const shown = await detail(flink, job?.job_id ?? 0);
    expect(shown).toMatchObject({ job_type: "flink_opensource_sql_job", queue_name: "general_q1" });
    expect(shown.job_config).toMatchObject({ checkpoint_mode: "at_least_once", checkpoint_interval: 10 });
  });

  test("every field of the row goes in, and those that reads show come back", async () => {
    const flink = openFlink();
    const sent = {
      ...javaQueueStream,
      desc: "clicks",
      checkpoint_enabled: true,
      checkpoint_mode: 1,
      checkpoint_interval: 30,
      smn_topic: "dli_alarm",
      restart_when_exception: true,
      dependency_files: ["obs://acme-dli/conf/app.properties"],
      flink_version: "1.15" as const,
      image: "myorg/flink:v1",
      feature: "custom" as const,
      resume_checkpoint: true,
      resume_max_num: 5,
      checkpoint_path: "obs://acme-dli/checkpoint/job1",
      runtime_config: '[{"key":"flink.dli.job.scale.enable","value":"true"}]',
      execution_agency_urn: "dli_job_agency",
      resource_config: {
        max_slot: 1,
        parallel_number: 2,
        jobmanager_resource_spec: { cpu: 1, memory: "4GB" },
        taskmanager_resource_spec: { cpu: 0.5, memory: "2048 MB" },
      },
      resource_config_version: "v2" as const,
      flink_log_config: "x",
    };
    const { job } = await flink.call("CreateFlinkJarJob", { ...sent, tags: [{ key: "env", value: "prod" }] });
    const { job_config, ...shown } = await detail(flink, job?.job_id ?? 0);
    for (const [field, value] of Object.entries(sent)) {
      const read = { ...shown, ...job_config }[field as "name"];
      expect([field, read]).toEqual([field, field === "checkpoint_mode" ? "exactly_once" : value]);
    }
    const declared = (findOperation("CreateFlinkJarJob")?.parameters ?? []).map(({ name }) => name);
    expect(declared.filter((name) => !(name in sent) && name !== "tags" && name !== "project_id")).toEqual([]);
  });

  test("a second job of the same name is refused", async () => {
    const flink = openFlink();
    await newJob(flink, "clicks");
    expect(await flink.refused("CreateFlinkJarJob", jarJob("clicks"))).toBe(
      "DLI.0006 A job with the name clicks exists.",
    );
  });

  test.each([
    ["a name of 58 characters", { name: "x".repeat(58) }, "name"],
    ["too many CUs", { cu_number: 401 }, "cu_number must be from 2 to 400"],
    ["too few CUs", { cu_number: 1 }, "cu_number must be from 2 to 400"],
    ["a parallelism of 2001", { parallel_number: 2001 }, "parallel_number must be from 1 to 2000"],
    ["a checkpoint every hour and a second", { checkpoint_interval: 3601 }, "checkpoint_interval"],
    ["no restart an hour", { resume_max_num: 0 }, "resume_max_num must be -1 or above 0"],
    ["no CU for TaskManagers", { cu_number: 2, manager_cu_number: 2 }, "leaves no TaskManager"],
    ["logs without a bucket", { log_enabled: true }, "log_enabled needs obs_bucket"],
    ["version 2 resources on Flink 1.12", { flink_version: "1.12", resource_config_version: "v2" }, "not 1.12"],
    ["settings that are no JSON", { runtime_config: "[oops" }, "runtime_config must be a JSON array"],
    ["memory below 2 GB", { runtime_config: "jobmanager.memory.process.size=1GB" }, "at least 2 GB"],
    ["a bucket with a path that leads out", { obs_bucket: "../x" }, "obs_bucket must be the name of a bucket"],
  ] as const)("%s is a bad parameter", async (_, change, text) => {
    const flink = openFlink();
    const refusal = await flink.refused("CreateFlinkJarJob", jarJob("clicks", "", change));
    expect(refusal).toContain("DLI.0001");
    expect(refusal).toContain(text);
  });

  test("a SQL job takes a template's text, and a queue only in an exclusive cluster", async () => {
    const flink = openFlink();
    const { template } = await flink.call("CreateFlinkSqlJobTemplate", {
      name: "t",
      sql_body: "INSERT INTO a SELECT 1",
    });
    const template_id = template?.template_id ?? 0;
    const { job } = await flink.call("CreateFlinkSqlJob", { name: "from_template", template_id });
    expect((await detail(flink, job?.job_id ?? 0)).sql_body).toBe("INSERT INTO a SELECT 1");
    expect(await flink.refused("CreateFlinkSqlJob", { name: "shared", queue_name: queue })).toContain(
      "queue_name needs run_mode exclusive_cluster",
    );
  });
});

describe("running Flink jobs", () => {
  test("a started job runs with its slots, holds its CUs and answers with a top-level array", async () => {
    const flink = openFlink();
    const change = { cu_number: 4, parallel_number: 3, tm_slot_num: 1 };
    const jobId = await newJob(flink, "clicks", "--env prod", { ...change, log_enabled: true, obs_bucket: bucket });
    expect(await flink.call("BatchRunFlinkJobs", { job_ids: [jobId] })).toEqual([
      { is_success: "true", message: "The request for submitting DLI jobs is delivered successfully." },
    ]);
    const job = await untilState(flink, jobId, "job_running");
    expect(job.job_config?.real_cu_number).toBe(4);
    expect(flink.engine.started).toMatchObject([
      {
        name: "clicks",
        size: { parallelism: 3, taskManagers: 3, slotsPerTaskManager: 1 },
        program: { kind: "jar", arguments: ["--env", "prod"] },
      },
    ]);
    expect(usedCuOf(queue, flink.context)).toBe(4);
    expect(queueUse(queue, flink.context)).toMatchObject({ running: 1, launching: 0 });
    expect(queueRoom(queue, flink.context).usedCu).toBe(4);
    const logs = join(flink.storageFolder, bucket, "jobs", "logs", `${jobId}`);
    const [folder = ""] = readdirSync(logs);
    expect(existsSync(join(logs, folder, "jobmanager.log"))).toBe(true);
  });

  test("a job that ends by itself is job_finish and gives its CUs back", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks", "run=10");
    await flink.call("BatchRunFlinkJobs", { job_ids: [jobId] });
    await untilState(flink, jobId, "job_finish");
    expect(usedCuOf(queue, flink.context)).toBe(0);
  });

  // The pool of 64 CUs keeps the 16 that its other queue is promised.
  test("what the queue has no room for waits in job_submitting until there is", async () => {
    const flink = openFlink();
    const large = await startedJob(flink, "large", "", { cu_number: 40 });
    const next = await newJob(flink, "next", "", { cu_number: 30 });
    await flink.call("BatchRunFlinkJobs", { job_ids: [next] });
    const waiting = await until(async () => {
      const job = await detail(flink, next);
      return job.status_desc === "" ? undefined : job;
    });
    expect(waiting.status).toBe("job_submitting");
    expect(waiting.status_desc).toBe(`Waiting: the queue ${queue} has 8 CUs free, the job needs 30.`);
    await flink.call("BatchStopFlinkJobs", { job_ids: [large] });
    await untilState(flink, next, "job_running");
  });

  test("more than the queue can ever have ends in job_submit_fail", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "huge", "", { cu_number: 100 });
    await flink.call("BatchRunFlinkJobs", { job_ids: [jobId] });
    const job = await untilState(flink, jobId, "job_submit_fail");
    expect(job.status_desc).toContain("needs 100 CUs");
  });

  test("of two that wait, the one of the higher priority starts first", async () => {
    const flink = openFlink({ slots: 1 });
    const scaled = (priority: number) => ({
      obs_bucket: bucket,
      log_enabled: true,
      checkpoint_enabled: true,
      runtime_config: `flink.dli.job.scale.enable=true\nflink.dli.job.priority=${priority}`,
    });
    const first = await startedJob(flink, "first");
    const low = await newJob(flink, "low", "", scaled(2));
    const high = await newJob(flink, "high", "", scaled(9));
    await flink.call("BatchRunFlinkJobs", { job_ids: [low, high] });
    await flink.call("BatchStopFlinkJobs", { job_ids: [first] });
    await untilState(flink, high, "job_running");
    expect((await detail(flink, low)).status).toBe("job_submitting");
  });

  test("without a queue it is DLI.13024, for a job that is not there DLI.16001", async () => {
    const flink = openFlink();
    const { job } = await flink.call("CreateFlinkJarJob", { name: "homeless" });
    const jobId = job?.job_id ?? 0;
    expect(await flink.refused("BatchRunFlinkJobs", { job_ids: [jobId] })).toContain("DLI.13024");
    expect(await flink.refused("BatchRunFlinkJobs", { job_ids: [4711] })).toContain("DLI.16001");
    expect(await flink.refused("ShowFlinkJob", { job_id: 4711 })).toContain("DLI.16001");
    expect(await flink.refused("DeleteFlinkJob", { job_id: 4711 })).toContain("DLI.16001");
  });

  test("of several jobs each has its own answer", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    const answer = await flink.call("BatchRunFlinkJobs", { job_ids: [4711, jobId] });
    expect(answer).toEqual([
      { is_success: "false", message: "DLI.16001: The job 4711 does not exist." },
      { is_success: "true", message: expect.any(String) },
    ]);
    await untilState(flink, jobId, "job_running");
  });

  test("a queue for SQL and one that is not there are refused", async () => {
    const flink = openFlink();
    const onSql = await newJob(flink, "on_sql", "", { queue_name: "sandbox_sql" });
    const nowhere = await newJob(flink, "nowhere", "", { queue_name: "nowhere" });
    expect(await flink.refused("BatchRunFlinkJobs", { job_ids: [onSql] })).toContain("not a general queue");
    expect(await flink.refused("BatchRunFlinkJobs", { job_ids: [nowhere] })).toContain("DLI.0002");
  });

  test("a running job is not started again", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    expect(await flink.refused("BatchRunFlinkJobs", { job_ids: [jobId] })).toContain("is job_running already");
    expect(flink.engine.started).toHaveLength(1);
  });

  test.each([
    ["a program that Flink refuses", "refuse=no-main-method", {}, "no-main-method"],
    ["a machine without Flink", "unavailable", {}, "There is no Flink. Install it."],
    ["a Jar that is not there", "", { entrypoint: "obs://acme-dli/none.jar" }, "There is no obs://acme-dli/none.jar."],
    ["a bucket that is not there", "", { obs_bucket: "elsewhere" }, "The bucket elsewhere does not exist."],
  ])("%s ends in job_submit_fail with the reason", async (_, args, change, reason) => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks", args, change);
    await flink.call("BatchRunFlinkJobs", { job_ids: [jobId] });
    expect((await untilState(flink, jobId, "job_submit_fail")).status_desc).toBe(reason);
    expect(usedCuOf(queue, flink.context)).toBe(0);
  });

  test("without a Flink engine jobs are drafted, and a start says what is missing", async () => {
    const flink = openFlink({ withoutFlink: true });
    const jobId = await newJob(flink, "clicks");
    await flink.call("BatchRunFlinkJobs", { job_ids: [jobId] });
    expect((await untilState(flink, jobId, "job_submit_fail")).status_desc).toContain("has no Flink");
  });

  test("a SQL job's text, state retention, checkpoints and settings reach Flink", async () => {
    const flink = openFlink();
    const sql_body = "CREATE TABLE a (x INT) WITH ('connector'='datagen'); INSERT INTO b SELECT x FROM a";
    const { job } = await flink.call("CreateFlinkSqlJob", {
      name: "orders",
      sql_body,
      run_mode: "exclusive_cluster",
      queue_name: queue,
      checkpoint_enabled: true,
      checkpoint_mode: 2,
      idle_state_retention: 60,
      udf_jar_url: `obs://${bucket}/jars/clicks.jar`,
      runtime_config: '[{"key":"table.exec.mini-batch.enabled","value":"true"}]',
    });
    await flink.call("BatchRunFlinkJobs", { job_ids: [job?.job_id ?? 0] });
    await untilState(flink, job?.job_id ?? 0, "job_running");
    const jar = join(flink.storageFolder, bucket, "jars", "clicks.jar");
    expect(flink.engine.started).toMatchObject([
      {
        program: { kind: "sql", statements: `ADD JAR '${jar}';\n${sql_body}` },
        checkpoint: { intervalMs: 10_000, mode: "at_least_once" },
        configuration: { "table.exec.state.ttl": "60 s", "table.exec.mini-batch.enabled": "true" },
      },
    ]);
  });
});
