import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { EngineUnavailable } from "../../engine.ts";
import { makeInCache, type Progress } from "../shared/packages.ts";
import type { Python } from "./python.ts";

export type { Progress };

/** Spark as PyPI ships it: the source distribution of pyspark holds every JAR, so nothing has to be built. */
const release = {
  name: "pyspark",
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

async function fetchSpark(
  target: string,
  { cacheFolder, environment, python }: { cacheFolder: string; environment: NodeJS.ProcessEnv; python: Python },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  const instead = "set SPARK_HOME to a Spark 3.5";
  const complete = () => readSparkHome(target) !== undefined;
  const options = { cacheFolder, environment, python, signal, instead };
  await makeInCache({ folder: target, complete }, options, async ({ folder: work, step, download }) => {
    await mkdir(join(work, "spark", "python"), { recursive: true });
    progress(`Downloading Apache Spark ${release.version} with pip (303 MiB, kept in ${cacheFolder})`);
    const archive = await download(release);
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
    return join(work, "spark");
  });
  progress(`Apache Spark ${release.version} is in ${target} after ${seconds()}`);
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
