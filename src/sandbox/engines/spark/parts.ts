import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../../../package-root.ts";
import type { SparkInstallation } from "./fetch.ts";
import type { Java } from "./java.ts";

const run = promisify(execFile);

export const assets = join(packageRoot, "src", "sandbox", "engines", "spark", "assets");

/** The JAR with the sandbox's own file system and cluster manager, compiled once for each Spark and source. */
export async function provideSandboxJar(cacheFolder: string, spark: SparkInstallation, java: Java): Promise<string> {
  const folder = join(assets, "java");
  const sources = readdirSync(folder).map((name) => join(folder, name));
  const services = { "org.apache.spark.scheduler.ExternalClusterManager": "sandbox.NamedLocalClusterManager\n" };
  return compileJar({ name: "sandbox", sources, services }, cacheFolder, spark, java);
}

/** A small Spark program as a JAR, for trying JAR jobs: class SparkPi, one optional argument (partitions). */
export async function providePiJar(cacheFolder: string, spark: SparkInstallation, java: Java): Promise<string> {
  const source = join(packageRoot, "examples", "SparkPi.java");
  return compileJar({ name: "spark-pi", sources: [source], services: {} }, cacheFolder, spark, java);
}

/** A JAR of Java sources against Spark's own JARs, compiled once for each Spark and source. */
export async function compileJar(
  program: { name: string; sources: string[]; services: Record<string, string> },
  cacheFolder: string,
  spark: SparkInstallation,
  java: Java,
): Promise<string> {
  const hash = createHash("sha256").update(`${spark.version} ${JSON.stringify(program.services)}`);
  for (const source of program.sources) hash.update(readFileSync(source));
  const jar = join(cacheFolder, "jars", `${program.name}-${hash.digest("hex").slice(0, 16)}.jar`);
  if (existsSync(jar)) return jar;

  await mkdir(join(cacheFolder, "jars"), { recursive: true });
  const work = await mkdtemp(join(cacheFolder, "jars", "compile-"));
  try {
    const classes = join(work, "classes");
    await mkdir(join(classes, "META-INF", "services"), { recursive: true });
    for (const [service, provider] of Object.entries(program.services)) {
      await writeFile(join(classes, "META-INF", "services", service), provider);
    }
    // Java 8 has no --release and makes Java 8 classes anyway.
    const target = java.major > 8 ? ["--release", "8"] : [];
    const options = ["-nowarn", "-Xlint:-options", "-encoding", "UTF-8", "-cp", `${spark.home}/jars/*`, "-d", classes];
    await run(join(java.home, "bin", "javac"), [...target, ...options, ...program.sources]);
    const finished = join(work, "finished.jar");
    await run(join(java.home, "bin", "jar"), ["cf", finished, "-C", classes, "."]);
    await rename(finished, jar);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return jar;
}
