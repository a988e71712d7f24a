import { inBoth } from "../../language.ts";
import type { Step } from "../onboarding.ts";

export type ProcessStepId =
  | "identity"
  | "agency"
  | "pool"
  | "queue"
  | "image"
  | "job-bucket"
  | "metadata"
  | "privileges"
  | "connections"
  | "packages"
  | "submit"
  | "metrics"
  | "traces";

export type ProcessStep = Step<ProcessStepId>;

/**
 * The way to a first job on DLI, step by step (API notes 5, 9 to 12): get_started goes through it with evidence, and a
 * page of references is made from it.
 */
export const dliProcess: readonly ProcessStep[] = [
  {
    id: "identity",
    title: { en: "Account and permissions", zh: "账号与权限" },
    what: {
      en: "An IAM user whose access key may use DLI, and the project of the region.",
      zh: "拥有 DLI 权限及访问密钥的 IAM 用户，以及所在区域的项目。",
    },
    reads: ["ListQueues", "KeystoneListProjects"],
    console: {
      en: "IAM console > User groups: attach DLI FullAccess (or DLI ReadOnlyAccess) and create an access key.",
      zh: "IAM 控制台 > 用户组：授予 DLI FullAccess（或 DLI ReadOnlyAccess），并创建访问密钥。",
    },
  },
  {
    id: "agency",
    title: { en: "Agencies", zh: "委托" },
    what: {
      en: "dli_management_agency lets DLI act for the account; a job that touches OBS or secrets names an agency of its own (Spark 3.3.1, Flink 1.15 and later), which CreateAgency makes.",
      zh: "dli_management_agency 允许 DLI 代表账号操作；访问 OBS 或凭据的作业需指定自己的委托（Spark 3.3.1、Flink 1.15 及以上），可用 CreateAgency 创建。",
    },
    reads: ["KeystoneListProjects", "ListAgencies"],
    console: {
      en: "DLI console > Global Configuration > Service Authorization: update dli_management_agency.",
      zh: "DLI 控制台 > 全局配置 > 服务授权：更新 dli_management_agency。",
    },
  },
  {
    id: "pool",
    title: { en: "Elastic resource pool", zh: "弹性资源池" },
    what: {
      en: "CU that queues share; its minimum is billed whether used or not.",
      zh: "由队列共享的 CU；无论是否使用都按下限计费。",
    },
    reads: ["ListElasticResourcePools"],
    tool: inBoth("create_dli_pool"),
  },
  {
    id: "queue",
    title: { en: "Queues", zh: "队列" },
    what: {
      en: "A general queue runs Spark and Flink jobs, a sql queue SQL; scaling policies say who gets how much when.",
      zh: "general 队列运行 Spark 和 Flink 作业，sql 队列运行 SQL；扩缩容策略决定何时分配多少资源。",
    },
    reads: ["ListQueues"],
    tool: inBoth("create_dli_queue"),
  },
  {
    id: "image",
    title: { en: "Custom image", zh: "自定义镜像" },
    what: {
      en: "Only where a job needs libraries that its files cannot bring along.",
      zh: "仅当作业所需的库无法随文件提供时才需要。",
    },
    reads: [],
    console: {
      en: "SWR console: push an image made from DLI's base image and share it with DLI; name it as image with feature custom.",
      zh: "SWR 控制台：推送基于 DLI 基础镜像制作的镜像并授权给 DLI；提交时设置 feature 为 custom 并填写 image。",
    },
    optional: true,
  },
  {
    id: "job-bucket",
    title: { en: "Job bucket", zh: "作业桶" },
    what: {
      en: "The OBS bucket in which DLI keeps logs and results.",
      zh: "DLI 保存日志和结果的 OBS 桶。",
    },
    reads: ["ListSqlJobs"],
    console: {
      en: "DLI console > Global Configuration > Project: set the job bucket. The main account does it; there is no public API.",
      zh: "DLI 控制台 > 全局配置 > 工程配置：设置作业桶。需由主账号操作，没有公开接口。",
    },
  },
  {
    id: "metadata",
    title: { en: "Databases and tables", zh: "元数据" },
    what: {
      en: "SQL and Spark read tables of a database; Flink defines its tables in its own SQL.",
      zh: "SQL 和 Spark 读取数据库中的表；Flink 在自己的 SQL 中定义表。",
    },
    reads: ["ListDatabases"],
    tool: {
      en: "run_dli_sql with CREATE DATABASE and CREATE TABLE",
      zh: "用 run_dli_sql 执行 CREATE DATABASE 和 CREATE TABLE",
    },
  },
  {
    id: "privileges",
    title: { en: "Privileges", zh: "数据权限" },
    what: {
      en: "Others may use a queue, a database or a table only with a grant.",
      zh: "其他用户需获得授权才能使用队列、数据库或表。",
    },
    reads: ["ListAuthorizationPrivileges"],
    tool: {
      en: "call_operation RunAuthorizationAction (a person approves)",
      zh: "call_operation RunAuthorizationAction（需用户批准）",
    },
    optional: true,
  },
  {
    id: "connections",
    title: { en: "Data and connections", zh: "数据与网络连接" },
    what: {
      en: "Data in OBS needs none; sources in a VPC need an enhanced connection, and their passwords a stored credential.",
      zh: "OBS 中的数据无需连接；VPC 中的数据源需要增强型跨源连接，其密码需保存为凭证。",
    },
    reads: ["ListEnhancedConnections"],
    tool: {
      en: "call_operation CreateEnhancedConnection (a person approves)",
      zh: "call_operation CreateEnhancedConnection（需用户批准）",
    },
    optional: true,
  },
  {
    id: "packages",
    title: { en: "Program and files", zh: "程序与依赖" },
    what: {
      en: "Jars, Python files and data go to OBS; jobs name their obs:// addresses.",
      zh: "Jar、Python 文件和数据放在 OBS；作业中填写其 obs:// 地址。",
    },
    reads: ["ObsListBuckets"],
    tool: inBoth("upload_program"),
  },
  {
    id: "submit",
    title: { en: "First job", zh: "提交作业" },
    what: {
      en: "A Spark batch, a SQL statement or a Flink job; the first on a new queue takes 5 to 15 minutes to start.",
      zh: "提交 Spark 批作业、SQL 或 Flink 作业；新队列上的首个作业需 5 至 15 分钟才能启动。",
    },
    reads: ["ListSparkJobs", "ListSqlJobs"],
    tool: { en: "submit_spark_batch or run_dli_sql", zh: "submit_spark_batch 或 run_dli_sql" },
  },
  {
    id: "metrics",
    title: { en: "Watching with Cloud Eye", zh: "云监控" },
    what: {
      en: "Cloud Eye keeps metrics of queues and Flink jobs under SYS.DLI.",
      zh: "云监控在 SYS.DLI 下保存队列和 Flink 作业的指标。",
    },
    reads: ["ListMetrics"],
    tool: inBoth("call_operation BatchListMetricData"),
    console: {
      en: "Cloud Eye console > Alarm Rules: add an alarm for Data Lake Insight.",
      zh: "云监控控制台 > 告警规则：为数据湖探索添加告警。",
    },
  },
  {
    id: "traces",
    title: { en: "Audit with CTS", zh: "云审计" },
    what: {
      en: "Cloud Trace Service records who called what.",
      zh: "云审计服务记录谁调用了什么。",
    },
    reads: ["ListTraces"],
    tool: inBoth("call_operation ListTraces"),
    console: { en: "CTS console: enable the system tracker.", zh: "云审计控制台：启用系统追踪器。" },
  },
];
