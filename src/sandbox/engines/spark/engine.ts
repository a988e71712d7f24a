import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { join, resolve } from "node:path";
import type { RunningJob, SparkEngine, SparkJob } from "../../engine.ts";
import { createPreparation } from "../shared/preparation.ts";
import { findClassArchive, recordClassArchive } from "./class-archive.ts";
import { type Progress, provideSpark } from "./fetch.ts";
import { findJava } from "./java.ts";
import { endedJob, runJob } from "./job.ts";
import { type Installation, makeRun } from "./launch.ts";
import { providePiJar, provideSandboxJar } from "./parts.ts";
import { reapGroup } from "./process-group.ts";
import { findPython } from "./python.ts";
import { renderSubmission } from "./settings.ts";
import { openStartupLog } from "./startup-log.ts";

export interface SparkEngineOptions {
  /** Buckets are the folders in it. */
  storageFolder: string;
  /** Where Spark and what is made from it are kept; $XDG_CACHE_HOME/spark-workspace-mcp without it. */
  cacheFolder?: string;
  environment?: NodeJS.ProcessEnv;
}

export interface LocalSparkEngine extends SparkEngine {
  /** What jobs are started with, for an engine that starts Spark in another way. */
  installation(progress: Progress, signal: AbortSignal): Promise<Installation>;
  /** Path of a JAR with the class SparkPi, compiled once. */
  piJar(): Promise<string>;
  /** Makes the archive that lets jobs start sooner now, instead of when the engine first has nothing to do. */
  recordClasses(progress: Progress, signal: AbortSignal): Promise<void>;
}

/** Time without a job after which the engine records Spark's classes, which takes half a minute of one core. */
const idleMilliseconds = 5_000;

/** Runs each job in a JVM of its own with Spark's local mode: the driver is the only executor. */
export function createSparkEngine(options: SparkEngineOptions): LocalSparkEngine {
  const environment = options.environment ?? process.env;
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder(environment));
  const storageFolder = resolve(options.storageFolder);
  const cores = Math.min(4, availableParallelism());
  const running = new Set<RunningJob>();
  const closing = new AbortController();
  const { install, installForJob } = createPreparation<Installation>(
    (progress, signal) => provide({ cacheFolder, environment }, progress, signal),
    closing.signal,
  );
  let recording: Promise<string | undefined> | undefined;
  let idle: NodeJS.Timeout | undefined;

  async function record(installation: Installation, progress: Progress, signal: AbortSignal): Promise<void> {
    if (findClassArchive(installation, cacheFolder) !== undefined) return;
    recording ??= recordClassArchive(
      installation,
      { cacheFolder, environment },
      progress,
      AbortSignal.any([signal, closing.signal]),
    );
    await recording;
  }

  function finished(job: RunningJob, installation: Installation): void {
    running.delete(job);
    if (running.size > 0 || closing.signal.aborted) return;
    clearTimeout(idle);
    idle = setTimeout(() => void record(installation, () => {}, closing.signal), idleMilliseconds);
    idle.unref();
  }

  async function start(job: SparkJob): Promise<RunningJob> {
    const run = await makeRun(job.logFolder);
    const log = openStartupLog(run.startup);
    const applicationId = `spark-${randomUUID().replaceAll("-", "")}`;
    const submission = renderSubmission(job, { cores, applicationId, storageFolder }, run);
    if ("kind" in submission) return endedJob(submission, log);
    clearTimeout(idle);
    const installation = await installForJob(log);
    const classArchive = findClassArchive(installation, cacheFolder);
    const withArchive = classArchive === undefined ? installation : { ...installation, classArchive };
    const started = await runJob(job, submission, run, {
      installation: withArchive,
      hostEnvironment: environment,
      log,
    });
    running.add(started);
    void started.end.then(() => finished(started, installation));
    return started;
  }

  return {
    async prepare(progress, signal) {
      const { spark } = await install(progress, signal);
      return { sparkHome: spark.home, sparkVersion: spark.version };
    },
    start,
    reap: reapGroup,
    async close() {
      clearTimeout(idle);
      closing.abort();
      await Promise.all([...[...running].map((job) => job.cancel()), recording]);
    },
    installation: install,
    async piJar() {
      const { spark, java } = await install(() => {}, closing.signal);
      return providePiJar(cacheFolder, spark, java);
    },
    async recordClasses(progress, signal) {
      await record(await install(progress, signal), progress, signal);
    },
  };
}

async function provide(
  options: { cacheFolder: string; environment: NodeJS.ProcessEnv },
  progress: Progress,
  signal: AbortSignal,
): Promise<Installation> {
  mkdirSync(options.cacheFolder, { recursive: true });
  const java = findJava(options.environment);
  const python = await findPython(options.environment);
  const spark = await provideSpark({ ...options, python }, progress, signal);
  const sandboxJar = await provideSandboxJar(options.cacheFolder, spark, java);
  return { spark, java, python, sandboxJar };
}

export function defaultCacheFolder(environment: NodeJS.ProcessEnv): string {
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache"), "spark-workspace-mcp");
}
