import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { EngineUnavailable } from "../../engine.ts";
import type { Python } from "./python.ts";

export type Progress = (line: string) => void;

/** Spark as PyPI ships it: the source distribution of pyspark holds every JAR, so nothing has to be built. */
const release = {
  version: "3.5.8",
  sha256: "54cca0767b21b40e3953ad1d30f8601c53abf9cbda763653289cdcfcac52313c",
};

export interface SparkInstallation {
  home: string;
  version: string;
  /** Folders and zips that make `import pyspark` work. */
  pythonPath: string[];
}

/** The Spark 3.5 in a folder, judged by its JARs; undefined when it is none. */
export function readSparkHome(home: string): SparkInstallation | undefined {
  const jars = names(join(home, "jars"));
  const version = jars.map((name) => /^spark-core_2\.1[23]-(3\.5\.\d+)\.jar$/.exec(name)?.[1]).find((each) => each);
  if (version === undefined) return undefined;
  const python = join(home, "python");
  const zips = names(join(python, "lib")).map((name) => join(python, "lib", name));
  // The folder is preferred to pyspark.zip: Python keeps compiled modules for it (0.7 s a job).
  const pyspark = existsSync(join(python, "pyspark")) ? [python] : zips.filter((zip) => zip.endsWith("/pyspark.zip"));
  const py4j = existsSync(join(python, "py4j")) ? [] : zips.filter((zip) => /\/py4j-.*-src\.zip$/.test(zip));
  return { home, version, pythonPath: [...pyspark, ...py4j] };
}

/** SPARK_HOME when it holds a Spark 3.5, else the one in the cache, fetched from PyPI the first time. */
export async function provideSpark(
  options: { cacheFolder: string; environment: NodeJS.ProcessEnv; python: Python },
  progress: Progress,
  signal: AbortSignal,
): Promise<SparkInstallation> {
  const own = options.environment.SPARK_HOME;
  if (own) {
    const spark = readSparkHome(own);
    if (spark !== undefined) return spark;
    progress(`SPARK_HOME (${own}) holds no Spark 3.5 and is left alone`);
  }
  const target = join(options.cacheFolder, `spark-${release.version}`);
  const cached = readSparkHome(target);
  if (cached !== undefined) return cached;
  await fetchSpark(target, options, progress, signal);
  const fetched = readSparkHome(target);
  if (fetched === undefined)
    throw new EngineUnavailable(`${target} holds no Spark 3.5`, `Remove ${target}, try again.`);
  return fetched;
}

/** Works in a folder of its own beside the target; whoever renames first has won, the other takes that result. */
async function fetchSpark(
  target: string,
  { cacheFolder, environment, python }: { cacheFolder: string; environment: NodeJS.ProcessEnv; python: Python },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  await mkdir(cacheFolder, { recursive: true });
  await removeAbandoned(cacheFolder);
  const work = join(cacheFolder, `.partial-${process.pid}-${Date.now().toString(36)}`);
  const step = (command: string, args: string[]) => runStep(command, args, { work, environment, signal });
  try {
    await mkdir(join(work, "spark", "python"), { recursive: true });
    progress(`Downloading Apache Spark ${release.version} with pip (303 MiB, kept in ${cacheFolder})`);
    await writeFile(join(work, "pin.txt"), `pyspark==${release.version} --hash=sha256:${release.sha256}\n`);
    await step(python.executable, ["-m", "pip", "--version"]).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new EngineUnavailable(
        `${python.executable} has no pip, which fetches Spark from PyPI`,
        "Install pip (Debian and Ubuntu: apt-get install python3-pip; else python3 -m ensurepip), or set SPARK_HOME to a Spark 3.5.",
      );
    });
    const download = [
      "download",
      "--no-deps",
      "--no-binary",
      "pyspark",
      "--require-hashes",
      "-r",
      join(work, "pin.txt"),
    ];
    await step(python.executable, ["-m", "pip", ...download, "--dest", work, "--quiet", "--disable-pip-version-check"]);
    const archive = join(work, `pyspark-${release.version}.tar.gz`);
    // pip has compared the hash already; a configured pip may not, and these bytes will run as programs.
    const hash = createHash("sha256");
    await pipeline(createReadStream(archive), hash);
    if (hash.digest("hex") !== release.sha256)
      throw new Error(`${archive} is not the pinned pyspark ${release.version}`);
    progress(`Downloaded and verified after ${seconds()}, unpacking`);
    const top = `pyspark-${release.version}`;
    const wanted = ["deps", "lib", "pyspark"].map((folder) => `${top}/${folder}`);
    await step("tar", ["-xzf", archive, "-C", work, ...wanted]);
    for (const folder of ["jars", "bin", "sbin", "data", "examples"]) {
      await rename(join(work, top, "deps", folder), join(work, "spark", folder));
    }
    for (const folder of ["lib", "pyspark"])
      await rename(join(work, top, folder), join(work, "spark", "python", folder));
    const packages = join(work, "spark", "python");
    const py4j = names(join(packages, "lib")).find((name) => name.startsWith("py4j-"));
    if (py4j !== undefined) {
      await step(python.executable, ["-m", "zipfile", "-e", join(packages, "lib", py4j), packages]);
    }
    await step(python.executable, ["-m", "compileall", "-q", join(packages, "pyspark"), join(packages, "py4j")]);
    await rename(join(work, "spark"), target).catch((error: unknown) => {
      if (readSparkHome(target) === undefined) throw error;
    });
    progress(`Apache Spark ${release.version} is in ${target} after ${seconds()}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runStep(
  command: string,
  args: string[],
  { work, environment, signal }: { work: string; environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<void> {
  // pip unpacks 330 MB to read the metadata; /tmp is a small memory disk on some machines, the cache is not.
  const child = spawn(command, args, {
    env: { ...environment, TMPDIR: work },
    signal,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return;
  const reason = output.trim().split("\n").slice(-3).join(" ");
  throw new EngineUnavailable(
    `${command} ${args.slice(0, 3).join(" ")} failed: ${reason}`,
    "Check that pip reaches its package index and that the cache folder has 1.5 GB free, or set SPARK_HOME to a Spark 3.5.",
  );
}

/** Work folders whose process is gone, e.g. after a power cut. */
async function removeAbandoned(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const owner = /^\.partial-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !alive(Number(owner))) {
      await rm(join(cacheFolder, name), { recursive: true, force: true });
    }
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
