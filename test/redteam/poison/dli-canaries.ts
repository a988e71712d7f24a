import { findOperation } from "../../../src/operations/registry.ts";
import { leaksIn } from "./canaries.ts";

/** Values that occur nowhere else, one for each kind of secret that DLI's requests and answers hold. */
export const dliCanaries = {
  secretKey: "dNrySecret4T7v2XkLm9Rt1Wz8Yb3Hd",
  securityToken: "dNryStsTok8P1aUe6Gn3Bs9Kx4Vq7Mw",
  authToken: "dNryAuthTok5Jf2Hd8Ls3Aq6Wn1Zr9C",
  variableValue: "dNryVarVal6Mn2Bv8Cx4Zl1Kj7Hg3Fd",
  storedPassword: "dNryStored3Hk9Lp5Zx1Wq8Er4Ty2Ui",
  settingValue: "dNryConf2Ws8Ed4Rf1Tg7Yh3Uj9Ik5O",
} as const;

export const dliLeaksIn = (text: string): string[] => leaksIn(text, dliCanaries);

const { settingValue, variableValue, storedPassword } = dliCanaries;
const batchId = "5b1f0c52-7a3d-4c0e-9d55-2f1f6a1e7c01";
const sql = `CREATE TABLE t USING jdbc OPTIONS ('user' = 'etl', 'password' = '${settingValue}')`;
const args = ["--password", settingValue, `--token=${settingValue}`];
const conf = { "spark.hadoop.fs.obs.secret.key": settingValue, "spark.executor.cores": "2" };
const requestBody = { file: "obs://acme-dli/a.py", args, conf, queue: "general_q1" };
const batch = {
  id: batchId,
  name: "nightly",
  state: "running",
  queue: "general_q1",
  sc_type: "A",
  log: ["started\n"],
  req_body: JSON.stringify(requestBody),
};
const template = { id: batchId, name: "tpl", type: "SPARK", body: requestBody };
const flink = {
  job_id: 138,
  name: "orders_wide",
  status: "job_finish",
  job_type: "flink_jar_job",
  queue_name: "general_q1",
  entrypoint_args: args.join(" "),
  sql_body: sql,
  update_time: 1_747_169_165_821,
  job_config: {
    cu_number: 2,
    manager_cu_number: 1,
    parallel_number: 1,
    tm_cus: 1,
    entrypoint: "obs://acme-dli/jars/job.jar",
    runtime_config: JSON.stringify([{ key: "sink.password", value: settingValue }]),
    operator_config: JSON.stringify({ "a.password": settingValue }),
  },
};
const sqlJob = { job_id: batchId, status: "RUNNING", job_type: "DDL", statement: sql, message: "" };
const trace = {
  trace_name: "createDatasourceAuth",
  time: 1_747_169_165_821,
  request: JSON.stringify({ auth_info_name: "a", user_name: "etl", password: storedPassword }),
  response: JSON.stringify({ var_name: "db", var_value: variableValue }),
};

/** What a service that holds all of these would answer, of what its answers have. */
export function tellingDliAnswer(operation: string): unknown {
  const members = findOperation(operation)?.response?.properties ?? {};
  return Object.fromEntries(Object.entries(everything(operation)).filter(([name]) => Object.hasOwn(members, name)));
}

function everything(operation: string): Record<string, unknown> {
  const isStreaming = /Flink/.test(operation);
  return {
    is_success: isStreaming ? "true" : true,
    ...batch,
    sessions: [batch],
    from: 0,
    total: 1,
    jobs: [sqlJob],
    job_count: 1,
    job_detail: flink,
    job_list: { total_count: 1, jobs: [flink] },
    template_list: { total_count: 1, templates: [{ template_id: 154, name: "t", sql_body: sql }] },
    ...sqlJob,
    state: batch.state,
    templates: [template],
    body: template.body,
    sqls: [{ sql_id: "s1", sql_name: "q", sql }],
    global_vars: [{ var_name: "db_password", var_value: variableValue, is_sensitive: false }],
    auth_infos: [{ auth_info_name: "auth_mysql", user_name: "etl", password: storedPassword }],
    parameters: { type: "lakeformation", password: settingValue },
    catalogs: [{ name: "lf", parameters: { "lf.secret": settingValue } }],
    properties: [{ key: "job.password", value: settingValue }],
    table_properties: [{ key: "password", value: settingValue }],
    traces: [trace],
    meta_data: { count: 1 },
    queue_name: "general_q1",
    queueType: "general",
    cuCount: 16,
    elastic_resource_pool_name: "erp_prod",
    queues: [{ queue_name: "general_q1", queue_type: "general", cu_count: 16, elastic_resource_pool_name: "erp_prod" }],
    elastic_resource_pools: [
      { elastic_resource_pool_name: "erp_prod", status: "AVAILABLE", min_cu: 64, max_cu: 128, current_cu: 64 },
    ],
    projects: [
      { id: "0123456789abcdef0123456789abcdef", name: "cn-north-4", domain_id: "abcdef0123456789abcdef0123456789" },
    ],
  };
}

/** A service that complains by quoting the credentials, and all that it was given. */
export function dliComplaint(credentials: readonly string[], given = ""): Record<string, unknown> {
  const quoted = credentials.join(" and ");
  return {
    error_code: `DLI.0001.${credentials[0]}`,
    error_msg: `cannot sign with ${quoted}; given were password=${settingValue} and token: ${settingValue}; ${given}`,
    request_id: `req-${encodeURIComponent(credentials[0] ?? "")}`,
  };
}
