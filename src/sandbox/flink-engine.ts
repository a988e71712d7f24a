/**
 * The seam between the sandbox's control plane of DLI and what really runs a Flink job: Flink's own processes.
 * The control plane knows jobs, queues, states and prices; an engine knows processes, files and Flink's REST.
 */

export type FlinkProgram =
  | {
      kind: "jar";
      /** obs://bucket/key or file:///path. */
      entrypoint: string;
      /** From the manifest when absent. */
      mainClass?: string;
      arguments: readonly string[];
      dependencyJars: readonly string[];
    }
  /** Statements separated by semicolons; the INSERTs among them are the job. */
  | { kind: "sql"; statements: string };

/** What a job has of the cluster, in slots and parallelism; prices are the control plane's. */
export interface FlinkSize {
  parallelism: number;
  taskManagers: number;
  slotsPerTaskManager: number;
}

export interface FlinkJob {
  /** Names the cluster's folder; letters, digits and hyphens. */
  jobId: string;
  name: string;
  program: FlinkProgram;
  size: FlinkSize;
  /** Milliseconds; absent: no automatic checkpoints. */
  checkpoint?: { intervalMs: number; mode: "exactly_once" | "at_least_once" };
  /** Settings for the cluster's configuration; what keeps it on loopback and apart from others wins. */
  configuration: Readonly<Record<string, string>>;
  /** Folder that receives jobmanager.log and taskmanager-<n>.log while the job runs. */
  logFolder: string;
  /** Folder for checkpoints and savepoints. */
  stateFolder: string;
  /** Absolute path as `savepoint` or `stop` gave it. */
  resumeFrom?: string;
}

export interface FlinkVertex {
  name: string;
  parallelism: number;
  recordsRead: number;
  recordsWritten: number;
  bytesRead: number;
  bytesWritten: number;
  /** 0 to 1: how much of the last moments it worked, and waited for those behind it. */
  busy: number;
  backPressure: number;
}

export interface FlinkStatus {
  /** Flink's own: CREATED, RUNNING, FAILING, FAILED, CANCELLING, CANCELED, FINISHED, RESTARTING, SUSPENDED... */
  state: string;
  size: FlinkSize;
  vertices: readonly FlinkVertex[];
  startTime?: number;
  restarts: number;
  /** Path of the newest completed checkpoint. */
  lastCheckpoint?: string;
  /** Root exception's first lines. */
  failure?: string;
}

export type FlinkEnd =
  | { kind: "finished" }
  | { kind: "stopped"; savepoint: string }
  | { kind: "cancelled" }
  | { kind: "failed"; message: string };

export interface RunningFlinkJob {
  /** Process group of the JobManager; with the job's id, `reap` finds those of the TaskManagers too. */
  processGroup: number;
  /** Flink's job id: 32 hexadecimal digits. Another one after a `rescale` that had to start the job again. */
  flinkJobId: string;
  /** Throws when the cluster does not answer. */
  status(): Promise<FlinkStatus>;
  /** Takes a savepoint and goes on; resolves with its absolute path. */
  savepoint(): Promise<string>;
  /** Takes a savepoint and ends. Rejects when the savepoint failed, and the job goes on. */
  stop(): Promise<string>;
  /** Ends without a savepoint; resolves when nothing of the group is left. */
  cancel(): Promise<void>;
  /** Gives the running job another size: task managers are started or ended, state is kept. Resolves once it runs at that size. */
  rescale(size: FlinkSize): Promise<void>;
  /** Flink's execution plan of the job as JSON. */
  plan(): Promise<unknown>;
  /** Never rejects: a failure is an end. */
  end: Promise<FlinkEnd>;
}

export interface FlinkEngine {
  /** Finds or fetches Flink. `progress` gets one line a step, for a person to read. */
  prepare(progress: (line: string) => void, signal: AbortSignal): Promise<{ flinkHome: string; flinkVersion: string }>;
  /** Resolves when Flink has taken the job. Throws EngineUnavailable, and FlinkRefused when Flink will not run it. */
  start(job: FlinkJob): Promise<RunningFlinkJob>;
  /** Kills what an earlier, crashed sandbox left behind. */
  reap(processGroup: number, jobId: string): Promise<void>;
  close(): Promise<void>;
}

/** The program could not be started: its own fault, in its own words. */
export class FlinkRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FlinkRefused";
  }
}
