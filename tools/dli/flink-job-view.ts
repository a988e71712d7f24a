import { definitionOf, type FlinkJobDetail } from "../../src/jobs/dli/flink-definition.ts";
import { isProblem, parseRuntimeConfig } from "../../src/jobs/dli/flink-runtime-config.ts";
import { describeScaling, readScaling } from "../../src/jobs/dli/flink-scaling.ts";
import { sizeOfFlinkJob } from "../../src/jobs/dli/flink-size.ts";
import { meaningOfFlinkState, phaseOfFlinkJob } from "../../src/jobs/dli/flink-states.ts";
import { maskArguments, maskSecrets, maskValue } from "../../src/jobs/secrets.ts";
import { type Language, sayIn, type Text } from "../../src/language.ts";
import type { UntrustedText } from "../define.ts";
import { moment } from "./fields.ts";

/** One row of a list. */
export function lineOfFlinkJob(job: FlinkJobDetail): Record<string, unknown> {
  return {
    jobId: job.job_id,
    name: job.name,
    type: job.job_type,
    state: job.status,
    phase: phaseOfFlinkJob(job.status),
    queue: job.queue_name,
    ...(timeOf(job.start_time) && { started: timeOf(job.start_time) }),
    ...(typeof job.duration === "number" && job.duration > 0 && { seconds: Math.round(job.duration / 1000) }),
  };
}

/** State, size and settings; what a person or a program wrote at length is told apart (`programOfFlinkJob`). */
export function viewOfFlinkJob(job: FlinkJobDetail, language: Language): Record<string, unknown> {
  const { name: _name, desc: _desc, ...definition } = definitionOf(job);
  const size = sizeOfFlinkJob(definition);
  const config = parseRuntimeConfig(definition.runtime_config);
  const say = sayIn(language);
  return {
    ...lineOfFlinkJob(job),
    meaning: meaningOfFlinkState(job.status)[language],
    flinkVersion: definition.flink_version,
    ...(isProblem(size)
      ? { size: size.problem.sentence[language] }
      : {
          size: {
            cu: size.cu,
            ...(size.mostCu > size.cu && { mostCu: size.mostCu }),
            parallelism: size.parallelism,
            taskManagers: size.taskManagers,
            slotsPerTaskManager: size.slotsPerTaskManager,
            model: size.version,
          },
        }),
    ...(realCuOf(definition) && { cuNow: realCuOf(definition) }),
    ...(!isProblem(config) && !isProblem(size) && { scaling: describeScaling(readScaling(config, size.cu))[language] }),
    checkpoints: definition.checkpoint_enabled
      ? {
          everySeconds: definition.checkpoint_interval,
          mode: definition.checkpoint_mode === 2 ? "at_least_once" : "exactly_once",
        }
      : "off",
    savepoint: job.has_savepoint === true ? (job.savepoint_path ?? say("there is one", "有")) : say("none", "无"),
    bucket: definition.obs_bucket,
    logs: definition.log_enabled === true,
    agency: definition.execution_agency_urn,
    entrypoint: definition.entrypoint,
    mainClass: definition.main_class,
    restartsByItself: definition.restart_when_exception === true,
    ...(typeof job.restart_times === "number" && job.restart_times > 0 && { restarts: job.restart_times }),
    ...(!isProblem(config) && Object.keys(config).length > 0 && { runtimeConfig: masked(config) }),
    ...(timeOf(job.update_time) && { changed: timeOf(job.update_time) }),
  };
}

/** Why it failed or throws is its exception's text; other reasons are the service's own and rarely given. */
export function reasonOfFlinkJob(job: FlinkJobDetail): UntrustedText[] {
  const isTold = phaseOfFlinkJob(job.status) === "failed" || /exception|cancel_fail/i.test(job.status ?? "");
  return isTold ? textOf("reason given", job.status_desc) : [];
}

/** What the service says of its state, whatever that is. */
export function saidOfFlinkJob(job: FlinkJobDetail): UntrustedText[] {
  return textOf("what the service says", job.status_desc);
}

/** What people wrote into it. */
export function programOfFlinkJob(job: FlinkJobDetail): UntrustedText[] {
  const { entrypoint_args: args } = definitionOf(job);
  return [
    ...textOf("description", job.desc),
    ...textOf("arguments", args === undefined ? undefined : maskArguments(args.split(/\s+/)).join(" ")),
    ...textOf("SQL", job.sql_body),
  ];
}

function textOf(title: string, text: unknown): UntrustedText[] {
  return typeof text === "string" && text.trim() !== "" ? [{ title, text: maskSecrets(text) }] : [];
}

export const startsIt: Text = { en: "run_flink_job starts it.", zh: "run_flink_job 可将其启动。" };
export const followsItUntilItRuns: Text = {
  en: "wait_flink_job follows it until it runs.",
  zh: "wait_flink_job 可跟踪到作业开始运行。",
};

/** The step that follows from a state. */
export function nextOfFlinkJob(job: FlinkJobDetail): Text {
  switch (phaseOfFlinkJob(job.status)) {
    case "draft":
      return startsIt;
    case "queued":
      return followsItUntilItRuns;
    case "running":
      return {
        en: "get_dli_metrics shows its throughput; stop_flink_job ends it.",
        zh: "get_dli_metrics 可查看吞吐量；stop_flink_job 可停止作业。",
      };
    case "failed":
      return {
        en: "The reason given says why; update_flink_job changes it, run_flink_job runs it again.",
        zh: "失败原因见服务给出的说明（reason given）；update_flink_job 可修改作业，run_flink_job 可再次运行。",
      };
    case "cancelled":
    case "succeeded":
      return { en: "run_flink_job runs it again.", zh: "run_flink_job 可再次运行。" };
    default:
      return { en: "get_flink_job again in a while.", zh: "请稍后再次调用 get_flink_job。" };
  }
}

function realCuOf(definition: object): number | undefined {
  const real = "real_cu_number" in definition ? definition.real_cu_number : undefined;
  return typeof real === "number" && real > 0 ? real : undefined;
}

function masked(config: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, maskValue(key, value)]));
}

function timeOf(value: unknown): string | undefined {
  return typeof value === "number" ? moment(value) : undefined;
}
