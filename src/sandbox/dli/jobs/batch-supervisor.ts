import { EngineUnavailable, type JobEnd, type RunningJob } from "../../engine.ts";
import type { DliContext } from "../context.ts";
import { type Batch, batchesIn, isEnded } from "./batch-documents.ts";
import { logFolder, sparkJob } from "./batch-job.ts";
import { type DriverLog, openDriverLog } from "./batch-log.ts";
import type { JobLinks } from "./links.ts";

/** Takes Spark batches from starting to their end: gives them their CUs, starts them, tries them again, stops them. */
export interface BatchSupervisor {
  /** Looks at the queues again. */
  wake(): void;
  /** False when the batch has ended already. */
  cancel(id: string): boolean;
  /** Brings the log of the current attempt up to date. */
  collectLog(id: string): void;
}

interface LiveBatch {
  log: DriverLog;
  running?: RunningJob;
  stop?: { kind: "cancel" | "shutdown"; message: string };
  /** Settles as soon as `stop` is set. */
  stopped: PromiseWithResolvers<void>;
  finished: Promise<void>;
}

/** Each driver takes a gigabyte and a core of this machine, and the other cloud's jobs run here as well. */
const slots = 1;
/** "For about three hours" (section 6 of the API notes). */
const longestWaitMs = 3 * 3_600_000;
/** Room in a queue also comes from what other parts of the service do; nobody tells us. */
const checkMs = 250;

export function createBatchSupervisor(context: DliContext, links: JobLinks): BatchSupervisor {
  const { engine, timings, now } = context;
  const batches = batchesIn(context.store);
  const live = new Map<string, LiveBatch>();
  const waitReasons = new Map<string, string>();
  const shutdown = new AbortController();
  let preparation: Promise<unknown> | undefined;
  let recovered = false;
  let closed = false;

  function update(id: string, change: Partial<Batch>): void {
    // A late word from an engine, after the store was closed; and an end is final.
    const batch = closed ? undefined : batches.get(id);
    if (batch && !isEnded(batch.state)) batches.put({ ...batch, ...change, updateTime: now() });
  }

  function die(batch: Batch, message: string, change: Partial<Batch> = {}): void {
    (live.get(batch.id)?.log ?? logOf(batch)).note(message);
    update(batch.id, { ...change, state: "dead", begun: false, endTime: now() });
  }

  function logOf(batch: Batch): DriverLog {
    return openDriverLog(logFolder(batch, batch.attempt, context), now);
  }

  function wake(): void {
    if (shutdown.signal.aborted || !recovered) return;
    const blocked = new Set<string>();
    for (const batch of waitingBatches()) {
      if (!links.findQueue(batch.queue, context)) {
        die(batch, `The queue ${batch.queue} no longer exists.`);
        continue;
      }
      const shortage = blocked.has(batch.queue) ? `It is behind an earlier job in ${batch.queue}.` : roomProblem(batch);
      const reason = shortage ?? (live.size < slots ? undefined : `The sandbox runs ${slots} Spark job at a time.`);
      if (reason === undefined) {
        begin(batch);
        continue;
      }
      blocked.add(batch.queue);
      if (shortage !== undefined && now() - batch.waitingSince >= longestWaitMs) {
        die(batch, "No resources could be obtained for three hours.");
      } else if (waitReasons.get(batch.id) !== reason) {
        waitReasons.set(batch.id, reason);
        logOf(batch).note(`Waiting: ${reason}`);
      }
    }
  }

  /** First come, first served; a batch that recovers keeps its place. */
  function waitingBatches(): Batch[] {
    return batches
      .all()
      .filter((batch) => !isEnded(batch.state) && !batch.begun && batch.waitingSince <= now())
      .sort((a, b) => a.createTime - b.createTime);
  }

  function roomProblem({ queue, size }: Batch): string | undefined {
    const { maxCu, usedCu } = links.queueRoom(queue, context);
    const free = Math.max(0, maxCu - usedCu);
    return size.cu <= free + 1e-9
      ? undefined
      : `${queue} has ${free} of ${maxCu} CUs free, and the job asks for ${size.cu}.`;
  }

  function begin(batch: Batch): void {
    const { id } = batch;
    const entry: LiveBatch = { log: logOf(batch), stopped: Promise.withResolvers(), finished: Promise.resolve() };
    live.set(id, entry);
    waitReasons.delete(id);
    update(id, { begun: true });
    entry.finished = carry(batch, entry)
      .catch((error: unknown) => settle(id, entry, failedStart(error)))
      .finally(() => {
        live.delete(id);
        wake();
      });
  }

  async function carry(batch: Batch, entry: LiveBatch): Promise<void> {
    const { id } = batch;
    await prepared(entry);
    if (entry.stop) return settle(id, entry, { kind: "cancelled" });
    const job = sparkJob(batch, links, context);
    if ("missing" in job) return settle(id, entry, failure(job.missing));
    const running = await engine.start(job);
    entry.running = running;
    // The process group goes to disk first, since a later sandbox needs it to clear up after a crash.
    update(id, { processGroup: running.processGroup, startTime: batches.get(id)?.startTime ?? now() });
    if (entry.stop) void stopProcesses(entry, running);
    else update(id, { state: "running" });
    void running.applicationId.then((appId) => {
      if (appId !== undefined) update(id, { appId });
    });
    const end = await running.end;
    entry.log.finish();
    settle(id, entry, end);
  }

  /** A first preparation may be a long download; whoever is stopped does not wait for it. */
  async function prepared(entry: LiveBatch): Promise<void> {
    preparation ??= prepareEngine();
    await Promise.race([preparation, entry.stopped.promise]);
  }

  function prepareEngine(): Promise<unknown> {
    const attempt = engine.prepare((line) => {
      for (const { log, running } of live.values()) if (!running) log.note(line);
    }, shutdown.signal);
    // The next batch tries again.
    attempt.catch(() => {
      preparation = undefined;
    });
    return attempt;
  }

  function settle(id: string, entry: LiveBatch, end: JobEnd & { final?: boolean }): void {
    const batch = closed ? undefined : batches.get(id);
    if (!batch) return;
    // A batch may finish in the moment in which it is cancelled: then it did finish.
    if (end.kind === "succeeded") {
      update(id, { state: "success", begun: false, endTime: now() });
    } else if (entry.stop) {
      die(batch, entry.stop.message, { cancelled: entry.stop.kind === "cancel" });
    } else {
      const why = end.kind === "failed" ? `${end.code}: ${end.message}` : "The job was stopped from outside.";
      const { auto_recovery, max_retry_times } = batch.request;
      if (!auto_recovery || (end.kind === "failed" && end.final) || batch.attempt >= max_retry_times) die(batch, why);
      else recover(batch, entry, why);
    }
  }

  function recover(batch: Batch, entry: LiveBatch, why: string): void {
    const attempt = batch.attempt + 1;
    entry.log.note(why);
    entry.log.note(`Try ${attempt} of ${batch.request.max_retry_times} follows.`);
    const { processGroup: _gone, ...rest } = batch;
    const waitingSince = now() + timings.recoveryDelayMs;
    batches.put({ ...rest, state: "recovering", attempt, begun: false, waitingSince, updateTime: now() });
  }

  async function stopProcesses(entry: LiveBatch, running: RunningJob): Promise<void> {
    try {
      await running.cancel();
    } catch (error) {
      delete entry.stop;
      entry.log.note(`The job could not be stopped: ${textOf(error)}`);
    }
  }

  function stop(entry: LiveBatch, reason: NonNullable<LiveBatch["stop"]>): void {
    entry.stop ??= reason;
    entry.stopped.resolve();
    if (entry.running) void stopProcesses(entry, entry.running);
  }

  async function clearUp(): Promise<void> {
    for (const batch of batches.all()) {
      if (!batch.begun) continue;
      // Nothing was started yet, so its turn comes again.
      if (batch.processGroup === undefined) {
        update(batch.id, { begun: false });
        continue;
      }
      const failed = await engine.reap(batch.processGroup, batch.id).catch(textOf);
      openDriverLog(logFolder(batch, batch.attempt, context), now, "anew").finish();
      const rest = failed === undefined ? "what was left of it was stopped" : `clearing up failed: ${failed}`;
      die(batch, `The sandbox ended while the job was active; ${rest}.`);
    }
    recovered = true;
    wake();
  }

  const recovery = clearUp();
  const check = setInterval(wake, checkMs).unref();

  context.onClose(async () => {
    clearInterval(check);
    for (const entry of live.values()) {
      stop(entry, { kind: "shutdown", message: "The sandbox was stopped while the job was active." });
    }
    shutdown.abort();
    await recovery;
    await Promise.all([...live.values()].map((entry) => entry.finished));
    closed = true;
  });

  return {
    wake,
    cancel(id) {
      const batch = batches.get(id);
      if (!batch || isEnded(batch.state)) return false;
      const entry = live.get(id);
      const message = `The job was cancelled by ${context.userName}.`;
      if (entry) stop(entry, { kind: "cancel", message });
      else die(batch, message, { cancelled: true });
      return true;
    },
    collectLog(id) {
      live.get(id)?.log.collect();
    },
  };
}

function failure(message: string): JobEnd {
  return { kind: "failed", code: "DLI.0002", message, exitCode: null };
}

/** Without Java or Spark another try would fail, too. */
function failedStart(error: unknown): JobEnd & { final?: boolean } {
  if (error instanceof EngineUnavailable) {
    return { ...failure(`Spark cannot run here: ${error.message} ${error.fix}`), final: true };
  }
  return failure(`The job could not be started: ${textOf(error)}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
