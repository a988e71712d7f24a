import * as z from "zod";
import type { Refused } from "../../src/gateway/types.ts";
import { estimateCu } from "../../src/jobs/cu.ts";
import { type CodeType, isRefused, type SparkConf } from "../../src/jobs/problem.ts";
import { buildJobDriver } from "../../src/jobs/spark-submit.ts";
import { defineTool, refuseCall, reply, type ToolCall } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { ossUri, queueName, workspaceId } from "./fields.ts";

const uris = z.array(ossUri).max(100);

export const startJobRun = defineTool({
  name: "start_job_run",
  title: "Submit a Spark job",
  description:
    "Submit a JAR, PYTHON or SQL job to a queue. A person approves first and sees the spark-submit line and CU need. Submitted once, also after a lost answer.",
  toolset: "job",
  operations: ["StartJobRun", "ListReleaseVersions"],
  input: z.strictObject({
    workspaceId,
    queue: queueName,
    name: z
      .string()
      .min(1)
      .max(128)
      .meta({ description: "Job name", examples: ["daily-etl"] }),
    codeType: z.enum(["JAR", "PYTHON", "SQL"]).meta({ description: "Kind of program" }),
    entryPoint: ossUri.optional().meta({
      description: "The .jar, .py or .sql on OSS (upload_program puts it there)",
      examples: ["oss://lake/jobs/clean.py"],
    }),
    sql: z
      .string()
      .max(8000)
      .optional()
      .meta({
        description: "Instead of entryPoint: one short statement on one line",
        examples: ["SELECT 1"],
      }),
    mainClass: z
      .string()
      .max(256)
      .optional()
      .meta({ description: "JAR: main class", examples: ["org.example.Etl"] }),
    arguments: z
      .array(z.string().max(4096))
      .max(200)
      .optional()
      .meta({ description: "Program arguments", examples: [["--day", "2026-01-08"]] }),
    conf: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: "Spark settings", examples: [{ "spark.executor.instances": "2" }] }),
    jars: uris.optional().meta({ description: "Further jars" }),
    pyFiles: uris.optional().meta({ description: "Python modules (.py, .zip, .whl)" }),
    files: uris.optional().meta({ description: "Files for the working directory" }),
    releaseVersion: z
      .string()
      .max(128)
      .optional()
      .meta({
        description: "Engine, exactly as list_release_versions gives it; newest stable Spark 3.5 when absent",
        examples: ["esr-4.7.0 (Spark 3.5.2, Scala 2.12, Java Runtime)"],
      }),
    timeoutSeconds: z
      .number()
      .int()
      .min(60)
      .max(604_800)
      .default(3600)
      .meta({ description: "The service ends the job after that; bounds its cost" }),
  }),
  async run(input, call) {
    const { gateway, context } = call;
    const conf = withSizes(input.conf ?? {}, input.codeType);
    const driver = buildJobDriver({
      codeType: input.codeType,
      ...(input.entryPoint !== undefined && { entryPoint: input.entryPoint }),
      ...(input.sql !== undefined && { sql: input.sql }),
      ...(input.mainClass !== undefined && { mainClass: input.mainClass }),
      ...(input.arguments && { arguments: input.arguments }),
      conf,
      ...(input.jars && { jars: input.jars }),
      ...(input.pyFiles && { pyFiles: input.pyFiles }),
      ...(input.files && { files: input.files }),
    });
    if (isRefused(driver)) {
      return refuseProblems(call, { en: "Nothing was submitted", zh: "未提交任何作业" }, [driver.problem]);
    }
    const releaseVersion = input.releaseVersion ?? (await newestStable(call));
    if (typeof releaseVersion !== "string") return releaseVersion;

    const outcome = await gateway.run(
      "StartJobRun",
      {
        workspaceId: input.workspaceId,
        name: input.name,
        codeType: input.codeType,
        resourceQueueId: input.queue,
        releaseVersion,
        executionTimeoutSeconds: input.timeoutSeconds,
        jobDriver: driver,
      },
      context,
    );
    return reply(outcome, (answer) => ({
      summary: {
        en: `Job ${input.name} was submitted once as ${answer.jobRunId}.`,
        zh: `作业 ${input.name} 已提交一次，作业运行 ID 为 ${answer.jobRunId}。`,
      },
      data: { jobRunId: answer.jobRunId, queue: input.queue, releaseVersion },
      next: {
        en: "wait_job_run follows it to its end and reports progress.",
        zh: "可用 wait_job_run 等待其结束并查看进度。",
      },
    }));
  },
});

/**
 * Sizes that nobody gave are written out, so that the job runs with the very sizes a person was shown a price for,
 * whatever the workspace's own defaults are.
 */
function withSizes(conf: SparkConf, codeType: CodeType): SparkConf {
  const need = estimateCu(conf, { codeType });
  if ("problem" in need) return conf;
  const sizes = need.assumed.map((setting) => {
    const at = setting.indexOf("=");
    return [setting.slice(0, at), setting.slice(at + 1)] as const;
  });
  return { ...Object.fromEntries(sizes), ...conf };
}

/** Strings come from the service and are never built here (notes section 7). */
async function newestStable(call: ToolCall): Promise<string | Refused> {
  const { gateway, context } = call;
  const outcome = await gateway.run("ListReleaseVersions", { releaseVersionStatus: "ONLINE" }, context);
  if (outcome.kind === "refused") return outcome;
  const versions = outcome.kind === "done" ? (outcome.value.releaseVersions ?? []) : [];
  const candidates = versions
    .filter((version) => version.state === "ONLINE" && version.fusion !== true)
    .flatMap((version) => version.releaseVersion ?? [])
    .filter((version) => /^esr-\d/.test(version) && version.includes("Spark 3.5") && version.includes("Java Runtime"))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return (
    candidates[0] ??
    refuseCall(
      call,
      "BAD_INPUT",
      {
        en: "Nothing was submitted: the service offers no stable Spark 3.5 version to choose by itself.",
        zh: "未提交任何作业：服务没有可自动选用的 Spark 3.5 稳定版本。",
      },
      {
        en: "Give releaseVersion as list_release_versions shows it.",
        zh: "请按 list_release_versions 显示的内容指定 releaseVersion。",
      },
    )
  );
}
