import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach } from "vitest";
import type { DliRequests, DliResponses } from "../../src/operations/dli/types.gen.ts";
import { findOperation } from "../../src/operations/registry.ts";
import type { DliAnswer } from "../../src/sandbox/dli/answers.ts";
import { type DliContext, type DliTimings, defaultDliTimings } from "../../src/sandbox/dli/context.ts";
import { createFlinkHandlers, type FlinkOperation } from "../../src/sandbox/dli/flink/index.ts";
import { readInput } from "../../src/sandbox/dli/input.ts";
import { seedResources } from "../../src/sandbox/dli/resources/seed.ts";
import { openStore } from "../../src/sandbox/store.ts";
import { createDoubleFlinkEngine, type DoubleFlinkEngine } from "../doubles/flink-engine.ts";
import { createDoubleSparkEngine } from "../doubles/spark-engine.ts";
import { shapeProblems } from "./dli-resources.support.ts";

/** The Flink handlers over the double engine, with a pool of 64 CUs, a queue of each type and a bucket. */

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (let step = cleanUps.pop(); step; step = cleanUps.pop()) await step();
});

export const queue = "sandbox_general";
export const bucket = "acme-dli";

export interface TestFlink {
  context: DliContext;
  engine: DoubleFlinkEngine;
  storageFolder: string;
  /** The answer's body; its shape is checked against the operation's row. */
  call<Name extends FlinkOperation>(name: Name, input: DliRequests[Name]): Promise<DliResponses[Name]>;
  /** `<code> <text>` of a refusal; of the first one where each job has its own. */
  refused<Name extends FlinkOperation>(name: Name, input: DliRequests[Name]): Promise<string>;
  close(): Promise<void>;
}

export interface OpenOptions {
  folder?: string;
  engine?: DoubleFlinkEngine;
  withoutFlink?: boolean;
  slots?: number;
  timings?: Partial<DliTimings>;
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "dli-flink-"));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openFlink(options: OpenOptions = {}): TestFlink {
  const { folder = newFolder(), engine = createDoubleFlinkEngine(), slots = 3 } = options;
  const storageFolder = join(folder, "storage");
  mkdirSync(join(storageFolder, bucket, "jars"), { recursive: true });
  writeFileSync(join(storageFolder, bucket, "jars", "clicks.jar"), "");
  const store = openStore(join(folder, "state.db"));
  const steps: (() => void | Promise<void>)[] = [() => store.close()];
  const context: DliContext = {
    store,
    sqlReaped: Promise.resolve(),
    engine: createDoubleSparkEngine(),
    ...(options.withoutFlink ? {} : { flinkEngine: engine }),
    storageFolder,
    regionId: "cn-north-4",
    projectId: "0123456789abcdef0123456789abcdef",
    domainId: "fedcba9876543210fedcba9876543210",
    userName: "testuser",
    timings: { ...defaultDliTimings, recoveryDelayMs: 5, scaleMinuteMs: 30, ...options.timings },
    now: Date.now,
    onClose: (step) => steps.push(step),
  };
  seedResources(context);
  const handlers = createFlinkHandlers(context, { pollMs: 10, waitMs: 10, slots });
  const close = async () => {
    for (let step = steps.pop(); step; step = steps.pop()) await step();
  };
  cleanUps.push(close);

  async function perform<Name extends FlinkOperation>(name: Name, input: object): Promise<DliAnswer> {
    const row = rowOf(name);
    const placed = (place: string) =>
      Object.entries(input).filter(([key]) => row.parameters.some((each) => each.in === place && each.name === key));
    const texts = (place: string) => placed(place).map(([key, value]) => [key, String(value)] as const);
    const read = readInput(row, {
      path: Object.fromEntries(texts("path")),
      query: texts("query"),
      body: Object.fromEntries(placed("body")),
    });
    if ("error" in read) return read;
    return (handlers[name] as AnyHandler)(read.input, context);
  }

  return {
    context,
    engine,
    storageFolder,
    close,
    async call(name, input) {
      const answer = await perform(name, input);
      if ("error" in answer) throw new Error(`${answer.error.error_code} ${answer.error.error_msg}`);
      const { response } = rowOf(name);
      const problems = response ? shapeProblems(response, answer.body, name) : [];
      if (problems.length > 0) throw new Error(`another shape: ${problems.join("; ")}`);
      return answer.body as DliResponses[typeof name];
    },
    async refused(name, input) {
      const answer = await perform(name, input);
      const error = "error" in answer ? answer.error : firstOf(answer);
      if (!error) throw new Error(`${name} was not refused`);
      return `${error.error_code} ${error.error_msg}`;
    },
  };
}

type AnyHandler = (input: Record<string, unknown>, context: DliContext) => DliAnswer | Promise<DliAnswer>;

function firstOf(answer: Extract<DliAnswer, { body: unknown }>): { error_code: string; error_msg: string } | undefined {
  return answer.status === 400 && Array.isArray(answer.body) ? answer.body[0] : undefined;
}

function rowOf(name: string) {
  const row = findOperation(name);
  if (!row) throw new Error(`there is no row ${name}`);
  return row;
}

export type JarJob = DliRequests["CreateFlinkJarJob"];

/** A Jar job of 2 CUs; `args` go to the double engine. */
export function jarJob(name: string, args = "", change: Partial<JarJob> = {}): JarJob {
  return {
    name,
    queue_name: queue,
    entrypoint: `obs://${bucket}/jars/clicks.jar`,
    entrypoint_args: args,
    ...change,
  };
}

export async function newJob(flink: TestFlink, name: string, args = "", change: Partial<JarJob> = {}): Promise<number> {
  const { job } = await flink.call("CreateFlinkJarJob", jarJob(name, args, change));
  return job?.job_id ?? -1;
}

export async function startedJob(flink: TestFlink, name: string, args = "", change: Partial<JarJob> = {}) {
  const jobId = await newJob(flink, name, args, change);
  await flink.call("BatchRunFlinkJobs", { job_ids: [jobId] });
  await untilState(flink, jobId, "job_running");
  return jobId;
}

export async function detail(flink: TestFlink, jobId: number) {
  const { job_detail } = await flink.call("ShowFlinkJob", { job_id: jobId });
  if (!job_detail) throw new Error("no detail");
  return job_detail;
}

export async function untilState(flink: TestFlink, jobId: number, state: string) {
  let seen = "";
  return until(
    async () => {
      const job = await detail(flink, jobId);
      seen = `${job.status}: ${job.status_desc}`;
      return job.status === state ? job : undefined;
    },
    () => `${state}, it is ${seen}`,
  );
}

/** Reads until it is so. */
export async function until<T>(
  read: () => Promise<T | undefined> | T | undefined,
  what = () => "it",
  times = 400,
): Promise<T> {
  for (let attempt = 0; attempt < times; attempt += 1) {
    const found = await read();
    if (found !== undefined) return found;
    await delay(5);
  }
  throw new Error(`it never came to ${what()}`);
}
