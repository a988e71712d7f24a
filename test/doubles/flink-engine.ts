import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EngineUnavailable } from "../../src/sandbox/engine.ts";
import {
  type FlinkEnd,
  type FlinkEngine,
  type FlinkJob,
  FlinkRefused,
  type FlinkSize,
  type FlinkVertex,
} from "../../src/sandbox/flink-engine.ts";

/**
 * A double of the Flink engine for tests of the control plane: it runs nothing. A Jar job does as its arguments say:
 *   refuse=TEXT         its program is refused with that text
 *   unavailable         there is no Flink
 *   slow-start=50       is up only after 50 ms
 *   run=50              finishes after 50 ms; otherwise it runs until a test ends it
 *   slow-stop=50        takes 50 ms to be cancelled
 *   no-stop             cannot be cancelled
 *   no-savepoint        its savepoints fail
 *   slow-savepoint=50   takes 50 ms for one
 *   no-rescale          cannot be given another size
 */
export interface DoubleFlinkEngine extends FlinkEngine {
  /** Every start, in order. */
  started: FlinkJob[];
  reaped: { processGroup: number; jobId: string }[];
  /** The newest start of a job, to be driven by a test. */
  run(jobId: string): DoubleRun;
}

export interface DoubleRun {
  job: FlinkJob;
  size: FlinkSize;
  vertices: FlinkVertex[];
  state: string;
  failure?: string;
  /** As a program that throws. */
  fail(message: string): void;
  /** Completes a checkpoint in the job's folder. */
  checkpoint(number: number): string;
  load(busy: number, backPressure?: number): void;
  count(records: number): void;
}

export function createDoubleFlinkEngine(): DoubleFlinkEngine {
  const runs = new Map<string, DoubleRun>();
  let nextGroup = 5000;
  const engine: DoubleFlinkEngine = {
    started: [],
    reaped: [],
    async prepare(progress) {
      progress("double: nothing to prepare");
      return { flinkHome: "/nowhere", flinkVersion: "0.0.0" };
    },
    async start(job) {
      const argument = valuesIn(job);
      if (argument("unavailable") !== undefined) throw new EngineUnavailable("There is no Flink.", "Install it.");
      const refusal = argument("refuse");
      if (refusal !== undefined) throw new FlinkRefused(refusal);
      await delay(Number(argument("slow-start") ?? 0));
      engine.started.push(job);
      writeFileSync(join(job.logFolder, "jobmanager.log"), `started ${job.name}\n`);
      nextGroup += 1;
      const end = Promise.withResolvers<FlinkEnd>();
      const flinkJobId = engine.started.length.toString(16).padStart(32, "0");
      const run = newRun(job, flinkJobId, end.resolve);
      runs.set(job.jobId, run);
      const lasts = argument("run");
      if (lasts !== undefined) setTimeout(() => end.resolve({ kind: "finished" }), Number(lasts));

      let savepoints = 0;
      const savepoint = async () => {
        await delay(Number(argument("slow-savepoint") ?? 0));
        if (argument("no-savepoint") !== undefined) throw new Error("no checkpoint coordinator");
        savepoints += 1;
        const folder = join(job.stateFolder, `savepoint-${flinkJobId.slice(-4)}-${savepoints}`);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "_metadata"), flinkJobId);
        return folder;
      };
      return {
        processGroup: nextGroup,
        flinkJobId,
        end: end.promise,
        async status() {
          return {
            state: run.state,
            size: run.size,
            vertices: run.vertices,
            restarts: 0,
            ...(run.failure === undefined ? {} : { failure: run.failure }),
          };
        },
        savepoint,
        async stop() {
          const path = await savepoint();
          end.resolve({ kind: "stopped", savepoint: path });
          return path;
        },
        async cancel() {
          if (argument("no-stop") !== undefined) throw new Error("Operation not permitted");
          await delay(Number(argument("slow-stop") ?? 0));
          end.resolve({ kind: "cancelled" });
        },
        async rescale(size) {
          await delay(20);
          if (argument("no-rescale") !== undefined) throw new Error("no slots came");
          run.size = size;
          for (const vertex of run.vertices) vertex.parallelism = size.parallelism;
        },
        plan: async () => ({}),
      };
    },
    async reap(processGroup, jobId) {
      engine.reaped.push({ processGroup, jobId });
    },
    async close() {},
    run(jobId) {
      const run = runs.get(jobId);
      if (!run) throw new Error(`${jobId} was not started`);
      return run;
    },
  };
  return engine;
}

function newRun(job: FlinkJob, flinkJobId: string, end: (end: FlinkEnd) => void): DoubleRun {
  const vertex = (name: string): FlinkVertex => ({
    name,
    parallelism: job.size.parallelism,
    recordsRead: 0,
    recordsWritten: 0,
    bytesRead: 0,
    bytesWritten: 0,
    busy: 0.5,
    backPressure: 0,
  });
  const [source, sink] = [vertex("Source: clicks"), vertex("Sink: counts")];
  const run: DoubleRun = {
    job,
    size: job.size,
    vertices: [source, sink],
    state: "RUNNING",
    fail: (message) => end({ kind: "failed", message }),
    checkpoint(number) {
      const folder = join(job.stateFolder, flinkJobId, `chk-${number}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "_metadata"), "");
      return folder;
    },
    load(busy, backPressure = 0) {
      for (const each of run.vertices) Object.assign(each, { busy, backPressure });
    },
    count(records) {
      Object.assign(source, { recordsWritten: records, bytesWritten: records * 10 });
      Object.assign(sink, { recordsRead: records, bytesRead: records * 10 });
    },
  };
  return run;
}

/** `name=value` or `name` among the arguments. */
function valuesIn({ program }: FlinkJob): (name: string) => string | undefined {
  const args = program.kind === "jar" ? program.arguments : [];
  return (name) => {
    const found = args.find((argument) => argument === name || argument.startsWith(`${name}=`));
    return found?.slice(name.length + 1);
  };
}
