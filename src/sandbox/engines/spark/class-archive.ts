import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Progress } from "./fetch.ts";
import { classPath, driverCommand, driverEnvironment, type Installation, makeRun, writeRunFiles } from "./launch.ts";
import { assets } from "./parts.ts";
import { startGroup } from "./process-group.ts";
import { renderSubmission } from "./settings.ts";

const run = promisify(execFile);

/**
 * An archive of the classes that most jobs load, in the form the JVM maps into memory (AppCDS): a job starts about
 * 1.6 s sooner. It is made once for each Java and Spark.
 */
export function findClassArchive(installation: Installation, cacheFolder: string): string | undefined {
  const archive = archiveFile(installation, cacheFolder);
  return existsSync(archive) ? archive : undefined;
}

/** Runs a small program and records what it loads. Jobs run without the archive too, so a failure is only said. */
export async function recordClassArchive(
  installation: Installation,
  options: { cacheFolder: string; environment: NodeJS.ProcessEnv },
  progress: Progress,
  signal: AbortSignal,
): Promise<string | undefined> {
  // -XX:ArchiveClassesAtExit came with Java 13.
  if (installation.java.major < 13) return undefined;
  const archive = archiveFile(installation, options.cacheFolder);
  const started = performance.now();
  await mkdir(dirname(archive), { recursive: true });
  const work = await mkdtemp(join(dirname(archive), "record-"));
  try {
    const made = join(work, "made.jsa");
    await record(installation, { work, made, environment: options.environment }, signal);
    await selfCheck(installation, made);
    await rename(made, archive);
    progress(`recorded Spark's classes for quicker starts in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    return archive;
  } catch (error) {
    if (!signal.aborted) progress(`Spark's classes could not be recorded: ${String(error).split("\n")[0]}`);
    return undefined;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function record(
  installation: Installation,
  { work, made, environment }: { work: string; made: string; environment: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<void> {
  await mkdir(join(work, "storage", "warm-up"), { recursive: true });
  const files = await makeRun(join(work, "logs"));
  const jobRunId = "warm-up";
  const submission = renderSubmission(
    {
      jobRunId,
      workspaceId: "",
      name: jobRunId,
      codeType: "PYTHON",
      entryPoint: pathToFileURL(join(assets, "warm_up.py")).href,
      entryPointArguments: [],
      sparkSubmitParameters: "",
      configuration: {},
      logFolder: join(work, "logs"),
    },
    { cores: 2, applicationId: "spark-warm-up", storageFolder: join(work, "storage") },
    files,
  );
  if ("kind" in submission) throw new Error(submission.message);
  await writeRunFiles(files, submission, installation.python);
  const stdout = openSync(files.stdout, "a");
  const stderr = openSync(files.stderr, "a");
  try {
    const group = await startGroup({
      label: jobRunId,
      command: driverCommand(installation, files, submission, { jobRunId, dumpTo: made }),
      folder: files.work,
      environment: driverEnvironment(installation, files, {
        jobRunId,
        extraClassPath: [],
        hostEnvironment: environment,
      }),
      stdout,
      stderr,
    });
    // Jobs of the person go first.
    setPriority(group.id, constants.priority.PRIORITY_LOW);
    const stop = () => void group.stop();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    await group.exit;
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
  if (!existsSync(made)) throw new Error(readFileSync(files.stderr, "utf8").trim().split("\n").at(-1) ?? "no archive");
}

/** A bad archive is passed over in silence by jobs (-Xshare:auto), so it is asked for strictly here. */
async function selfCheck(installation: Installation, archive: string): Promise<void> {
  await run(join(installation.java.home, "bin", "java"), [
    "-Xshare:on",
    "-XX:+UseSerialGC",
    `-XX:SharedArchiveFile=${archive}`,
    "-cp",
    classPath(installation, []),
    "-version",
  ]);
}

function archiveFile(installation: Installation, cacheFolder: string): string {
  return join(cacheFolder, "class-archives", `${fingerprint(installation)}.jsa`);
}

/** Java compares size and time of each JAR with those it saw; a changed one asks for a new archive. */
function fingerprint(installation: Installation): string {
  const hash = createHash("sha256").update(readFileSync(join(installation.java.home, "release")));
  hash.update(readFileSync(join(assets, "warm_up.py")));
  for (const jar of classPath(installation, []).split(delimiter)) {
    const { size, mtimeMs } = statSync(jar);
    hash.update(`${jar} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}
