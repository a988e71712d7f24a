import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../package-root.ts";
import { compileOnce } from "../shared/compile.ts";
import type { SparkInstallation } from "./fetch.ts";
import type { Java } from "./java.ts";

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
  { home, version }: SparkInstallation,
  java: Java,
): Promise<string> {
  return compileOnce(program, { version, classPath: `${home}/jars/*` }, { cacheFolder, java });
}
