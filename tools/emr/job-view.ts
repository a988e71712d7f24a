import { type JobPhase, jobPhase } from "../../src/jobs/states.ts";
import type { UntrustedText } from "../define.ts";

/** What of a job run the assistant needs; the rest of the answer would only cost tokens. */
export interface JobRunAnswer {
  jobRunId?: string;
  name?: string;
  codeType?: string;
  state?: string;
  stateChangeReason?: { code?: string; message?: string };
  resourceQueueId?: string;
  releaseVersion?: string;
  displayReleaseVersion?: string;
  submitTime?: number;
  endTime?: number;
  executionTimeoutSeconds?: number;
  webUI?: string;
  log?: { driverStdOut?: string; driverStdError?: string; driverSyslog?: string; driverStartup?: string };
  cuHours?: number;
}

export function viewOfJobRun(run: JobRunAnswer): Record<string, unknown> {
  const ended = run.endTime !== undefined && run.endTime > 0;
  return {
    jobRunId: run.jobRunId,
    name: run.name,
    codeType: run.codeType,
    state: run.state,
    ...(run.stateChangeReason?.message && !isQuoted(run) ? { reason: run.stateChangeReason } : {}),
    queue: run.resourceQueueId,
    engine: run.releaseVersion ?? run.displayReleaseVersion,
    ...(run.submitTime ? { submitted: new Date(run.submitTime).toISOString() } : {}),
    ...(ended ? { ended: new Date(run.endTime ?? 0).toISOString() } : {}),
    ...(ended && run.submitTime ? { seconds: Math.round(((run.endTime ?? 0) - run.submitTime) / 100) / 10 } : {}),
    ...(run.cuHours !== undefined ? { cuHours: run.cuHours } : {}),
    ...(run.webUI ? { sparkUi: run.webUI } : {}),
  };
}

/** What a failed run's reason says is its exception's text, so it is shown as the job's; other reasons are the service's. */
export function reasonOf(run: JobRunAnswer): UntrustedText[] {
  const { message } = run.stateChangeReason ?? {};
  return message && isQuoted(run) ? [{ title: "reason given", text: message }] : [];
}

function isQuoted(run: JobRunAnswer): boolean {
  const phase = phaseOf(run);
  return phase === "failed" || phase === "unknown";
}

export function phaseOf(run: JobRunAnswer): JobPhase {
  return jobPhase(run.state ?? "");
}

/** The step that follows from a state. */
export function nextOf(run: JobRunAnswer): string {
  switch (phaseOf(run)) {
    case "active":
      return "wait_job_run follows it to its end; cancel_job_run ends it.";
    case "succeeded":
      return "list_log_contents with log stdout shows what it printed.";
    case "failed":
      return "diagnose_job_run reads its logs for the cause.";
    case "cancelled":
      return "Nothing is left to do; start_job_run runs it again.";
    default:
      return "get_job_run again in a while.";
  }
}
