import { describe, expect, test } from "vitest";
import { dliTools } from "../../tools/dli/index.ts";
import { toolNamed } from "../doubles/assenting.ts";
import { answered } from "../doubles/gateway-parts.ts";
import { type FakeJob, jarJob, rejected, workplaceWith } from "./dli-flink.support.ts";

const in138 = { jobId: 138 };
const running: FakeJob = { ...jarJob, status: "job_running" };
const scaling = (text: string): FakeJob => ({ ...jarJob, job_config: { ...jarJob.job_config, runtime_config: text } });

/** What was asked about writes alone. */
const writes = (sent: readonly { operation: string }[]) =>
  sent.map(({ operation }) => operation).filter((name) => !/^(Show|List|BatchList)/.test(name));

describe("create_flink_job", () => {
  const input = {
    kind: "jar",
    name: "click_loader",
    queue: "General_Q1",
    entrypoint: "obs://acme-dli/jars/job.jar",
    mainClass: "com.example.StreamJob",
    flinkVersion: "1.15",
    agency: "dli_job_agency",
    fields: { cu_number: 4, checkpoint_mode: "exactly_once", runtime_config: { "a.b": 1 } },
  };

  test("saves a Jar job in the names of the wire, once a person has seen its CUs", async () => {
    const { done, questions, bodiesOf } = workplaceWith();
    const { data, summary } = await done("create_flink_job", input);
    expect(summary).toBe("Flink job click_loader was saved as a draft: 200.");
    expect(data).toMatchObject({ jobId: 200, state: "job_init", cu: 4 });
    expect(questions).toEqual([expect.stringContaining("click_loader")]);
    expect(bodiesOf("CreateFlinkJarJob")).toEqual([
      {
        name: "click_loader",
        queue_name: "general_q1",
        entrypoint: "obs://acme-dli/jars/job.jar",
        main_class: "com.example.StreamJob",
        flink_version: "1.15",
        execution_agency_urn: "dli_job_agency",
        cu_number: 4,
        checkpoint_mode: 1,
        runtime_config: '[{"key":"a.b","value":"1"}]',
      },
    ]);
  });

  test("saves a SQL job for a queue, which takes a mode of its own", async () => {
    const { done, bodiesOf } = workplaceWith();
    await done("create_flink_job", { kind: "sql", name: "wide", queue: "q1", sql: "INSERT INTO a SELECT * FROM b" });
    expect(bodiesOf("CreateFlinkSqlJob")).toEqual([
      { name: "wide", queue_name: "q1", sql_body: "INSERT INTO a SELECT * FROM b", run_mode: "exclusive_cluster" },
    ]);
  });

  test("passes on what is worth a second look", async () => {
    const { done } = workplaceWith();
    const { agency, ...lacking } = input;
    const { data } = await done("create_flink_job", lacking);
    expect(data?.warnings).toEqual([expect.stringContaining("agency")]);
  });

  test("says everything that is wrong at once, before anything is sent", async () => {
    const { refused, sent } = workplaceWith();
    const refusal = await refused("create_flink_job", { ...input, fields: { cu_number: 1, nope: 1 } });
    expect(refusal).toMatchObject({ code: "BAD_INPUT", what: expect.stringContaining("Nothing was created") });
    expect(refusal.fields?.map(({ field }) => field)).toEqual(["cu_number", "nope"]);
    const broken = await refused("create_flink_job", { ...input, fields: { log_enabled: true } });
    expect(broken.fields?.map(({ field }) => field)).toEqual(["obs_bucket"]);
    expect(sent).toEqual([]);
  });

  test("finds the very same job there and creates nothing", async () => {
    const { done, sent } = workplaceWith();
    await done("create_flink_job", input);
    const { summary, data } = await done("create_flink_job", input);
    expect(summary).toContain("there already with these very settings, as 200");
    expect(data).toMatchObject({ created: false, jobId: 200 });
    expect(writes(sent)).toEqual(["CreateFlinkJarJob"]);
  });

  test("finds another job of that name and says what differs", async () => {
    const { refused, sent } = workplaceWith([jarJob]);
    const refusal = await refused("create_flink_job", { ...input, fields: { cu_number: 8 } });
    expect(refusal.what).toContain("cu_number is 4, not 8");
    expect(refusal.fields).toEqual([expect.objectContaining({ field: "cu_number", allowed: "4" })]);
    const other = await refused("create_flink_job", { kind: "sql", name: "click_loader", sql: "SELECT 1" });
    expect(other.what).toContain("kind is jar, not sql");
    expect(writes(sent)).toEqual([]);
  });

  test("is not misled by a job whose name only begins so", async () => {
    const { done, sent } = workplaceWith([{ ...jarJob, name: "click_loader_2" }]);
    await done("create_flink_job", input);
    expect(writes(sent)).toEqual(["CreateFlinkJarJob"]);
  });
});

describe("run_flink_job", () => {
  test("starts one job, once a person has seen what an hour costs, and follows it until it runs", async () => {
    const { done, questions, bodiesOf } = workplaceWith([jarJob]);
    const { summary, data } = await done("run_flink_job", { ...in138, fromSavepoint: false });
    expect(summary).toBe("Flink job 138 was started; it is job_running now.");
    expect(data).toMatchObject({ jobId: 138, phase: "running", settled: true });
    expect(bodiesOf("BatchRunFlinkJobs")).toEqual([{ job_ids: [138], resume_savepoint: false }]);
    expect(questions).toHaveLength(1);
  });

  test("goes on from a savepoint where there is one, and says so where there is none", async () => {
    const { refused } = workplaceWith([jarJob]);
    expect(await refused("run_flink_job", { ...in138, fromSavepoint: true })).toMatchObject({
      code: "PRECONDITION_NOT_MET",
      what: expect.stringContaining("no savepoint"),
    });
    const { done, bodiesOf } = workplaceWith([{ ...jarJob, has_savepoint: true }]);
    await done("run_flink_job", { ...in138, fromSavepoint: true });
    expect(bodiesOf("BatchRunFlinkJobs")).toEqual([{ job_ids: [138], resume_savepoint: true }]);
  });

  test("asks whoever calls to choose between the two", async () => {
    expect(toolNamed(dliTools, "run_flink_job").input.safeParse(in138).success).toBe(false);
  });

  test("refuses a job without a queue before a person is asked", async () => {
    const { refused, questions } = workplaceWith([{ ...jarJob, queue_name: null }]);
    expect((await refused("run_flink_job", { ...in138, fromSavepoint: false })).what).toContain("has no queue");
    expect(questions).toEqual([]);
  });

  test("refuses a job that runs", async () => {
    const { refused, sent } = workplaceWith([running]);
    expect(await refused("run_flink_job", { ...in138, fromSavepoint: false })).toMatchObject({
      code: "PRECONDITION_NOT_MET",
    });
    expect(writes(sent)).toEqual([]);
  });

  test("does not call a job started whose submission failed, and quotes the reason", async () => {
    const { done, jobs } = workplaceWith([jarJob], {
      BatchRunFlinkJobs() {
        Object.assign(jobs.get(138) ?? {}, { status: "job_submit_fail", status_desc: "no main class" });
        return answered([{ is_success: "true", message: "accepted" }]);
      },
    });
    const reply = await done("run_flink_job", { ...in138, fromSavepoint: false });
    expect(reply.summary).toBe("Flink job 138 was told to start; it is job_submit_fail now.");
    expect(reply.data).toMatchObject({ phase: "failed", message: "accepted" });
    expect(reply.untrusted).toEqual([{ title: "reason given", text: "no main class" }]);
  });

  test("says that a job is not there yet when the time is up", async () => {
    const { done, jobs } = workplaceWith([jarJob], {
      BatchRunFlinkJobs() {
        Object.assign(jobs.get(138) ?? {}, { status: "job_submitting" });
        return answered([]);
      },
    });
    const { summary, data, next } = await done("run_flink_job", { ...in138, fromSavepoint: false });
    expect(summary).toBe(
      "Flink job 138 was told to start; it is job_submitting now. The service gave no result for it.",
    );
    expect(data).toMatchObject({ settled: false });
    expect(next).toContain("wait_flink_job");
  });
});

describe("stop_flink_job", () => {
  test("stops over a savepoint unless told otherwise", async () => {
    const { done, bodiesOf } = workplaceWith([running]);
    const { summary, data, next } = await done("stop_flink_job", in138);
    expect(bodiesOf("BatchStopFlinkJobs")).toEqual([{ job_ids: [138], trigger_savepoint: true }]);
    expect(summary).toBe("Flink job 138 has stopped; it is job_cancel_success now.");
    expect(data).toMatchObject({ savepointAsked: true, hasSavepoint: true });
    expect(next).toContain("fromSavepoint true");
  });

  test("stops without one when told so", async () => {
    const { done, bodiesOf } = workplaceWith([running]);
    const { next } = await done("stop_flink_job", { ...in138, savepoint: false });
    expect(bodiesOf("BatchStopFlinkJobs")).toEqual([{ job_ids: [138], trigger_savepoint: false }]);
    expect(next).toContain("fromSavepoint false");
  });

  test("says when the savepoint that was asked for is not there", async () => {
    const { done, jobs } = workplaceWith([running], {
      BatchStopFlinkJobs() {
        Object.assign(jobs.get(138) ?? {}, { status: "job_cancel_success", has_savepoint: false });
        return answered([{ is_success: "true" }]);
      },
    });
    expect((await done("stop_flink_job", in138)).summary).toContain("The service shows no savepoint of it.");
  });

  test("does not call a job stopped whose stop failed", async () => {
    const { done, jobs } = workplaceWith([running], {
      BatchStopFlinkJobs() {
        Object.assign(jobs.get(138) ?? {}, { status: "job_cancel_fail" });
        return answered([{ is_success: "true" }]);
      },
    });
    const { summary } = await done("stop_flink_job", in138);
    expect(summary).toBe("Flink job 138 was told to stop; it is job_cancel_fail now.");
  });

  test("tells what was sent also when the job cannot be read afterwards", async () => {
    let isSent = false;
    const { done } = workplaceWith([running], {
      ShowFlinkJob: () => (isSent ? rejected("DLI.0999", "down") : answered({ job_detail: running })),
      BatchStopFlinkJobs() {
        isSent = true;
        return answered([{ is_success: "true" }]);
      },
    });
    expect((await done("stop_flink_job", in138)).summary).toBe(
      "Flink job 138 was told to stop; its state could not be read.",
    );
  });
});

describe("list, get, wait and delete", () => {
  test("jobs are listed in short rows with their phase", async () => {
    const { done, sent } = workplaceWith([jarJob, { ...running, job_id: 148, name: "orders" }]);
    const { summary, data } = await done("list_flink_jobs", { name: "o", state: "job_running", queue: "Q1" });
    expect(summary).toBe("2 of 2 Flink jobs.");
    expect(data?.jobs).toEqual([
      expect.objectContaining({ jobId: 138, state: "job_init", phase: "draft" }),
      expect.objectContaining({ jobId: 148, state: "job_running", phase: "running" }),
    ]);
    expect(sent[0]?.query).toEqual({ limit: "20", offset: "0", name: "o", status: "job_running", queue_name: "q1" });
  });

  test("a list that has more says where it goes on", async () => {
    const { done } = workplaceWith([], {
      ListFlinkJobs: answered({ job_list: { total_count: 30, jobs: [jarJob] } }),
    });
    expect((await done("list_flink_jobs", { offset: 20 })).next).toBe("offset 21 shows the next ones.");
  });

  test("a state that the service does not have is no state", () => {
    const { input } = toolNamed(dliTools, "list_flink_jobs");
    expect(input.safeParse({ state: "job_dancing" }).success).toBe(false);
  });

  test("a job is shown with its size, scaling and checkpoints, and without what people wrote into it", async () => {
    const { done } = workplaceWith([jarJob]);
    const reply = await done("get_flink_job", in138);
    expect(reply.data).toMatchObject({
      state: "job_init",
      meaning: "saved and not started",
      size: { cu: 4, parallelism: 3, taskManagers: 3, slotsPerTaskManager: 1, model: "v1" },
      scaling: "off",
      checkpoints: { everySeconds: 30, mode: "exactly_once" },
      savepoint: "none",
      runtimeConfig: { "env.java.opts": "-Dx=1" },
    });
    expect(reply.untrusted).toEqual([]);
    expect(JSON.stringify(reply)).not.toContain("hunter2");
  });

  test("what people wrote is shown when asked for, as text of theirs, without secrets", async () => {
    const { done } = workplaceWith([{ ...jarJob, desc: "loads clicks" }]);
    const { untrusted } = await done("get_flink_job", { ...in138, program: true });
    expect(untrusted).toEqual([
      { title: "description", text: "loads clicks" },
      { title: "arguments", text: "--password **** --topic clicks" },
    ]);
  });

  test("a running job is shown with its latest metrics", async () => {
    const { done } = workplaceWith([running], {
      BatchListMetricData: answered({
        metrics: [{ metric_name: "flink_cpu_usage", datapoints: [{ timestamp: 5, average: 12.5 }] }],
      }),
    });
    expect((await done("get_flink_job", in138)).data?.metrics).toEqual({ flink_cpu_usage: "12.5 %" });
  });

  test("a running job is shown also when its metrics cannot be read, which is said", async () => {
    const { done } = workplaceWith([running], { BatchListMetricData: rejected("ces.0014", "no right") });
    expect((await done("get_flink_job", in138)).data?.metrics).toEqual({
      unavailable: expect.stringContaining("no right"),
    });
    const without = workplaceWith([running]);
    expect((await without.done("get_flink_job", in138)).data?.metrics).toEqual({
      unavailable: "no values in the last 10 min",
    });
  });

  test("waiting ends when the job runs", async () => {
    let reads = 0;
    const { done } = workplaceWith([], {
      ShowFlinkJob: () =>
        answered({ job_detail: { ...jarJob, status: ++reads < 4 ? "job_submitting" : "job_running" } }),
    });
    const { summary, data } = await done("wait_flink_job", in138);
    expect(summary).toMatch(/^Flink job 138 is job_running after \d+ s\.$/);
    expect(data).toMatchObject({ settled: true, phase: "running" });
    expect(reads).toBe(4);
  });

  test("waiting for a stop goes on while the job runs, and ends with the time", async () => {
    const { done } = workplaceWith([running]);
    const { summary, data, next } = await done("wait_flink_job", { ...in138, until: "stopped", timeoutSeconds: 60 });
    expect(summary).toMatch(/still job_running after (\d+) s of waiting/);
    expect(data).toMatchObject({ settled: false });
    expect(next).toContain("wait_flink_job again");
  });

  test("a job is deleted once a person has agreed, and looked for afterwards", async () => {
    const { done, questions, jobs } = workplaceWith([jarJob]);
    expect((await done("delete_flink_job", in138)).summary).toBe("Flink job 138 was deleted; it is no longer listed.");
    expect(questions).toHaveLength(1);
    expect(jobs.size).toBe(0);
    const stubborn = workplaceWith([jarJob], { DeleteFlinkJob: answered({ is_success: "true" }) });
    expect((await stubborn.done("delete_flink_job", in138)).summary).toContain("is still listed");
  });
});

describe("update_flink_job", () => {
  test("sends what changes and tells before and after", async () => {
    const { done, bodiesOf } = workplaceWith([jarJob]);
    const { data, summary } = await done("update_flink_job", {
      ...in138,
      fields: { smn_topic: "alarm", log_enabled: true },
    });
    expect(summary).toBe("Flink job 138 was changed: smn_topic.");
    expect(data?.changes).toEqual([{ field: "smn_topic", before: "not set", after: "alarm" }]);
    expect(bodiesOf("UpdateFlinkJarJob")).toEqual([{ smn_topic: "alarm", log_enabled: true }]);
  });

  test("sends the whole size with a part of it", async () => {
    const { done, bodiesOf } = workplaceWith([jarJob]);
    await done("update_flink_job", { ...in138, fields: { cu_number: 6 } });
    expect(bodiesOf("UpdateFlinkJarJob")).toEqual([
      {
        cu_number: 6,
        manager_cu_number: 1,
        parallel_number: 3,
        tm_cus: 1,
        tm_slot_num: 1,
        runtime_config: '[{"key":"env.java.opts","value":"-Dx=1"}]',
      },
    ]);
  });

  test("changes nothing where all is so already", async () => {
    const { done, sent } = workplaceWith([jarJob]);
    expect((await done("update_flink_job", { ...in138, fields: { cu_number: 4 } })).summary).toContain(
      "has these settings already",
    );
    expect(writes(sent)).toEqual([]);
  });

  test("takes of a running job only what can change while it runs", async () => {
    const { refused, done, sent } = workplaceWith([running]);
    const refusal = await refused("update_flink_job", {
      ...in138,
      fields: { smn_topic: "a", cu_number: 6, desc: "x" },
    });
    expect(refusal).toMatchObject({ code: "PRECONDITION_NOT_MET" });
    expect(refusal.fields?.map(({ field }) => field)).toEqual(["cu_number", "desc"]);
    expect(writes(sent)).toEqual([]);
    await done("update_flink_job", { ...in138, fields: { smn_topic: "a" } });
    expect(writes(sent)).toEqual(["UpdateFlinkJarJob"]);
  });

  test("refuses what breaks a rule, and leaves alone what was broken before", async () => {
    const { refused } = workplaceWith([jarJob]);
    expect((await refused("update_flink_job", { ...in138, fields: { image: "a/b:1" } })).fields?.[0]?.field).toBe(
      "feature",
    );
    const odd = workplaceWith([{ ...jarJob, job_config: { ...jarJob.job_config, image: "a/b:1" } }]);
    await odd.done("update_flink_job", { ...in138, fields: { smn_topic: "alarm" } });
    expect(writes(odd.sent)).toEqual(["UpdateFlinkJarJob"]);
  });

  test("takes fields of the job's own kind", async () => {
    const sql: FakeJob = { ...jarJob, job_type: "flink_opensource_sql_job", sql_body: "INSERT INTO a SELECT 1" };
    const { done, refused, bodiesOf } = workplaceWith([sql]);
    await done("update_flink_job", { ...in138, fields: { sql_body: "INSERT INTO a SELECT 2" } });
    expect(bodiesOf("UpdateFlinkSqlJob")).toEqual([{ sql_body: "INSERT INTO a SELECT 2" }]);
    expect((await refused("update_flink_job", { ...in138, fields: { main_class: "A" } })).code).toBe("BAD_INPUT");
  });
});

describe("update_flink_scaling", () => {
  const set = { ...in138, action: "set", cuMin: 2, cuMax: 8, intervalMinutes: 60 };

  test("explains without changing anything, and says what is in the way", async () => {
    const { done, sent } = workplaceWith([running]);
    const { summary, data } = await done("update_flink_scaling", { ...set, action: "explain" });
    expect(summary).toContain("is off");
    expect(data).toMatchObject({
      configuredCu: 4,
      before: "off",
      wouldBe: "on: 2 to 8 CU, looked at every 60 min",
      inTheWay: [expect.stringContaining("job_running")],
    });
    expect(writes(sent)).toEqual([]);
  });

  test("turns it on beside the other settings and tells before and after", async () => {
    const { done, bodiesOf, questions } = workplaceWith([jarJob]);
    const { data, summary } = await done("update_flink_scaling", set);
    expect(summary).toBe("Dynamic scaling of Flink job 138 was off; it is on: 2 to 8 CU, looked at every 60 min now.");
    expect(data).toMatchObject({ before: "off", after: "on: 2 to 8 CU, looked at every 60 min", otherSettings: 1 });
    const [body] = bodiesOf("UpdateFlinkJarJob") as Array<{ runtime_config: string; cu_number: number }>;
    expect(body?.cu_number).toBe(4);
    expect(JSON.parse(body?.runtime_config ?? "")).toEqual([
      { key: "env.java.opts", value: "-Dx=1" },
      { key: "flink.dli.job.scale.enable", value: "true" },
      { key: "flink.dli.job.scale.interval", value: "60" },
      { key: "flink.dli.job.cu.max", value: "8" },
      { key: "flink.dli.job.cu.min", value: "2" },
    ]);
    expect(questions).toHaveLength(1);
  });

  test("removes it and nothing else", async () => {
    const { done, bodiesOf, jobs } = workplaceWith([jarJob]);
    await done("update_flink_scaling", set);
    const { summary } = await done("update_flink_scaling", { ...in138, action: "remove" });
    expect(summary).toBe("Dynamic scaling of Flink job 138 was on: 2 to 8 CU, looked at every 60 min; it is off now.");
    expect(bodiesOf("UpdateFlinkJarJob").at(-1)).toMatchObject({
      runtime_config: '[{"key":"env.java.opts","value":"-Dx=1"}]',
    });
    expect(jobs.get(138)?.job_config?.runtime_config).toBe('[{"key":"env.java.opts","value":"-Dx=1"}]');
  });

  test("does nothing twice", async () => {
    const { done, sent } = workplaceWith([jarJob]);
    await done("update_flink_scaling", set);
    expect((await done("update_flink_scaling", set)).summary).toContain("Nothing was changed");
    expect(
      (await workplaceWith([jarJob]).done("update_flink_scaling", { ...in138, action: "remove" })).summary,
    ).toContain("is off already");
    expect(writes(sent)).toEqual(["UpdateFlinkJarJob"]);
  });

  test("refuses with every rule that is broken, before a person is asked", async () => {
    const bare: FakeJob = { ...running, job_config: { cu_number: 4, flink_version: "1.10" } };
    const { refused, questions } = workplaceWith([bare]);
    const refusal = await refused("update_flink_scaling", { ...set, cuMax: 3, cuMin: 5 });
    expect(refusal.code).toBe("PRECONDITION_NOT_MET");
    expect(refusal.fields?.map(({ field }) => field)).toEqual([
      "status",
      "flink_version",
      "obs_bucket",
      "log_enabled",
      "checkpoint_enabled",
      "cuMax",
      "cuMin",
    ]);
    expect(questions).toEqual([]);
  });

  test("can be removed of a job that would not get it today, once it is stopped", async () => {
    const old: FakeJob = {
      ...scaling("flink.dli.job.scale.enable=true"),
      job_config: { runtime_config: "flink.dli.job.scale.enable=true" },
    };
    const { done, bodiesOf } = workplaceWith([old]);
    await done("update_flink_scaling", { ...in138, action: "remove" });
    expect(bodiesOf("UpdateFlinkJarJob")).toEqual([{ runtime_config: "[]" }]);
    const busy = workplaceWith([{ ...old, status: "job_running" }]);
    const refusal = await busy.refused("update_flink_scaling", { ...in138, action: "remove" });
    expect(refusal.fields?.map(({ field }) => field)).toEqual(["status"]);
  });

  test("of settings that cannot be read changes nothing", async () => {
    const { refused } = workplaceWith([scaling("what is this")]);
    expect((await refused("update_flink_scaling", set)).fields?.[0]?.field).toBe("runtime_config");
  });
});
