import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Configuration, JobRun } from "./documents.ts";

/** Where a run's files lie: `{bucket}/{workspaceId}/spark/logs/{jobRunId}/`, in the storage as on the service. */

export const driverLogs = {
  driverStdOut: "stdout.log",
  driverStdError: "stderr.log",
  driverSyslog: "syslog.log",
  driverStartup: "startup.log",
} as const;

type LogOwner = Pick<JobRun, "bucket" | "workspaceId" | "jobRunId">;

export function logKey(job: LogOwner): string {
  return `${job.workspaceId}/spark/logs/${job.jobRunId}`;
}

export function driverLogFolder(storageFolder: string, job: LogOwner): string {
  return join(storageFolder, job.bucket, logKey(job), "driver");
}

export function logLocation(job: LogOwner): string {
  return `oss://${job.bucket}/${logKey(job)}`;
}

/** An object's file; undefined when it is not there, or a link that a job may have left stands in its way. */
export async function plainFile(storageFolder: string, bucket: string, key: string): Promise<string | undefined> {
  try {
    const expected = join(await realpath(storageFolder), bucket, key);
    const file = await realpath(expected);
    return file === expected && (await stat(file)).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Entries of configurationOverrides that Spark reads; other files (common.conf) configure the service around it. */
export function sparkDefaults(configurations: readonly Configuration[]): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const { configFileName, configItemKey, configItemValue } of configurations) {
    if (!configItemKey || (configFileName ?? "spark-defaults.conf") !== "spark-defaults.conf") continue;
    entries[configItemKey] = configItemValue ?? "";
  }
  return entries;
}
