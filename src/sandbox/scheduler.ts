/** Who may start now: the queues' quotas on what the jobs declare, and the room for real processes on this machine. */

export interface QueueQuota {
  queue: string;
  workspaceId: string;
  maxCu: number;
}

export interface ScheduledJob {
  jobRunId: string;
  workspaceId: string;
  queue: string;
  cu: number;
  /** What the texts call it; a job when absent. */
  noun?: string;
}

export interface ScheduleInput {
  queues: readonly QueueQuota[];
  /** CU of each workspace: the sum over its queues never goes beyond. */
  workspaceCu: ReadonlyMap<string, number>;
  /** Holding their CU: starting, running, being cancelled. */
  active: readonly ScheduledJob[];
  /** CU of services and sessions, which take no slot. */
  reserved?: readonly ScheduledJob[];
  /** In the order of submission. */
  waiting: readonly ScheduledJob[];
  /** How many jobs may really run at once. */
  slots: number;
}

export interface Schedule {
  start: ScheduledJob[];
  /** Waiting for CU, each with what it waits for. */
  wait: { job: ScheduledJob; reason: string }[];
  /** Would wait for ever. */
  impossible: { job: ScheduledJob; reason: string }[];
}

/**
 * First come, first served within a queue: a large job at the head is not starved by small ones behind it.
 * One queue never holds up another.
 */
export function schedule(input: ScheduleInput): Schedule {
  const result: Schedule = { start: [], wait: [], impossible: [] };
  const usedByQueue = new Map<string, number>();
  const usedByWorkspace = new Map<string, number>();
  const blockedQueues = new Set<string>();
  const take = (job: ScheduledJob) => {
    add(usedByQueue, queueKey(job), job.cu);
    add(usedByWorkspace, job.workspaceId, job.cu);
  };
  for (const job of [...input.active, ...(input.reserved ?? [])]) take(job);
  let freeSlots = input.slots - input.active.length;

  for (const job of input.waiting) {
    const queue = input.queues.find(
      (candidate) => candidate.workspaceId === job.workspaceId && candidate.queue === job.queue,
    );
    const workspaceCu = input.workspaceCu.get(job.workspaceId) ?? 0;
    if (!queue) {
      result.impossible.push({ job, reason: `the queue ${job.queue} no longer exists` });
      continue;
    }
    const ceiling = Math.min(queue.maxCu, workspaceCu);
    if (job.cu > ceiling) {
      const needs = `the ${job.noun ?? "job"} declares ${round(job.cu)} CU`;
      result.impossible.push({ job, reason: `${needs}, the queue ${job.queue} has ${round(ceiling)} CU at most` });
      continue;
    }
    const key = queueKey(job);
    const free = Math.min(
      queue.maxCu - (usedByQueue.get(key) ?? 0),
      workspaceCu - (usedByWorkspace.get(job.workspaceId) ?? 0),
    );
    if (blockedQueues.has(key)) {
      result.wait.push({ job, reason: `behind an earlier job in the queue ${job.queue}` });
    } else if (job.cu > free + 1e-9) {
      blockedQueues.add(key);
      const has = `the queue ${job.queue} has ${round(Math.max(0, free))} CU free`;
      result.wait.push({ job, reason: `${has}, the ${job.noun ?? "job"} declares ${round(job.cu)}` });
    } else if (freeSlots <= 0) {
      blockedQueues.add(key);
      result.wait.push({ job, reason: `the sandbox runs ${input.slots} jobs at once` });
    } else {
      freeSlots -= 1;
      take(job);
      result.start.push(job);
    }
  }
  return result;
}

function queueKey(job: ScheduledJob): string {
  return `${job.workspaceId}/${job.queue}`;
}

function add(totals: Map<string, number>, key: string, amount: number): void {
  totals.set(key, (totals.get(key) ?? 0) + amount);
}

function round(cu: number): number {
  return Math.round(cu * 1000) / 1000;
}
