import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { packageRoot } from "../../../package-root.ts";
import { compile, compileOnce } from "../shared/compile.ts";
import type { Java } from "../spark/java.ts";
import type { FlinkInstallation } from "./fetch.ts";

/** What every cluster of this sandbox is started with. */
export interface Installation {
  flink: FlinkInstallation;
  java: Java;
  /** File system obs:// and the program that runs SQL. */
  sandboxJar: string;
}

const sourceFolder = join(packageRoot, "src", "sandbox", "engines", "flink", "assets", "java");

/** Compiled once for each Flink and source. */
export async function provideSandboxJar(cacheFolder: string, flink: FlinkInstallation, java: Java): Promise<string> {
  const sources = readdirSync(sourceFolder).map((name) => join(sourceFolder, name));
  const services = { "org.apache.flink.core.fs.FileSystemFactory": "sandbox.flink.ObsFolderFileSystem$Factory\n" };
  return compileOnce({ name: "flink-sandbox", sources, services }, flink, { cacheFolder, java });
}

/** examples/flink/RollingCount.java as a JAR whose manifest names its class. */
export async function provideRollingCount(cacheFolder: string, flink: FlinkInstallation, java: Java): Promise<string> {
  const sources = [join(packageRoot, "examples", "flink", "RollingCount.java")];
  const program = { name: "rolling-count", sources, mainClass: "RollingCount" };
  return compileOnce(program, flink, { cacheFolder, java });
}

export interface Program {
  sources: readonly string[];
  mainClass?: string;
  /** JARs besides Flink's own. */
  libraries?: readonly string[];
}

/** Java sources as a JAR. */
export async function compileProgram(
  { flink, java }: Pick<Installation, "flink" | "java">,
  { libraries = [], ...program }: Program,
  outJar: string,
): Promise<void> {
  await compile({ name: "program", ...program }, [flink.classPath, ...libraries].join(delimiter), java, outJar);
}

export function classPath({ flink, sandboxJar }: Pick<Installation, "flink" | "sandboxJar">): string {
  return [flink.classPath, sandboxJar].join(delimiter);
}
