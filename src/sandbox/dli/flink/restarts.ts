import type { FlinkDocuments, FlinkJobDocument } from "./documents.ts";
import type { Recorder } from "./live.ts";
import { newestCheckpoint, stateFolder } from "./places.ts";

/** restart_when_exception, resume_max_num and resume_checkpoint. */
export interface Restarts {
  areAllowed(jobId: number): boolean;
  count(jobId: number): void;
  /** Where a restart goes on; undefined: where the run itself began. */
  resumePoint(started: FlinkJobDocument): string | undefined;
}

const hourMs = 3_600_000;

export function createRestarts(
  documents: FlinkDocuments,
  recorder: Recorder,
  { storageFolder, now }: { storageFolder: string; now: () => number },
): Restarts {
  const withinHour = (job: FlinkJobDocument) => job.restartedAt.filter((at) => at > now() - hourMs);
  return {
    areAllowed(jobId) {
      const job = documents.job(jobId);
      if (!job?.definition.restart_when_exception) return false;
      const { resume_max_num: most = -1 } = job.definition;
      return most === -1 || withinHour(job).length < most;
    },
    count(jobId) {
      const job = documents.job(jobId);
      if (job) recorder.update(jobId, { restartedAt: [...withinHour(job), now()], restartTimes: job.restartTimes + 1 });
    },
    resumePoint(started) {
      const job = documents.job(started.jobId);
      if (!job?.definition.resume_checkpoint) return undefined;
      return newestCheckpoint(stateFolder(storageFolder, started), job.flinkJobIds ?? []);
    },
  };
}
