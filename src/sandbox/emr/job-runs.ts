import { declaredResources } from "../cu-model.ts";
import { invalidParameter, missingParameter, operationDenied, resourceNotFound, type ServiceError } from "../errors.ts";
import { readDeclaredConf } from "../spark-conf.ts";
import { type EmrContext, type Handler, runningWorkspace } from "./context.ts";
import { type JobRun, queueId } from "./documents.ts";
import { newId } from "./ids.ts";
import { sparkDefaults } from "./job-files.ts";
import { matchesRun } from "./job-filter.ts";
import { describeListedRun, describeRun, runConfiguration } from "./job-view.ts";
import { pageOf, timeKey } from "./paging.ts";
import { unknownWorkspaceInList } from "./quirks.ts";
import { findRelease } from "./releases.ts";

export const startJobRun: Handler<"StartJobRun"> = (input, context) => {
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const submit = input.jobDriver?.sparkSubmit;
  if (!submit?.entryPoint) return missingParameter("jobDriver.sparkSubmit.entryPoint");
  if (!/^(oss|local|file):\/\/\S+$/.test(submit.entryPoint)) {
    return invalidParameter("jobDriver.sparkSubmit.entryPoint must be an oss://, local:// or file:// location.");
  }
  const codeType = (["JAR", "PYTHON", "SQL"] as const).find((known) => known === input.codeType?.toUpperCase());
  if (!codeType) return invalidParameter("codeType must be one of JAR, PYTHON, SQL.");
  const { resourceQueueId = "", name = "", executionTimeoutSeconds } = input;
  if (!context.documents.queues.get(queueId(input.workspaceId, resourceQueueId))) {
    return invalidParameter(`The queue ${resourceQueueId} does not exist.`);
  }
  if (executionTimeoutSeconds !== undefined && executionTimeoutSeconds < 0) {
    return invalidParameter("executionTimeoutSeconds must not be negative.");
  }
  const release = findRelease(input.releaseVersion, input.displayReleaseVersion);
  if (!release || input.fusion) {
    return invalidParameter("The engine version is not one of ListReleaseVersions (the sandbox has no Fusion).");
  }

  const configurations = input.configurationOverrides?.configurations ?? [];
  const sparkSubmitParameters = submit.sparkSubmitParameters ?? "";
  const { conf } = readDeclaredConf(sparkSubmitParameters, sparkDefaults(configurations));
  const job: JobRun = {
    jobRunId: newId("jr"),
    workspaceId: input.workspaceId,
    bucket: found.workspace.bucket,
    name,
    codeType,
    entryPoint: submit.entryPoint,
    entryPointArguments: submit.entryPointArguments ?? [],
    sparkSubmitParameters,
    configurations,
    resourceQueueId,
    releaseVersion: release.releaseVersion,
    displayReleaseVersion: release.displayReleaseVersion,
    fusion: false,
    ...(executionTimeoutSeconds === undefined ? {} : { executionTimeoutSeconds }),
    tags: (input.tags ?? []).map((tag) => ({ key: tag.key ?? "", value: tag.value ?? "" })),
    ...declaredResources(conf),
    state: "Submitted",
    stateChangeReason: { code: "0", message: "The run was submitted." },
    submitTime: context.now(),
  };
  context.documents.jobRuns.put(job);
  // After the answer's transaction, so that nothing starts that was not written down.
  setImmediate(() => context.jobs.wake());
  return { body: { jobRunId: job.jobRunId } };
};

export const getJobRun: Handler<"GetJobRun"> = (input, context) => {
  const found = findJobRun(input.workspaceId, input.jobRunId, context);
  return "error" in found ? found : { body: { jobRun: describeRun(found.job, context) } };
};

export const listJobRuns: Handler<"ListJobRuns"> = (input, context) => {
  if (!context.documents.workspaces.get(input.workspaceId)) return unknownWorkspaceInList;
  const ready = runningWorkspace(input.workspaceId, context);
  if ("error" in ready) return ready;
  const matches = matchesRun(input, context);
  if ("error" in matches) return matches;
  const runs = context.documents.jobRuns
    .all()
    .filter((job) => job.workspaceId === input.workspaceId)
    .filter(matches.test);
  const page = pageOf(runs, (job) => timeKey(job.submitTime, job.jobRunId), input, "descending");
  if ("error" in page) return page;
  const { items, ...paging } = page;
  return {
    body: {
      ...paging,
      jobRuns: items.map((job) => describeListedRun(job, context)),
      ...(input.groupByState ? { aggregations: countByState(runs) } : {}),
    },
  };
};

export const cancelJobRun: Handler<"CancelJobRun"> = (input, context) => {
  const found = findJobRun(input.workspaceId, input.jobRunId, context);
  if ("error" in found) return found;
  return context.jobs.cancel(input.jobRunId, "The run was cancelled by CancelJobRun.")
    ? { body: { jobRunId: input.jobRunId } }
    : operationDenied(`The run ${input.jobRunId} is ${found.job.state}; it cannot be cancelled any more.`);
};

export const getRunConfiguration: Handler<"GetRunConfiguration"> = (input, context) => {
  const found = findJobRun(input.workspaceId, input.runId, context);
  return "error" in found ? found : { body: { runConfiguration: runConfiguration(found.job) } };
};

export function findJobRun(
  workspaceId: string,
  jobRunId: string,
  context: EmrContext,
): { job: JobRun } | { error: ServiceError } {
  const ready = runningWorkspace(workspaceId, context);
  if ("error" in ready) return ready;
  const job = context.documents.jobRuns.get(jobRunId);
  return job?.workspaceId === workspaceId ? { job } : resourceNotFound(`The job run ${jobRunId} does not exist.`);
}

/** As texts: that is how the SDK declares them. */
function countByState(runs: readonly JobRun[]): Record<string, string> {
  const counts: Record<string, number> = {};
  for (const { state } of runs) counts[state] = (counts[state] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).map(([state, count]) => [state, String(count)]));
}
