import type { Store } from "../../store.ts";
import type { Tag } from "../resources/documents.ts";

/** What the control plane remembers of Flink jobs and templates. */

export type FlinkState =
  | "job_init"
  | "job_submitting"
  | "job_submit_fail"
  | "job_running"
  | "job_running_exception"
  | "job_canceling"
  | "job_cancel_success"
  | "job_cancel_fail"
  | "job_savepointing"
  | "job_finish";

export type FlinkJobType = "flink_jar_job" | "flink_sql_job" | "flink_opensource_sql_job";

export interface ResourceSpec {
  cpu?: number;
  memory?: string;
}

export interface ResourceConfig {
  max_slot?: number;
  parallel_number?: number;
  jobmanager_resource_spec?: ResourceSpec;
  taskmanager_resource_spec?: ResourceSpec;
}

/** What create and update take, in the names of the wire: it is stored and read back as it was sent. */
export interface FlinkDefinition {
  name: string;
  desc?: string;
  queue_name?: string;
  cu_number?: number;
  manager_cu_number?: number;
  parallel_number?: number;
  checkpoint_enabled?: boolean;
  checkpoint_mode?: number;
  checkpoint_interval?: number;
  log_enabled?: boolean;
  obs_bucket?: string;
  smn_topic?: string;
  restart_when_exception?: boolean;
  flink_version?: string;
  tm_slot_num?: number;
  tm_cus?: number;
  resume_checkpoint?: boolean;
  resume_max_num?: number;
  runtime_config?: string;
  execution_agency_urn?: string;
  resource_config?: ResourceConfig;
  resource_config_version?: "v1" | "v2";
  flink_log_config?: string;
  // Jar jobs
  main_class?: string;
  entrypoint_args?: string;
  entrypoint?: string;
  dependency_jars?: readonly string[];
  dependency_files?: readonly string[];
  image?: string;
  feature?: string;
  checkpoint_path?: string;
  // SQL jobs
  sql_body?: string;
  run_mode?: string;
  idle_state_retention?: number;
  edge_group_ids?: readonly string[];
  dirty_data_strategy?: string;
  udf_jar_url?: string;
  operator_config?: string;
  static_estimator_config?: string;
}

export interface FlinkJobDocument {
  jobId: number;
  jobType: FlinkJobType;
  definition: FlinkDefinition;
  userName: string;
  state: FlinkState;
  statusDesc: string;
  createTime: number;
  updateTime: number;
  /** Of the newest run request; orders who waits. */
  submitTime?: number;
  /** Of the newest run. */
  startTime?: number;
  endTime?: number;
  /** CUs of the queue that the job holds now. */
  heldCu: number;
  /** Absolute path from which a start that waits is to resume. */
  resumeFrom?: string;
  restartTimes: number;
  /** When it was restarted after an exception, within the last hour. */
  restartedAt: readonly number[];
  /** Absolute path of the newest savepoint, and how the wire names its folder. */
  savepoint?: { path: string; location: string };
  processGroup?: number;
  /** Of every attempt of the newest run, in order: the folders of its checkpoints. */
  flinkJobIds?: readonly string[];
}

export interface FlinkTemplate {
  templateId: number;
  name: string;
  desc: string;
  sqlBody: string;
  jobType: string;
  tags: readonly Tag[];
  createTime: number;
  updateTime: number;
}

export interface FlinkDocuments {
  jobs(): FlinkJobDocument[];
  job(jobId: number): FlinkJobDocument | undefined;
  putJob(job: FlinkJobDocument): void;
  deleteJob(jobId: number): void;
  templates(): FlinkTemplate[];
  template(templateId: number): FlinkTemplate | undefined;
  putTemplate(template: FlinkTemplate): void;
  deleteTemplate(templateId: number): void;
  /** Never the same twice, even after deletions. */
  nextId(): number;
}

const [jobKind, templateKind, counterKind] = ["dliFlinkJob", "dliFlinkTemplate", "dliFlinkCounter"] as const;
const firstId = 101;

/** Only this module writes these kinds, so what is read has its shape. */
export function flinkDocumentsIn(store: Store): FlinkDocuments {
  return {
    jobs: () => store.all(jobKind) as FlinkJobDocument[],
    job: (jobId) => store.get(jobKind, String(jobId)) as FlinkJobDocument | undefined,
    putJob: (job) => store.put(jobKind, String(job.jobId), job),
    deleteJob: (jobId) => store.delete(jobKind, String(jobId)),
    templates: () => store.all(templateKind) as FlinkTemplate[],
    template: (templateId) => store.get(templateKind, String(templateId)) as FlinkTemplate | undefined,
    putTemplate: (template) => store.put(templateKind, String(template.templateId), template),
    deleteTemplate: (templateId) => store.delete(templateKind, String(templateId)),
    nextId() {
      const counter = store.get(counterKind, "id") as { next: number } | undefined;
      const id = counter?.next ?? firstId;
      store.put(counterKind, "id", { next: id + 1 });
      return id;
    },
  };
}

/** States in which nothing of the job runs, waits or is about to. */
export function isStopped(job: FlinkJobDocument): boolean {
  switch (job.state) {
    case "job_init":
    case "job_submit_fail":
    case "job_cancel_success":
    case "job_finish":
      return true;
    case "job_running_exception":
    case "job_cancel_fail":
      // Without CUs it is the end of a job that is not restarted.
      return job.heldCu === 0;
    default:
      return false;
  }
}
