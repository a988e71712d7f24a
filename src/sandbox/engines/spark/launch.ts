import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { SparkInstallation } from "./fetch.ts";
import type { Java } from "./java.ts";
import type { Python } from "./python.ts";
import { heap, type RunFolders, type Submission } from "./settings.ts";

/** What every job of this sandbox is started with. */
export interface Installation {
  spark: SparkInstallation;
  java: Java;
  python: Python;
  sandboxJar: string;
  /** Archive of loaded classes for a quicker start, where this Java can have one. */
  classArchive?: string;
}

export interface Run extends RunFolders {
  configuration: string;
  stdout: string;
  stderr: string;
  syslog: string;
  startup: string;
}

/** The four logs lie in the log folder itself, all else under .run. */
export async function makeRun(logFolder: string): Promise<Run> {
  const inside = (name: string) => join(logFolder, ".run", name);
  const run = {
    work: inside("work"),
    temporary: inside("tmp"),
    eventLog: inside("event-log"),
    configuration: inside("conf"),
    stdout: join(logFolder, "stdout.log"),
    stderr: join(logFolder, "stderr.log"),
    syslog: join(logFolder, "syslog.log"),
    startup: join(logFolder, "startup.log"),
  };
  for (const folder of [run.work, run.temporary, run.eventLog, run.configuration])
    await mkdir(folder, { recursive: true });
  for (const log of [run.stdout, run.stderr, run.syslog, run.startup]) await writeFile(log, "", { flag: "a" });
  return run;
}

/** Spark's own list (JavaModuleOptions, 3.5); Java 8 skips what it does not know because of the first option. */
const moduleOptions = [
  "-XX:+IgnoreUnrecognizedVMOptions",
  ...[
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
    "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
  ].map((packageName) => `--add-opens=${packageName}=ALL-UNNAMED`),
  "-Djdk.reflect.useDirectMethodHandle=false",
];

/** Java called directly: the launcher script and the JVM that computes its command line cost 0.7 s a job. */
export function driverCommand(
  { java, classArchive }: Pick<Installation, "java" | "classArchive">,
  run: Run,
  submission: Pick<Submission, "javaOptions" | "mainClass" | "resource" | "arguments">,
  options: { jobRunId: string; dumpTo?: string },
): string[] {
  return [
    join(java.home, "bin", "java"),
    `-Dsandbox.job.run.id=${options.jobRunId}`,
    `-Xmx${heap}`,
    // One small heap on a few cores: G1's threads only cost start-up time.
    "-XX:+UseSerialGC",
    ...moduleOptions,
    // The class archive has things to say on stdout, which is the job's.
    ...(java.major > 8 ? ["-Xlog:disable", "-Xlog:all=error:stderr"] : []),
    ...(classArchive === undefined ? [] : [`-XX:SharedArchiveFile=${classArchive}`]),
    ...(options.dumpTo === undefined ? [] : [`-XX:ArchiveClassesAtExit=${options.dumpTo}`]),
    `-Djava.io.tmpdir=${run.temporary}`,
    `-Dlog4j2.configurationFile=file://${join(run.configuration, "log4j2.properties")}`,
    ...submission.javaOptions,
    "org.apache.spark.deploy.SparkSubmit",
    "--properties-file",
    join(run.configuration, "spark-defaults.conf"),
    ...(submission.mainClass === undefined ? [] : ["--class", submission.mainClass]),
    submission.resource,
    ...submission.arguments,
  ];
}

/**
 * JAR by JAR: with a folder in it Java refuses to archive classes, and the order behind a wildcard is not fixed.
 * The person's own entries come last, because the archive fits only a class path that begins as its own.
 */
export function classPath({ spark, sandboxJar }: Pick<Installation, "spark" | "sandboxJar">, extra: string[]): string {
  const jars = readdirSync(join(spark.home, "jars")).filter((name) => name.endsWith(".jar"));
  return [...jars.sort().map((name) => join(spark.home, "jars", name)), sandboxJar, ...extra].join(delimiter);
}

/** Variables of this process that a job may see: none of them holds a secret. */
const passedOn = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"];

export function driverEnvironment(
  installation: Installation,
  run: Run,
  options: { jobRunId: string; extraClassPath: string[]; hostEnvironment: NodeJS.ProcessEnv },
): Record<string, string> {
  const kept = passedOn.flatMap((name): [string, string][] => {
    const value = options.hostEnvironment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(kept),
    JAVA_HOME: installation.java.home,
    // Not an option, so that `ps` stays readable with 250 JARs; SPARK_HOME stays unset, because with it Spark puts
    // pyspark.zip first, whose modules Python compiles anew for each job.
    CLASSPATH: classPath(installation, options.extraClassPath),
    SPARK_CONF_DIR: run.configuration,
    SPARK_LOCAL_IP: "127.0.0.1",
    PYTHONPATH: installation.spark.pythonPath.join(delimiter),
    PYSPARK_PYTHON: installation.python.executable,
    // As bin/spark-submit sets it: without it PySpark refuses to shuffle strings.
    PYTHONHASHSEED: "0",
    TMPDIR: run.temporary,
    SANDBOX_STDERR: run.stderr,
    SANDBOX_JOB_RUN_ID: options.jobRunId,
  };
}

/** Writes what the driver reads at its start. */
export async function writeRunFiles(run: Run, submission: Submission, python: Python): Promise<void> {
  // Spark merges both streams of a Python driver into stdout; the service keeps its stderr apart.
  const interpreter = join(run.configuration, "python");
  const command = `#!/bin/sh\nexec '${(submission.python ?? python.executable).replaceAll("'", "'\\''")}' "$@" 2>>"$SANDBOX_STDERR"\n`;
  await writeFile(interpreter, command, { mode: 0o755 });
  const properties = { ...submission.properties, "spark.pyspark.driver.python": interpreter };
  const lines = Object.entries(properties).map(([key, value]) => `${escapeProperty(key)}=${escapeProperty(value)}\n`);
  await writeFile(join(run.configuration, "spark-defaults.conf"), lines.join(""), { mode: 0o600 });
  await writeFile(join(run.configuration, "log4j2.properties"), logging(run.syslog));
  if (submission.sql !== undefined) await writeFile(submission.sql.file, submission.sql.text);
}

/** java.util.Properties: a backslash protects what would end a key or a line. */
function escapeProperty(text: string): string {
  return text.replaceAll(/[\\=:#!\s]/g, (c) => {
    if (c === "\n") return "\\n";
    if (c === "\r") return "\\r";
    if (c === "\t") return "\\t";
    return `\\${c}`;
  });
}

function logging(file: string): string {
  return `rootLogger.level = info
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = ${file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.sql.name = org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver
logger.sql.level = info
`;
}
