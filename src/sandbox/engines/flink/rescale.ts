import { setTimeout as sleep } from "node:timers/promises";
import type { FlinkSize } from "../../flink-engine.ts";
import type { Cluster } from "./cluster.ts";
import type { JobDetails, Requirements, RunRequest } from "./rest.ts";
import { allRunning } from "./status.ts";

/** Two JVMs may have to start. */
const settleMs = 180_000;
const registerMs = 60_000;

export interface Rescaled {
  /** False: the job has to be started again from a savepoint. */
  inPlace: boolean;
  /** Whether Flink has restarted the tasks, which it counts. */
  restarted: boolean;
}

/**
 * Another parallelism without a new submission: the adaptive scheduler stops the tasks and starts them again from
 * the newest checkpoint, which is taken just before, so that nothing is computed twice but what came in between.
 * It cannot be had when the program names its vertices anew with each run, or when TaskManagers that have to go are
 * in use at the smaller size too.
 */
export async function rescaleInPlace(
  cluster: Cluster,
  job: { jobId: string; jar: string; request: RunRequest },
  size: FlinkSize,
): Promise<Rescaled> {
  const { rest } = cluster;
  const [current, wanted] = await Promise.all([rest.requirements(job.jobId), rest.planOf(job.jar, job.request)]);
  const requirements = requirementsFor(current, wanted);
  if (requirements === undefined) return { inPlace: false, restarted: false };
  const before = cluster.taskManagers();
  const restarted = [...wanted].some(([id, parallelism]) => current[id]?.parallelism.upperBound !== parallelism);
  try {
    await cluster.addTaskManagers(Math.max(0, size.taskManagers - before.length), size);
    await registered(cluster, size.taskManagers);
    if (restarted) {
      await rest.checkpoint(job.jobId);
      await rest.setRequirements(job.jobId, requirements);
    }
  } catch (error) {
    await cluster.removeTaskManagers(cluster.taskManagers().filter((each) => !before.includes(each)));
    throw error;
  }
  await settled(cluster, job.jobId, (vertex) => vertex.parallelism === wanted.get(vertex.id));
  return { inPlace: await removeUnused(cluster, size.taskManagers), restarted };
}

/** The plan tells which vertices the program itself holds at a parallelism of their own. */
function requirementsFor(current: Requirements, wanted: ReadonlyMap<string, number>): Requirements | undefined {
  const ids = Object.keys(current);
  if (ids.length !== wanted.size) return undefined;
  const requirements: Requirements = {};
  for (const id of ids) {
    const upperBound = wanted.get(id);
    if (upperBound === undefined) return undefined;
    requirements[id] = { parallelism: { lowerBound: 1, upperBound } };
  }
  return requirements;
}

/** Waits until every task of the job runs. Rejects when the job ends instead. */
export async function settled(
  { rest }: Pick<Cluster, "rest">,
  jobId: string,
  fits: (vertex: JobDetails["vertices"][number]) => boolean = () => true,
): Promise<void> {
  for (const deadline = Date.now() + settleMs; Date.now() < deadline; await sleep(200)) {
    const details = await rest.job(jobId);
    if (allRunning(details) && details.vertices.every(fits)) return;
    if (["FAILED", "CANCELED", "FINISHED"].includes(details.state)) {
      const reason = (await rest.rootException(jobId)) ?? `the job is ${details.state}`;
      throw new Error(reason);
    }
  }
  throw new Error(`the job does not run at its new size after ${settleMs / 1000} s`);
}

async function registered({ rest }: Cluster, count: number): Promise<void> {
  for (const deadline = Date.now() + registerMs; Date.now() < deadline; await sleep(200)) {
    if ((await rest.taskManagers()).length >= count) return;
  }
  throw new Error(`not ${count} TaskManagers have come up within ${registerMs / 1000} s`);
}

/** Slots are free some moments after the tasks in them have ended. */
async function removeUnused(cluster: Cluster, keep: number): Promise<boolean> {
  for (const deadline = Date.now() + 10_000; ; await sleep(200)) {
    const surplus = cluster.taskManagers().length - keep;
    if (surplus <= 0) return true;
    const idle = (await cluster.rest.taskManagers()).filter((each) => each.freeSlots === each.slotsNumber);
    const unused = idle.map(({ id }) => id).filter((id) => cluster.taskManagers().includes(id));
    if (unused.length >= surplus) {
      await cluster.removeTaskManagers(unused.slice(-surplus));
      return true;
    }
    if (Date.now() > deadline) return false;
  }
}
