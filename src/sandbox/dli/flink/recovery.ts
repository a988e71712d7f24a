import type { FlinkEngine } from "../../flink-engine.ts";
import type { FlinkDocuments } from "./documents.ts";
import { type Recorder, textOf } from "./live.ts";
import { engineId } from "./program.ts";
import { submitted } from "./queueing.ts";
import type { Restarts } from "./restarts.ts";

/**
 * A sandbox that ends takes its jobs along, which the next one treats as an exception of the job: with
 * restart_when_exception it is started again, from its newest checkpoint with resume_checkpoint; otherwise it stays
 * job_running_exception. What only waited still waits.
 */
export async function recoverJobs(tools: {
  documents: FlinkDocuments;
  engine: FlinkEngine;
  recorder: Recorder;
  restarts: Restarts;
  now: () => number;
}): Promise<void> {
  const { documents, engine, recorder, restarts, now } = tools;
  for (const { jobId, processGroup, state, heldCu } of documents.jobs()) {
    if (heldCu === 0 && state !== "job_canceling") continue;
    let reason = "The sandbox ended while the job was running.";
    try {
      if (processGroup !== undefined) await engine.reap(processGroup, engineId(jobId));
    } catch (error) {
      reason += ` Its processes could not be cleared up: ${textOf(error)}`;
    }
    recorder.update(jobId, { heldCu: 0 });
    if (state === "job_submitting") continue;
    if (state === "job_canceling" || state === "job_cancel_fail") {
      recorder.enter(jobId, "job_cancel_success", "", { endTime: now() });
      continue;
    }
    recorder.enter(jobId, "job_running_exception", reason, { endTime: now() });
    if (!restarts.areAllowed(jobId)) continue;
    restarts.count(jobId);
    const job = documents.job(jobId);
    if (job) documents.putJob(submitted(job, restarts.resumePoint(job) ?? job.resumeFrom, now()));
  }
}
