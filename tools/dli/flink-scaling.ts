import * as z from "zod";
import { definitionOf, kindOfFlinkJob } from "../../src/jobs/dli/flink-definition.ts";
import {
  isProblem,
  parseRuntimeConfig,
  type RuntimeConfig,
  renderRuntimeConfig,
} from "../../src/jobs/dli/flink-runtime-config.ts";
import {
  describeScaling,
  howScalingWorks,
  problemsOfScaling,
  readScaling,
  warningsOfScaling,
  withoutScaling,
  withScaling,
} from "../../src/jobs/dli/flink-scaling.ts";
import { sizeOfFlinkJob } from "../../src/jobs/dli/flink-size.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { flinkJobId } from "./flink-fields.ts";
import { readFlinkJob } from "./flink-follow.ts";
import { sendUpdate } from "./flink-update.ts";
import { nothingChanged } from "./words.ts";

const cu = z.number().int().min(1).max(400);

export const updateFlinkScaling = defineTool({
  name: "update_flink_scaling",
  title: "Dynamic scaling of a Flink job",
  description:
    "Explain, set or remove dynamic scaling of a stopped Flink job (a person approves a change); other runtime settings stay.",
  toolset: "job",
  operations: ["ShowFlinkJob", "UpdateFlinkJarJob", "UpdateFlinkSqlJob"],
  input: z.strictObject({
    jobId: flinkJobId,
    action: z.enum(["explain", "set", "remove"]).meta({ description: "explain changes nothing" }),
    cuMin: cu.optional().meta({ description: "Fewest CU, at most the configured total" }),
    cuMax: cu.optional().meta({ description: "Most CU, at least the configured total" }),
    intervalMinutes: z
      .number()
      .int()
      .min(1)
      .max(10_080)
      .optional()
      .meta({ description: "Between two looks; keep it large" }),
  }),
  async run({ jobId, action, ...wish }, call): Promise<ToolAnswer> {
    const { language } = call.context;
    const read = await readFlinkJob(jobId, call);
    if (!("job" in read)) return read;
    const { job, outcome: seen } = read;
    const kind = kindOfFlinkJob(job.job_type);
    const definition = definitionOf(job);
    const size = sizeOfFlinkJob(definition);
    const config = parseRuntimeConfig(definition.runtime_config);
    if (isProblem(size)) return refuseProblems(call, nothingChanged, [size.problem], "PRECONDITION_NOT_MET");
    if (isProblem(config)) return refuseProblems(call, nothingChanged, [config.problem], "PRECONDITION_NOT_MET");

    const before = readScaling(config, size.cu);
    const subject = { definition, config, totalCu: size.cu, status: job.status };
    const was = describeScaling(before);
    const shown = { jobId, state: job.status, configuredCu: size.cu, before: was[language] };
    const wanted = withScaling(config, wish, size.cu);
    if (action === "explain") {
      const problems = problemsOfScaling(wanted.scaling, subject);
      return reply(seen, () => ({
        summary: {
          en: `Dynamic scaling of Flink job ${jobId} is ${was.en}. ${howScalingWorks.en}`,
          zh: `Flink 作业 ${jobId} 的动态扩缩容现为“${was.zh}”。${howScalingWorks.zh}`,
        },
        data: {
          ...shown,
          wouldBe: describeScaling(wanted.scaling)[language],
          inTheWay: problems.map(({ sentence }) => sentence[language]),
          warnings: warningsOfScaling(wanted.scaling, subject).map((text) => text[language]),
        },
        next:
          problems.length === 0
            ? {
                en: "action set turns it on; run_flink_job afterwards.",
                zh: "将 action 设为 set 可开启，之后调用 run_flink_job。",
              }
            : {
                en: "stop_flink_job and update_flink_job clear what is in the way.",
                zh: "可用 stop_flink_job 和 update_flink_job 解决阻碍开启的问题。",
              },
      }));
    }
    const next: RuntimeConfig = action === "set" ? wanted.config : withoutScaling(config);
    const after = readScaling(next, size.cu);
    if (renderRuntimeConfig(next) === renderRuntimeConfig(config)) {
      return reply(seen, () => ({
        summary: {
          en: `Nothing was changed: dynamic scaling of Flink job ${jobId} is ${was.en} already.`,
          zh: `未做任何更改：Flink 作业 ${jobId} 的动态扩缩容已是“${was.zh}”。`,
        },
        data: shown,
      }));
    }
    // Removing has nothing to be fit for, except that the job must be stopped as for any change of its settings.
    const problems = problemsOfScaling({ ...wanted.scaling, enabled: true }, subject).filter(
      ({ code }) => action === "set" || code === "FLINK_JOB_NOT_STOPPED",
    );
    if (problems.length > 0) return refuseProblems(call, nothingChanged, problems, "PRECONDITION_NOT_MET");

    const outcome = await sendUpdate(
      { jobId, kind, before: definition, changes: { runtime_config: renderRuntimeConfig(next) } },
      call,
    );
    const isNow = describeScaling(after);
    return reply(outcome, () => ({
      summary: {
        en: `Dynamic scaling of Flink job ${jobId} was ${was.en}; it is ${isNow.en} now.`,
        zh: `Flink 作业 ${jobId} 的动态扩缩容原为“${was.zh}”，现为“${isNow.zh}”。`,
      },
      data: {
        ...shown,
        after: isNow[language],
        otherSettings: Object.keys(withoutScaling(next)).length,
        warnings: warningsOfScaling(after, { ...subject, config: next }).map((text) => text[language]),
      },
      next: { en: "run_flink_job runs it so.", zh: "run_flink_job 会按此设置运行作业。" },
    }));
  },
});
