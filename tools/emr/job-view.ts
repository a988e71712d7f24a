import { type JobPhase, jobPhase } from "../../src/jobs/states.ts";
import type { Text } from "../../src/language.ts";
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
export function nextOf(run: JobRunAnswer): Text {
  switch (phaseOf(run)) {
    case "active":
      return {
        en: "wait_job_run follows it to its end; cancel_job_run ends it.",
        zh: "可用 wait_job_run 等待其结束，或用 cancel_job_run 取消。",
      };
    case "succeeded":
      return {
        en: "list_log_contents with log stdout shows what it printed.",
        zh: "可用 list_log_contents（log 为 stdout）查看其输出。",
      };
    case "failed":
      return {
        en: "diagnose_job_run reads its logs for the cause.",
        zh: "可用 diagnose_job_run 读取日志并查明原因。",
      };
    case "cancelled":
      return {
        en: "Nothing is left to do; start_job_run runs it again.",
        zh: "无需其他操作；可用 start_job_run 重新运行。",
      };
    default:
      return { en: "get_job_run again in a while.", zh: "请稍后再次调用 get_job_run。" };
  }
}
