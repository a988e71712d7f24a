import { compareWithQueue } from "../../jobs/cu.ts";
import { checkSparkBatch } from "../../jobs/dli/spark.ts";
import type { SparkBatch } from "../../jobs/dli/spark-batch.ts";
import { renderSparkBatch } from "../../jobs/dli/spark-command.ts";
import type { OverLimit, Reviewer, ReviewInput } from "./reviewer.ts";

/** The equivalent spark-submit, what the batch takes from its queue, and that nothing but a person ends its cost. */
export const reviewCreateSparkJob: Reviewer = (subject) => {
  // The row has checked the types.
  const batch = subject.input as SparkBatch;
  const { language, limits } = subject;
  const checked = checkSparkBatch(batch);
  if ("problem" in checked) {
    return { overLimit: checked.problem.sentence[language], next: `Correct ${checked.problem.field}.` };
  }
  const { need, mostTries, warnings } = checked;
  const { maxJobCu, maxJobCuHours } = limits.spend;
  if (need.withOverhead > maxJobCu) {
    return {
      overLimit: `the batch asks for ${need.withOverhead} CU and the policy admits ${maxJobCu}`,
      next: "Ask for fewer or smaller executors (sc_type, numExecutors, executorCores, executorMemory).",
    };
  }
  const room = roomOf(subject);
  const verdict = room && compareWithQueue(need, room);
  if (verdict && !verdict.fitsEver) return neverFits(verdict.sentence[language]);

  const hours = Math.floor((maxJobCuHours / need.withOverhead) * 10) / 10;
  return {
    details: [
      { label: "spark-submit", text: renderSparkBatch(batch) },
      { label: "CU", text: need.explanation[language] },
      {
        label: "At most",
        text: `no bound: DLI ends a batch by no time limit, so it costs ${need.withOverhead} CU-hours an hour until it ends or is cancelled; the policy's ${maxJobCuHours} CU-hours are used up after ${hours} h`,
      },
      ...(mostTries > 1
        ? [{ label: "Tries", text: `up to ${mostTries}, each billed: it is started again by itself when it fails` }]
        : []),
      { label: "Queue", text: verdict?.sentence[language] ?? inUse(subject) },
      ...warnings.map((warning) => ({ label: "Warning", text: warning.sentence[language] })),
    ],
    cost: { cu: need.withOverhead },
  };
};

function neverFits(sentence: string): OverLimit {
  return { overLimit: sentence, next: "list_dli_queues shows the queues and their CU." };
}

/** Where nobody knows how far the queue may grow. */
function inUse({ facts }: ReviewInput): string {
  const { queueUsedCu, queueCu } = facts.context;
  const used = typeof queueUsedCu === "number" ? `${queueUsedCu} CU in use now` : "CU in use unknown";
  return `${used}${typeof queueCu === "number" ? `, ${queueCu} CU of its own` : ""}; how far it may grow is up to its pool`;
}

/** What a queue in a pool may grow to stands in its policies; its own count of CU is but what it has now. */
function roomOf({ facts }: ReviewInput): { maxCu: number; usedCu: number } | undefined {
  const { queueMaxCu, poolMaxCu, queueCu, queueUsedCu } = facts.context;
  const { queuePool } = facts.bound;
  const inPool = typeof queuePool === "string" && queuePool !== "";
  const maxCu = inPool ? (queueMaxCu ?? poolMaxCu) : queueCu;
  return typeof maxCu === "number" ? { maxCu, usedCu: typeof queueUsedCu === "number" ? queueUsedCu : 0 } : undefined;
}
