import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FlinkJob, FlinkSize } from "../../flink-engine.ts";
import { classPath, type Installation } from "./parts.ts";
import {
  type ClusterFolders,
  clusterSettings,
  jobManagerMemory,
  renderYaml,
  taskManagerMemory,
  taskManagerSettings,
} from "./settings.ts";

/** As Flink's own config.yaml has it (env.java.opts.all, 1.20); Java 8 skips what it does not know. */
const moduleOptions = [
  "-XX:+IgnoreUnrecognizedVMOptions",
  "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
  "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
  ...[
    "java.lang",
    "java.net",
    "java.io",
    "java.nio",
    "sun.nio.ch",
    "java.lang.reflect",
    "java.text",
    "java.time",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "java.util.concurrent.locks",
  ].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
];

/** Writes what the processes read at their start. */
export async function writeConfiguration(job: FlinkJob, folders: ClusterFolders, storageFolder: string): Promise<void> {
  for (const folder of [folders.configuration, folders.temporary, folders.work, job.logFolder, job.stateFolder]) {
    await mkdir(folder, { recursive: true });
  }
  const settings = renderYaml(clusterSettings(job, folders, storageFolder));
  await writeFile(join(folders.configuration, "config.yaml"), settings, { mode: 0o600 });
  await writeFile(join(folders.configuration, "log4j.properties"), logging);
}

interface Process {
  installation: Installation;
  folders: ClusterFolders;
  jobId: string;
  log: string;
}

/** Java called directly: Flink's scripts start two more JVMs to compute this command line. */
export function jobManagerCommand(process: Process): string[] {
  const { heap, metaspace } = jobManagerMemory;
  return [
    ...javaCommand(process, heap, metaspace),
    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
    "--configDir",
    process.folders.configuration,
    // A program whose main() calls System.exit would end it.
    "-D",
    "cluster.intercept-user-system-exit=THROW",
  ];
}

export function taskManagerCommand(
  process: Process,
  options: { resourceId: string; size: FlinkSize; jobManagerPort: number },
): string[] {
  const memory = taskManagerMemory(options.size.slotsPerTaskManager);
  const settings = {
    ...taskManagerSettings(options.size),
    "jobmanager.rpc.port": String(options.jobManagerPort),
    "taskmanager.resource-id": options.resourceId,
  };
  return [
    ...javaCommand(process, memory.frameworkHeap + memory.taskHeap, memory.metaspace),
    `-XX:MaxDirectMemorySize=${memory.frameworkOffHeap + memory.network}m`,
    "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
    "--configDir",
    process.folders.configuration,
    ...Object.entries(settings).flatMap(([key, value]) => ["-D", `${key}=${value}`]),
  ];
}

function javaCommand({ installation, folders, jobId, log }: Process, heap: number, metaspace: number): string[] {
  return [
    join(installation.java.home, "bin", "java"),
    // By this word a later sandbox knows the process again.
    `-Dsandbox.flink.job=${jobId}`,
    `-Xmx${heap}m`,
    `-XX:MaxMetaspaceSize=${metaspace}m`,
    "-XX:+UseSerialGC",
    // Streams of a sandbox are small: the optimising compiler takes more of two cores than it gives back.
    "-XX:TieredStopAtLevel=1",
    ...moduleOptions,
    `-Djava.io.tmpdir=${folders.temporary}`,
    `-Dlog.file=${log}`,
    `-Dlog4j.configurationFile=file://${join(folders.configuration, "log4j.properties")}`,
  ];
}

/** Variables of this process that a job may see: none of them holds a secret. */
const passedOn = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"];

export function processEnvironment(
  installation: Installation,
  folders: ClusterFolders,
  hostEnvironment: NodeJS.ProcessEnv,
): Record<string, string> {
  const kept = passedOn.flatMap((name): [string, string][] => {
    const value = hostEnvironment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(kept),
    JAVA_HOME: installation.java.home,
    FLINK_CONF_DIR: folders.configuration,
    CLASSPATH: classPath(installation),
    TMPDIR: folders.temporary,
  };
}

const logging = `rootLogger.level = INFO
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = \${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
logger.plugins.name = org.apache.flink.core.plugin.PluginConfig
logger.plugins.level = ERROR
logger.tokens.name = org.apache.flink.runtime.security.token
logger.tokens.level = ERROR
`;
