import { compareWithQueue, estimateCu, maxCuHours } from "../../jobs/cu.ts";
import { type CodeType, isRefused, type SparkConf } from "../../jobs/problem.ts";
import {
  effectiveConf,
  type JobDriver,
  parseSparkSubmitParameters,
  problemsOfParameters,
  renderSparkSubmit,
} from "../../jobs/spark-submit.ts";
import { sayIn } from "../../language.ts";
import { notAsItMustBe, type OverLimit, type Reviewer, type ReviewInput } from "./reviewer.ts";

/** The wire form of a job as StartJobRun takes it; the row has checked the types. */
interface WireJob {
  name?: string;
  codeType?: CodeType;
  resourceQueueId?: string;
  releaseVersion?: string;
  displayReleaseVersion?: string;
  fusion?: boolean;
  executionTimeoutSeconds?: number;
  jobDriver?: JobDriver;
  configurationOverrides?: {
    configurations?: ReadonlyArray<{ configFileName?: string; configItemKey?: string; configItemValue?: string }>;
  };
}

/** The equivalent spark-submit, what the job takes from its queue, and what it can cost at most. */
export const reviewStartJobRun: Reviewer = (subject) => {
  const job = subject.input as WireJob;
  const { language } = subject;
  const t = sayIn(language);
  if (!job.jobDriver?.sparkSubmit) {
    return {
      overLimit: t("jobDriver.sparkSubmit is missing", "缺少 jobDriver.sparkSubmit"),
      next: t("Give the program.", "请给出程序。"),
    };
  }

  const parsed = parseSparkSubmitParameters(job.jobDriver.sparkSubmit.sparkSubmitParameters ?? "");
  if (isRefused(parsed)) {
    return notAsItMustBe(parsed.problem, language);
  }
  const defaults = defaultsOf(job);
  const conf = effectiveConf(parsed, defaults);
  const problems = problemsOfParameters(parsed, defaults);
  const stopping = problems.find((problem) => problem.effect === "refuse");
  if (stopping) {
    return { overLimit: stopping.sentence[language], next: t(`Change ${stopping.key}.`, `请更改 ${stopping.key}。`) };
  }

  const need = estimateCu(conf, {
    ...(job.codeType && { codeType: job.codeType }),
    ...(job.fusion !== undefined && { fusion: job.fusion }),
  });
  if ("problem" in need) return notAsItMustBe(need.problem, language);

  const cuHours = maxCuHours(need.fullSize, job.executionTimeoutSeconds);
  const over = overBounds(need.fullSize, cuHours, subject);
  if (over) return over;
  const room = queueRoom(subject);
  const verdict = room && compareWithQueue(need, room);
  if (verdict && !verdict.fitsEver) {
    return {
      overLimit: verdict.sentence[language],
      next: t("list_workspace_queues shows the queues.", "list_workspace_queues 列出各队列。"),
    };
  }

  const version = job.releaseVersion ?? job.displayReleaseVersion;
  const details = [
    {
      label: "spark-submit",
      text: renderSparkSubmit({
        jobDriver: job.jobDriver,
        configuration: defaults,
        ...(job.name !== undefined && { name: job.name }),
        ...(job.resourceQueueId !== undefined && { resourceQueueId: job.resourceQueueId }),
        ...(version !== undefined && { releaseVersion: version }),
      }),
    },
    {
      label: "CU",
      text: t(
        `${need.startsWith} to start, ${need.fullSize} at full size. ${need.explanation.en}`,
        `启动需要 ${need.startsWith}，全部资源为 ${need.fullSize}。${need.explanation.zh}`,
      ),
    },
    {
      label: t("At most", "费用上限"),
      text: t(
        `${cuHours} CU-hours: ended after ${job.executionTimeoutSeconds} s`,
        `${cuHours} CU 时：${job.executionTimeoutSeconds} 秒后结束`,
      ),
    },
    ...(verdict ? [{ label: t("Queue", "队列"), text: verdict.sentence[language] }] : []),
    ...problems.map((problem) => ({ label: t("Warning", "警告"), text: problem.sentence[language] })),
  ];
  return { details, cost: { cu: need.fullSize, ...(cuHours !== null && { cuHours }) } };
};

function overBounds(cu: number, cuHours: number | null, { limits, language }: ReviewInput): OverLimit | undefined {
  const { maxJobCu, maxJobCuHours } = limits.spend;
  const t = sayIn(language);
  if (cu > maxJobCu) {
    return {
      overLimit: t(
        `the job asks for ${cu} CU and the policy admits ${maxJobCu}`,
        `作业申请 ${cu} CU，而策略允许 ${maxJobCu} CU`,
      ),
      next: t(
        "Ask for fewer or smaller executors (spark.executor.instances, .cores, .memory).",
        "请减少 executor 的数量或规格（spark.executor.instances、.cores、.memory）。",
      ),
    };
  }
  if (cuHours === null) {
    return {
      overLimit: t(
        "without executionTimeoutSeconds its cost has no bound",
        "没有 executionTimeoutSeconds，其费用就没有上限",
      ),
      next: t("Give a time limit in seconds, for example 3600.", "请给出以秒为单位的时限，例如 3600。"),
    };
  }
  if (cuHours > maxJobCuHours) {
    return {
      overLimit: t(
        `the job may take ${cuHours} CU-hours and the policy admits ${maxJobCuHours}`,
        `作业可能用去 ${cuHours} CU 时，而策略允许 ${maxJobCuHours} CU 时`,
      ),
      next: t("Give a shorter time limit or fewer executors.", "请缩短时限或减少 executor。"),
    };
  }
  return undefined;
}

function queueRoom({ facts }: ReviewInput): { maxCu: number; usedCu: number } | undefined {
  const maxCu = facts.context.queueCu;
  const usedCu = facts.context.queueUsedCu;
  return typeof maxCu === "number" ? { maxCu, usedCu: typeof usedCu === "number" ? usedCu : 0 } : undefined;
}

/** configurationOverrides for spark-defaults.conf: below what --conf says. */
function defaultsOf(job: WireJob): SparkConf {
  const entries = job.configurationOverrides?.configurations ?? [];
  return Object.fromEntries(
    entries.flatMap(({ configFileName, configItemKey, configItemValue }) =>
      configFileName === "spark-defaults.conf" && configItemKey !== undefined
        ? [[configItemKey, configItemValue ?? ""]]
        : [],
    ),
  );
}
