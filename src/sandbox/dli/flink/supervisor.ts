import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { EngineUnavailable } from "../../engine.ts";
import type { FlinkEnd, FlinkEngine, FlinkStatus, RunningFlinkJob } from "../../flink-engine.ts";
import type { DliContext } from "../context.ts";
import { type FlinkJobDocument, flinkDocumentsIn } from "./documents.ts";
import { createRecorder, inTurn, type LiveJob, repeat, textOf } from "./live.ts";
import { logFolder, privateFolder } from "./places.ts";
import { engineJob } from "./program.ts";
import { submitted, verdictOn, type WaitingJob, waitingJobs } from "./queueing.ts";
import { recoverJobs } from "./recovery.ts";
import { checkScale } from "./rescaling.ts";
import { createRestarts } from "./restarts.ts";
import { createMeter, type FlinkSample } from "./samples.ts";
import { cuOf, sizeWith } from "./sizes.ts";
import { createStops } from "./stops.ts";

/** Takes Flink jobs from job_submitting to their end: queues, starts, restarts, scales and stops them. */
export interface FlinkSupervisor {
  /** Looks at the queues again. */
  wake(): void;
  run(jobId: number, resumeFrom: string | undefined): void;
  stop(jobId: number, withSavepoint: boolean): void;
  /** In the background; the state tells how it went. */
  savepoint(jobId: number, folder: string): void;
  /** Ends what runs of a job whose document is gone, and takes its private files away. */
  abandon(jobId: number): void;
  running(jobId: number): RunningFlinkJob | undefined;
  newestStatus(jobId: number): FlinkStatus | undefined;
  sample(jobId: number): FlinkSample | undefined;
  close(): Promise<void>;
}

export interface SupervisorOptions {
  context: DliContext;
  engine: FlinkEngine;
  queueRoom: (name: string) => { maxCu: number; usedCu: number } | undefined;
  /** The file of a package that a job names without obs://. */
  packageFile: (name: string) => string | undefined;
  /** Clusters that really run at once. */
  slots: number;
  pollMs: number;
  /** How often waiting jobs look whether others have left their queue. */
  waitMs: number;
}

export function createFlinkSupervisor(options: SupervisorOptions): FlinkSupervisor {
  const { context, engine, queueRoom } = options;
  const { storageFolder, now } = context;
  const documents = flinkDocumentsIn(context.store);
  const recorder = createRecorder(documents);
  const { enter, update } = recorder;
  const restarts = createRestarts(documents, recorder, context);
  const stops = createStops(recorder, context);
  const lives = new Map<number, LiveJob>();
  const isLive = (jobId: number) => lives.has(jobId);
  const shutdown = new AbortController();
  let preparation: Promise<unknown> | undefined;
  let recovered = false;
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    clearTimeout(timer);
    if (shutdown.signal.aborted || !recovered) return;
    const blocked = new Set<string>();
    for (const waiting of waitingJobs(documents, isLive)) {
      const { jobId, statusDesc, definition } = waiting.job;
      const queue = definition.queue_name ?? "";
      const isBehind = blocked.has(queue);
      const verdict = verdictOn(waiting, queueRoom(queue), { isBehind, slots: options.slots, live: lives.size });
      if (verdict.kind === "begin") begin(waiting);
      else if (verdict.kind === "fail") enter(jobId, "job_submit_fail", verdict.reason);
      else {
        blocked.add(queue);
        if (statusDesc !== verdict.reason) update(jobId, { statusDesc: verdict.reason });
      }
    }
    // Other rooms give CUs of the queue back without telling.
    if (waitingJobs(documents, isLive).length > 0) timer = setTimeout(wake, options.waitMs).unref();
  }

  function begin({ job, plan }: WaitingJob): void {
    const { jobId } = job;
    const live: LiveJob = {
      jobId,
      plan,
      started: job,
      taskManagers: plan.sizing.taskManagers,
      stopped: Promise.withResolvers(),
      watches: new AbortController(),
      meter: createMeter(),
      turn: Promise.resolve(),
      finished: Promise.resolve(),
    };
    lives.set(jobId, live);
    update(jobId, { heldCu: cuOf(plan.sizing), statusDesc: "" });
    live.finished = carry(live)
      .catch((error: unknown) => {
        if (live.stop) settleStop(live);
        else enter(jobId, "job_submit_fail", startFailure(error), { endTime: now() });
      })
      .finally(() => {
        lives.delete(jobId);
        // At the sandbox's end the document stays as it is: it tells the next one what was running.
        if (!shutdown.signal.aborted) update(jobId, { heldCu: 0 });
        wake();
      });
  }

  async function carry(live: LiveJob): Promise<void> {
    const { jobId } = live;
    if (!(await prepared(live))) return settleStop(live);
    const first = live.started.resumeFrom;
    let end = await attempt(live, first);
    while (end.kind === "failed" && !live.stop) {
      enter(jobId, "job_running_exception", end.message);
      if (!restarts.areAllowed(jobId)) break;
      await Promise.race([
        delay(context.timings.recoveryDelayMs, undefined, { signal: shutdown.signal }).catch(() => {}),
        live.stopped.promise,
      ]);
      if (live.stop) return settleStop(live);
      restarts.count(jobId);
      end = await attempt(live, restarts.resumePoint(live.started) ?? first).catch(
        (error: unknown): FlinkEnd => ({ kind: "failed", message: `The restart failed: ${startFailure(error)}` }),
      );
    }
    await settle(live, end);
  }

  /** From a start to its end. Throws when it could not be started. */
  async function attempt(live: LiveJob, resumeFrom: string | undefined): Promise<FlinkEnd> {
    const { jobId, plan } = live;
    const startedAt = now();
    const launch = {
      plan,
      size: sizeWith(plan.sizing, live.taskManagers),
      logFolder: logFolder(storageFolder, live.started, startedAt),
      resumeFrom,
    };
    const asked = engineJob(storageFolder, live.started, launch, options.packageFile);
    if ("problem" in asked) throw new Error(asked.problem);
    for (const folder of [asked.logFolder, asked.stateFolder]) mkdirSync(folder, { recursive: true });
    const running = await engine.start(asked);
    live.running = running;
    // The process group goes to disk first: a later sandbox needs it to clear up after a crash.
    const flinkJobIds = [...(documents.job(jobId)?.flinkJobIds ?? []), running.flinkJobId];
    update(jobId, { processGroup: running.processGroup, flinkJobIds });
    if (live.stop) void stops.halt(live);
    else enter(jobId, "job_running", "", { startTime: documents.job(jobId)?.startTime ?? startedAt });
    watch(live);
    const end = await running.end;
    live.running = undefined;
    live.watches.abort();
    return end;
  }

  function watch(live: LiveJob): void {
    live.watches = new AbortController();
    const { signal } = live.watches;
    void repeat(options.pollMs, signal, () => poll(live));
    const { scale } = live.plan;
    if (!scale) return;
    const tools = { documents, recorder, freeCu, poll, wake };
    void repeat(scale.intervalMinutes * context.timings.scaleMinuteMs, signal, () =>
      inTurn(live, () => checkScale(live, tools)),
    );
  }

  async function poll(live: LiveJob): Promise<void> {
    const status = await live.running?.status().catch(() => undefined);
    if (!status) return;
    live.meter.add(status, now());
    const state = documents.job(live.jobId)?.state;
    const ails = status.state === "RESTARTING" || status.state === "FAILING";
    if (state === "job_running" && ails) enter(live.jobId, "job_running_exception", status.failure ?? "");
    if (state === "job_running_exception" && status.state === "RUNNING") enter(live.jobId, "job_running");
  }

  function freeCu(queueName: string): number {
    const room = queueRoom(queueName);
    return room ? room.maxCu - room.usedCu : 0;
  }

  /** False: stopped before it began. A first preparation may be a long download. */
  async function prepared(live: LiveJob): Promise<boolean> {
    preparation ??= prepareEngine();
    await Promise.race([preparation, live.stopped.promise]);
    return live.stop === undefined;
  }

  function prepareEngine(): Promise<unknown> {
    const attempt = engine.prepare((line) => {
      for (const [jobId, { stop, running }] of lives) if (!stop && !running) update(jobId, { statusDesc: line });
    }, shutdown.signal);
    // The next job tries again.
    attempt.catch(() => {
      preparation = undefined;
    });
    return attempt;
  }

  async function settle(live: LiveJob, end: FlinkEnd): Promise<void> {
    const { jobId } = live;
    if (shutdown.signal.aborted) return;
    if (end.kind === "stopped") await stops.remember(live, end.savepoint);
    if (end.kind === "finished") enter(jobId, "job_finish", "", { endTime: now() });
    else if (end.kind === "failed" && !live.stop)
      enter(jobId, "job_running_exception", end.message, { endTime: now() });
    else settleStop(live);
  }

  function settleStop({ jobId }: LiveJob): void {
    if (!shutdown.signal.aborted) enter(jobId, "job_cancel_success", "", { endTime: now() });
  }

  async function abandon(jobId: number): Promise<void> {
    const live = lives.get(jobId);
    if (live) {
      await end(live, false);
      await live.finished;
    }
    await rm(privateFolder(storageFolder, jobId), { recursive: true, force: true });
  }

  function end(live: LiveJob, withSavepoint: boolean): Promise<void> {
    live.stop = { withSavepoint };
    live.stopped.resolve();
    return stops.halt(live);
  }

  const recovery = recoverJobs({ documents, engine, recorder, restarts, now }).then(() => {
    recovered = true;
    wake();
  });

  return {
    wake,
    run(jobId, resumeFrom) {
      const job = documents.job(jobId);
      if (!job) return;
      documents.putJob({ ...submitted(job, resumeFrom, now()), restartedAt: [], restartTimes: 0 });
      wake();
    },
    stop(jobId, withSavepoint) {
      const live = lives.get(jobId);
      enter(jobId, withSavepoint && live?.running ? "job_savepointing" : "job_canceling");
      if (live) {
        void end(live, withSavepoint);
        return;
      }
      // job_canceling is seen at least once: the end comes with the next turn.
      setImmediate(() => {
        if (!shutdown.signal.aborted) enter(jobId, "job_cancel_success", "", { endTime: now() });
      });
    },
    savepoint(jobId, folder) {
      const live = lives.get(jobId);
      if (live) void stops.savepoint(live, folder);
    },
    abandon(jobId) {
      void abandon(jobId).catch(() => {});
    },
    running: (jobId) => lives.get(jobId)?.running,
    newestStatus: (jobId) => lives.get(jobId)?.meter.newest(),
    sample: (jobId) => lives.get(jobId)?.meter.sample(),
    async close() {
      shutdown.abort();
      clearTimeout(timer);
      await recovery;
      await Promise.all(
        [...lives.values()].map(async (live) => {
          await end(live, false);
          // Where that failed, the engine's own end is next.
          if (live.stop) await live.finished;
        }),
      );
      for (const job of documents.jobs()) if (job.processGroup !== undefined) forgetGroup(job);
      recorder.close();
    },
  };

  function forgetGroup({ processGroup: _, ...job }: FlinkJobDocument): void {
    documents.putJob(job);
  }
}

function startFailure(error: unknown): string {
  return error instanceof EngineUnavailable ? `${error.message} ${error.fix}` : textOf(error);
}
