import { setTimeout as delay } from "node:timers/promises";
import type { RunningFlinkJob } from "../../flink-engine.ts";
import type { Plan } from "./checks.ts";
import type { FlinkDocuments, FlinkJobDocument, FlinkState } from "./documents.ts";
import type { Meter } from "./samples.ts";

/** A job that starts, runs or recovers, as long as it holds CUs. */
export interface LiveJob {
  jobId: number;
  plan: Plan;
  /** As the job was when it was started: a later change of its folders counts from the next start on. */
  started: FlinkJobDocument;
  taskManagers: number;
  running?: RunningFlinkJob | undefined;
  stop?: { withSavepoint: boolean } | undefined;
  /** Settles as soon as `stop` is set. */
  stopped: PromiseWithResolvers<void>;
  /** Ends the watches of the newest attempt. */
  watches: AbortController;
  meter: Meter;
  /** Savepoints, changes of size and stops come one after another. */
  turn: Promise<unknown>;
  finished: Promise<void>;
}

export interface Recorder {
  update(jobId: number, change: Partial<FlinkJobDocument>): void;
  enter(jobId: number, state: FlinkState, statusDesc?: string, change?: Partial<FlinkJobDocument>): void;
  /** Nothing is written any more: late words of an engine come after the store was closed. */
  close(): void;
}

export function createRecorder(documents: FlinkDocuments): Recorder {
  let closed = false;
  function update(jobId: number, change: Partial<FlinkJobDocument>): void {
    if (closed) return;
    const job = documents.job(jobId);
    // Deleted while something of it still ran.
    if (job) documents.putJob({ ...job, ...change });
  }
  return {
    update,
    enter: (jobId, state, statusDesc = "", change = {}) => update(jobId, { ...change, state, statusDesc }),
    close() {
      closed = true;
    },
  };
}

export function inTurn<T>(live: LiveJob, work: () => Promise<T>): Promise<T> {
  const result = live.turn.then(work, work);
  live.turn = result.catch(() => {});
  return result;
}

/** Until the signal. A round starts only after the one before it; `work` must not reject. */
export async function repeat(intervalMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await delay(intervalMs, undefined, { signal, ref: false }).catch(() => {});
    if (!signal.aborted) await work();
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
