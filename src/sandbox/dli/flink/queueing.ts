import { type Plan, planOf } from "./checks.ts";
import type { FlinkDocuments, FlinkJobDocument } from "./documents.ts";
import { priorityOf } from "./runtime-config.ts";
import { cuOf } from "./sizes.ts";

/** Who waits for a queue, in which order, and what becomes of them now. */

export interface WaitingJob {
  job: FlinkJobDocument;
  plan: Plan;
}

export function waitingJobs(documents: FlinkDocuments, isLive: (jobId: number) => boolean): WaitingJob[] {
  return documents
    .jobs()
    .filter((job) => job.state === "job_submitting" && !isLive(job.jobId))
    .flatMap((job) => {
      const plan = planOf(job.definition);
      return "problem" in plan ? [] : [{ job, plan }];
    })
    .sort(
      (a, b) =>
        priorityOf(b.plan.config) - priorityOf(a.plan.config) || (a.job.submitTime ?? 0) - (b.job.submitTime ?? 0),
    );
}

export type Verdict = { kind: "begin" } | { kind: "hold" | "fail"; reason: string };

/** @param isBehind an earlier job of the same queue waits, which is not overtaken */
export function verdictOn(
  { job, plan }: WaitingJob,
  room: { maxCu: number; usedCu: number } | undefined,
  { isBehind, slots, live }: { isBehind: boolean; slots: number; live: number },
): Verdict {
  const queue = job.definition.queue_name ?? "";
  const cu = cuOf(plan.sizing);
  if (!room) return { kind: "fail", reason: `The queue ${queue} does not exist.` };
  if (cu > room.maxCu) {
    return { kind: "fail", reason: `The job needs ${cu} CUs, the queue ${queue} has ${room.maxCu} at most.` };
  }
  if (isBehind) return { kind: "hold", reason: `Waiting behind an earlier job in the queue ${queue}.` };
  const free = Math.max(0, room.maxCu - room.usedCu);
  if (cu > free)
    return { kind: "hold", reason: `Waiting: the queue ${queue} has ${free} CUs free, the job needs ${cu}.` };
  if (live >= slots) return { kind: "hold", reason: `Waiting: the sandbox runs ${slots} Flink jobs at once.` };
  return { kind: "begin" };
}

/** The job as a request to run it leaves it. */
export function submitted(job: FlinkJobDocument, resumeFrom: string | undefined, at: number): FlinkJobDocument {
  const { resumeFrom: _, startTime: __, endTime: ___, processGroup: ____, flinkJobIds: _____, ...kept } = job;
  return {
    ...kept,
    state: "job_submitting",
    statusDesc: "",
    submitTime: at,
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
  };
}
