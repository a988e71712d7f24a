import * as z from "zod";
import { defaultPreset, isCustomized } from "../../src/jobs/dli/sizes.ts";
import { checkSparkBatch, mostRetries } from "../../src/jobs/dli/spark.ts";
import type { SparkBatch } from "../../src/jobs/dli/spark-batch.ts";
import { isRefused } from "../../src/jobs/problem.ts";
import { longestKeyedName } from "../../src/operations/run-key.ts";
import { defineTool, reply } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { queueName } from "./fields.ts";
import { firstJobIsSlow, isIn } from "./words.ts";

const address = z.string();
const addresses = z.array(address).optional();
const count = z.number().int().min(1).optional();
const memory = z.string().optional();
const named = z.string().optional();
const packages = z
  .array(
    z.strictObject({
      name: z.string().meta({ description: "group/file" }),
      type: z.enum(["jar", "pyFile", "file"]).meta({ description: "Kind" }),
    }),
  )
  .optional();

export const submitSparkBatch = defineTool({
  name: "submit_spark_batch",
  title: "Submit a Spark batch",
  description:
    "Submit a Spark program to a general queue. A person approves first and sees the spark-submit line and CU. Submitted once, also after a lost answer.",
  toolset: "job",
  operations: ["CreateSparkJob"],
  input: z.strictObject({
    queue: queueName,
    name: z.string().min(1).max(longestKeyedName).meta({ description: "Batch name" }),
    file: address.meta({
      description: "The .jar or .py on OBS (upload_program puts it there)",
      examples: ["obs://acme-dli/jars/nightly.jar"],
    }),
    className: z.string().optional().meta({ description: "Main class of a .jar" }),
    args: z.array(z.string()).optional().meta({ description: "Program arguments" }),
    sc_type: z
      .enum(["A", "B", "C"])
      .optional()
      .meta({ description: "Size: A 8 CU (default), B 16, C 32; single sizes below override it" }),
    driverCores: count.meta({ description: "vCPU" }),
    driverMemory: memory.meta({ description: "With unit, 4G" }),
    executorCores: count.meta({ description: "vCPU each" }),
    executorMemory: memory.meta({ description: "Each" }),
    numExecutors: count.meta({ description: "Executors" }),
    jars: addresses.meta({ description: "Further jars" }),
    pyFiles: addresses.meta({ description: "Python modules" }),
    files: addresses.meta({ description: "Files for the working directory" }),
    modules: z.array(z.string()).optional().meta({ description: "sys.datasource.hbase, .opentsdb, .rds or .css" }),
    resources: packages.meta({ description: "Packages, before Spark 3.3.1 only" }),
    groups: z.array(address).optional().meta({ description: "Package groups, likewise" }),
    conf: z.record(z.string(), z.string()).optional().meta({ description: "Spark settings" }),
    auto_recovery: z.boolean().optional().meta({ description: "Try again after a failure" }),
    max_retry_times: z
      .number()
      .int()
      .min(0)
      .max(mostRetries)
      .optional()
      .meta({ description: "How often; 20 if absent" }),
    feature: z.enum(["basic", "ai", "custom"]).optional().meta({ description: "Image: DLI's or custom" }),
    spark_version: named.meta({ description: "Such as 3.3.1; not with custom" }),
    image: named.meta({ description: "organisation/name:tag, custom only" }),
    catalog_name: named.meta({ description: "dli for DLI metadata" }),
    obs_bucket: z.string().optional().meta({ description: "Where the job is saved" }),
    execution_agency_urn: named.meta({ description: "Name of the agency it acts as; from Spark 3.3.1 on" }),
  }),
  async run(input, call) {
    const { gateway, context } = call;
    const { groups, ...given } = input;
    const batch: SparkBatch = {
      ...defined(given),
      // The service wants it there; a Python program has none.
      className: input.className ?? "",
      ...withoutBlank({ driverMemory: given.driverMemory, executorMemory: given.executorMemory }),
      ...(groups && { groups: groups.map((name) => ({ name })) }),
      // Written out, so that the batch runs with the very size a person was shown a price for.
      ...(!isCustomized(input) && { sc_type: input.sc_type ?? defaultPreset }),
    };
    const checked = checkSparkBatch(batch);
    if (isRefused(checked)) return refuseProblems(call, nothingSubmitted, [checked.problem]);
    const outcome = await gateway.run("CreateSparkJob", batch, context);
    return reply(outcome, (answer) => ({
      summary: {
        en: `Batch ${input.name} was submitted once as ${answer.id} and ${isIn(answer.state).en}.`,
        zh: `批处理作业 ${input.name} 已提交（仅提交一次），ID 为 ${answer.id}，${isIn(answer.state).zh}。`,
      },
      data: {
        batchId: answer.id,
        state: answer.state,
        queue: input.queue,
        size: checked.need.scType,
        cu: checked.need.fullSize,
        ...(checked.warnings.length > 0 && {
          warnings: checked.warnings.map(({ sentence }) => sentence[context.language]),
        }),
      },
      next: {
        en: `wait_spark_batch follows it to its end. ${firstJobIsSlow.en}`,
        zh: `wait_spark_batch 可跟踪到作业结束。${firstJobIsSlow.zh}`,
      },
    }));
  },
});

const nothingSubmitted = { en: "Nothing was submitted", zh: "未提交任何作业" };

/** `7 GB` is how the documents write it, `7GB` what every reader takes. */
function withoutBlank<Name extends string>(memory: Record<Name, string | undefined>): Partial<Record<Name, string>> {
  return Object.fromEntries(
    Object.entries<string | undefined>(memory).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value.replace(/\s/g, "")]],
    ),
  ) as Partial<Record<Name, string>>;
}

/** Members that were given. */
function defined<T extends object>(input: T): Defined<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Defined<T>;
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };
