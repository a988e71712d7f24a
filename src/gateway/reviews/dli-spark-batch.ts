import { compareWithQueue } from "../../jobs/cu.ts";
import { checkSparkBatch } from "../../jobs/dli/spark.ts";
import type { SparkBatch } from "../../jobs/dli/spark-batch.ts";
import { renderSparkBatch } from "../../jobs/dli/spark-command.ts";
import { type Language, type Say, sayIn, type Text } from "../../language.ts";
import { notAsItMustBe, type OverLimit, type Reviewer, type ReviewInput } from "./reviewer.ts";

/** The equivalent spark-submit, what the batch takes from its queue, and that nothing but a person ends its cost. */
export const reviewCreateSparkJob: Reviewer = (subject) => {
  // The row has checked the types.
  const batch = subject.input as SparkBatch;
  const { language, limits } = subject;
  const t = sayIn(language);
  const checked = checkSparkBatch(batch);
  if ("problem" in checked) {
    return notAsItMustBe(checked.problem, language);
  }
  const { need, mostTries, warnings } = checked;
  const { maxJobCu, maxJobCuHours } = limits.spend;
  if (need.withOverhead > maxJobCu) {
    return {
      overLimit: t(
        `the batch asks for ${need.withOverhead} CU and the policy admits ${maxJobCu}`,
        `批处理作业申请 ${need.withOverhead} CU，而策略允许 ${maxJobCu} CU`,
      ),
      next: t(
        "Ask for fewer or smaller executors (sc_type, numExecutors, executorCores, executorMemory).",
        "请减少 executor 的数量或规格（sc_type、numExecutors、executorCores、executorMemory）。",
      ),
    };
  }
  const room = roomOf(subject);
  const verdict = room && compareWithQueue(need, room);
  if (verdict && !verdict.fitsEver) return neverFits(verdict.sentence, language);

  const hours = Math.floor((maxJobCuHours / need.withOverhead) * 10) / 10;
  return {
    details: [
      { label: "spark-submit", text: renderSparkBatch(batch) },
      { label: "CU", text: need.explanation[language] },
      {
        label: t("At most", "费用上限"),
        text: t(
          `no bound: DLI ends a batch by no time limit, so it costs ${need.withOverhead} CU-hours an hour until it ends or is cancelled; the policy's ${maxJobCuHours} CU-hours are used up after ${hours} h`,
          `无上限：DLI 不会因超时结束批处理作业，在其结束或被取消之前每小时消耗 ${need.withOverhead} CU 时；策略的 ${maxJobCuHours} CU 时将在 ${hours} 小时后用完`,
        ),
      },
      ...(mostTries > 1
        ? [
            {
              label: t("Tries", "尝试次数"),
              text: t(
                `up to ${mostTries}, each billed: it is started again by itself when it fails`,
                `最多 ${mostTries} 次，每次均计费：失败后会自动重新启动`,
              ),
            },
          ]
        : []),
      { label: t("Queue", "队列"), text: verdict?.sentence[language] ?? inUse(subject, t) },
      ...warnings.map((warning) => ({ label: t("Warning", "警告"), text: warning.sentence[language] })),
    ],
    cost: { cu: need.withOverhead },
  };
};

function neverFits(sentence: Text, language: Language): OverLimit {
  const t = sayIn(language);
  return {
    overLimit: sentence[language],
    next: t("list_dli_queues shows the queues and their CU.", "list_dli_queues 列出各队列及其 CU。"),
  };
}

/** Where nobody knows how far the queue may grow. */
function inUse({ facts }: ReviewInput, t: Say): string {
  const { queueUsedCu, queueCu } = facts.context;
  const used =
    typeof queueUsedCu === "number"
      ? t(`${queueUsedCu} CU in use now`, `当前使用 ${queueUsedCu} CU`)
      : t("CU in use unknown", "当前使用的 CU 未知");
  const own = typeof queueCu === "number" ? t(`, ${queueCu} CU of its own`, `，自有 ${queueCu} CU`) : "";
  return `${used}${own}${t("; how far it may grow is up to its pool", "；可扩展到多少取决于其资源池")}`;
}

/** What a queue in a pool may grow to stands in its policies; its own count of CU is but what it has now. */
function roomOf({ facts }: ReviewInput): { maxCu: number; usedCu: number } | undefined {
  const { queueMaxCu, poolMaxCu, queueCu, queueUsedCu } = facts.context;
  const { queuePool } = facts.bound;
  const inPool = typeof queuePool === "string" && queuePool !== "";
  const maxCu = inPool ? (queueMaxCu ?? poolMaxCu) : queueCu;
  return typeof maxCu === "number" ? { maxCu, usedCu: typeof queueUsedCu === "number" ? queueUsedCu : 0 } : undefined;
}
