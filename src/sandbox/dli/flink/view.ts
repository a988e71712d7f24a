import type { DliContext } from "../context.ts";
import { planOf } from "./checks.ts";
import type { FlinkDefinition, FlinkJobDocument } from "./documents.ts";
import type { FlinkSupervisor } from "./supervisor.ts";

/** How a job is read. The short form is what a list shows without show_detail. */

export function shortView(job: FlinkJobDocument, now: number) {
  const { definition } = job;
  const ended = job.state === "job_running" || job.state === "job_savepointing" ? undefined : job.endTime;
  return {
    job_id: job.jobId,
    name: definition.name,
    desc: definition.desc ?? "",
    user_name: job.userName,
    job_type: job.jobType,
    status: job.state,
    status_desc: job.statusDesc,
    create_time: job.createTime,
    start_time: job.startTime ?? 0,
    duration: job.startTime === undefined ? 0 : Math.max(0, (ended ?? now) - job.startTime),
    update_time: job.updateTime,
    root_id: -1,
    queue_name: definition.queue_name ?? "",
    run_mode: definition.run_mode ?? (job.jobType === "flink_jar_job" ? "exclusive_cluster" : "shared_cluster"),
    restart_times: job.restartTimes,
    has_savepoint: job.savepoint !== undefined,
  };
}

export function fullView(job: FlinkJobDocument, context: DliContext, supervisor: FlinkSupervisor) {
  const { definition } = job;
  return {
    ...shortView(job, context.now()),
    project_id: context.projectId,
    sql_body: definition.sql_body ?? "",
    main_class: definition.main_class ?? "",
    entrypoint_args: definition.entrypoint_args ?? "",
    execution_graph: executionGraph(job, supervisor),
    graph_editor_enabled: false,
    edge_group_ids: definition.edge_group_ids ?? [],
    savepoint_path: job.savepoint?.location ?? "",
    job_config: jobConfig(definition, job),
  };
}

/** As text, with the parallelism that the job has now. */
function executionGraph(job: FlinkJobDocument, supervisor: FlinkSupervisor): string {
  const status = supervisor.newestStatus(job.jobId);
  if (!status) return "";
  const { vertices, size, state } = status;
  return JSON.stringify({
    jid: job.flinkJobIds?.at(-1) ?? "",
    name: job.definition.name,
    state,
    parallelism: size.parallelism,
    taskManagers: size.taskManagers,
    vertices: vertices.map(({ name, parallelism }) => ({ name, parallelism })),
  });
}

function jobConfig(definition: FlinkDefinition, job: FlinkJobDocument) {
  const plan = planOf(definition);
  const sizing = "problem" in plan ? undefined : plan.sizing;
  const { flink_version, image, feature, resource_config, flink_log_config, execution_agency_urn } = definition;
  const { operator_config, static_estimator_config } = definition;
  return {
    checkpoint_enabled: definition.checkpoint_enabled ?? false,
    // A number when written, a word when read.
    checkpoint_mode: definition.checkpoint_mode === 2 ? "at_least_once" : "exactly_once",
    checkpoint_interval: definition.checkpoint_interval ?? 10,
    log_enabled: definition.log_enabled ?? false,
    obs_bucket: definition.obs_bucket ?? "",
    smn_topic: definition.smn_topic ?? "",
    edge_group_ids: definition.edge_group_ids ?? [],
    root_id: -1,
    manager_cu_number: definition.manager_cu_number ?? 1,
    cu_number: definition.cu_number ?? 2,
    parallel_number: definition.parallel_number ?? 1,
    restart_when_exception: definition.restart_when_exception ?? false,
    idle_state_retention: definition.idle_state_retention ?? 3600,
    udf_jar_url: definition.udf_jar_url ?? "",
    dirty_data_strategy: definition.dirty_data_strategy ?? "0",
    entrypoint: definition.entrypoint ?? "",
    dependency_jars: definition.dependency_jars ?? [],
    dependency_files: definition.dependency_files ?? [],
    executor_number: sizing?.taskManagers ?? 1,
    executor_cu_number: definition.tm_cus ?? 1,
    resume_checkpoint: definition.resume_checkpoint ?? false,
    resume_max_num: definition.resume_max_num ?? -1,
    runtime_config: definition.runtime_config ?? "",
    graph_editor_enabled: false,
    graph_editor_data: "",
    checkpoint_path: definition.checkpoint_path ?? "",
    tm_cus: definition.tm_cus ?? 1,
    tm_slot_num: definition.tm_slot_num ?? sizing?.slotsPerTaskManager ?? 1,
    // 0: cu_number applies.
    real_cu_number: job.heldCu,
    resource_config_version: definition.resource_config_version ?? "v1",
    ...(flink_version === undefined ? {} : { flink_version }),
    ...(image === undefined ? {} : { image }),
    ...(feature === undefined ? {} : { feature }),
    ...(resource_config === undefined ? {} : { resource_config }),
    ...(flink_log_config === undefined ? {} : { flink_log_config }),
    ...(execution_agency_urn === undefined ? {} : { execution_agency_urn }),
    ...(operator_config === undefined ? {} : { operator_config }),
    ...(static_estimator_config === undefined ? {} : { static_estimator_config }),
  };
}
