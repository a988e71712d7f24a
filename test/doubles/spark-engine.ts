import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  EngineUnavailable,
  type JobEnd,
  type RunningJob,
  type SparkEngine,
  type SparkJob,
} from "../../src/sandbox/engine.ts";

/**
 * A double of the Spark engine for tests of the control plane: it runs nothing. A job "runs" for as long as its
 * arguments say and then ends as they say:
 *   run=50            succeeds after 50 ms (0 when absent)
 *   fail=TEXT         fails with that text
 *   log=TEXT          writes the line to stdout.log, once for each
 *   no-logs           leaves no files
 *   unavailable       cannot be started at all
 *   slow-start=50     is up only after 50 ms
 *   slow-stop=50      takes 50 ms to be stopped
 *   no-stop           cannot be stopped
 */
export interface DoubleSparkEngine extends SparkEngine {
  started: SparkJob[];
  cancelled: string[];
  reaped: { processGroup: number; jobRunId: string }[];
  prepared: number;
  /** Highest number of jobs that ran at the same time. */
  mostAtOnce: number;
}

export function createDoubleSparkEngine(): DoubleSparkEngine {
  let running = 0;
  let nextGroup = 1000;
  const engine: DoubleSparkEngine = {
    started: [],
    cancelled: [],
    reaped: [],
    prepared: 0,
    mostAtOnce: 0,
    async prepare(progress) {
      engine.prepared += 1;
      progress("double: nothing to prepare");
      return { sparkHome: "/nowhere", sparkVersion: "0.0.0" };
    },
    async start(job) {
      if (job.entryPointArguments.includes("unavailable")) {
        throw new EngineUnavailable("No Java was found.", "Install a Java 17 runtime.");
      }
      await delay(Number(argumentsNamed(job, "slow-start")[0] ?? 0));
      engine.started.push(job);
      running += 1;
      engine.mostAtOnce = Math.max(engine.mostAtOnce, running);
      nextGroup += 1;
      return runDouble(job, nextGroup, engine, () => {
        running -= 1;
      });
    },
    async reap(processGroup, jobRunId) {
      engine.reaped.push({ processGroup, jobRunId });
    },
    async close() {},
  };
  return engine;
}

function runDouble(job: SparkJob, processGroup: number, engine: DoubleSparkEngine, ended: () => void): RunningJob {
  const valueNamed = (name: string) => argumentsNamed(job, name)[0];
  const addedAt = Date.now();
  if (!job.entryPointArguments.includes("no-logs")) {
    const lines = argumentsNamed(job, "log");
    writeFileSync(join(job.logFolder, "stdout.log"), lines.map((line) => `${line}\n`).join(""));
    for (const file of ["stderr.log", "syslog.log", "startup.log"]) writeFileSync(join(job.logFolder, file), "");
  }
  const { promise: end, resolve } = Promise.withResolvers<JobEnd>();
  const timer = setTimeout(
    () => {
      const message = valueNamed("fail");
      resolve(message === undefined ? { kind: "succeeded" } : { kind: "failed", code: "DOUBLE", message, exitCode: 1 });
    },
    Number(valueNamed("run") ?? 0),
  );
  void end.then(ended);
  return {
    processGroup,
    applicationId: Promise.resolve(`spark-${job.jobRunId}`),
    end,
    async cancel() {
      if (job.entryPointArguments.includes("no-stop")) throw new Error("Operation not permitted");
      await delay(Number(valueNamed("slow-stop") ?? 0));
      clearTimeout(timer);
      engine.cancelled.push(job.jobRunId);
      resolve({ kind: "cancelled" });
    },
    executors: async () => [
      { executorId: "driver", host: "127.0.0.1:4040", cores: 1, addedAt },
      { executorId: "1", host: "127.0.0.1:4041", cores: 2, addedAt },
    ],
  };
}

function argumentsNamed(job: SparkJob, name: string): string[] {
  return job.entryPointArguments
    .filter((argument) => argument.startsWith(`${name}=`))
    .map((argument) => argument.slice(name.length + 1));
}
