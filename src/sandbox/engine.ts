/**
 * The seam between the sandbox's control plane and what really runs a Spark job.
 * The control plane knows jobs, queues and states; an engine knows processes and files.
 */

export interface SparkJob {
  jobRunId: string;
  workspaceId: string;
  name: string;
  codeType: "JAR" | "PYTHON" | "SQL";
  /** oss://bucket/key, obs://bucket/key, local:///path or file:///path, as the caller gave it. */
  entryPoint: string;
  entryPointArguments: readonly string[];
  /** spark-submit options in one string, as the caller gave it. */
  sparkSubmitParameters: string;
  /** configurationOverrides of the request that belong to spark-defaults.conf; lower precedence than --conf. */
  configuration: Readonly<Record<string, string>>;
  /** Folder that receives stdout.log, stderr.log, syslog.log and startup.log while the job runs. */
  logFolder: string;
}

export interface ExecutorSummary {
  executorId: string;
  host: string;
  cores: number;
  addedAt: number;
  removedAt?: number;
  removedReason?: string;
}

export type JobEnd =
  | { kind: "succeeded" }
  | { kind: "failed"; code: string; message: string; exitCode: number | null }
  | { kind: "cancelled" };

export interface RunningJob {
  /** Process group that holds everything the job started. */
  processGroup: number;
  /** Resolves as soon as Spark has chosen it; undefined when the job ended before that. */
  applicationId: Promise<string | undefined>;
  /** Never rejects: a failure is an end. */
  end: Promise<JobEnd>;
  /** SIGTERM to the group, SIGKILL after 10 s; resolves when nothing of the group is left. */
  cancel(): Promise<void>;
  /** From Spark's own event log, as far as it has been written. */
  executors(): Promise<ExecutorSummary[]>;
}

export interface SparkEngine {
  /** Finds or fetches Spark. `progress` gets one line a step, for a person to read. */
  prepare(progress: (line: string) => void, signal: AbortSignal): Promise<{ sparkHome: string; sparkVersion: string }>;
  /** Throws EngineUnavailable (with what is missing and the fix) when Spark or Java cannot be had. */
  start(job: SparkJob): Promise<RunningJob>;
  /**
   * Kills what an earlier, crashed sandbox left behind.
   * @param processGroup as stored from RunningJob
   */
  reap(processGroup: number, jobRunId: string): Promise<void>;
  close(): Promise<void>;
}

/** The engine cannot run here; `fix` is one sentence that a person can act on. */
export class EngineUnavailable extends Error {
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.name = "EngineUnavailable";
    this.fix = fix;
  }
}
