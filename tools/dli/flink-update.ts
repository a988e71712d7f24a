import * as z from "zod";
import type { Outcome } from "../../src/gateway/types.ts";
import { differencesOf } from "../../src/jobs/dli/flink-compare.ts";
import {
  definitionOf,
  type FlinkDefinition,
  type FlinkKind,
  kindOfFlinkJob,
} from "../../src/jobs/dli/flink-definition.ts";
import { checkFlinkFields, isEditableWhileRunning } from "../../src/jobs/dli/flink-fields.ts";
import { checkFlinkDefinition } from "../../src/jobs/dli/flink-rules.ts";
import { sizingFields } from "../../src/jobs/dli/flink-size.ts";
import { isFlinkJobStopped } from "../../src/jobs/dli/flink-states.ts";
import type { Problem } from "../../src/jobs/problem.ts";
import type { DliRequests, DliResponses } from "../../src/operations/dli/types.gen.ts";
import { defineTool, reply, type ToolAnswer, type ToolCall } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { flinkJobId } from "./flink-fields.ts";
import { readFlinkJob } from "./flink-follow.ts";
import { lineOfFlinkJob } from "./flink-job-view.ts";
import { nothingChanged } from "./words.ts";

export const updateFlinkJob = defineTool({
  name: "update_flink_job",
  title: "Change a Flink job",
  description:
    "Change fields of a Flink job (a person approves), most of them only while it is stopped; shows before and after.",
  toolset: "inspect",
  operations: ["UpdateFlinkJarJob", "UpdateFlinkSqlJob", "ShowFlinkJob"],
  input: z.strictObject({
    jobId: flinkJobId,
    fields: z.record(z.string(), z.unknown()).meta({
      description: "As of create_flink_job, in API names",
      examples: [{ cu_number: 4, sql_body: "INSERT ..." }],
    }),
  }),
  async run({ jobId, fields }, call): Promise<ToolAnswer> {
    const read = await readFlinkJob(jobId, call);
    if (!("job" in read)) return read;
    const { job, outcome: seen } = read;
    const kind = kindOfFlinkJob(job.job_type);
    const checked = checkFlinkFields(kind, "update", fields);
    if ("problems" in checked) return refuseProblems(call, nothingChanged, checked.problems);
    const before = definitionOf(job);
    const differences = differencesOf(checked.fields, before);
    if (differences.length === 0) {
      return reply(seen, () => ({
        summary: {
          en: `Nothing was changed: Flink job ${jobId} has these settings already.`,
          zh: `未做任何更改：Flink 作业 ${jobId} 已是这些设置。`,
        },
        data: lineOfFlinkJob(job),
      }));
    }
    if (!isFlinkJobStopped(job.status)) {
      const locked = differences.filter(({ field }) => !isEditableWhileRunning(field));
      const problems = locked.map(({ field }) => notWhileRunning(field, job.status));
      if (problems.length > 0) return refuseProblems(call, nothingChanged, problems, "PRECONDITION_NOT_MET");
    }
    const after = { ...before, ...checked.fields };
    const broken = newProblems(kind, before, after);
    if (broken.length > 0) return refuseProblems(call, nothingChanged, broken);

    const outcome = await sendUpdate({ jobId, kind, before, changes: checked.fields }, call);
    return reply(outcome, () => {
      const { warnings } = checkFlinkDefinition(kind, after);
      return {
        summary: {
          en: `Flink job ${jobId} was changed: ${differences.map(({ field }) => field).join(", ")}.`,
          zh: `Flink 作业 ${jobId} 已更改：${differences.map(({ field }) => field).join("、")}。`,
        },
        data: {
          jobId,
          changes: differences.map(({ field, there, wanted }) => ({ field, before: there, after: wanted })),
          ...(warnings.length > 0 && { warnings: warnings.map((text) => text[call.context.language]) }),
        },
        next: isFlinkJobStopped(job.status)
          ? { en: "run_flink_job runs it with them.", zh: "run_flink_job 会按新设置运行作业。" }
          : { en: "They count at once.", zh: "更改立即生效。" },
      };
    });
  },
});

/**
 * Sends the changes. Where one of them is about the size, the whole size goes with it as it is, so that the person is
 * asked about the CUs that come of it and not about a number out of its context.
 */
export function sendUpdate(
  update: { jobId: number; kind: FlinkKind; before: FlinkDefinition; changes: FlinkDefinition },
  { gateway, context }: ToolCall,
): Promise<Outcome<DliResponses["UpdateFlinkJarJob"]>> {
  const { jobId, kind, before, changes } = update;
  const input = { job_id: jobId, ...(changesSize(changes) && sizeOf(before)), ...changes };
  return kind === "jar"
    ? gateway.run("UpdateFlinkJarJob", input as DliRequests["UpdateFlinkJarJob"], context)
    : gateway.run("UpdateFlinkSqlJob", input as DliRequests["UpdateFlinkSqlJob"], context);
}

function changesSize(changes: FlinkDefinition): boolean {
  return sizingFields.some((name) => changes[name] !== undefined);
}

function sizeOf(before: FlinkDefinition): FlinkDefinition {
  const present = sizingFields.flatMap((name) => {
    const value = before[name];
    // 0 is how a read says that nobody set it.
    return value === undefined || value === null || value === 0 ? [] : [[name, value] as const];
  });
  return Object.fromEntries(present);
}

/** What was so before stays the owner's business. */
function newProblems(kind: FlinkKind, before: FlinkDefinition, after: FlinkDefinition): Problem[] {
  const old = new Set(checkFlinkDefinition(kind, before).problems.map(({ sentence }) => sentence.en));
  return checkFlinkDefinition(kind, after).problems.filter(({ sentence }) => !old.has(sentence.en));
}

function notWhileRunning(field: string, status: string | undefined): Problem {
  return {
    code: "FLINK_JOB_NOT_STOPPED",
    field,
    sentence: {
      en: `${field} cannot be changed while the job is ${status ?? "in an unknown state"}.`,
      zh: `作业处于 ${status ?? "未知状态"} 时不能修改 ${field}。`,
    },
    allowed: "a change after stop_flink_job",
    example: "job_cancel_success",
  };
}
