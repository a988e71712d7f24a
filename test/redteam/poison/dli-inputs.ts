import type { Tool } from "../../../tools/define.ts";
import { dliCanaries } from "./dli-canaries.ts";

/** Arguments with which each tool of DLI gets as far as the cloud; secrets stand where people put them. */

const batchId = "5b1f0c52-7a3d-4c0e-9d55-2f1f6a1e7c01";
const { settingValue } = dliCanaries;

const inputs: Readonly<Record<string, Record<string, unknown>>> = {
  create_dli_pool: { pool: "erp_new", minCu: 64, maxCu: 128 },
  create_dli_queue: { queue: "spark_q2", type: "general", cu: 16, pool: "erp_prod" },
  scale_dli_queue: { pool: "erp_prod", minCu: 64, maxCu: 112 },
  upload_program: { uri: "obs://acme-dli/jars/nightly.py", content: "print(1)" },
  submit_spark_batch: {
    queue: "general_q1",
    name: "nightly",
    file: "obs://acme-dli/jars/nightly.py",
    args: ["--password", settingValue, `--token=${settingValue}`],
    conf: { "spark.hadoop.fs.obs.secret.key": settingValue },
  },
  wait_spark_batch: { batchId, timeoutSeconds: 1 },
  get_spark_batch: { batchId },
  list_spark_batches: { queue: "general_q1" },
  get_spark_batch_log: { batchId },
  cancel_spark_batch: { batchId },
  run_dli_sql: {
    queue: "sql_q1",
    sql: `CREATE TABLE t USING jdbc OPTIONS ('user' = 'etl', 'password' = '${settingValue}')`,
    conf: { "spark.sql.jdbc.password": settingValue },
    waitSeconds: 0,
  },
  get_dli_sql: { jobId: batchId },
  cancel_dli_sql: { jobId: batchId },
  list_obs_objects: { bucket: "acme-dli" },
  create_flink_job: {
    kind: "sql",
    name: "orders_new",
    queue: "general_q1",
    sql: `CREATE TABLE s (a INT) WITH ('connector' = 'jdbc', 'password' = '${settingValue}')`,
    agency: "dli_job_agency",
    fields: {
      cu_number: 2,
      parallel_number: 1,
      obs_bucket: "acme-dli",
      runtime_config: { "flink.hadoop.fs.obs.secret.key": settingValue },
    },
  },
  update_flink_job: {
    jobId: 138,
    fields: { entrypoint_args: `--password ${settingValue}`, runtime_config: { "a.password": settingValue } },
  },
  run_flink_job: { jobId: 138, fromSavepoint: false },
  stop_flink_job: { jobId: 138, savepoint: false },
  list_flink_jobs: { queue: "general_q1" },
  get_flink_job: { jobId: 138, program: true },
  wait_flink_job: { jobId: 138, until: "ended", timeoutSeconds: 1 },
  update_flink_scaling: { jobId: 138, action: "set", cuMax: 4 },
  delete_flink_job: { jobId: 138 },
  get_dli_metrics: { queue: "general_q1" },
  list_dli_traces: {},
  list_dli_connections: {},
  search_operations: { query: "variables" },
  call_operation: { name: "ListGlobalVariables", arguments: { limit: 100 } },
};

export function inputOf({ name }: Pick<Tool, "name">): Record<string, unknown> {
  return inputs[name] ?? {};
}
