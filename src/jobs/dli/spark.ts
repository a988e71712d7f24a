import type { Problem, Refused, SparkConf } from "../problem.ts";
import { estimateSparkCu, type PoolKind, type SparkCuEstimate } from "./sizes.ts";
import type { SparkBatch } from "./spark-batch.ts";
import { checkConf, confOf } from "./spark-conf.ts";
import { checkEngine, engineWarnings } from "./spark-engine.ts";
import { checkFiles } from "./spark-files.ts";

export interface CheckedBatch {
  readonly need: SparkCuEstimate;
  readonly python: boolean;
  readonly conf: SparkConf;
  /** Of the first try and all automatic ones together. */
  readonly mostTries: number;
  /** What a person should know and may accept. */
  readonly warnings: readonly Problem[];
}

/** What the service takes when recovery is on and no number is given (notes 6). */
const defaultRetries = 20;
export const mostRetries = 100;

/** Everything that can be said of a batch before it is sent; refused when it would fail, or could not be priced. */
export function checkSparkBatch(
  batch: SparkBatch,
  context: { readonly pool?: PoolKind } = {},
): CheckedBatch | (Refused & { readonly problems: readonly Problem[] }) {
  const python = /\.py$/i.test(batch.file ?? "");
  const conf = confOf(batch.conf);
  const confSays = checkConf(conf, batch);
  const problems = [...checkFiles(batch), ...checkRetries(batch), ...checkEngine(batch), ...confSays.problems];
  const need = estimateSparkCu(batch, { conf, python, ...(context.pool && { pool: context.pool }) });
  const all = "problem" in need ? [...problems, ...need.problems] : problems;
  const [problem] = all;
  if (problem || "problem" in need) return refusedWith(all);
  return {
    need,
    python,
    conf,
    mostTries: batch.auto_recovery ? 1 + (batch.max_retry_times ?? defaultRetries) : 1,
    warnings: [...confSays.warnings, ...engineWarnings(batch)],
  };
}

function refusedWith(problems: readonly Problem[]): Refused & { readonly problems: readonly Problem[] } {
  const [problem] = problems;
  if (!problem) throw new Error("nothing is refused without a problem");
  return { problem, problems };
}

function checkRetries({ auto_recovery, max_retry_times }: SparkBatch): Problem[] {
  if (max_retry_times === undefined) return [];
  if (auto_recovery !== true) {
    return [
      {
        code: "RETRIES_WITHOUT_RECOVERY",
        field: "max_retry_times",
        sentence: {
          en: "max_retry_times counts only with auto_recovery true; without it the batch is never tried again.",
          zh: "max_retry_times 仅在 auto_recovery 为 true 时有效；否则作业不会自动重试。",
        },
        allowed: "auto_recovery true beside it, or neither",
        example: "3",
      },
    ];
  }
  if (Number.isSafeInteger(max_retry_times) && max_retry_times >= 0 && max_retry_times <= mostRetries) return [];
  return [
    {
      code: "RETRIES_INVALID",
      field: "max_retry_times",
      sentence: {
        en: `max_retry_times is not a whole number from 0 to ${mostRetries}.`,
        zh: `max_retry_times 不是 0 到 ${mostRetries} 之间的整数。`,
      },
      allowed: `0 to ${mostRetries}`,
      example: "3",
    },
  ];
}
