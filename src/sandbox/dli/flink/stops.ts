import { inTurn, type LiveJob, type Recorder, textOf } from "./live.ts";
import { keepSavepoint, locationOf } from "./places.ts";

/** Savepoints of running jobs, and their stops. */
export interface Stops {
  /** As `live.stop` says. When that fails the job goes on, and its state says why. */
  halt(live: LiveJob): Promise<void>;
  /** Takes one into the folder while the job runs on. */
  savepoint(live: LiveJob, folder: string): Promise<void>;
  /** It is the job's newest from now on. */
  remember(live: LiveJob, written: string, folder?: string): Promise<void>;
}

export function createStops(
  recorder: Recorder,
  { storageFolder, now }: { storageFolder: string; now: () => number },
): Stops {
  const { enter, update } = recorder;

  function goOn(live: LiveJob, state: "job_running" | "job_cancel_fail", reason: string): void {
    // It ended in the meantime.
    if (!live.running) return;
    live.stop = undefined;
    live.stopped = Promise.withResolvers();
    enter(live.jobId, state, reason);
  }

  async function remember(live: LiveJob, written: string, folder?: string): Promise<void> {
    const path = await keepSavepoint(storageFolder, live.started, written, { folder, at: now() });
    update(live.jobId, { savepoint: { path, location: locationOf(storageFolder, path) } });
  }

  return {
    remember,
    async halt(live) {
      const { jobId, running } = live;
      if (!running) return;
      if (!live.stop?.withSavepoint) {
        await running
          .cancel()
          .catch((error: unknown) => goOn(live, "job_cancel_fail", `It still runs: ${textOf(error)}`));
        return;
      }
      await inTurn(live, async () => {
        if (live.running !== running) return;
        // A change of size may have gone before.
        enter(jobId, "job_savepointing", "Stopping with a savepoint.");
        await running.stop();
      }).catch((error: unknown) =>
        goOn(live, "job_running", `The savepoint failed, the job goes on: ${textOf(error)}`),
      );
    },
    async savepoint(live, folder) {
      const { jobId, running } = live;
      if (!running) return;
      enter(jobId, "job_savepointing");
      const goesOn = (reason = "") => {
        if (live.running === running && !live.stop) enter(jobId, "job_running", reason);
      };
      await inTurn(live, async () => {
        await remember(live, await running.savepoint(), folder);
        goesOn();
      }).catch((error: unknown) => goesOn(`The savepoint failed: ${textOf(error)}`));
    },
  };
}
