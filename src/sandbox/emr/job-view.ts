import { readDeclaredConf } from "../spark-conf.ts";
import type { EmrContext } from "./context.ts";
import { isTerminal, type JobRun } from "./documents.ts";
import { driverLogs, logLocation, sparkDefaults } from "./job-files.ts";

/** A run as GetJobRun shows it. */
export function describeRun(job: JobRun, context: EmrContext): Record<string, unknown> {
  return { ...common(job), resourceOwnerId: context.accountId };
}

/** A run as ListJobRuns shows it, with what it used so far. */
export function describeListedRun(job: JobRun, context: EmrContext): Record<string, unknown> {
  const seconds = job.startTime === undefined ? 0 : ((job.endTime ?? context.now()) - job.startTime) / 1000;
  return {
    ...common(job),
    creator: context.accountId,
    cuHours: Math.round(((job.cu * seconds) / 3600) * 1e6) / 1e6,
    vcoreSeconds: Math.round(job.cores * seconds),
    mbSeconds: Math.round(job.memoryMiB * seconds),
  };
}

function common(job: JobRun): Record<string, unknown> {
  return {
    jobRunId: job.jobRunId,
    workspaceId: job.workspaceId,
    name: job.name,
    codeType: job.codeType,
    state: job.state,
    stateChangeReason: job.stateChangeReason,
    submitTime: job.submitTime,
    endTime: job.endTime,
    resourceQueueId: job.resourceQueueId,
    releaseVersion: job.releaseVersion,
    displayReleaseVersion: job.displayReleaseVersion,
    fusion: job.fusion,
    executionTimeoutSeconds: job.executionTimeoutSeconds,
    jobDriver: {
      sparkSubmit: {
        entryPoint: job.entryPoint,
        entryPointArguments: job.entryPointArguments,
        sparkSubmitParameters: job.sparkSubmitParameters,
      },
    },
    configurationOverrides: { configurations: job.configurations },
    tags: job.tags,
    webUI: job.applicationId === undefined ? undefined : webUi(job),
    log: logs(job),
  };
}

/**
 * Seed skill: links into the Spark UI while the run is active, places in OSS after its end.
 * Nothing answers at these links here: `.invalid` can never be anybody's host (RFC 2606).
 */
function logs(job: JobRun): Record<string, string> | undefined {
  if (!isTerminal(job.state) && job.startTime === undefined) return undefined;
  const base = isTerminal(job.state) ? `${logLocation(job)}/driver` : `${webUi(job)}/logs/driver`;
  return Object.fromEntries(Object.entries(driverLogs).map(([member, file]) => [member, `${base}/${file}`]));
}

function webUi(job: JobRun): string {
  return `https://spark-ui.sandbox.invalid/${job.workspaceId}/${job.jobRunId}`;
}

export interface RunConfiguration {
  applicationConfigs: { configFileName: string; configItemKey: string; configItemValue: string }[];
  logConfig: { LogLevel: string; LogPath: string };
  runtimeConfigs: { key: string; value: string }[];
}

/** What the run is started with: configurationOverrides, and over it the options of sparkSubmitParameters. */
export function runConfiguration(job: JobRun): RunConfiguration {
  const { conf, mainClass } = readDeclaredConf(job.sparkSubmitParameters, sparkDefaults(job.configurations));
  const others = job.configurations.filter(
    ({ configFileName }) => configFileName !== undefined && configFileName !== "spark-defaults.conf",
  );
  return {
    applicationConfigs: [
      ...Object.entries(conf).map(([configItemKey, configItemValue]) => ({
        configFileName: "spark-defaults.conf",
        configItemKey,
        configItemValue,
      })),
      ...others.map(({ configFileName = "", configItemKey = "", configItemValue = "" }) => ({
        configFileName,
        configItemKey,
        configItemValue,
      })),
    ],
    logConfig: { LogLevel: "INFO", LogPath: logLocation(job) },
    runtimeConfigs: [...(mainClass === undefined ? [] : [{ key: "mainClass", value: mainClass }]), ...job.tags],
  };
}
