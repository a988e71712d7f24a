import { statSync } from "node:fs";
import { copyFile, open, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobEnd, RunningJob, SparkJob } from "../../engine.ts";
import { findEventLog, readExecutors } from "./event-log.ts";
import { driverCommand, driverEnvironment, type Installation, type Run, writeRunFiles } from "./launch.ts";
import { type Refusal, refused } from "./parameters.ts";
import { type Group, startGroup } from "./process-group.ts";
import { explainFailure } from "./root-cause.ts";
import { heap, type Submission } from "./settings.ts";
import { describeCommand, describeSettings } from "./startup-log.ts";

type Log = (line: string) => void;

/** A job that was refused before anything was started; its process group is 0. */
export function endedJob({ code, message }: Refusal, log: Log): RunningJob {
  log(`refused: ${message}`);
  return {
    processGroup: 0,
    applicationId: Promise.resolve(undefined),
    end: Promise.resolve({ kind: "failed", code, message, exitCode: null }),
    cancel: () => Promise.resolve(),
    executors: () => Promise.resolve([]),
  };
}

export async function runJob(
  job: SparkJob,
  submission: Submission,
  run: Run,
  options: { installation: Installation; hostEnvironment: NodeJS.ProcessEnv; log: Log },
): Promise<RunningJob> {
  const { installation, log } = options;
  const missing = submission.needed.find(({ file }) => !isFile(file));
  if (missing !== undefined) {
    return endedJob(refused(`${missing.asked} does not exist (${describeMissing(missing)})`, "ERR-110002"), log);
  }
  await writeRunFiles(run, submission, installation.python);
  const inWork = await copyIntoWork(submission, run);
  const command = driverCommand(installation, run, inWork, { jobRunId: job.jobRunId });
  describeStart(log, options, submission, command);

  const startedAt = performance.now();
  const group = await startDriver(job, command, submission, run, options);
  log(`driver started, process group ${group.id}`);
  let cancelled = false;
  const end = group.exit.then(async (exit): Promise<JobEnd> => {
    // A program that got to its end before the signal came has succeeded.
    const ended = cancelled && exit.code !== 0 ? ({ kind: "cancelled" } as const) : await explainEnd(exit, run);
    const how = exit.signal ?? `exit code ${exit.code}`;
    log(`driver ended: ${how} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    if (ended.kind === "failed") log(`${ended.code}: ${ended.message}`);
    // The event log stays; the configuration may hold secrets.
    const passing = [run.temporary, run.work, run.configuration];
    await Promise.all(passing.map((folder) => rm(folder, { recursive: true, force: true })));
    return ended;
  });
  return {
    processGroup: group.id,
    applicationId: watchForApplication(run.eventLog, group),
    end,
    async cancel() {
      log("cancelling: SIGTERM to the process group");
      cancelled = true;
      await group.stop();
      await end;
    },
    executors: () => readExecutors(run.eventLog),
  };
}

async function startDriver(
  job: SparkJob,
  command: readonly string[],
  submission: Submission,
  run: Run,
  { installation, hostEnvironment }: { installation: Installation; hostEnvironment: NodeJS.ProcessEnv },
): Promise<Group> {
  const stdout = await open(run.stdout, "a");
  const stderr = await open(run.stderr, "a");
  const { jobRunId } = job;
  const { extraClassPath } = submission;
  try {
    return await startGroup({
      label: jobRunId,
      command,
      folder: run.work,
      environment: driverEnvironment(installation, run, { jobRunId, extraClassPath, hostEnvironment }),
      stdout: stdout.fd,
      stderr: stderr.fd,
    });
  } finally {
    await Promise.all([stdout.close(), stderr.close()]);
  }
}

/** A cluster's driver has only the entry point and --files beside it; what else lies in the bucket is not there. */
async function copyIntoWork(submission: Submission, run: Run): Promise<Submission> {
  const copy = async (file: string) => {
    const target = join(run.work, basename(file));
    await copyFile(file, target);
    return target;
  };
  for (const file of submission.workingFiles) await copy(file);
  return submission.resource.endsWith(".py")
    ? { ...submission, resource: await copy(submission.resource) }
    : submission;
}

function describeStart(
  log: Log,
  { installation }: { installation: Installation },
  submission: Submission,
  command: readonly string[],
): void {
  const { spark, java, python } = installation;
  log(`Apache Spark ${spark.version} (${spark.home})`);
  log(`Java ${java.version} (${java.home}), Python ${python.version} (${python.executable}), heap ${heap}`);
  if (installation.classArchive === undefined) log("no class archive: the start takes about 2 s longer");
  for (const note of submission.notes) log(`note: ${note}`);
  log(`command: ${describeCommand(command)}`);
  log(`settings:\n${describeSettings(submission.properties).join("\n")}`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function describeMissing({ asked, file }: { asked: string; file: string }): string {
  return /^(oss|obs):/.test(asked) ? "NoSuchKey" : file;
}

async function watchForApplication(folder: string, group: Group): Promise<string | undefined> {
  let ended = false;
  void group.exit.then(() => {
    ended = true;
  });
  while (!ended) {
    const found = await findEventLog(folder);
    if (found !== undefined) return found.applicationId;
    await sleep(200);
  }
  return (await findEventLog(folder))?.applicationId;
}

async function explainEnd(exit: Awaited<Group["exit"]>, run: Run): Promise<JobEnd> {
  if (exit.code === 0) return { kind: "succeeded" };
  const [stderr, syslog] = await Promise.all([readTail(run.stderr), readTail(run.syslog)]);
  return explainFailure({ exitCode: exit.code, signal: exit.signal, stderr, syslog });
}

const tailBytes = 256 * 1024;

async function readTail(path: string): Promise<string> {
  const { size } = await stat(path);
  const file = await open(path);
  try {
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
