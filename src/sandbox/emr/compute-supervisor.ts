import { declaredResources, type JobResources } from "../cu-model.ts";
import { EngineUnavailable } from "../engine.ts";
import { type ScheduledJob, schedule } from "../scheduler.ts";
import type { SqlEngine } from "../sql-engine.ts";
import { appendServiceLog } from "./compute-log.ts";
import type { Documents } from "./documents.ts";
import { newId } from "./ids.ts";
import { textOf } from "./job-end.ts";
import { type Applications, createApplications } from "./kyuubi-application-log.ts";
import { type Compute, type ComputePhase, isAtRest } from "./sql-documents.ts";
import type { StatementRunner } from "./statement-runner.ts";

/** Starts and stops Kyuubi services and sessions: gives them their CU, lets them into the engine, writes down their phase. */
export interface ComputeSupervisor {
  /** False: this sandbox has no SQL engine, so nothing can be started. */
  readonly available: boolean;
  readonly applications: Applications;
  /** Looks at the queues again; the jobs' own wake calls it first. */
  wake(): void;
  start(computeId: string): void;
  stop(computeId: string, message: string): void;
  restart(computeId: string, message: string): void;
  stopAll(workspaceId: string, message: string): void;
  /** The CU that services and sessions hold or wait for: were it not kept for them, small jobs could starve them. */
  claims(): readonly ScheduledJob[];
  usedBy(workspaceId: string, queue: string): JobResources;
  close(): Promise<void>;
}

export interface ComputeSupervisorOptions {
  documents: Documents;
  engine: SqlEngine | undefined;
  /** Resolves when the processes that an earlier, crashed sandbox left behind are gone. */
  reaped: Promise<void>;
  statements: StatementRunner;
  storageFolder: string;
  idleCheckMs: number;
  /** Not called before the first turn of the event loop, and so may be made later. */
  jobs: { wake(): void; holds(): readonly ScheduledJob[] };
  now: () => number;
}

interface LiveCompute {
  runId: string;
  admitted: boolean;
  stop?: { message: string; thenStart: boolean };
  /** Settles as soon as `stop` is set. */
  stopped: PromiseWithResolvers<void>;
}

const reasonCodes = { ok: "1000000", failed: "ERR-100000" };

export function createComputeSupervisor(options: ComputeSupervisorOptions): ComputeSupervisor {
  const { documents, engine, statements, storageFolder, now, jobs } = options;
  const live = new Map<string, LiveCompute>();
  /** Engines that still let somebody in whose service was stopped meanwhile. */
  const leftovers = new Map<string, Promise<void>>();
  const applications = createApplications(documents, engine, now);
  let recovered = false;
  let closed = false;

  function enter(computeId: string, phase: ComputePhase, message: string, failed = false): void {
    const compute = closed ? undefined : documents.computes.get(computeId);
    if (!compute) return;
    const reason = { code: failed ? reasonCodes.failed : reasonCodes.ok, message };
    documents.computes.put({ ...compute, phase, reason });
    if (compute.kind === "kyuubi" && (phase !== compute.phase || message !== compute.reason.message)) {
      appendServiceLog(storageFolder, compute, now(), message);
    }
  }

  function rest(computeId: string, message: string, failed = false): void {
    const compute = closed ? undefined : documents.computes.get(computeId);
    if (!compute) return;
    const run = compute.runId === undefined ? undefined : documents.computeRuns.get(compute.runId);
    if (run && run.endTime === undefined) documents.computeRuns.put({ ...run, endTime: now() });
    if (compute.kind === "kyuubi") applications.end(computeId);
    enter(computeId, restingPhase(compute, failed), message, failed);
  }

  function wake(): void {
    if (closed || !recovered) return;
    const waiting = waitingComputes();
    if (waiting.length === 0) return;
    const plan = schedule({
      queues: documents.queues.all().map(({ queueName, ...queue }) => ({ ...queue, queue: queueName })),
      workspaceCu: new Map(documents.workspaces.all().map(({ workspaceId, cu }) => [workspaceId, cu])),
      active: [...jobs.holds(), ...holds()],
      waiting,
      slots: Number.POSITIVE_INFINITY,
    });
    for (const { job, reason } of plan.impossible) rest(job.jobRunId, `The start failed: ${reason}.`, true);
    for (const { job, reason } of plan.wait) enter(job.jobRunId, "starting", `Waiting: ${reason}.`);
    for (const { jobRunId } of plan.start) begin(jobRunId);
  }

  function waitingComputes(): ScheduledJob[] {
    return documents.computes
      .all()
      .filter((compute) => compute.phase === "starting" && !live.has(compute.computeId))
      .sort((a, b) => (a.startTime ?? 0) - (b.startTime ?? 0))
      .map((compute) => ({
        jobRunId: compute.computeId,
        workspaceId: compute.workspaceId,
        queue: compute.queue,
        cu: declaredResources(compute.sparkConf).cu,
        noun: nounOf(compute),
      }));
  }

  function begin(computeId: string): void {
    const compute = documents.computes.get(computeId);
    if (!compute) return;
    const { workspaceId, bucket, queue, sparkConf } = compute;
    const runId = newId("jr");
    const run = { runId, computeId, workspaceId, bucket, queue, ...declaredResources(sparkConf), startTime: now() };
    documents.computeRuns.put(run);
    const started: Compute = { ...compute, runId };
    documents.computes.put(started);
    const entry: LiveCompute = { runId, admitted: false, stopped: Promise.withResolvers() };
    live.set(computeId, entry);
    admit(started, entry).catch((error: unknown) => leave(computeId, entry, startFailure(error), true));
  }

  async function admit(compute: Compute, entry: LiveCompute): Promise<void> {
    const { computeId, sparkConf } = compute;
    await Promise.race([leftovers.get(computeId), entry.stopped.promise]);
    if (engine && !entry.stop) {
      const idleMinutes = compute.kind === "kyuubi" ? compute.engineIdleMinutes : 0;
      const admission = engine.admit({ name: computeId, sparkConf, idleMinutes }, (line) => {
        if (live.get(computeId) === entry && !entry.admitted && !entry.stop) enter(computeId, "starting", line);
      });
      await Promise.race([admission, entry.stopped.promise]);
      // Nobody can take a request back from an engine that is at it; it is undone when it is done.
      if (entry.stop) clearUp(computeId, admission, engine);
    }
    if (entry.stop) return leave(computeId, entry, entry.stop.message);
    entry.admitted = true;
    enter(computeId, "running", `The ${nounOf(compute)} was started.`);
  }

  function clearUp(computeId: string, admission: Promise<void>, from: SqlEngine): void {
    const cleared = admission
      .then(() => from.dismiss(computeId))
      .catch(() => {})
      .finally(() => {
        if (leftovers.get(computeId) === cleared) leftovers.delete(computeId);
      });
    leftovers.set(computeId, cleared);
  }

  function leave(computeId: string, entry: LiveCompute, message: string, failed = false): void {
    live.delete(computeId);
    rest(computeId, message, failed);
    if (entry.stop?.thenStart) start(computeId);
    if (!closed) jobs.wake();
  }

  function start(computeId: string): void {
    const compute = closed ? undefined : documents.computes.get(computeId);
    if (!compute) return;
    documents.computes.put({ ...compute, startTime: now() });
    enter(computeId, "starting", `The ${nounOf(compute)} is being started.`);
    // After the answer, so that STARTING is seen at least once, as on the service.
    setImmediate(() => jobs.wake());
  }

  function stop(computeId: string, message: string, thenStart = false): void {
    const entry = live.get(computeId);
    statements.endAll(computeId, message);
    enter(computeId, "stopping", message);
    if (!entry) {
      setImmediate(() => rest(computeId, message));
      return;
    }
    entry.stop = { message, thenStart };
    entry.stopped.resolve();
    if (entry.admitted) void dismiss(computeId, entry, message);
  }

  async function dismiss(computeId: string, entry: LiveCompute, message: string): Promise<void> {
    try {
      await applications.refresh(computeId).catch(() => {});
      await engine?.dismiss(computeId);
      leave(computeId, entry, message);
    } catch (error) {
      delete entry.stop;
      entry.stopped = Promise.withResolvers();
      enter(computeId, "running", `The stop failed: ${textOf(error)}`, true);
    }
  }

  function holds(): ScheduledJob[] {
    return runsHeld().map((run) => ({ ...run, jobRunId: run.runId }));
  }

  function runsHeld() {
    return [...live.values()].flatMap(({ runId }) => documents.computeRuns.get(runId) ?? []);
  }

  function stopIdle(): void {
    for (const compute of documents.computes.all()) {
      if (compute.kind !== "session" || compute.phase !== "running" || !compute.autoStop.enable) continue;
      if (statements.isBusy(compute.computeId)) continue;
      const since = Math.max(compute.startTime ?? 0, statements.lastActivity(compute.computeId));
      const minutes = compute.autoStop.idleTimeoutMinutes;
      if (now() - since >= minutes * 60_000) stop(compute.computeId, `The session was idle for ${minutes} minutes.`);
    }
  }

  async function recover(): Promise<void> {
    for (const compute of documents.computes.all()) {
      if (isAtRest(compute.phase)) continue;
      rest(compute.computeId, `The sandbox ended while the ${nounOf(compute)} was active; start it again.`);
    }
    await options.reaped;
    recovered = true;
    if (!closed) jobs.wake();
  }

  const recovery = recover();
  const idleCheck = setInterval(stopIdle, options.idleCheckMs).unref();

  return {
    available: engine !== undefined,
    applications,
    wake,
    start,
    stop,
    restart: (computeId, message) => stop(computeId, message, true),
    stopAll(workspaceId, message) {
      for (const { computeId, phase, workspaceId: owner } of documents.computes.all()) {
        if (owner === workspaceId && (phase === "starting" || phase === "running")) stop(computeId, message);
      }
    },
    claims: () => [...holds(), ...waitingComputes()],
    usedBy(workspaceId, queue) {
      return runsHeld()
        .filter((run) => run.workspaceId === workspaceId && run.queue === queue)
        .reduce(
          (sum, run) => ({
            cores: sum.cores + run.cores,
            memoryMiB: sum.memoryMiB + run.memoryMiB,
            cu: sum.cu + run.cu,
          }),
          { cores: 0, memoryMiB: 0, cu: 0 },
        );
    },
    async close() {
      clearInterval(idleCheck);
      await recovery;
      for (const compute of documents.computes.all()) {
        if (isAtRest(compute.phase)) continue;
        rest(compute.computeId, `The sandbox was stopped while the ${nounOf(compute)} was active; start it again.`);
      }
      closed = true;
    },
  };
}

/** A service has no state that tells a failure; it goes back to where it came from. */
function restingPhase(compute: Compute, failed: boolean): ComputePhase {
  if (compute.kind === "kyuubi") return "notStarted";
  return failed ? "error" : "stopped";
}

function nounOf(compute: Compute): string {
  return compute.kind === "kyuubi" ? "service" : "session";
}

function startFailure(error: unknown): string {
  return error instanceof EngineUnavailable
    ? `The start failed: ${error.message} ${error.fix}`
    : `The start failed: ${textOf(error)}`;
}
