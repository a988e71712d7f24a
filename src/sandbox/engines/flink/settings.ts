import { pathToFileURL } from "node:url";
import type { FlinkJob, FlinkSize } from "../../flink-engine.ts";

export interface ClusterFolders {
  /** Holds config.yaml and the settings of logging. */
  configuration: string;
  temporary: string;
  /** Working folder of the processes. */
  work: string;
}

/**
 * Settings of a job that would move its processes, their ports or their folders. (Of a metrics reporter, for one, that
 * opens a port to everybody.)
 */
const reserved =
  /^(jobmanager|taskmanager|rest|blob|web|metrics|high-availability|historyserver|queryable-state|env|security|plugin|io|cluster|process|kubernetes|yarn|external-resources?|external-resource\..*|sandbox)([.:-]|$)/;

export function isReserved(key: string): boolean {
  return reserved.test(key);
}

/** config.yaml of the cluster: what is usual here, over it the job's own, over that what keeps the cluster apart. */
export function clusterSettings(
  job: Pick<FlinkJob, "name" | "checkpoint" | "configuration" | "stateFolder">,
  folders: ClusterFolders,
  storageFolder: string,
): Record<string, string> {
  const own = Object.entries(job.configuration).filter(([key]) => !isReserved(key));
  return {
    "pipeline.name": job.name,
    // Whether a failed job starts again is for the service to say, not for the cluster.
    "restart-strategy.type": "none",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "pekko.ask.timeout": "60 s",
    ...Object.fromEntries(own),
    ...(job.checkpoint === undefined ? {} : checkpointing(job.checkpoint)),
    "execution.checkpointing.dir": pathToFileURL(job.stateFolder).href,
    "execution.checkpointing.savepoint-dir": pathToFileURL(job.stateFolder).href,
    ...loopback,
    ...adaptive,
    "io.tmp.dirs": folders.temporary,
    "web.tmpdir": folders.temporary,
    // Both are behind what is asked, by default 3 s and 10 s.
    "web.refresh-interval": "500",
    "metrics.fetcher.update-interval": "1000",
    "sandbox.storage.folder": storageFolder,
  };
}

const loopback = {
  "jobmanager.rpc.address": "127.0.0.1",
  "jobmanager.rpc.port": "0",
  "jobmanager.bind-host": "127.0.0.1",
  "rest.address": "127.0.0.1",
  "rest.bind-address": "127.0.0.1",
  "rest.bind-port": "0",
  "blob.server.port": "0",
  "taskmanager.host": "127.0.0.1",
  "taskmanager.bind-host": "127.0.0.1",
  "metrics.reporters": "",
};

const adaptive = {
  "jobmanager.scheduler": "adaptive",
  "jobmanager.adaptive-scheduler.scaling-interval.min": "0 s",
  "jobmanager.adaptive-scheduler.resource-wait-timeout": "120 s",
  // Slots that a smaller job no longer needs are free for the TaskManager's end as soon as they are idle.
  "slot.idle.timeout": "500",
};

function checkpointing({ intervalMs, mode }: NonNullable<FlinkJob["checkpoint"]>): Record<string, string> {
  return {
    "execution.checkpointing.interval": `${intervalMs} ms`,
    "execution.checkpointing.mode": mode === "exactly_once" ? "EXACTLY_ONCE" : "AT_LEAST_ONCE",
  };
}

/** Both quoted as JSON, which YAML reads. */
export function renderYaml(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}\n`)
    .join("");
}

/** In MiB; a TaskManager of one slot is measured at 230 to 300 MiB resident with this, a JobManager at 250 to 350. */
export const jobManagerMemory = { heap: 320, metaspace: 192 };

export function taskManagerMemory(slots: number) {
  return {
    frameworkHeap: 64,
    taskHeap: 64 + 64 * slots,
    frameworkOffHeap: 64,
    network: 16 + 16 * slots,
    managed: 32 + 32 * slots,
    metaspace: 160,
    overhead: 64,
  };
}

/** What bin/taskmanager.sh would compute: without it a TaskManager does not start. */
export function taskManagerSettings({ slotsPerTaskManager: slots }: FlinkSize): Record<string, string> {
  const memory = taskManagerMemory(slots);
  return {
    "taskmanager.numberOfTaskSlots": String(slots),
    "taskmanager.cpu.cores": String(slots),
    "taskmanager.memory.framework.heap.size": `${memory.frameworkHeap}m`,
    "taskmanager.memory.task.heap.size": `${memory.taskHeap}m`,
    "taskmanager.memory.framework.off-heap.size": `${memory.frameworkOffHeap}m`,
    "taskmanager.memory.task.off-heap.size": "0m",
    "taskmanager.memory.network.min": `${memory.network}m`,
    "taskmanager.memory.network.max": `${memory.network}m`,
    "taskmanager.memory.managed.size": `${memory.managed}m`,
    "taskmanager.memory.jvm-metaspace.size": `${memory.metaspace}m`,
    "taskmanager.memory.jvm-overhead.min": `${memory.overhead}m`,
    "taskmanager.memory.jvm-overhead.max": `${memory.overhead}m`,
  };
}
