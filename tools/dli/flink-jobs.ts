import * as z from "zod";
import { flinkStateNames, phaseOfFlinkJob } from "../../src/jobs/dli/flink-states.ts";
import type { DliRequests } from "../../src/operations/dli/types.gen.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { queueName } from "./fields.ts";
import { flinkJobId, waitSeconds } from "./flink-fields.ts";
import { followFlinkJob, readFlinkJob } from "./flink-follow.ts";
import {
  lineOfFlinkJob,
  nextOfFlinkJob,
  programOfFlinkJob,
  reasonOfFlinkJob,
  viewOfFlinkJob,
} from "./flink-job-view.ts";
import { latestFlinkMetrics } from "./metrics.ts";
import { isIn, isStillIn } from "./words.ts";

type State = NonNullable<DliRequests["ListFlinkJobs"]["status"]>;

export const listFlinkJobs = defineTool({
  name: "list_flink_jobs",
  title: "List Flink jobs",
  description: "List Flink drafts, running and ended jobs of the project in short rows; filters: name, state, queue.",
  toolset: "job",
  operations: ["ListFlinkJobs"],
  input: z.strictObject({
    name: z.string().max(57).optional().meta({ description: "Part of the name" }),
    state: z
      .string()
      .refine((text): text is State => flinkStateNames.includes(text), {
        error: `is none of ${flinkStateNames.join(", ")}`,
      })
      .optional()
      .meta({ description: "State", examples: ["job_running"] }),
    queue: queueName.optional(),
    limit: z.number().int().min(1).max(100).default(20).meta({ description: "Rows" }),
    offset: z.number().int().min(0).default(0).meta({ description: "Rows to skip" }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListFlinkJobs",
      {
        limit: input.limit,
        offset: input.offset,
        ...(input.name !== undefined && { name: input.name }),
        ...(input.state !== undefined && { status: input.state }),
        ...(input.queue !== undefined && { queue_name: input.queue }),
      },
      context,
    );
    return reply(outcome, ({ job_list: list }) => {
      const jobs = (list?.jobs ?? []).map((job) => lineOfFlinkJob(job));
      const all = list?.total_count ?? jobs.length;
      const seen = input.offset + jobs.length;
      return {
        summary: {
          en: `${jobs.length} of ${all} Flink jobs.`,
          zh: `Flink 作业共 ${all} 个，本次列出 ${jobs.length} 个。`,
        },
        data: { jobs },
        next:
          jobs.length > 0 && seen < all
            ? { en: `offset ${seen} shows the next ones.`, zh: `用 offset ${seen} 可查看后续作业。` }
            : jobs.length > 0
              ? {
                  en: "get_flink_job shows one with its size and metrics.",
                  zh: "get_flink_job 可查看单个作业的规格和指标。",
                }
              : { en: "create_flink_job makes one.", zh: "create_flink_job 可创建作业。" },
      };
    });
  },
});

export const getFlinkJob = defineTool({
  name: "get_flink_job",
  title: "Flink job",
  description: "Show state, CU and slots, settings, savepoint and, while it runs, the latest metrics of one Flink job.",
  toolset: "job",
  operations: ["ShowFlinkJob", "BatchListMetricData"],
  input: z.strictObject({
    jobId: flinkJobId,
    program: z.boolean().default(false).meta({ description: "Also its SQL, arguments and description" }),
  }),
  async run(input, call): Promise<ToolAnswer> {
    const read = await readFlinkJob(input.jobId, call);
    if (!("job" in read)) return read;
    const { job, outcome } = read;
    const isRunning = phaseOfFlinkJob(job.status) === "running";
    const metrics = isRunning ? await latestFlinkMetrics(input.jobId, call) : undefined;
    return reply(outcome, () => ({
      summary: {
        en: `Flink job ${input.jobId} ${isIn(job.status).en}.`,
        zh: `Flink 作业 ${input.jobId} ${isIn(job.status).zh}。`,
      },
      data: { ...viewOfFlinkJob(job, call.context.language), ...(metrics && { metrics }) },
      untrusted: [...reasonOfFlinkJob(job), ...(input.program ? programOfFlinkJob(job) : [])],
      next: nextOfFlinkJob(job),
    }));
  },
});

export const waitFlinkJob = defineTool({
  name: "wait_flink_job",
  title: "Wait for a Flink job",
  description:
    "Watch a Flink job come up (or, with until stopped, come to a halt), with progress; repeat when the time is over.",
  toolset: "inspect",
  operations: ["ShowFlinkJob"],
  input: z.strictObject({
    jobId: flinkJobId,
    until: z.enum(["running", "stopped"]).default("running").meta({ description: "State to wait for" }),
    timeoutSeconds: waitSeconds,
  }),
  async run({ jobId, until, timeoutSeconds }, call): Promise<ToolAnswer> {
    const followed = await followFlinkJob({ jobId, until, seconds: timeoutSeconds }, call);
    if (!("job" in followed)) return followed;
    const { job, settled, seconds, outcome } = followed;
    return reply(outcome, () => ({
      summary: settled
        ? {
            en: `Flink job ${jobId} is ${job.status} after ${seconds} s.`,
            zh: `${seconds} 秒后，Flink 作业 ${jobId} 状态为 ${job.status}。`,
          }
        : {
            en: `Flink job ${jobId} ${isStillIn(job.status).en} after ${seconds} s of waiting.`,
            zh: `等待 ${seconds} 秒后，Flink 作业 ${jobId} ${isStillIn(job.status).zh}。`,
          },
      data: { ...lineOfFlinkJob(job), settled, waitedSeconds: seconds },
      untrusted: reasonOfFlinkJob(job),
      next: settled
        ? nextOfFlinkJob(job)
        : {
            en: "Call wait_flink_job again; nothing is lost in between.",
            zh: "请再次调用 wait_flink_job；期间不会丢失任何内容。",
          },
    }));
  },
});
