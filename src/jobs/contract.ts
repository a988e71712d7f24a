import type { Text } from "../language.ts";
import { flinkStateNames, phaseOfFlinkJob } from "./dli/flink-states.ts";
import { type CommonState, type StateTable, sparkBatchStates, sqlJobStates } from "./dli/states.ts";
import type { Refused } from "./problem.ts";

/**
 * One contract across clouds: what a kind of work can be asked for, by which tool and operation, and what its states come
 * to. What a cloud does not have is said with the reason, so that it can be refused in words and shown in a table.
 */

export const capabilities = [
  "submit",
  "status",
  "wait",
  "list",
  "cancel",
  "logs",
  "logsWhileRunning",
  "diagnosis",
  "queues",
  "resizeQueue",
  "sql",
  "sqlRows",
  "upload",
  "timeLimit",
  "submitOnce",
  "sessions",
  "streaming",
  "usage",
] as const;

export type Capability = (typeof capabilities)[number];
export type ContractCloud = "emr" | "dli";

export interface Offered {
  readonly has: true;
  /** Of the tools' names; absent: the server does it by itself. */
  readonly tool?: string;
  readonly operation?: string;
  readonly how?: Text;
}

export interface Lacking {
  readonly has: false;
  readonly why: Text;
  /** What comes closest. */
  readonly instead?: Text;
}

export interface Contract {
  readonly title: string;
  readonly can: Readonly<Record<Capability, Offered | Lacking>>;
  /** By what has them: the cloud's states -> the common ones. */
  readonly states: Readonly<Record<string, StateTable>>;
}

const by = (tool: string, operation: string, how?: Text): Offered => ({
  has: true,
  tool,
  operation,
  ...(how && { how }),
});

const emrJobStates = {
  Submitted: "queued",
  Pending: "queued",
  Running: "running",
  Cancelling: "running",
  CancelFailed: "running",
  Success: "succeeded",
  Failed: "failed",
  Cancelled: "cancelled",
} as const satisfies StateTable;

const emrStatementStates = {
  waiting: "queued",
  running: "running",
  available: "succeeded",
  error: "failed",
  cancelled: "cancelled",
} as const satisfies StateTable;

/** A draft has neither been submitted nor ended, which has no common name. */
function flinkStates(): StateTable {
  return Object.fromEntries(
    flinkStateNames.map((name) => {
      const phase = phaseOfFlinkJob(name);
      return [name, phase === "draft" ? "unknown" : phase];
    }),
  );
}

export const contracts: Readonly<Record<ContractCloud, Contract>> = {
  emr: {
    title: "Alibaba Cloud EMR Serverless Spark",
    can: {
      submit: by("start_job_run", "StartJobRun"),
      status: by("get_job_run", "GetJobRun"),
      wait: by("wait_job_run", "GetJobRun"),
      list: by("list_job_runs", "ListJobRuns"),
      cancel: by("cancel_job_run", "CancelJobRun"),
      logs: by("list_log_contents", "ListLogContents"),
      logsWhileRunning: {
        has: false,
        why: {
          en: "EMR Serverless Spark hands out log files only after a run has ended.",
          zh: "EMR Serverless Spark 仅在作业结束后提供日志文件。",
        },
        instead: {
          en: "The Spark UI that get_job_run links shows a running job's log.",
          zh: "可通过 get_job_run 给出的 Spark UI 查看运行中作业的日志。",
        },
      },
      diagnosis: by("diagnose_job_run", "ListLogContents"),
      queues: by("list_workspace_queues", "ListWorkspaceQueues"),
      resizeQueue: by("edit_workspace_queue", "EditWorkspaceQueue"),
      sql: by("run_sql", "CreateSqlStatement", {
        en: "in a running session; Kyuubi services and jobs of code type SQL run SQL too",
        zh: "在运行中的会话内；Kyuubi 服务和 SQL 类型作业也可运行 SQL",
      }),
      sqlRows: by("get_sql_statement", "GetSqlStatement"),
      upload: by("upload_program", "PutObject"),
      timeLimit: by("start_job_run", "StartJobRun", {
        en: "timeoutSeconds: the service ends the job",
        zh: "timeoutSeconds：由服务终止作业",
      }),
      submitOnce: { has: true, operation: "StartJobRun", how: { en: "idempotency token", zh: "幂等令牌" } },
      sessions: by("create_session", "CreateSessionCluster"),
      streaming: {
        has: false,
        why: { en: "EMR Serverless Spark runs no Flink.", zh: "EMR Serverless Spark 不支持 Flink。" },
        instead: {
          en: "A job run of Spark Structured Streaming needs a long timeoutSeconds.",
          zh: "可用 Spark Structured Streaming 作业，并设置较长的 timeoutSeconds。",
        },
      },
      usage: by("get_cu_hours", "GetCuHours", { en: "per queue and hour", zh: "按队列和小时" }),
    },
    states: { job: emrJobStates, sql: emrStatementStates },
  },
  dli: {
    title: "Huawei Cloud DLI",
    can: {
      submit: by("submit_spark_batch", "CreateSparkJob"),
      status: by("get_spark_batch", "ShowSparkJob"),
      wait: by("wait_spark_batch", "ShowSparkJobStatus"),
      list: by("list_spark_batches", "ListSparkJobs"),
      cancel: by("cancel_spark_batch", "CancelSparkJob", {
        en: "a cancelled batch ends as dead, as a failed one does",
        zh: "被取消的作业状态为 dead，与失败相同",
      }),
      logs: by("get_spark_batch_log", "ShowSparkJobLog", {
        en: "deprecated by the service, and the only call for it",
        zh: "服务已标记废弃，但无其他接口",
      }),
      logsWhileRunning: by("get_spark_batch_log", "ShowSparkJobLog"),
      diagnosis: {
        has: false,
        why: {
          en: "DLI's API gives out no event log of a batch, which the diagnosis needs.",
          zh: "DLI 接口不提供诊断所需的作业事件日志。",
        },
        instead: {
          en: "get_spark_batch_log shows the driver's log with the exception.",
          zh: "get_spark_batch_log 可查看包含异常的驱动日志。",
        },
      },
      queues: by("list_dli_queues", "ListQueues"),
      resizeQueue: by("scale_dli_queue", "UpdateElasticResourcePoolQueue", {
        en: "policies in a pool, from the next full hour; a size outside of one",
        zh: "资源池内为策略，下一整点生效；资源池外为规格",
      }),
      sql: by("run_dli_sql", "CreateSqlJob"),
      sqlRows: by("get_dli_sql", "PreviewSqlJobResult", { en: "the first 1000", zh: "前 1000 行" }),
      upload: by("upload_program", "ObsPutObject"),
      timeLimit: {
        has: false,
        why: {
          en: "DLI ends a batch by no time limit: it runs and costs until it ends or is cancelled.",
          zh: "DLI 没有作业时限：批作业会一直运行并计费，直到结束或被取消。",
        },
        instead: {
          en: "wait_spark_batch watches it and cancel_spark_batch ends it; of SQL jobs dli.sql.job.timeout is a setting.",
          zh: "用 wait_spark_batch 观察，用 cancel_spark_batch 结束；SQL 作业可设置 dli.sql.job.timeout。",
        },
      },
      submitOnce: {
        has: true,
        operation: "ListSparkJobs",
        how: {
          en: "no token: a key in the name (SQL: a tag) is looked up before anything is sent again",
          zh: "无令牌：名称（SQL 为标签）中的键会在重发前先被查找",
        },
      },
      sessions: {
        has: false,
        why: { en: "Only old documents of DLI know interactive sessions.", zh: "DLI 的交互式会话只见于旧文档。" },
        instead: {
          en: "run_dli_sql needs none; a queue stays warm between jobs.",
          zh: "run_dli_sql 无需会话，队列在作业之间保持就绪。",
        },
      },
      streaming: by("run_flink_job", "BatchRunFlinkJobs", { en: "Flink jobs", zh: "Flink 作业" }),
      usage: {
        has: false,
        why: {
          en: "No call of DLI tells CU-hours of a job or queue.",
          zh: "DLI 没有查询作业或队列 CU 时的接口。",
        },
        instead: {
          en: "get_dli_metrics shows a queue's CU over time; the bill tells CU-hours.",
          zh: "get_dli_metrics 可查看队列 CU 随时间的变化，CU 时见账单。",
        },
      },
    },
    states: { batch: sparkBatchStates, sql: sqlJobStates, flink: flinkStates() },
  },
};

export type { CommonState };

/** What a tool or an operation stands for that a cloud does not have under this name; undefined when no cloud has it. */
export function capabilityElsewhere(cloud: ContractCloud, name: string): Capability | undefined {
  const wanted = plain(name);
  const others = Object.entries(contracts).filter(([each]) => each !== cloud);
  return capabilities.find((capability) =>
    others.some(([, { can }]) => {
      const offered = can[capability];
      return offered.has && [offered.tool, offered.operation].some((each) => each && plain(each) === wanted);
    }),
  );
}

/** `start_job_run` and `StartJobRun` are the same. */
function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** What a cloud offers for it, or the refusal that says why not and what comes closest. */
export function requireCapability(cloud: ContractCloud, capability: Capability): Offered | Refused {
  const { title, can } = contracts[cloud];
  const found = can[capability];
  if (found.has) return found;
  const { why, instead } = found;
  return {
    problem: {
      code: "NOT_SUPPORTED",
      field: capability,
      sentence: {
        en: `${why.en}${instead ? ` ${instead.en}` : ""}`,
        zh: `${why.zh}${instead ? instead.zh : ""}`,
      },
      allowed: `what ${title} offers`,
    },
  };
}
