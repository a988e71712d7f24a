// Generated from prompts/*.md by scripts/generate.ts; do not edit.
import type { PromptList } from "./prompt.ts";

export const emrPrompts: PromptList = {
  texts: async () => (await import("./emr-prompt-texts.gen.ts")).texts,
  prompts: [
  {
    "name": "connect_bi",
    "title": {
      "en": "Set up Kyuubi for BI",
      "zh": "为 BI 配置 Kyuubi"
    },
    "description": {
      "en": "Set up a SQL endpoint (Kyuubi) that BI tools connect to over JDBC",
      "zh": "配置供 BI 工具通过 JDBC 连接的 SQL 服务（Kyuubi）"
    },
    "arguments": [
      {
        "name": "workspaceId",
        "description": {
          "en": "The workspace",
          "zh": "工作空间"
        },
        "complete": "workspaces"
      },
      {
        "name": "kyuubiServiceId",
        "description": {
          "en": "An endpoint that is there already",
          "zh": "已有的 Kyuubi 服务"
        },
        "complete": "kyuubiServices"
      },
      {
        "name": "tool",
        "description": {
          "en": "What will connect, such as Tableau, DBeaver or Superset",
          "zh": "要连接的工具，例如 Tableau、DBeaver 或 Superset"
        }
      }
    ]
  },
  {
    "name": "first_job",
    "title": {
      "en": "From nothing to a first job",
      "zh": "从零到第一个作业"
    },
    "description": {
      "en": "Lead a first-time user from nothing to their first finished Spark job",
      "zh": "引导首次使用的用户从零开始完成第一个 Spark 作业"
    },
    "arguments": [
      {
        "name": "program",
        "description": {
          "en": "A program to run",
          "zh": "要运行的程序"
        }
      }
    ]
  },
  {
    "name": "investigate_failed_job",
    "title": {
      "en": "Why did a job fail?",
      "zh": "作业为什么失败？"
    },
    "description": {
      "en": "Find why a job run failed and what to change",
      "zh": "查明作业失败的原因以及需要修改什么"
    },
    "arguments": [
      {
        "name": "workspaceId",
        "description": {
          "en": "The workspace",
          "zh": "工作空间"
        },
        "complete": "workspaces"
      },
      {
        "name": "job",
        "description": {
          "en": "Job run ID or name; the last failed one when absent",
          "zh": "作业运行 ID 或名称；缺省为最近一次失败的作业"
        },
        "complete": "failedJobRuns"
      }
    ]
  },
  {
    "name": "move_job",
    "title": {
      "en": "Move a job between EMR and DLI",
      "zh": "在 EMR 与 DLI 之间迁移作业"
    },
    "description": {
      "en": "Take a Spark job from EMR Serverless Spark to Huawei Cloud DLI, or bring one from there",
      "zh": "把 Spark 作业从 EMR Serverless Spark 迁移到华为云 DLI，或从那里迁移过来"
    },
    "arguments": [
      {
        "name": "direction",
        "description": {
          "en": "to-dli, or from-dli",
          "zh": "to-dli（迁出）或 from-dli（迁入）"
        },
        "complete": [
          "to-dli",
          "from-dli"
        ]
      },
      {
        "name": "workspaceId",
        "description": {
          "en": "The workspace here",
          "zh": "这边的工作空间"
        },
        "complete": "workspaces"
      },
      {
        "name": "job",
        "description": {
          "en": "Job run that leaves, or the submission at DLI that arrives",
          "zh": "要迁出的作业运行，或要迁入的 DLI 提交内容"
        },
        "complete": "jobRuns"
      }
    ]
  },
  {
    "name": "review_consumption",
    "title": {
      "en": "Review CU consumption",
      "zh": "查看 CU 消耗"
    },
    "description": {
      "en": "Where the CU-hours went, and what could be saved",
      "zh": "CU 时消耗在哪里，可以节省什么"
    },
    "arguments": [
      {
        "name": "workspaceId",
        "description": {
          "en": "The workspace",
          "zh": "工作空间"
        },
        "complete": "workspaces"
      },
      {
        "name": "queue",
        "description": {
          "en": "One queue; all of them when absent",
          "zh": "某个队列；缺省为全部"
        },
        "complete": "queues"
      },
      {
        "name": "days",
        "description": {
          "en": "How many days back; 7 when absent",
          "zh": "往前多少天；缺省为 7"
        },
        "complete": [
          "1",
          "7",
          "14",
          "30"
        ]
      }
    ]
  },
  {
    "name": "scale_queue",
    "title": {
      "en": "Scale a queue",
      "zh": "队列扩缩容"
    },
    "description": {
      "en": "Find out whether a queue needs another size, and change it",
      "zh": "判断队列是否需要调整规格并进行调整"
    },
    "arguments": [
      {
        "name": "workspaceId",
        "description": {
          "en": "The workspace",
          "zh": "工作空间"
        },
        "complete": "workspaces"
      },
      {
        "name": "queue",
        "description": {
          "en": "The queue",
          "zh": "队列"
        },
        "complete": "queues"
      },
      {
        "name": "cu",
        "description": {
          "en": "Wanted size in CU; worked out with you when absent",
          "zh": "目标 CU；缺省时一起推算"
        }
      }
    ]
  },
  {
    "name": "submit_job",
    "title": {
      "en": "Submit a job",
      "zh": "提交作业"
    },
    "description": {
      "en": "Submit a Spark job, follow it to its end and show what it printed",
      "zh": "提交一个 Spark 作业，跟踪到结束并展示输出"
    },
    "arguments": [
      {
        "name": "workspaceId",
        "description": {
          "en": "The workspace",
          "zh": "工作空间"
        },
        "complete": "workspaces"
      },
      {
        "name": "queue",
        "description": {
          "en": "The queue that it runs in",
          "zh": "运行作业的队列"
        },
        "complete": "queues"
      },
      {
        "name": "program",
        "description": {
          "en": "A program on OSS or this machine, or SQL",
          "zh": "OSS 或本机上的程序，或 SQL"
        }
      }
    ]
  }
],
};
