import type { FlinkDocuments } from "./documents.ts";
import { type LiveJob, type Recorder, textOf } from "./live.ts";
import { processes } from "./program.ts";
import { wantedTaskManagers } from "./scaling.ts";
import { cuOf, sizeWith } from "./sizes.ts";

export interface ScaleCheck {
  documents: FlinkDocuments;
  recorder: Recorder;
  freeCu: (queueName: string) => number;
  /** Reads the status at once, since it has changed. */
  poll: (live: LiveJob) => Promise<void>;
  /** CUs were given back. */
  wake: () => void;
}

/**
 * One check of dynamic scaling, and what follows from it. The service takes a savepoint, stops the job and starts it
 * with other CUs; here Flink itself redistributes the state of the running job, and the job says job_savepointing
 * meanwhile, as it does there.
 */
export async function checkScale(live: LiveJob, tools: ScaleCheck): Promise<void> {
  const { documents, recorder } = tools;
  const { jobId, running } = live;
  const { sizing, scale } = live.plan;
  const job = documents.job(jobId);
  if (!running || !scale || live.stop || job?.state !== "job_running") return;
  const status = await running.status().catch(() => undefined);
  if (status?.state !== "RUNNING") return;
  const wanted = wantedTaskManagers(status.vertices, live.taskManagers, sizing, scale);
  if (wanted === live.taskManagers) return;

  const before = job.heldCu;
  const after = cuOf(sizing, wanted);
  const free = tools.freeCu(job.definition.queue_name ?? "");
  if (after - before > free) {
    recorder.update(jobId, {
      statusDesc: `Scaling to ${after} CUs waits: the queue has ${Math.max(0, free)} CUs free.`,
    });
    return;
  }
  const isOurs = () => live.running === running && !live.stop && documents.job(jobId)?.state === "job_savepointing";
  recorder.enter(jobId, "job_savepointing", `Scaling from ${before} to ${after} CUs.`, {
    heldCu: Math.max(before, after),
  });
  try {
    await running.rescale(processes(sizeWith(sizing, wanted)));
    live.taskManagers = wanted;
    // The engine may have had to submit it anew.
    const attempts = documents.job(jobId)?.flinkJobIds ?? [];
    const flinkJobIds = attempts.includes(running.flinkJobId) ? attempts : [...attempts, running.flinkJobId];
    if (live.running === running) recorder.update(jobId, { heldCu: after, flinkJobIds });
    await tools.poll(live);
    if (isOurs()) recorder.enter(jobId, "job_running", `Scaled from ${before} to ${after} CUs.`);
  } catch (error) {
    if (live.running === running) recorder.update(jobId, { heldCu: before });
    if (isOurs()) recorder.enter(jobId, "job_running", `Scaling to ${after} CUs failed: ${textOf(error)}`);
  }
  tools.wake();
}
