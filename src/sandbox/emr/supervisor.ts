import { mkdirSync } from "node:fs";
import type { JobResources } from "../cu-model.ts";
import type { ExecutorSummary, RunningJob, SparkEngine } from "../engine.ts";
import { type ScheduledJob, schedule } from "../scheduler.ts";
import { type Documents, isTerminal, type JobRun, type JobState } from "./documents.ts";
import { outcome, type Stop, startFailure, textOf } from "./job-end.ts";
import { driverLogFolder, sparkDefaults } from "./job-files.ts";

/** Takes job runs from Submitted to their end: queues them, starts them, stops them, writes down what became of them. */
export interface JobSupervisor {
  /** Looks at the queues again. */
  wake(): void;
  /** False when the run has ended already. */
  cancel(jobRunId: string, reason: string): boolean;
  cancelAll(workspaceId: string, reason: string): void;
  executors(jobRunId: string): Promise<readonly ExecutorSummary[]>;
  /** The CU that runs hold. */
  holds(): readonly ScheduledJob[];
  usedBy(workspaceId: string, queue: string): JobResources;
  /** Stops what runs; what waits is queued again by the next sandbox on this data folder. */
  close(): Promise<void>;
}

export interface SupervisorOptions {
  documents: Documents;
  engine: SparkEngine;
  storageFolder: string;
  /** Jobs that really run at once. */
  slots: number;
  /** Services and sessions: they share the queues with the jobs, and what of them waits goes first. */
  computes?: { wake(): void; claims(): readonly ScheduledJob[] };
  now: () => number;
}

interface LiveRun {
  running?: RunningJob;
  stop?: Stop;
  /** Settles as soon as `stop` is set. */
  stopped: PromiseWithResolvers<void>;
  finished: Promise<void>;
}

/** The only code in public material (GetJobRun's example); the text tells one failure from another. */
const failureCode = "ERR-100000";
const longestTimerMs = 2 ** 31 - 1;

export function createJobSupervisor(options: SupervisorOptions): JobSupervisor {
  const { documents, engine, now } = options;
  const live = new Map<string, LiveRun>();
  const shutdown = new AbortController();
  let preparation: Promise<unknown> | undefined;
  let recovered = false;
  let closed = false;

  function update(jobRunId: string, change: Partial<JobRun>): void {
    // A late word from an engine, after the store was closed.
    if (closed) return;
    const job = documents.jobRuns.get(jobRunId);
    if (job) documents.jobRuns.put({ ...job, ...change });
  }

  function enter(jobRunId: string, state: JobState, message: string, change: Partial<JobRun> = {}): void {
    const current = documents.jobRuns.get(jobRunId)?.state;
    // An end is final, whatever a slow stop reports afterwards.
    if (current !== undefined && isTerminal(current)) return;
    const code = state === "Failed" || state === "CancelFailed" ? failureCode : "0";
    const ended = isTerminal(state) ? { endTime: now() } : {};
    update(jobRunId, { ...change, ...ended, state, stateChangeReason: { code, message } });
  }

  function wake(): void {
    options.computes?.wake();
    if (shutdown.signal.aborted || !recovered) return;
    const plan = schedule({
      queues: documents.queues.all().map(({ queueName, ...queue }) => ({ ...queue, queue: queueName })),
      workspaceCu: new Map(documents.workspaces.all().map(({ workspaceId, cu }) => [workspaceId, cu])),
      active: holds(),
      reserved: options.computes?.claims() ?? [],
      waiting: waitingJobs().map(scheduled),
      slots: options.slots,
    });
    for (const { job, reason } of plan.impossible) enter(job.jobRunId, "Failed", `The run can never start: ${reason}.`);
    for (const { job, reason } of plan.wait) enter(job.jobRunId, "Pending", `Waiting: ${reason}.`);
    for (const { jobRunId } of plan.start) begin(jobRunId);
  }

  function holds(): ScheduledJob[] {
    return jobsIn([...live.keys()]).map(scheduled);
  }

  function jobsIn(jobRunIds: readonly string[]): JobRun[] {
    return jobRunIds.flatMap((jobRunId) => documents.jobRuns.get(jobRunId) ?? []);
  }

  function waitingJobs(): JobRun[] {
    return documents.jobRuns
      .all()
      .filter((job) => (job.state === "Submitted" || job.state === "Pending") && !live.has(job.jobRunId))
      .sort((a, b) => a.submitTime - b.submitTime);
  }

  function begin(jobRunId: string): void {
    const job = documents.jobRuns.get(jobRunId);
    if (!job) return;
    const run: LiveRun = { stopped: Promise.withResolvers(), finished: Promise.resolve() };
    live.set(jobRunId, run);
    run.finished = carry(job, run)
      .catch((error: unknown) => enter(jobRunId, "Failed", startFailure(error)))
      .finally(() => {
        live.delete(jobRunId);
        wake();
      });
  }

  async function carry(job: JobRun, run: LiveRun): Promise<void> {
    const { jobRunId } = job;
    if (!(await prepared(jobRunId, run))) return;
    const logFolder = driverLogFolder(options.storageFolder, job);
    mkdirSync(logFolder, { recursive: true });
    const running = await engine.start({
      jobRunId,
      workspaceId: job.workspaceId,
      name: job.name,
      codeType: job.codeType,
      entryPoint: job.entryPoint,
      entryPointArguments: job.entryPointArguments,
      sparkSubmitParameters: job.sparkSubmitParameters,
      configuration: sparkDefaults(job.configurations),
      logFolder,
    });
    run.running = running;
    // The process group goes to disk before anything else, since a later sandbox needs it to clear up after a crash.
    update(jobRunId, { processGroup: running.processGroup, startTime: now() });
    if (run.stop) void stopProcesses(jobRunId, running);
    else enter(jobRunId, "Running", "The run was started.");
    void running.applicationId.then((applicationId) => {
      if (applicationId !== undefined) update(jobRunId, { applicationId });
    });

    const timer = startTimeout(job, run);
    const end = await running.end;
    clearTimeout(timer);
    const executors = await running.executors().catch(() => []);
    const { state, message } = outcome(end, run.stop);
    enter(jobRunId, state, message, { executors });
  }

  /** False: stopped before it began, and its state says so. A first preparation may be a long download. */
  async function prepared(jobRunId: string, run: LiveRun): Promise<boolean> {
    preparation ??= prepareEngine();
    await Promise.race([preparation, run.stopped.promise]);
    if (run.stop?.kind === "cancel") enter(jobRunId, "Cancelled", run.stop.message);
    return run.stop === undefined;
  }

  function prepareEngine(): Promise<unknown> {
    const attempt = engine.prepare((line) => {
      for (const [waiting, { stop, running }] of live) {
        if (!stop && !running) update(waiting, { stateChangeReason: { code: "0", message: line } });
      }
    }, shutdown.signal);
    // The next job tries again.
    attempt.catch(() => {
      preparation = undefined;
    });
    return attempt;
  }

  function stop(jobRunId: string, run: LiveRun, reason: Stop): void {
    run.stop ??= reason;
    run.stopped.resolve();
    if (run.running) void stopProcesses(jobRunId, run.running);
  }

  function startTimeout(job: JobRun, run: LiveRun): NodeJS.Timeout | undefined {
    const seconds = job.executionTimeoutSeconds;
    if (!seconds) return undefined;
    return setTimeout(
      () => {
        const message = `The run was stopped after executionTimeoutSeconds (${seconds} s).`;
        stop(job.jobRunId, run, { kind: "timeout", message });
      },
      Math.min(seconds * 1000, longestTimerMs),
    );
  }

  async function stopProcesses(jobRunId: string, running: RunningJob): Promise<void> {
    try {
      await running.cancel();
    } catch (error) {
      enter(jobRunId, "CancelFailed", `The run could not be stopped: ${textOf(error)}`);
    }
  }

  function cancel(jobRunId: string, reason: string): boolean {
    const job = documents.jobRuns.get(jobRunId);
    if (!job || isTerminal(job.state)) return false;
    if (job.state === "Cancelling") return true;
    const run = live.get(jobRunId);
    enter(jobRunId, "Cancelling", reason);
    if (!run) {
      // Cancelling is seen at least once, as on the service: the end comes with the next turn.
      setImmediate(() => {
        if (shutdown.signal.aborted) return;
        enter(jobRunId, "Cancelled", reason);
        wake();
      });
      return true;
    }
    stop(jobRunId, run, { kind: "cancel", message: reason });
    return true;
  }

  async function recover(): Promise<void> {
    for (const job of documents.jobRuns.all()) {
      if (job.state !== "Running" && job.state !== "Cancelling" && job.state !== "CancelFailed") continue;
      try {
        if (job.processGroup !== undefined) await engine.reap(job.processGroup, job.jobRunId);
        if (job.state === "Cancelling") enter(job.jobRunId, "Cancelled", job.stateChangeReason.message);
        else
          enter(job.jobRunId, "Failed", "The sandbox ended while the run was active; what was left of it was stopped.");
      } catch (error) {
        enter(
          job.jobRunId,
          "Failed",
          `The sandbox ended while the run was active; clearing up failed: ${textOf(error)}`,
        );
      }
    }
    recovered = true;
    wake();
  }

  const recovery = recover();

  return {
    wake,
    cancel,
    holds,
    cancelAll(workspaceId, reason) {
      for (const job of documents.jobRuns.all()) if (job.workspaceId === workspaceId) cancel(job.jobRunId, reason);
    },
    async executors(jobRunId) {
      const running = live.get(jobRunId)?.running;
      return running ? running.executors() : (documents.jobRuns.get(jobRunId)?.executors ?? []);
    },
    usedBy(workspaceId, queue) {
      return jobsIn([...live.keys()])
        .filter((job) => job.workspaceId === workspaceId && job.resourceQueueId === queue)
        .reduce(
          (sum, job) => ({
            cores: sum.cores + job.cores,
            memoryMiB: sum.memoryMiB + job.memoryMiB,
            cu: sum.cu + job.cu,
          }),
          { cores: 0, memoryMiB: 0, cu: 0 },
        );
    },
    async close() {
      for (const [jobRunId, run] of live) {
        stop(jobRunId, run, { kind: "shutdown", message: "The sandbox was stopped while the run was active." });
      }
      shutdown.abort();
      await recovery;
      await Promise.all([...live.values()].map((run) => run.finished));
      closed = true;
    },
  };
}

function scheduled(job: JobRun): ScheduledJob {
  return { jobRunId: job.jobRunId, workspaceId: job.workspaceId, queue: job.resourceQueueId, cu: job.cu };
}
