import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { EngineUnavailable } from "../../engine.ts";
import { makeInCache, type Progress } from "../shared/packages.ts";
import { findPython } from "../spark/python.ts";

/** Flink as PyPI ships it: this distribution holds the JARs of Flink's own lib folder; PyFlink itself is another one. */
const release = {
  name: "apache-flink-libraries",
  version: "1.20.5",
  sha256: "e6aee62ea1a1fe7b32e28894ad079f3f1a50a372a4caac3df52405267f4228c8",
};

export interface FlinkInstallation {
  home: string;
  version: string;
  /** Every JAR of the lib folder, by name: the order behind a wildcard is not fixed. */
  classPath: string;
}

/** The Flink 1.20 in a folder, judged by its JARs; undefined when it is none. */
export function readFlinkHome(home: string): FlinkInstallation | undefined {
  const lib = join(home, "lib");
  const jars = existsSync(lib) ? readdirSync(lib).filter((name) => name.endsWith(".jar")) : [];
  const version = jars.map((name) => /^flink-dist-(1\.20\.\d+)\.jar$/.exec(name)?.[1]).find((each) => each);
  if (version === undefined) return undefined;
  const classPath = jars.sort().map((name) => join(lib, name));
  return { home, version, classPath: classPath.join(delimiter) };
}

export function cachedFlinkFolder(cacheFolder: string): string {
  return join(cacheFolder, `flink-${release.version}`);
}

/** FLINK_HOME when it holds a Flink 1.20, else the one in the cache, fetched from PyPI the first time. */
export async function provideFlink(
  options: { cacheFolder: string; environment: NodeJS.ProcessEnv },
  progress: Progress,
  signal: AbortSignal,
): Promise<FlinkInstallation> {
  const own = options.environment.FLINK_HOME;
  if (own) {
    const flink = readFlinkHome(own);
    if (flink !== undefined) return flink;
    progress(`FLINK_HOME (${own}) holds no Flink 1.20 and is left alone`);
  }
  const target = cachedFlinkFolder(options.cacheFolder);
  const cached = readFlinkHome(target);
  if (cached !== undefined) return cached;
  await fetchFlink(target, options, progress, signal);
  const fetched = readFlinkHome(target);
  if (fetched === undefined)
    throw new EngineUnavailable(`${target} holds no Flink 1.20`, `Remove ${target}, try again.`);
  return fetched;
}

async function fetchFlink(
  target: string,
  { cacheFolder, environment }: { cacheFolder: string; environment: NodeJS.ProcessEnv },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  const python = await findPython(environment);
  const options = { cacheFolder, environment, python, signal, instead: "set FLINK_HOME to a Flink 1.20" };
  const complete = () => readFlinkHome(target) !== undefined;
  await makeInCache({ folder: target, complete }, options, async ({ folder: work, step, download }) => {
    progress(`Downloading Apache Flink ${release.version} with pip (221 MiB, kept in ${cacheFolder})`);
    const archive = await download(release);
    progress(`Downloaded and verified after ${seconds()}, unpacking`);
    const top = `apache_flink_libraries-${release.version}`;
    await step("tar", ["-xzf", archive, "-C", work, `${top}/deps/lib`, `${top}/deps/licenses`, `${top}/NOTICE`]);
    await mkdir(join(work, "flink"));
    for (const [from, to] of [
      ["deps/lib", "lib"],
      ["deps/licenses", "licenses"],
      ["NOTICE", "NOTICE"],
    ] as const) {
      await rename(join(work, top, from), join(work, "flink", to));
    }
    return join(work, "flink");
  });
  progress(`Apache Flink ${release.version} is in ${target} after ${seconds()}`);
}
