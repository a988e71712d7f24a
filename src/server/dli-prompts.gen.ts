// Generated from prompts/*.md by scripts/generate.ts; do not edit.
import type { PromptList } from "./prompt.ts";

export const dliPrompts: PromptList = {
  texts: async () => (await import("./dli-prompt-texts.gen.ts")).texts,
  prompts: [
  {
    "name": "first_job",
    "title": {
      "en": "From nothing to a first job",
      "zh": "从零到第一个作业"
    },
    "description": {
      "en": "Lead a first-time user from nothing to their first finished job on DLI",
      "zh": "引导首次使用的用户从零开始在 DLI 上完成第一个作业"
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
      "en": "Find why a Spark batch or Flink job of DLI failed and what to change",
      "zh": "查明 DLI 的 Spark 批作业或 Flink 作业失败的原因以及需要修改什么"
    },
    "arguments": [
      {
        "name": "batch",
        "description": {
          "en": "Batch ID or name; the last dead one when absent",
          "zh": "批作业 ID 或名称；缺省为最近一次 dead 的批作业"
        },
        "complete": "failedBatches"
      },
      {
        "name": "flinkJob",
        "description": {
          "en": "A Flink job instead, by ID",
          "zh": "改为查看某个 Flink 作业（ID）"
        },
        "complete": "flinkJobs"
      }
    ]
  },
  {
    "name": "move_job",
    "title": {
      "en": "Move a job between DLI and EMR",
      "zh": "在 DLI 与 EMR 之间迁移作业"
    },
    "description": {
      "en": "Take a Spark job from DLI to Alibaba Cloud EMR Serverless Spark, or bring one from there",
      "zh": "把 Spark 作业从 DLI 迁移到阿里云 EMR Serverless Spark，或从那里迁移过来"
    },
    "arguments": [
      {
        "name": "direction",
        "description": {
          "en": "to-emr, or from-emr",
          "zh": "to-emr（迁出）或 from-emr（迁入）"
        },
        "complete": [
          "to-emr",
          "from-emr"
        ]
      },
      {
        "name": "job",
        "description": {
          "en": "Batch that leaves, or the submission at EMR that arrives",
          "zh": "要迁出的批作业，或要迁入的 EMR 提交内容"
        },
        "complete": "batches"
      },
      {
        "name": "queue",
        "description": {
          "en": "The queue here",
          "zh": "这边的队列"
        },
        "complete": "queues"
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
      "en": "What DLI's pools and queues have, what they use, and what could be saved",
      "zh": "DLI 的资源池和队列有多少 CU、用了多少、可以节省什么"
    },
    "arguments": [
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
          "en": "How many days back; 1 when absent",
          "zh": "往前多少天；缺省为 1"
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
      "en": "Find out whether a queue of DLI needs more or less CU, and change it",
      "zh": "判断 DLI 队列是否需要增减 CU 并进行调整"
    },
    "arguments": [
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
          "en": "Most CU wanted; worked out with you when absent",
          "zh": "目标最大 CU；缺省时一起推算"
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
      "en": "Submit a Spark batch, SQL or a Flink job to DLI and follow it",
      "zh": "向 DLI 提交 Spark 批作业、SQL 或 Flink 作业并跟踪"
    },
    "arguments": [
      {
        "name": "kind",
        "description": {
          "en": "spark, sql or flink",
          "zh": "spark、sql 或 flink"
        },
        "complete": [
          "spark",
          "sql",
          "flink"
        ]
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
          "en": "A program on OBS or this machine, or SQL",
          "zh": "OBS 或本机上的程序，或 SQL"
        }
      }
    ]
  }
],
};
