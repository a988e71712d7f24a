import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import {
  type FlinkEnd,
  type FlinkJob,
  FlinkRefused,
  type FlinkSize,
  type RunningFlinkJob,
} from "../../flink-engine.ts";
import { type Cluster, type ClusterOptions, startCluster } from "./cluster.ts";
import { renderProgram } from "./program.ts";
import { rescaleInPlace, settled } from "./rescale.ts";
import { FlinkRestError, type RunRequest } from "./rest.ts";
import { readStatus } from "./status.ts";

/** How long a job may take to end by Flink's own cancellation before its processes are ended. */
const cancelMs = 5_000;
const pollMs = 300;

export interface JobOptions extends ClusterOptions {
  /** Gives up a start. */
  signal: AbortSignal;
}

/** Starts a cluster for the job and gives it the job. Throws FlinkRefused and EngineUnavailable, and leaves nothing. */
export async function runJob(job: FlinkJob, options: JobOptions): Promise<RunningFlinkJob> {
  const program = renderProgram(job.program, options.storageFolder, options.installation.sandboxJar);
  const cluster = await startCluster(job, options);
  const giveUp = () => void cluster.close();
  options.signal.addEventListener("abort", giveUp, { once: true });
  try {
    // The program's main() runs while the TaskManagers start.
    await cluster.addTaskManagers(job.size.taskManagers, job.size);
    const jar = await refusable(cluster.rest.upload(program.jar));
    const request = (size: FlinkSize, from?: string): RunRequest => ({
      ...program.request,
      parallelism: size.parallelism,
      ...(from === undefined ? {} : { savepointPath: from.includes("://") ? from : pathToFileURL(from).href }),
    });
    const flinkJobId = await submit(cluster, jar, request(job.size, job.resumeFrom));
    return supervise(job, cluster, { jar, request, flinkJobId });
  } catch (error) {
    await cluster.close();
    throw error;
  } finally {
    options.signal.removeEventListener("abort", giveUp);
  }
}

async function submit({ rest, exit }: Cluster, jar: string, request: RunRequest): Promise<string> {
  const gone = exit.then((reason) => {
    throw new FlinkRefused(`the JobManager ended while it took the program: ${reason}`);
  });
  return Promise.race([refusable(rest.run(jar, request)), gone]);
}

/** What Flink does not take is the program's fault. */
async function refusable<Result>(request: Promise<Result>): Promise<Result> {
  return request.catch((error: unknown) => {
    if (error instanceof FlinkRestError) throw new FlinkRefused(error.message);
    throw error;
  });
}

interface Submitted {
  jar: string;
  request: (size: FlinkSize, from?: string) => RunRequest;
  flinkJobId: string;
}

/** How long a job may take to run again before a savepoint of it counts as failed. */
const steadyMs = 60_000;

function supervise(job: FlinkJob, cluster: Cluster, { jar, request, flinkJobId }: Submitted): RunningFlinkJob {
  const { rest } = cluster;
  const startTime = Date.now();
  let size = job.size;
  /** Flink counts a step to another size as a restart; earlier submissions of this job have counters of their own. */
  let restartsApart = 0;
  let ending: FlinkEnd | undefined;
  let replacing = false;
  /** One change at a time. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(change: () => Promise<Result>): Promise<Result> => {
    const result = last.then(change);
    last = result.catch(() => {});
    return result;
  };

  async function watch(): Promise<FlinkEnd> {
    let gone: string | undefined;
    void cluster.exit.then((reason) => {
      gone = reason;
    });
    for (;;) {
      if (ending !== undefined) return ending;
      if (gone !== undefined) return { kind: "failed", message: `the JobManager ended: ${gone}` };
      const asked = flinkJobId;
      const state = replacing ? undefined : await rest.state(asked).catch(() => undefined);
      if (ending === undefined && !replacing && asked === flinkJobId) {
        if (state === "FINISHED") return { kind: "finished" };
        if (state === "CANCELED") return { kind: "cancelled" };
        if (state === "FAILED") {
          const message = await rest.rootException(flinkJobId).catch(() => undefined);
          return { kind: "failed", message: message ?? "Flink gives no reason" };
        }
      }
      await sleep(pollMs);
    }
  }
  const end = watch().then(async (result) => {
    ending = result;
    await cluster.close();
    return result;
  });

  /**
   * While tasks start anew, after a step to another size or a failure, Flink refuses a savepoint at once. Its REST tells
   * states that are seconds old, so only trying shows whether they run.
   */
  async function whenSteady<Result>(take: () => Promise<Result>): Promise<Result> {
    for (const deadline = Date.now() + steadyMs; ; await sleep(500)) {
      try {
        return await take();
      } catch (error) {
        const isStarting = /not all required tasks are currently running/i.test(String(error));
        if (!isStarting || Date.now() > deadline) throw error;
      }
    }
  }

  /** The job ends with the savepoint; the cluster stays. While it is taken, an end is not the job's own. */
  async function stopInto<Result>(then: (savepoint: string) => Promise<Result>): Promise<Result> {
    if (ending !== undefined) throw new Error("the job has ended");
    replacing = true;
    try {
      return await then(await whenSteady(() => rest.stop(flinkJobId, pathToFileURL(job.stateFolder).href)));
    } finally {
      replacing = false;
    }
  }

  /**
   * Stops with a savepoint and submits the program again: for TaskManagers of another number of slots, and where
   * rescaleInPlace says that it cannot.
   */
  async function restartAt(target: FlinkSize): Promise<void> {
    const restarts = await rest.restarts(flinkJobId);
    await stopInto(async (savepoint) => {
      restartsApart -= restarts;
      const reusable = target.slotsPerTaskManager === size.slotsPerTaskManager;
      const present = cluster.taskManagers();
      const leaving = present.slice(reusable ? target.taskManagers : 0);
      await cluster.removeTaskManagers(leaving);
      await cluster.addTaskManagers(target.taskManagers - (present.length - leaving.length), target);
      flinkJobId = await submit(cluster, jar, request(target, savepoint)).catch((error: unknown) => {
        ending ??= { kind: "failed", message: `not started again from ${savepoint}: ${String(error)}` };
        throw error;
      });
    });
    await settled(cluster, flinkJobId);
  }

  return {
    processGroup: cluster.jobManagerGroup,
    get flinkJobId() {
      return flinkJobId;
    },
    status: () =>
      readStatus(rest, flinkJobId, { size, startTime, restarts: (current) => Math.max(0, current - restartsApart) }),
    savepoint: () =>
      inTurn(async () => {
        if (ending !== undefined) throw new Error("the job has ended");
        return whenSteady(() => rest.savepoint(flinkJobId, pathToFileURL(job.stateFolder).href));
      }),
    async stop() {
      const savepoint = await inTurn(() =>
        stopInto(async (path) => {
          ending = { kind: "stopped", savepoint: path };
          return path;
        }),
      );
      await end;
      return savepoint;
    },
    async cancel() {
      if (ending === undefined) {
        await rest.cancel(flinkJobId).catch(() => {});
        await Promise.race([end, sleep(cancelMs)]);
        ending ??= { kind: "cancelled" };
      }
      await end;
    },
    rescale: (target) =>
      inTurn(async () => {
        await settled(cluster, flinkJobId);
        const work = { jobId: flinkJobId, jar, request: request(target) };
        const sameSlots = target.slotsPerTaskManager === size.slotsPerTaskManager;
        const result = sameSlots ? await rescaleInPlace(cluster, work, target) : undefined;
        if (result?.restarted) restartsApart += 1;
        if (!result?.inPlace) await restartAt(target);
        size = target;
      }),
    plan: () => rest.plan(flinkJobId),
    end,
  };
}
