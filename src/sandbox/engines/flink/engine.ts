import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type FlinkEngine, type FlinkJob, FlinkRefused, type RunningFlinkJob } from "../../flink-engine.ts";
import type { Progress } from "../shared/packages.ts";
import { createPreparation } from "../shared/preparation.ts";
import { defaultCacheFolder } from "../spark/engine.ts";
import { findJava } from "../spark/java.ts";
import { reapGroup } from "../spark/process-group.ts";
import { processFolder } from "./cluster.ts";
import { provideFlink } from "./fetch.ts";
import { runJob } from "./job.ts";
import { compileProgram, type Installation, type Program, provideRollingCount, provideSandboxJar } from "./parts.ts";

export interface FlinkEngineOptions {
  /** Buckets are the folders in it. */
  storageFolder: string;
  /** Settings, temporary files and process records of clusters that live. */
  dataFolder: string;
  /** Where Flink and what is made from it are kept; $XDG_CACHE_HOME/spark-workspace-mcp without it. */
  cacheFolder?: string;
  environment?: NodeJS.ProcessEnv;
}

export interface LocalFlinkEngine extends FlinkEngine {
  /** Path of examples/flink/RollingCount.java as a JAR, compiled once. */
  rollingCountJar(): Promise<string>;
  /** Compiles Java sources against Flink into a JAR. */
  compileProgram(program: Program, outJar: string): Promise<void>;
}

/** Gives each job a Flink cluster of its own: a JobManager and TaskManagers, each a process on loopback. */
export function createFlinkEngine(options: FlinkEngineOptions): LocalFlinkEngine {
  const environment = options.environment ?? process.env;
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder(environment));
  const storageFolder = resolve(options.storageFolder);
  const dataFolder = resolve(options.dataFolder);
  const closing = new AbortController();
  const running = new Map<string, Promise<RunningFlinkJob>>();
  const preparation = createPreparation(provide, closing.signal);

  async function provide(progress: Progress, signal: AbortSignal): Promise<Installation> {
    await mkdir(cacheFolder, { recursive: true });
    const java = findJava(environment);
    const flink = await provideFlink({ cacheFolder, environment }, progress, signal);
    return { flink, java, sandboxJar: await provideSandboxJar(cacheFolder, flink, java) };
  }

  const folderOf = (jobId: string) => join(dataFolder, jobId);

  async function start(job: FlinkJob): Promise<RunningFlinkJob> {
    if (!/^[A-Za-z0-9-]+$/.test(job.jobId)) throw new FlinkRefused(`${job.jobId} is no id of a job`);
    if (running.has(job.jobId)) throw new FlinkRefused(`the job ${job.jobId} runs already`);
    const starting = preparation
      .installForJob(() => {})
      .then((installation) => {
        const places = { folder: folderOf(job.jobId), storageFolder };
        return runJob(job, { ...places, installation, hostEnvironment: environment, signal: closing.signal });
      });
    running.set(job.jobId, starting);
    const forget = () => void running.delete(job.jobId);
    starting.then((started) => started.end.then(forget), forget);
    return starting;
  }

  return {
    async prepare(progress, signal) {
      const { flink } = await preparation.install(progress, signal);
      return { flinkHome: flink.home, flinkVersion: flink.version };
    },
    start,
    async reap(processGroup, jobId) {
      const folder = folderOf(jobId);
      const recorded = await readdir(processFolder(folder)).catch(() => []);
      const groups = new Set([processGroup, ...recorded.map(Number).filter(Number.isInteger)]);
      await Promise.all([...groups].map((group) => reapGroup(group, jobId)));
      await rm(folder, { recursive: true, force: true });
    },
    async close() {
      closing.abort();
      const jobs = await Promise.allSettled(running.values());
      await Promise.all(jobs.flatMap((each) => (each.status === "fulfilled" ? [each.value.cancel()] : [])));
    },
    async rollingCountJar() {
      const { flink, java } = await preparation.installForJob(() => {});
      return provideRollingCount(cacheFolder, flink, java);
    },
    async compileProgram(program, outJar) {
      await compileProgram(await preparation.installForJob(() => {}), program, outJar);
    },
  };
}
