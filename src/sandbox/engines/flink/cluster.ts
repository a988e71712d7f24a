import { readFileSync, statSync } from "node:fs";
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineUnavailable } from "../../engine.ts";
import type { FlinkJob, FlinkSize } from "../../flink-engine.ts";
import { type Group, startGroup } from "../spark/process-group.ts";
import { jobManagerCommand, processEnvironment, taskManagerCommand, writeConfiguration } from "./launch.ts";
import type { Installation } from "./parts.ts";
import { createFlinkRest, type FlinkRest, FlinkRestError } from "./rest.ts";
import type { ClusterFolders } from "./settings.ts";
import { lastError } from "./words.ts";

/** One JobManager and the TaskManagers of one job. */
export interface Cluster {
  rest: FlinkRest;
  jobManagerGroup: number;
  /** Settles when the JobManager is gone, with what its log says of the reason. */
  exit: Promise<string>;
  /** Resolves when they have started; they offer their slots some seconds later. */
  addTaskManagers(count: number, size: FlinkSize): Promise<void>;
  /** Resource ids of those that were started and not removed, whether they have come up or not. */
  taskManagers(): string[];
  /** Resolves when the processes are gone. */
  removeTaskManagers(resourceIds: readonly string[]): Promise<void>;
  /** Resolves when nothing of the cluster is left. */
  close(): Promise<void>;
}

export interface ClusterOptions {
  installation: Installation;
  /** Of this job alone; removed at the end. */
  folder: string;
  storageFolder: string;
  hostEnvironment: NodeJS.ProcessEnv;
}

/** Four seconds on two cores; a loaded machine takes several times that. */
const startLimitMs = 120_000;
const replacementDelayMs = 2_000;

export async function startCluster(job: FlinkJob, options: ClusterOptions): Promise<Cluster> {
  const inside = (name: string) => join(options.folder, name);
  const folders = { configuration: inside("conf"), temporary: inside("tmp"), work: inside("work") };
  await writeConfiguration(job, folders, options.storageFolder);
  const closing = new AbortController();
  const processes = new Map<string, { group: Group; ended: Promise<unknown> }>();

  const start = (name: string, command: (log: string) => string[]) =>
    startProcess(name, command, job, folders, options);
  const log = openLog(job.logFolder, "jobmanager");
  const jobManager = await start("jobmanager", (file) =>
    jobManagerCommand({ installation: options.installation, folders, jobId: job.jobId, log: file }),
  );
  const exit = jobManager.exit.then(({ code, signal }) => lastWords(log, signal ?? `exit code ${code}`));

  async function close(): Promise<void> {
    closing.abort();
    const groups = [...processes.values()].map(({ group }) => group);
    await Promise.all([...groups, jobManager].map((group) => group.stop()));
    await rm(options.folder, { recursive: true, force: true });
  }

  let rest: FlinkRest;
  let jobManagerPort: number;
  try {
    rest = createFlinkRest(await restAddress(log, jobManager, exit), closing.signal);
    jobManagerPort = await rpcPort(rest);
  } catch (error) {
    await close();
    throw error;
  }

  async function startTaskManager(resourceId: string, size: FlinkSize): Promise<void> {
    const group = await start(resourceId, (file) =>
      taskManagerCommand(
        { installation: options.installation, folders, jobId: job.jobId, log: file },
        { resourceId, size, jobManagerPort },
      ),
    );
    if (closing.signal.aborted) return group.stop();
    const ended = group.exit.then(async () => {
      await sleep(replacementDelayMs, undefined, { signal: closing.signal }).catch(() => {});
      // Nobody has ended it, so another takes its place, as on the service.
      if (!closing.signal.aborted && processes.get(resourceId)?.group === group)
        await startTaskManager(resourceId, size);
    });
    processes.set(resourceId, { group, ended });
  }

  return {
    rest,
    jobManagerGroup: jobManager.id,
    exit,
    async addTaskManagers(count, size) {
      const names = unused(count, processes);
      await Promise.all(names.map((name) => startTaskManager(name, size)));
    },
    taskManagers: () => [...processes.keys()],
    async removeTaskManagers(resourceIds) {
      await Promise.all(
        resourceIds.map(async (resourceId) => {
          const member = processes.get(resourceId);
          processes.delete(resourceId);
          await member?.group.stop();
        }),
      );
    },
    close,
  };
}

function unused(count: number, taken: ReadonlyMap<string, unknown>): string[] {
  const names: string[] = [];
  for (let n = 1; names.length < count; n++) if (!taken.has(`taskmanager-${n}`)) names.push(`taskmanager-${n}`);
  return names;
}

/** Stdout and stderr, which is where print() writes, go beside the log. */
async function startProcess(
  name: string,
  command: (log: string) => string[],
  job: FlinkJob,
  folders: ClusterFolders,
  { installation, folder, hostEnvironment }: ClusterOptions,
): Promise<Group> {
  const out = await open(join(job.logFolder, `${name}.out`), "a");
  try {
    const group = await startGroup({
      label: job.jobId,
      command: command(join(job.logFolder, `${name}.log`)),
      folder: folders.work,
      environment: processEnvironment(installation, folders, hostEnvironment),
      stdout: out.fd,
      stderr: out.fd,
    });
    const record = join(processFolder(folder), String(group.id));
    await mkdir(processFolder(folder), { recursive: true });
    await writeFile(record, "");
    void group.exit.then(() => rm(record, { force: true }));
    return group;
  } finally {
    await out.close();
  }
}

/** Holds one file for each process that lives, for the next sandbox to find after a crash. */
export function processFolder(folder: string): string {
  return join(folder, "processes");
}

/** What a process writes from now on: a job that is started again goes on in the logs it had. */
interface Log {
  file: string;
  read(): string;
  readOut(): string;
}

function openLog(logFolder: string, name: string): Log {
  const size = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const reader = (file: string) => {
    const before = size(file);
    return () => (size(file) === 0 ? "" : readFileSync(file).subarray(before).toString("utf8"));
  };
  const file = join(logFolder, `${name}.log`);
  return { file, read: reader(file), readOut: reader(join(logFolder, `${name}.out`)) };
}

async function restAddress(log: Log, jobManager: Group, exit: Promise<string>): Promise<string> {
  let ended: string | undefined;
  void exit.then((reason) => {
    ended = reason;
  });
  for (const deadline = Date.now() + startLimitMs; Date.now() < deadline; await sleep(50)) {
    const address = /Rest endpoint listening at (127\.0\.0\.1:\d+)/.exec(log.read())?.[1];
    if (address !== undefined) return address;
    if (ended !== undefined) break;
  }
  await jobManager.stop();
  const reason = ended ?? `it did not answer within ${startLimitMs / 1000} s`;
  throw new EngineUnavailable(`Flink's JobManager did not start: ${reason}`, `Read ${log.file}.`);
}

/** The JobManager has written the port that it was given into its settings. */
async function rpcPort(rest: FlinkRest): Promise<number> {
  for (const deadline = Date.now() + startLimitMs; ; await sleep(50)) {
    try {
      const entry = (await rest.configuration()).find(({ key }) => key === "jobmanager.rpc.port");
      return Number(entry?.value);
    } catch (error) {
      // It is not yet the leader, if only of itself.
      if (!(error instanceof FlinkRestError && error.status === 503 && Date.now() < deadline)) throw error;
    }
  }
}

function lastWords(log: Log, how: string): string {
  const said = lastError(log.read()) ?? log.readOut().trim();
  return said === "" ? how : `${how}: ${said.slice(0, 1000)}`;
}
