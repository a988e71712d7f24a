import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Java } from "../spark/java.ts";

const run = promisify(execFile);

export interface JavaProgram {
  name: string;
  sources: readonly string[];
  /** META-INF/services: interface to class. */
  services?: Readonly<Record<string, string>>;
  /** For the manifest. */
  mainClass?: string;
}

/** A JAR of Java sources, compiled once for each source and each `version` of what the class path holds. */
export async function compileOnce(
  program: JavaProgram,
  against: { version: string; classPath: string },
  { cacheFolder, java }: { cacheFolder: string; java: Java },
): Promise<string> {
  const { name, sources, services = {}, mainClass = "" } = program;
  const hash = createHash("sha256").update(`${against.version} ${JSON.stringify(services)}${mainClass}`);
  for (const source of sources) hash.update(readFileSync(source));
  const jar = join(cacheFolder, "jars", `${name}-${hash.digest("hex").slice(0, 16)}.jar`);
  if (!existsSync(jar)) await compile(program, against.classPath, java, jar);
  return jar;
}

export async function compile(program: JavaProgram, classPath: string, java: Java, jar: string): Promise<void> {
  await mkdir(dirname(jar), { recursive: true });
  const work = await mkdtemp(join(dirname(jar), "compile-"));
  try {
    const classes = join(work, "classes");
    await mkdir(join(classes, "META-INF", "services"), { recursive: true });
    for (const [service, provider] of Object.entries(program.services ?? {})) {
      await writeFile(join(classes, "META-INF", "services", service), provider);
    }
    // Java 8 has no --release and makes Java 8 classes anyway.
    const target = java.major > 8 ? ["--release", "8"] : [];
    const options = ["-nowarn", "-Xlint:-options", "-encoding", "UTF-8", "-cp", classPath, "-d", classes];
    await run(join(java.home, "bin", "javac"), [...target, ...options, ...program.sources]);
    const finished = join(work, "finished.jar");
    const entry = program.mainClass === undefined ? ["cf", finished] : ["cfe", finished, program.mainClass];
    await run(join(java.home, "bin", "jar"), [...entry, "-C", classes, "."]);
    await rename(finished, jar);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
