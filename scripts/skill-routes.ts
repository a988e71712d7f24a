import type { Text } from "../src/language.ts";

/** What people ask for, and the tools that do it on each cloud; SKILL.md's first table is made from it. */
export interface Route {
  readonly say: Text;
  /** Names of tools, or of operations that are refused always; absent: the cloud has nothing like it. */
  readonly emr?: readonly string[];
  readonly dli?: readonly string[];
  /** Page of references/ that tells more. */
  readonly page: string;
}

export const routes: readonly Route[] = [
  {
    say: { en: "get me started; where am I, what is missing", zh: "怎么开始、还缺什么" },
    emr: ["get_started"],
    dli: ["get_started"],
    page: "getting-started",
  },
  {
    say: { en: "which workspaces, queues are there", zh: "有哪些工作空间、队列" },
    emr: ["list_workspaces", "list_workspace_queues"],
    dli: ["list_dli_queues"],
    page: "workspace-lifecycle",
  },
  {
    say: { en: "make a workspace, a pool, a queue", zh: "创建工作空间、资源池、队列" },
    emr: ["create_workspace"],
    dli: ["create_dli_pool", "create_dli_queue"],
    page: "workspace-lifecycle",
  },
  {
    say: { en: "delete the workspace, the pool, the database", zh: "删除工作空间、资源池、数据库" },
    emr: ["DeleteWorkspace"],
    dli: ["DeleteElasticResourcePool", "DeleteDatabase"],
    page: "workspace-lifecycle",
  },
  {
    say: { en: "out of CU; make the queue bigger, smaller", zh: "CU 不够、队列扩缩容" },
    emr: ["list_workspace_queues", "edit_workspace_queue"],
    dli: ["list_dli_queues", "scale_dli_queue"],
    page: "scaling",
  },
  {
    say: { en: "upload this program", zh: "上传程序" },
    emr: ["upload_program"],
    dli: ["upload_program"],
    page: "job-management",
  },
  {
    say: { en: "run this JAR, PySpark, SQL job", zh: "提交 JAR、PySpark、SQL 作业" },
    emr: ["start_job_run"],
    dli: ["submit_spark_batch"],
    page: "job-management",
  },
  {
    say: { en: "how is it going; tell me when it is done", zh: "作业进展如何、等它结束" },
    emr: ["wait_job_run", "get_job_run"],
    dli: ["wait_spark_batch", "get_spark_batch"],
    page: "job-management",
  },
  {
    say: { en: "which jobs ran, failed since yesterday", zh: "昨天以来跑了、失败了哪些作业" },
    emr: ["list_job_runs"],
    dli: ["list_spark_batches", "list_flink_jobs"],
    page: "job-management",
  },
  {
    say: { en: "show its output, its log", zh: "看输出、日志" },
    emr: ["list_log_contents"],
    dli: ["get_spark_batch_log"],
    page: "job-management",
  },
  {
    say: { en: "why did it fail; why is it slow", zh: "为什么失败、为什么慢" },
    emr: ["diagnose_job_run", "list_executors"],
    dli: ["get_spark_batch_log", "get_dli_metrics"],
    page: "troubleshooting",
  },
  {
    say: { en: "stop the job", zh: "停止作业" },
    emr: ["cancel_job_run"],
    dli: ["cancel_spark_batch"],
    page: "job-management",
  },
  {
    say: { en: "query this table", zh: "查询这张表" },
    emr: ["execute_kyuubi_sql", "run_sql"],
    dli: ["run_dli_sql"],
    page: "kyuubi-service",
  },
  {
    say: { en: "give BI a SQL endpoint", zh: "给 BI 一个 SQL 端点" },
    emr: ["create_kyuubi_service", "start_kyuubi_service", "create_kyuubi_token"],
    page: "kyuubi-service",
  },
  {
    say: { en: "what did it cost, how many CU-hours", zh: "花了多少 CU 时" },
    emr: ["get_cu_hours"],
    dli: ["get_dli_metrics"],
    page: "scaling",
  },
  {
    say: { en: "run a streaming job; stop it, go on later", zh: "运行流作业、停止后继续" },
    dli: ["create_flink_job", "run_flink_job", "stop_flink_job"],
    page: "dli-job-development",
  },
  {
    say: { en: "let the Flink job scale itself", zh: "让 Flink 作业自动扩缩容" },
    dli: ["update_flink_scaling"],
    page: "flink-dynamic-scaling",
  },
  {
    say: { en: "let a colleague in, give a role", zh: "添加成员、授予角色" },
    emr: ["list_members", "add_members", "grant_role"],
    dli: ["call_operation"],
    page: "ram-policies",
  },
  {
    say: { en: "which permissions does it need", zh: "需要哪些权限" },
    emr: ["get_started"],
    dli: ["get_started"],
    page: "ram-policies",
  },
  {
    say: { en: "who did what, who approved it", zh: "谁做了什么、谁批准的" },
    emr: ["list_audit_records"],
    dli: ["list_audit_records", "list_dli_traces"],
    page: "troubleshooting",
  },
  {
    say: { en: "anything else the service can do", zh: "服务的其他功能" },
    emr: ["search_operations", "call_operation"],
    dli: ["search_operations", "call_operation"],
    page: "api-parameters",
  },
];
