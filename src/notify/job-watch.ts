import type { Gateway } from "../gateway/gateway.ts";
import type { CallContext, Clock } from "../gateway/types.ts";
import { isTerminal, jobPhase } from "../jobs/states.ts";
import type { Language } from "../language.ts";

export interface WatchedJob {
  workspaceId: string;
  jobRunId: string;
  startedAt: number;
}

export interface EndedJob extends WatchedJob {
  name: string;
  state: string;
  outcome: "succeeded" | "failed" | "cancelled";
  durationMs?: number;
  reason?: string;
}

export interface JobWatchParts {
  gateway: Gateway;
  clock: Clock;
  language: Language;
  ended: (job: EndedJob) => void;
  warn: (message: string) => void;
}

export interface JobWatch {
  add(job: WatchedJob): void;
  close(): Promise<void>;
}

const firstWaitMs = 30_000;
const longestWaitMs = 120_000;
const growth = 1.5;
export const watchedForMs = 24 * 60 * 60_000;
const mostAtOnce = 50;
/** A job that cannot be read any more, because its workspace is gone or not admitted, is given up. */
const mostFailuresInARow = 20;

/** Follows submitted jobs to their end, each by a poll of its own. Every poll is a call like any other, and is recorded. */
export function createJobWatch({ gateway, clock, language, ended, warn }: JobWatchParts): JobWatch {
  const ending = new AbortController();
  const watched = new Map<string, Promise<void>>();
  const context: CallContext = {
    signal: ending.signal,
    language,
    requester: "job watch",
    session: { tainted: false },
    approver: { strength: "none" },
  };

  async function watch(job: WatchedJob): Promise<void> {
    let failures = 0;
    let waitMs = firstWaitMs;
    while (clock.now() < job.startedAt + watchedForMs && failures < mostFailuresInARow) {
      await clock.sleep(waitMs, ending.signal);
      waitMs = Math.min(waitMs * growth, longestWaitMs);
      const { workspaceId, jobRunId } = job;
      const outcome = await gateway.run("GetJobRun", { workspaceId, jobRunId }, context);
      const run = outcome.kind === "done" ? outcome.value.jobRun : undefined;
      failures = run ? 0 : failures + 1;
      if (run?.state !== undefined && isTerminal(run.state)) return ended(endOf(job, run.state, run));
    }
    warn(`webhooks: job ${job.jobRunId} is watched no longer: its end was not seen`);
  }

  return {
    add(job) {
      const key = `${job.workspaceId}/${job.jobRunId}`;
      if (ending.signal.aborted || watched.has(key)) return;
      if (watched.size >= mostAtOnce) {
        warn(`webhooks: job ${job.jobRunId} is not watched: ${mostAtOnce} are already`);
        return;
      }
      const watching = watch(job)
        .catch((error: unknown) => {
          if (!ending.signal.aborted) warn(`webhooks: job ${job.jobRunId} is watched no longer: ${String(error)}`);
        })
        .finally(() => watched.delete(key));
      watched.set(key, watching);
    },
    async close() {
      ending.abort(new Error("closed"));
      await Promise.all(watched.values());
    },
  };
}

interface SeenRun {
  name?: string;
  submitTime?: number;
  endTime?: number;
  stateChangeReason?: { message?: string };
}

function endOf(job: WatchedJob, state: string, run: SeenRun): EndedJob {
  const phase = jobPhase(state);
  const outcome = phase === "succeeded" || phase === "cancelled" ? phase : "failed";
  const { submitTime, endTime, stateChangeReason } = run;
  const reason = stateChangeReason?.message?.trim().split(/[\r\n]/)[0];
  return {
    ...job,
    name: run.name ?? "",
    state,
    outcome,
    ...(submitTime !== undefined && endTime !== undefined && endTime > 0 && { durationMs: endTime - submitTime }),
    ...(outcome === "failed" && reason && { reason }),
  };
}
