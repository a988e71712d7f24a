import { describe, expect, test } from "vitest";
import { differencesOf } from "../../src/jobs/dli/flink-compare.ts";
import { definitionOf, type FlinkDefinition, type FlinkKind } from "../../src/jobs/dli/flink-definition.ts";
import { checkFlinkFields, fieldsOf, isEditableWhileRunning } from "../../src/jobs/dli/flink-fields.ts";
import { checkFlinkDefinition } from "../../src/jobs/dli/flink-rules.ts";
import { jarJob } from "./dli-flink.support.ts";
import { dliRows } from "./policy-fixture.ts";

function namesOf(operation: string): string[] {
  const row = dliRows.find(({ name }) => name === operation);
  return (row?.parameters ?? []).filter(({ in: place }) => place === "body").map(({ name }) => name);
}

/** Edge jobs are retired, the operator editors are of the console. */
const leftOut = ["edge_group_ids", "operator_config", "static_estimator_config"];

test.each<[FlinkKind, "create" | "update", string]>([
  ["jar", "create", "CreateFlinkJarJob"],
  ["jar", "update", "UpdateFlinkJarJob"],
  ["sql", "create", "CreateFlinkSqlJob"],
  ["sql", "update", "UpdateFlinkSqlJob"],
])("a %s job takes on %s every field that %s has", (kind, use, operation) => {
  const offered = namesOf(operation).filter((name) => !leftOut.includes(name));
  // Of a job that is there the type stands.
  const expected = use === "update" ? offered.filter((name) => name !== "job_type") : offered;
  expect(fieldsOf(kind, use).toSorted()).toEqual(expected.toSorted());
});

const check = (kind: FlinkKind, given: Record<string, unknown>, use: "create" | "update" = "create") => {
  const checked = checkFlinkFields(kind, use, given);
  return "problems" in checked ? checked.problems.map(({ field }) => field) : checked.fields;
};

describe("a field", () => {
  test.each<[string, readonly unknown[], readonly unknown[]]>([
    ["name", ["a", "A-b_9"], ["", "a b", "x".repeat(58), 5]],
    ["desc", ["", "x".repeat(512)], ["x".repeat(513)]],
    ["cu_number", [2, 400], [1, 401, 2.5, "2"]],
    ["parallel_number", [1, 2000], [0, 2001]],
    ["checkpoint_interval", [1, 3600], [0, 3601]],
    ["checkpoint_mode", [1, 2], [0, 3, "once"]],
    ["resume_max_num", [-1, 1], [0, -2, 1.5]],
    ["flink_version", ["1.15"], ["1.16", 1.15]],
    ["log_enabled", [true], ["true"]],
    ["obs_bucket", ["acme-dli"], ["obs://acme-dli", "A"]],
    ["entrypoint", ["obs://acme/a.jar", "group/a.jar"], ["s3a://acme/a.jar", "obs://acme/", "../a"]],
    ["dependency_jars", [[], ["obs://acme/a.jar"]], ["obs://acme/a.jar", [1]]],
    ["tags", [[{ key: "env", value: "test" }]], [[{ key: "env" }], [{ key: "", value: "x" }], {}]],
    ["feature", ["basic", "custom"], ["ai"]],
  ])("%s of a Jar job is held to its bounds", (name, good, bad) => {
    for (const value of good) expect(check("jar", { [name]: value }), JSON.stringify(value)).toHaveProperty(name);
    for (const value of bad) expect(check("jar", { [name]: value }), JSON.stringify(value)).toEqual([name]);
  });

  test.each<[string, readonly unknown[], readonly unknown[]]>([
    ["desc", ["x".repeat(2048)], ["x".repeat(2049)]],
    ["sql_body", ["SELECT 1", "x".repeat(1_048_576)], ["", " ", "x".repeat(1_048_577)]],
    ["dirty_data_strategy", ["0", "1", "2:acme/dirty"], ["2:", "3", 0]],
    ["run_mode", ["exclusive_cluster"], ["edge_node"]],
    ["job_type", ["flink_opensource_sql_job"], ["flink_sql_edge_job"]],
  ])("%s of a SQL job is held to its bounds", (name, good, bad) => {
    for (const value of good) expect(check("sql", { [name]: value })).toHaveProperty(name);
    for (const value of bad) expect(check("sql", { [name]: value })).toEqual([name]);
  });

  test("of the other kind, of creation alone, or of nobody is refused by name", () => {
    expect(check("jar", { sql_body: "SELECT 1" })).toEqual(["sql_body"]);
    expect(check("sql", { entrypoint: "obs://acme/a.jar" })).toEqual(["entrypoint"]);
    expect(check("jar", { tags: [] }, "update")).toEqual(["tags"]);
    expect(check("jar", { constructor: 1, cuNumber: 2 })).toEqual(["constructor", "cuNumber"]);
  });

  test("goes to the wire in the wire's form", () => {
    expect(check("jar", { checkpoint_mode: "at_least_once", runtime_config: { a: 1 }, cu_number: undefined })).toEqual({
      checkpoint_mode: 2,
      runtime_config: '[{"key":"a","value":"1"}]',
    });
    expect(check("jar", { runtime_config: "a=1" })).toEqual({ runtime_config: '[{"key":"a","value":"1"}]' });
  });

  test("may be changed while the job runs where the service lets it", () => {
    const live = fieldsOf("jar", "create").filter(isEditableWhileRunning);
    expect(live.toSorted()).toEqual(
      [
        "smn_topic",
        "restart_when_exception",
        "resume_checkpoint",
        "resume_max_num",
        "checkpoint_path",
        "obs_bucket",
      ].toSorted(),
    );
  });
});

describe("a whole definition", () => {
  const jar: FlinkDefinition = { entrypoint: "obs://acme/a.jar", queue_name: "general_q1", flink_version: "1.12" };
  const sql: FlinkDefinition = { sql_body: "INSERT INTO a SELECT * FROM b", queue_name: "general_q1" };
  const problems = (kind: FlinkKind, changed: FlinkDefinition) =>
    checkFlinkDefinition(kind, { ...(kind === "jar" ? jar : sql), ...changed }).problems.map(({ field }) => field);
  const warnings = (kind: FlinkKind, changed: FlinkDefinition) =>
    checkFlinkDefinition(kind, { ...(kind === "jar" ? jar : sql), ...changed }).warnings.map(({ en }) => en);

  test("that is in order has neither problems nor warnings", () => {
    expect(checkFlinkDefinition("jar", jar)).toEqual({ problems: [], warnings: [] });
    expect(checkFlinkDefinition("sql", sql)).toEqual({ problems: [], warnings: [] });
  });

  test.each<[FlinkKind, FlinkDefinition, string]>([
    ["jar", { entrypoint: "" }, "entrypoint"],
    ["sql", { sql_body: "" }, "sql_body"],
    ["jar", { flink_version: "1.13" }, "flink_version"],
    ["jar", { resource_config_version: "v2" }, "resource_config_version"],
    ["jar", { flink_version: "1.17", execution_agency_urn: "a" }, "resource_config_version"],
    ["jar", { resource_config: { max_slot: 1 } }, "resource_config_version"],
    ["jar", { image: "acme/flink:1" }, "feature"],
    ["jar", { feature: "custom" }, "image"],
    ["jar", { log_enabled: true }, "obs_bucket"],
    ["sql", { checkpoint_enabled: true }, "obs_bucket"],
    ["sql", { run_mode: "shared_cluster" }, "run_mode"],
    ["jar", { flink_version: "1.15", entrypoint: "group/a.jar" }, "entrypoint"],
    ["jar", { flink_version: "1.15", dependency_files: ["group/a.txt"] }, "entrypoint"],
    ["jar", { cu_number: 2, manager_cu_number: 2 }, "cu_number"],
    ["jar", { runtime_config: "flink.dli.job.priority=11" }, "runtime_config.flink.dli.job.priority"],
  ])("of a %s job with %j is refused for %s", (kind, changed, field) => {
    expect(problems(kind, changed)).toEqual([field]);
  });

  test("of the versions that go together is taken", () => {
    expect(problems("jar", { flink_version: "1.17", resource_config_version: "v2" })).toEqual([]);
    expect(problems("sql", { flink_version: "1.13", resource_config_version: "v2", resource_config: {} })).toEqual([]);
    expect(problems("sql", { sql_body: "", template_id: 5 })).toEqual([]);
  });

  test("with scaling on is held to the rules of scaling", () => {
    const runtime_config = "flink.dli.job.scale.enable=true\nflink.dli.job.cu.max=1";
    expect(problems("jar", { runtime_config })).toEqual(["obs_bucket", "log_enabled", "checkpoint_enabled", "cuMax"]);
  });

  test.each<[FlinkDefinition, string]>([
    [{ flink_version: "1.15" }, "agency"],
    [{ parallel_number: 5 }, "at most 4"],
    [{ restart_when_exception: true }, "resume_checkpoint"],
    [{ resume_checkpoint: true }, "checkpoint_path"],
  ])("of %j is taken with a warning", (changed, word) => {
    expect(problems("jar", changed)).toEqual([]);
    expect(warnings("jar", changed)).toEqual([expect.stringContaining(word)]);
  });

  test("without a queue is a draft that cannot be run", () => {
    const { queue_name, ...unplaced } = jar;
    expect(checkFlinkDefinition("jar", unplaced).warnings.map(({ en }) => en)).toEqual([
      expect.stringContaining("queue"),
    ]);
  });

  test("may take the parallelism that is recommended for its CUs", () => {
    expect(warnings("jar", { parallel_number: 4 })).toEqual([]);
  });
});

describe("a job that is there", () => {
  test("is its settings on one level, with the mode as a number and without what is not set", () => {
    const definition = definitionOf({ ...jarJob, desc: "", job_config: { ...jarJob.job_config, image: null } });
    expect(definition).toMatchObject({ name: "click_loader", cu_number: 4, checkpoint_mode: 1 });
    expect(definition).not.toHaveProperty("desc");
    expect(definition).not.toHaveProperty("image");
    expect(definition).not.toHaveProperty("job_config");
  });

  test("is the same where nothing that is wanted differs", () => {
    const wanted: FlinkDefinition = {
      queue_name: "GENERAL_Q1",
      checkpoint_mode: 1,
      runtime_config: "env.java.opts=-Dx=1",
      tags: [{ key: "env", value: "test" }],
    };
    expect(differencesOf(wanted, definitionOf(jarJob))).toEqual([]);
  });

  test("tells each difference with both values, masked and cut", () => {
    const wanted: FlinkDefinition = {
      cu_number: 8,
      smn_topic: "alarm",
      entrypoint_args: "--password=geheim --x",
      main_class: "y".repeat(500),
    };
    expect(differencesOf(wanted, definitionOf(jarJob))).toEqual([
      { field: "cu_number", there: "4", wanted: "8" },
      { field: "smn_topic", there: "not set", wanted: "alarm" },
      {
        field: "entrypoint_args",
        there: expect.not.stringContaining("hunter2"),
        wanted: expect.not.stringContaining("geheim"),
      },
      { field: "main_class", there: "com.example.StreamJob", wanted: expect.stringContaining("(500 characters)") },
    ]);
  });
});
