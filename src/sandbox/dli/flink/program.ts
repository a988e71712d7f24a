import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { FlinkJob, FlinkProgram, FlinkSize } from "../../flink-engine.ts";
import type { Plan } from "./checks.ts";
import type { FlinkJobDocument } from "./documents.ts";
import { bucketFolder, obsFile, stateFolder } from "./places.ts";
import { flinkSettings } from "./runtime-config.ts";

/** What the engine is told of a job. */

/** A machine is no cluster: slots of more task managers than this are put into as many processes. */
const mostProcesses = 4;

export const engineId = (jobId: number) => `dli-${jobId}`;

export interface Launch {
  plan: Plan;
  size: FlinkSize;
  logFolder: string;
  resumeFrom: string | undefined;
}

export function engineJob(
  storageFolder: string,
  job: FlinkJobDocument,
  launch: Launch,
  packageFile: (name: string) => string | undefined,
): FlinkJob | { problem: string } {
  const { definition } = job;
  const program = programOf(storageFolder, job, packageFile);
  if ("problem" in program) return program;
  const bucket = bucketFolder(storageFolder, job);
  if (bucket && !existsSync(bucket)) return { problem: `The bucket ${definition.obs_bucket} does not exist.` };
  const { checkpoint_enabled: checkpointed, checkpoint_interval: seconds = 10, checkpoint_mode: mode = 1 } = definition;
  return {
    jobId: engineId(job.jobId),
    name: definition.name,
    program,
    size: processes(launch.size),
    ...(checkpointed && {
      checkpoint: { intervalMs: seconds * 1000, mode: mode === 2 ? "at_least_once" : "exactly_once" },
    }),
    configuration: {
      ...(job.jobType === "flink_jar_job"
        ? {}
        : { "table.exec.state.ttl": `${definition.idle_state_retention ?? 3600} s` }),
      ...flinkSettings(launch.plan.config),
      // Restarts are the control plane's: restart_when_exception, resume_checkpoint and resume_max_num decide.
      "restart-strategy.type": "none",
    },
    logFolder: launch.logFolder,
    stateFolder: stateFolder(storageFolder, job),
    ...(launch.resumeFrom === undefined ? {} : { resumeFrom: launch.resumeFrom }),
  };
}

export function processes(size: FlinkSize): FlinkSize {
  if (size.taskManagers <= mostProcesses) return size;
  const slotsPerTaskManager = Math.ceil(size.parallelism / mostProcesses);
  return { ...size, taskManagers: mostProcesses, slotsPerTaskManager };
}

function programOf(
  storageFolder: string,
  job: FlinkJobDocument,
  packageFile: (name: string) => string | undefined,
): FlinkProgram | { problem: string } {
  const { definition } = job;
  const missing: string[] = [];
  const fileOf = (location: string): string => {
    const file = location.startsWith("obs://")
      ? obsFile(storageFolder, location)
      : (packageFile(location) ?? obsFile(storageFolder, location));
    if (file && existsSync(file)) return pathToFileURL(file).href;
    missing.push(location);
    return "";
  };
  const program = job.jobType === "flink_jar_job" ? jarProgram(job, fileOf) : sqlProgram(definition, fileOf);
  return missing.length > 0 ? { problem: `There is no ${missing.join(", no ")}.` } : program;
}

function jarProgram({ definition }: FlinkJobDocument, fileOf: (location: string) => string): FlinkProgram {
  return {
    kind: "jar",
    entrypoint: fileOf(definition.entrypoint ?? ""),
    ...(definition.main_class ? { mainClass: definition.main_class } : {}),
    arguments: (definition.entrypoint_args ?? "").split(/\s+/).filter((argument) => argument !== ""),
    dependencyJars: (definition.dependency_jars ?? []).map(fileOf),
  };
}

function sqlProgram(definition: FlinkJobDocument["definition"], fileOf: (location: string) => string): FlinkProgram {
  const functions = (definition.udf_jar_url ?? "").split(",").filter((location) => location.trim() !== "");
  const added = functions.map((location) => `ADD JAR '${new URL(fileOf(location.trim()) || "file:///").pathname}';\n`);
  return { kind: "sql", statements: `${added.join("")}${definition.sql_body ?? ""}` };
}
