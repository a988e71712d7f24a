import { inBoth } from "../language.ts";
import type { Step } from "./onboarding.ts";

export type EmrStepId =
  | "credentials"
  | "identity"
  | "region"
  | "permissions"
  | "service-role"
  | "job-role"
  | "bucket"
  | "workspace"
  | "queue"
  | "engine"
  | "first-job";

/** The way to a first job on EMR Serverless Spark (API notes 5, 7 and 10), in the order in which one step needs another. */
export const emrProcess: ReadonlyArray<Step<EmrStepId>> = [
  {
    id: "credentials",
    title: { en: "Credentials", zh: "凭证" },
    what: {
      en: "An AccessKey pair of a RAM user, or what the default credential chain finds.",
      zh: "RAM 用户的 AccessKey，或默认凭证链找到的凭证。",
    },
    reads: ["ListWorkspaces"],
    console: {
      en: "RAM console > Users: create an AccessKey; set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET where this server is started.",
      zh: "RAM 控制台 > 用户：创建 AccessKey，并在启动本服务的环境中设置 ALIBABA_CLOUD_ACCESS_KEY_ID 和 ALIBABA_CLOUD_ACCESS_KEY_SECRET。",
    },
  },
  {
    id: "identity",
    title: { en: "Identity", zh: "身份" },
    what: { en: "Whom the cloud takes the caller for.", zh: "云端识别的调用者身份。" },
    reads: ["ListWorkspaces"],
    console: {
      en: "`spark-workspace-mcp doctor` says what STS answers.",
      zh: "运行 `spark-workspace-mcp doctor` 查看 STS 的回答。",
    },
  },
  {
    id: "region",
    title: { en: "Region", zh: "地域" },
    what: { en: "Workspaces, queues and jobs live in one region.", zh: "工作空间、队列和作业都属于某个地域。" },
    reads: ["ListWorkspaces"],
    console: {
      en: "Set SPARK_WORKSPACE_REGION, or `region` of the profile, to one that has EMR Serverless Spark.",
      zh: "将 SPARK_WORKSPACE_REGION 或配置中的 region 设为支持 EMR Serverless Spark 的地域。",
    },
  },
  {
    id: "permissions",
    title: { en: "RAM permissions", zh: "RAM 权限" },
    what: {
      en: "Reads are tried; whether writes are admitted shows when they are made.",
      zh: "仅尝试读取；写入权限在实际调用时才能得知。",
    },
    reads: ["ListWorkspaces", "ListBuckets", "ListReleaseVersions", "ListWorkspaceQueues", "ListJobRuns"],
    console: {
      en: "RAM console > Users or Roles > Add Permissions: the policy that `spark-workspace-mcp policy ram` prints, or AliyunEMRServerlessSparkDeveloperAccess.",
      zh: "RAM 控制台 > 用户或角色 > 新增授权：使用 `spark-workspace-mcp policy ram` 输出的策略，或 AliyunEMRServerlessSparkDeveloperAccess。",
    },
  },
  {
    id: "service-role",
    title: { en: "Service-linked role", zh: "服务关联角色" },
    what: {
      en: "AliyunServiceRoleForEMRServerlessSpark lets the service act in the account; there is one for all workspaces.",
      zh: "AliyunServiceRoleForEMRServerlessSpark 允许该服务在账号内操作，所有工作空间共用一个。",
    },
    reads: ["ListWorkspaces"],
    console: {
      en: "RAM console > Roles: look for AliyunServiceRoleForEMRServerlessSpark. Whoever may ram:CreateServiceLinkedRole makes it, once.",
      zh: "RAM 控制台 > 角色：查找 AliyunServiceRoleForEMRServerlessSpark。由拥有 ram:CreateServiceLinkedRole 权限的用户创建一次即可。",
    },
  },
  {
    id: "job-role",
    title: { en: "Job role", zh: "作业执行角色" },
    what: {
      en: "Jobs act as this role: it reads the programs and writes the data.",
      zh: "作业以该角色运行：读取程序并写入数据。",
    },
    reads: ["ListJobRuns"],
    console: {
      en: "RAM console > Roles: AliyunEMRSparkJobRunDefaultRole with the policy AliyunEMRSparkJobRunDefaultRolePolicy, or a role of your own that trusts spark.emr-serverless.aliyuncs.com. A workspace keeps the one it was created with.",
      zh: "RAM 控制台 > 角色：需有 AliyunEMRSparkJobRunDefaultRole 及策略 AliyunEMRSparkJobRunDefaultRolePolicy，或信任 spark.emr-serverless.aliyuncs.com 的自定义角色。工作空间创建后不能更换。",
    },
  },
  {
    id: "bucket",
    title: { en: "Storage bucket", zh: "存储桶" },
    what: { en: "Programs, logs and results lie in OSS.", zh: "程序、日志和结果存放在 OSS。" },
    reads: ["ListBuckets"],
    console: {
      en: "OSS console > Buckets > Create Bucket, in the region of the profile.",
      zh: "OSS 控制台 > Bucket 列表 > 创建 Bucket，地域与配置一致。",
    },
  },
  {
    id: "workspace",
    title: { en: "Workspace", zh: "工作空间" },
    what: { en: "Holds queues, sessions and jobs.", zh: "包含队列、会话和作业。" },
    reads: ["ListWorkspaces"],
    tool: inBoth("create_workspace"),
  },
  {
    id: "queue",
    title: { en: "Queue", zh: "队列" },
    what: {
      en: "A share of the workspace's CU; a new workspace brings root_queue and dev_queue.",
      zh: "工作空间 CU 的一部分；新工作空间自带 root_queue 和 dev_queue。",
    },
    reads: ["ListWorkspaceQueues"],
    tool: inBoth("call_operation CreateWorkspaceQueue"),
  },
  {
    id: "engine",
    title: { en: "Engine version", zh: "引擎版本" },
    what: { en: "The Spark that a job names.", zh: "作业所指定的 Spark 版本。" },
    reads: ["ListReleaseVersions"],
    tool: inBoth("list_release_versions"),
  },
  {
    id: "first-job",
    title: { en: "First job", zh: "首个作业" },
    what: { en: "A program in OSS, submitted to a queue.", zh: "将 OSS 中的程序提交到队列。" },
    reads: ["ListJobRuns"],
    tool: {
      en: "upload_program, then start_job_run and wait_job_run",
      zh: "先 upload_program，再 start_job_run 和 wait_job_run",
    },
  },
];
