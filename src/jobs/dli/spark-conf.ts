import type { Problem, SparkConf } from "../problem.ts";
import { problemsOfSparkConf } from "../spark-submit.ts";
import type { SparkBatch } from "./spark-batch.ts";

const sizeKeys: Readonly<Record<string, string>> = {
  "spark.driver.cores": "driverCores",
  "spark.driver.memory": "driverMemory",
  "spark.executor.cores": "executorCores",
  "spark.executor.memory": "executorMemory",
  "spark.executor.instances": "numExecutors",
};

/** Values may be numbers and booleans on the wire; Spark reads text. */
export function confOf(conf: Readonly<Record<string, unknown>> | undefined): SparkConf {
  return Object.fromEntries(Object.entries(conf ?? {}).map(([key, value]) => [key, textOf(value)]));
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function checkConf(conf: SparkConf, batch: SparkBatch): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const [key, argument] of Object.entries(sizeKeys)) {
    // Which of the two counts is not documented, and a person must be shown the size that runs.
    if (Object.hasOwn(conf, key)) problems.push(sizeInConf(key, argument));
  }
  for (const { code, key, effect, sentence } of problemsOfSparkConf(conf)) {
    const problem = {
      code,
      field: `conf.${key}`,
      sentence: code === "CONF_HOLDS_ACCESS_KEY" ? agencyInstead(key) : sentence,
    };
    (effect === "refuse" ? problems : warnings).push(problem);
  }
  const priority = conf["spark.dli.job.priority"];
  if (priority !== undefined && !/^([1-9]|10)$/.test(priority.trim())) problems.push(badPriority);
  const wantsMetadata = conf["spark.dli.metaAccess.enable"]?.trim().toLowerCase() === "true";
  const isHalf = wantsMetadata ? batch.catalog_name === undefined : batch.catalog_name === "dli";
  if (isHalf) warnings.push(halfMetadata);
  return { problems, warnings };
}

function sizeInConf(key: string, argument: string): Problem {
  return {
    code: "SIZE_IN_CONF",
    field: `conf.${key}`,
    sentence: {
      en: `${key} sizes the batch beside sc_type, so what it takes could not be told. Give ${argument} instead.`,
      zh: `${key} 会在 sc_type 之外改变作业规格，无法估算资源。请改用 ${argument}。`,
    },
    allowed: `${argument} as an argument of its own`,
  };
}

function agencyInstead(key: string) {
  const shown = JSON.stringify(key.slice(0, 120)).slice(1, -1);
  return {
    en: `${shown} carries an access key, which everybody who may read the batch would see. Give the right to the data to an agency and name it as execution_agency_urn.`,
    zh: `${shown} 含有访问密钥，凡能查看该作业的人都能看到。请给委托授权，并用 execution_agency_urn 指定该委托。`,
  };
}

const badPriority: Problem = {
  code: "PRIORITY_INVALID",
  field: "conf.spark.dli.job.priority",
  sentence: {
    en: "spark.dli.job.priority is not a whole number from 1 to 10.",
    zh: "spark.dli.job.priority 不是 1 到 10 之间的整数。",
  },
  allowed: "1 to 10",
  example: "3",
};

/** The two belong together (notes 6). */
const halfMetadata: Problem = {
  code: "METADATA_HALF_SET",
  field: "catalog_name",
  sentence: {
    en: "DLI's metadata is read only with both catalog_name dli and spark.dli.metaAccess.enable true; one of them is missing.",
    zh: "读取 DLI 元数据需要同时设置 catalog_name 为 dli 和 spark.dli.metaAccess.enable 为 true，目前缺少其中之一。",
  },
};
