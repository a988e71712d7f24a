import type { EmrRequests } from "../../operations/emr/types.gen.ts";
import { invalidParameter, type ServiceError } from "../errors.ts";
import type { EmrContext } from "./context.ts";
import type { JobRun } from "./documents.ts";
import { isObject } from "./input.ts";
import { runConfiguration } from "./job-view.ts";
import { hasTag } from "./workspaces.ts";

type Filter = EmrRequests["ListJobRuns"];
type Entries = { key: string; value: unknown }[];

/** The filters of ListJobRuns; all given ones must hold. */
export function matchesRun(
  filter: Filter,
  context: EmrContext,
): { test: (job: JobRun) => boolean } | { error: ServiceError } {
  const applicationConfigs = readEntries(filter.applicationConfigs);
  const runtimeConfigs = readEntries(filter.runtimeConfigs);
  if (!applicationConfigs || !runtimeConfigs) {
    return invalidParameter("applicationConfigs and runtimeConfigs must be JSON lists of key and value.");
  }
  const states = filter.states?.map((state) => state.toLowerCase());

  return {
    test: (job) =>
      (!states?.length || states.includes(job.state.toLowerCase())) &&
      (!filter.name || job.name.includes(filter.name)) &&
      (!filter.jobRunId || job.jobRunId === filter.jobRunId) &&
      (!filter.creator || context.accountId === filter.creator) &&
      (!filter.resourceQueueId || job.resourceQueueId === filter.resourceQueueId) &&
      // Deployments of streaming jobs are not simulated, so no run belongs to one.
      !filter.jobRunDeploymentId &&
      (!filter.isWorkflow || hasTag(job.tags, { key: "workflow", value: "true" }) === (filter.isWorkflow === "true")) &&
      (filter.minDuration === undefined || duration(job, context.now()) >= filter.minDuration) &&
      inRange(job.submitTime, filter.startTime) &&
      inRange(job.endTime, filter.endTime) &&
      (filter.tags ?? []).every((tag) => hasTag(job.tags, tag)) &&
      holdsEntries(job, applicationConfigs, runtimeConfigs),
  };
}

function duration(job: JobRun, now: number): number {
  return job.startTime === undefined ? 0 : (job.endTime ?? now) - job.startTime;
}

function inRange(time: number | undefined, range: { startTime?: number; endTime?: number } | undefined): boolean {
  if (!range) return true;
  if (time === undefined) return false;
  return time >= (range.startTime ?? 0) && time <= (range.endTime ?? Number.POSITIVE_INFINITY);
}

function holdsEntries(job: JobRun, application: Entries, runtime: Entries): boolean {
  if (application.length === 0 && runtime.length === 0) return true;
  const configuration = runConfiguration(job);
  return (
    application.every(({ key, value }) =>
      configuration.applicationConfigs.some(
        (entry) => entry.configItemKey === key && (value === undefined || entry.configItemValue === value),
      ),
    ) &&
    runtime.every(({ key, value }) =>
      configuration.runtimeConfigs.some((entry) => entry.key === key && (value === undefined || entry.value === value)),
    )
  );
}

function readEntries(text: string | undefined): Entries | undefined {
  if (!text) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return undefined;
    return parsed.map((entry) => {
      if (!isObject(entry)) throw new SyntaxError("not an entry");
      return { key: String(entry.key), value: entry.value };
    });
  } catch {
    return undefined;
  }
}
