import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { putTags, tagsOf } from "../../src/sandbox/dli/resources/tag-store.ts";
import {
  bucket,
  detail,
  newFolder,
  newJob,
  openFlink,
  queue,
  startedJob,
  until,
  untilState,
} from "./dli-flink.support.ts";

describe("changing a Flink job", () => {
  test("a stopped one takes every field, and only those that are sent", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks", "--a 1", { desc: "old" });
    const answer = await flink.call("UpdateFlinkJarJob", { job_id: jobId, name: "clicks2", cu_number: 4 });
    expect(answer).toMatchObject({ is_success: "true", job: { update_time: expect.any(Number) } });
    expect(await detail(flink, jobId)).toMatchObject({
      name: "clicks2",
      desc: "old",
      entrypoint_args: "--a 1",
      job_config: { cu_number: 4 },
    });
  });

  test("a running one takes what may be edited while it runs and refuses the rest as a whole", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    const change = { job_id: jobId, smn_topic: "alarm", restart_when_exception: true, resume_max_num: 3 };
    await flink.call("UpdateFlinkJarJob", { ...change, name: "clicks" });
    const refusal = await flink.refused("UpdateFlinkJarJob", { job_id: jobId, smn_topic: "other", cu_number: 8 });
    expect(refusal).toContain("stop it before changing cu_number");
    expect((await detail(flink, jobId)).job_config).toMatchObject({
      smn_topic: "alarm",
      restart_when_exception: true,
      resume_max_num: 3,
      cu_number: 2,
    });
  });

  test("ranges, names and checkpoint folders of others are checked as at creation", async () => {
    const flink = openFlink();
    await newJob(flink, "other", "", { checkpoint_path: "obs://acme-dli/cp/other" });
    const jobId = await newJob(flink, "clicks");
    const refused = (change: object) => flink.refused("UpdateFlinkJarJob", { job_id: jobId, ...change });
    expect(await refused({ name: "other" })).toContain("DLI.0006");
    expect(await refused({ cu_number: 1 })).toContain("DLI.0001");
    expect(await refused({ checkpoint_path: "acme-dli/cp/other/" })).toContain("that of the job other");
  });

  test("a Jar job is not changed as a SQL job", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    expect(await flink.refused("UpdateFlinkSqlJob", { job_id: jobId, sql_body: "x" })).toContain("is a flink_jar_job");
  });

  test("a SQL job takes a new text", async () => {
    const flink = openFlink();
    const { job } = await flink.call("CreateFlinkSqlJob", { name: "orders" });
    const jobId = job?.job_id ?? 0;
    const change = { run_mode: "exclusive_cluster" as const, queue_name: queue, sql_body: "INSERT INTO a SELECT 1" };
    await flink.call("UpdateFlinkSqlJob", { job_id: jobId, ...change });
    expect(await detail(flink, jobId)).toMatchObject(change);
  });
});

describe("deleting Flink jobs", () => {
  test("a running one ends, and its id is not used again", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    expect(await flink.call("DeleteFlinkJob", { job_id: jobId })).toMatchObject({ is_success: "true" });
    expect(await flink.refused("ShowFlinkJob", { job_id: jobId })).toContain("DLI.16001");
    const own = dirname(flink.engine.run(`dli-${jobId}`).job.stateFolder);
    expect(own).toContain("flink-jobs");
    await until(() => (existsSync(own) ? undefined : true));
    expect(await newJob(flink, "clicks")).toBeGreaterThan(jobId);
  });

  test("several at once have an answer each", async () => {
    const flink = openFlink();
    const jobs = [await newJob(flink, "a"), await newJob(flink, "b")];
    const answer = await flink.call("BatchDeleteFlinkJobs", { job_ids: [...jobs, 4711] });
    expect(answer.map(({ is_success }) => is_success)).toEqual(["true", "true", "false"]);
    expect((await flink.call("ListFlinkJobs", {})).job_list?.total_count).toBe(0);
  });
});

describe("listing Flink jobs", () => {
  test("pages by limit and offset, newest first, with the number of all", async () => {
    const flink = openFlink();
    for (const name of ["a", "b", "c"]) await newJob(flink, name);
    const names = async (input: object) => {
      const { job_list } = await flink.call("ListFlinkJobs", input);
      return [job_list?.total_count, ...(job_list?.jobs ?? []).map(({ name }) => name)];
    };
    expect(await names({})).toEqual([3, "c", "b", "a"]);
    expect(await names({ limit: 2, offset: 1 })).toEqual([3, "b", "a"]);
    expect(await names({ order: "asc", limit: 1 })).toEqual([3, "a"]);
    expect(await flink.refused("ListFlinkJobs", { limit: 101 })).toContain("DLI.0001");
  });

  test("filters by name, type, state, queue, user and tags", async () => {
    const flink = openFlink();
    const running = await startedJob(flink, "click_loader", "", { tags: [{ key: "env", value: "prod" }] });
    await flink.call("CreateFlinkSqlJob", { name: "orders" });
    const found = async (input: object) => {
      const { job_list } = await flink.call("ListFlinkJobs", input);
      return (job_list?.jobs ?? []).map(({ name }) => name);
    };
    expect(await found({ name: "click" })).toEqual(["click_loader"]);
    expect(await found({ job_type: "flink_opensource_sql_job" })).toEqual(["orders"]);
    expect(await found({ status: "job_running" })).toEqual(["click_loader"]);
    expect(await found({ queue_name: queue })).toEqual(["click_loader"]);
    expect(await found({ tags: "env=prod" })).toEqual(["click_loader"]);
    expect(await found({ tags: "env=dev" })).toEqual([]);
    expect(await found({ user_name: "nobody" })).toEqual([]);
    expect(await found({ root_job_id: 7 })).toEqual([]);
    putTags("dli_flink_job", `${running}`, [{ key: "env", value: "dev" }], flink.context);
    expect(await found({ tags: "env=dev" })).toEqual(["click_loader"]);
  });

  test("settings are shown only with show_detail", async () => {
    const flink = openFlink();
    await newJob(flink, "clicks");
    const first = async (show_detail: boolean) =>
      (await flink.call("ListFlinkJobs", { show_detail })).job_list?.jobs?.[0] ?? {};
    expect(await first(false)).not.toHaveProperty("job_config");
    expect(await first(true)).toHaveProperty("job_config.cu_number", 2);
  });
});

describe("graphs", () => {
  test("a running job's execution graph is in Flink's own words", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    const { execute_graph } = await flink.call("ShowFlinkJobExecutionGraph", { job_id: jobId });
    expect(execute_graph).toMatchObject({ name: "clicks", state: "RUNNING", isStoppable: false, "end-time": -1 });
    expect(execute_graph?.jid).toMatch(/^[0-9a-f]{32}$/);
  });

  test("a draft has none", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    expect(await flink.refused("ShowFlinkJobExecutionGraph", { job_id: jobId })).toContain("job_init");
  });

  test("a SQL text's stream graph has its sources, operators and sinks", async () => {
    const flink = openFlink();
    const { job } = await flink.call("CreateFlinkSqlJob", { name: "orders" });
    const sql_body = `-- INSERT INTO nothing SELECT 1;
      CREATE TABLE src (id BIGINT, t STRING) WITH ('connector' = 'datagen; rows');
      INSERT INTO \`dst\` SELECT id, COUNT(*) FROM src JOIN dim ON src.id = dim.id GROUP BY id;
      INSERT INTO copy SELECT id FROM src;`;
    const request = { job_id: job?.job_id ?? 0, sql_body, parallel_number: 2 };
    const { stream_graph, is_success } = await flink.call("CreateFlinkSqlJobGraph", request);
    expect(is_success).toBe(true);
    const { nodes } = JSON.parse(stream_graph ?? "") as { nodes: Record<string, unknown>[] };
    expect(nodes.map(({ type, contents }) => (type === "Operator" ? type : `${type} ${contents}`))).toEqual([
      "Source src",
      "Source dim",
      "Operator",
      "Sink dst",
      "Operator",
      "Sink copy",
    ]);
    expect(nodes[2]).toMatchObject({
      parallelism: 2,
      predecessors: [
        { id: 1, ship_strategy: "HASH" },
        { id: 2, ship_strategy: "HASH" },
      ],
    });
    expect(nodes[4]).toMatchObject({ predecessors: [{ id: 1, ship_strategy: "FORWARD" }] });
  });

  test("a text without an INSERT has no graph", async () => {
    const flink = openFlink();
    const { job } = await flink.call("CreateFlinkSqlJob", { name: "orders" });
    const answer = await flink.call("CreateFlinkSqlJobGraph", { job_id: job?.job_id ?? 0, sql_body: "SELECT 1" });
    expect(answer).toMatchObject({ is_success: false, error_code: "DLI.0005" });
  });

  test("no job has an API Gateway sink", async () => {
    const flink = openFlink();
    const jobId = await newJob(flink, "clicks");
    expect(await flink.refused("ShowFlinkJobApigSinks", { job_id: jobId })).toContain("DLI.11098");
  });
});

describe("export and import", () => {
  test("exported jobs come back with their settings and tags in another project", async () => {
    const flink = openFlink();
    const kept = await newJob(flink, "clicks", "--a 1", { cu_number: 4, tags: [{ key: "env", value: "prod" }] });
    await newJob(flink, "other");
    const request = { obs_dir: `${bucket}/export`, is_selected: true, job_selected: [kept] };
    const { zip_file } = await flink.call("ExportFlinkJobs", request);
    expect(zip_file).toHaveLength(1);
    await flink.call("BatchDeleteFlinkJobs", { job_ids: [kept] });

    const { job_mapping } = await flink.call("ImportFlinkJobs", { zip_file: zip_file?.[0] ?? "" });
    expect(job_mapping).toEqual([
      { old_job_id: kept, new_job_id: expect.any(Number), remark: "Job created successfully." },
    ]);
    const newId = job_mapping?.[0]?.new_job_id ?? 0;
    expect(await detail(flink, newId)).toMatchObject({ entrypoint_args: "--a 1", job_config: { cu_number: 4 } });
    expect(tagsOf("dli_flink_job", `${newId}`, flink.context)).toEqual([{ key: "env", value: "prod" }]);
  });

  test("a job of the same name stays without is_cover, and becomes a draft again with it", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks", "run=5", { desc: "first" });
    await untilState(flink, jobId, "job_finish");
    await flink.call("ExportFlinkJobs", { obs_dir: `${bucket}/export`, is_selected: false });
    await flink.call("UpdateFlinkJarJob", { job_id: jobId, desc: "second" });

    const folder = `obs://${bucket}/export/`;
    const { job_mapping } = await flink.call("ImportFlinkJobs", { zip_file: folder });
    expect(job_mapping).toMatchObject([{ old_job_id: jobId, new_job_id: -1 }]);
    expect(await detail(flink, jobId)).toMatchObject({ desc: "second", status: "job_finish" });

    await flink.call("ImportFlinkJobs", { zip_file: folder, is_cover: true });
    expect(await detail(flink, jobId)).toMatchObject({ desc: "first", status: "job_init" });
  });

  test("a running job is not replaced", async () => {
    const flink = openFlink();
    const jobId = await startedJob(flink, "clicks");
    const { zip_file } = await flink.call("ExportFlinkJobs", { obs_dir: `${bucket}/export`, is_selected: false });
    const answer = await flink.call("ImportFlinkJobs", { zip_file: zip_file?.[0] ?? "", is_cover: true });
    expect(answer.job_mapping).toMatchObject([
      { new_job_id: -1, remark: `The job ${jobId} is job_running; it was not replaced.` },
    ]);
  });

  test("a link in a bucket that leads out of the storage is not followed", async () => {
    const flink = openFlink();
    const outside = newFolder();
    symlinkSync(outside, join(flink.storageFolder, bucket, "export"));
    mkdirSync(join(outside, "x"));
    const request = { obs_dir: `${bucket}/export/x`, is_selected: false };
    expect(await flink.refused("ExportFlinkJobs", request)).toContain("DLI.0001");
    expect(readdirSync(join(outside, "x"))).toEqual([]);
  });

  test("what is no export is refused", async () => {
    const flink = openFlink();
    const zip_file = `${bucket}/jars/clicks.jar`;
    expect(await flink.refused("ImportFlinkJobs", { zip_file })).toContain("is not an export of Flink jobs");
  });
});

describe("templates of Flink SQL", () => {
  test("one is made, read, changed and deleted", async () => {
    const flink = openFlink();
    const { template } = await flink.call("CreateFlinkSqlJobTemplate", {
      name: "tpl1",
      desc: "orders",
      sql_body: "INSERT INTO a SELECT 1",
      job_type: "flink_opensource_sql_job",
      tags: [{ key: "env", value: "prod" }],
    });
    const template_id = template?.template_id ?? 0;
    expect(template).toMatchObject({ name: "tpl1", desc: "orders", job_type: "flink_opensource_sql_job" });
    await flink.call("UpdateFlinkSqlJobTemplate", { template_id, sql_body: "INSERT INTO b SELECT 2" });
    const list = async (input: object) =>
      (await flink.call("ListFlinkSqlJobTemplates", input)).template_list?.templates ?? [];
    expect(await list({ tags: "env=prod" })).toMatchObject([{ name: "tpl1", sql_body: "INSERT INTO b SELECT 2" }]);
    expect(await list({ name: "none" })).toEqual([]);
    expect(await flink.call("DeleteFlinkSqlJobTemplate", { template_id })).toMatchObject({ template: { template_id } });
    expect(await list({})).toEqual([]);
    expect(await flink.refused("DeleteFlinkSqlJobTemplate", { template_id })).toContain("DLI.0002");
  });

  test("names are unique, and ten are listed newest first without a limit", async () => {
    const flink = openFlink();
    for (let n = 0; n < 12; n += 1) await flink.call("CreateFlinkSqlJobTemplate", { name: `t${n}` });
    expect(await flink.refused("CreateFlinkSqlJobTemplate", { name: "t3" })).toContain("DLI.0006");
    const { template_list } = await flink.call("ListFlinkSqlJobTemplates", {});
    expect(template_list?.total_count).toBe(12);
    expect(template_list?.templates?.map(({ name }) => name).slice(0, 2)).toEqual(["t11", "t10"]);
    expect(template_list?.templates).toHaveLength(10);
  });
});

test("a bucket is registered when it is there", async () => {
  const flink = openFlink();
  expect(await flink.call("RegisterBucket", { obs_buckets: [bucket] })).toMatchObject({ is_success: "true" });
  expect(await flink.refused("RegisterBucket", { obs_buckets: ["nowhere"] })).toContain("DLI.0002");
});
