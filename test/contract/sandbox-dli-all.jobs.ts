import type { GoodDliCall } from "./sandbox-dli-all.resources.ts";
import {
  batchRequest,
  type DliWorld,
  domainId,
  endedBatch,
  endedSqlJob,
  generalQueue,
  member,
  newBatch,
  newFlinkJob,
  newFlinkSqlJob,
  newSqlJob,
  resourceId,
  runningFlinkJob,
  savepointOf,
  sqlQueue,
  tags,
} from "./sandbox-dli-all.support.ts";

/** A good request to each operation on jobs, and to those of the services beside DLI. */

const listed = (list: string, ...names: string[]) => names.map((name) => `${list}[].${name}`);
const success = ["is_success"];
const hourMs = 3_600_000;
const batch = async (world: DliWorld) => ({ batch_id: await endedBatch(world) });
const sqlJob = async (world: DliWorld) => ({ job_id: await endedSqlJob(world) });
const draft = async (world: DliWorld) => ({ job_id: await newFlinkJob(world) });
const drafts = async (world: DliWorld) => ({ job_ids: [await newFlinkJob(world)] });
const running = async (world: DliWorld) => ({ job_id: await runningFlinkJob(world) });
const runningOnes = async (world: DliWorld) => ({ job_ids: [await runningFlinkJob(world)] });
const flinkTemplate = { name: "counts", sql_body: "INSERT INTO b SELECT x FROM a" };
const newFlinkTemplate = async ({ ask }: DliWorld) => ({
  template_id: await member(ask("CreateFlinkSqlJobTemplate", flinkTemplate), "template.template_id"),
});
const exportedJobs = async (world: DliWorld) => {
  await newFlinkJob(world);
  return member(world.ask("ExportFlinkJobs", { obs_dir: "sandbox/exports", is_selected: false }), "zip_file.0");
};
const queueMetric = async (world: DliWorld) => ({
  namespace: "SYS.DLI",
  metric_name: "queue_max_cu_num",
  dimensions: [{ name: "queue_id", value: await resourceId(world) }],
});
const lastHour = () => ({ from: Date.now() - hourMs, to: Date.now() + hourMs });

export const goodJobCalls = {
  CreateSparkJob: {
    request: (world) => ({ ...batchRequest(world), sc_type: "A", conf: { "spark.dli.job.priority": "5" } }),
    tells: ["id", "state", "queue", "sc_type", "create_time"],
  },
  ShowSparkJob: { request: batch, tells: ["id", "state", "log[]", "req_body"] },
  ShowSparkJobStatus: { request: batch, tells: ["id", "state"] },
  ListSparkJobs: {
    request: async (world) => {
      await newBatch(world);
      return { job_name: "probe", from: 0, size: 10 };
    },
    tells: ["from", "total", ...listed("sessions", "id", "state", "name", "create_time")],
  },
  CancelSparkJob: { request: async (world) => ({ batch_id: await newBatch(world, ["run=5000"]) }), tells: ["msg"] },
  ShowSparkJobLog: {
    request: async (world) => ({ ...(await batch(world)), from: 0, size: 10, type: "driver" }),
    tells: ["id", "from", "total", "log[]"],
  },
  CreateSqlJob: {
    request: () => ({ sql: "SELECT 1", queue_name: sqlQueue, conf: ["spark.sql.shuffle.partitions=4"], tags }),
    tells: ["is_success", "job_id", "job_type", "job_mode"],
  },
  CheckSql: { request: () => ({ sql: "SELECT 1" }), tells: ["is_success", "job_type"] },
  CancelSqlJob: { request: async (world) => ({ job_id: await newSqlJob(world, "HOLD") }), tells: success },
  ListSqlJobs: {
    request: async (world) => {
      await endedSqlJob(world);
      return { "page-size": 10, "current-page": 1 };
    },
    tells: ["job_count", ...listed("jobs", "job_id", "status", "statement", "queue_name")],
  },
  ShowSqlJobStatus: { request: sqlJob, tells: ["job_id", "status", "statement", "job_mode"] },
  ShowSqlJobDetail: { request: sqlJob, tells: ["job_id", "owner", "start_time"] },
  ShowSqlJobProgress: { request: sqlJob, tells: ["job_id", "status", "progress"] },
  PreviewSqlJobResult: { request: sqlJob, tells: ["job_id", "row_count", "schema[]", "rows[]"] },
  ShowSqlJobResultPaged: { request: sqlJob, tells: ["job_id", "row_count", "schema[]", "rows[]"] },
  ExportSqlJobResult: {
    request: async (world) => ({ ...(await sqlJob(world)), data_path: "obs://sandbox/out", data_type: "csv" }),
    tells: ["job_id", "job_mode"],
  },
  ExportTable: {
    request: () => ({
      data_path: "obs://sandbox/out",
      data_type: "csv",
      database_name: "default",
      table_name: "t",
      compress: "none",
      queue_name: sqlQueue,
    }),
    tells: ["job_id", "job_mode"],
  },
  ImportTable: {
    request: ({ file }) => ({
      data_path: file("in/rows.csv", "1\n"),
      data_type: "csv",
      database_name: "default",
      table_name: "t",
      queue_name: sqlQueue,
    }),
    tells: ["job_id", "job_mode"],
  },

  CreateFlinkJarJob: {
    request: ({ file }) => ({ name: "clicks", entrypoint: file("jobs/clicks.jar"), queue_name: generalQueue, tags }),
    tells: ["is_success", "job.job_id", "job.status_name"],
  },
  CreateFlinkSqlJob: {
    request: () => ({ name: "counts", sql_body: "INSERT INTO b SELECT x FROM a", run_mode: "exclusive_cluster" }),
    tells: ["is_success", "job.job_id", "job.status_name"],
  },
  UpdateFlinkJarJob: {
    request: async (world) => ({ ...(await draft(world)), parallel_number: 2, runtime_config: "[]" }),
    tells: ["job.update_time"],
  },
  UpdateFlinkSqlJob: {
    request: async (world) => ({ job_id: await newFlinkSqlJob(world), parallel_number: 2 }),
    tells: ["job.update_time"],
  },
  DeleteFlinkJob: { request: draft, tells: success },
  BatchRunFlinkJobs: { request: drafts, tells: ["[].is_success", "[].message"] },
  BatchStopFlinkJobs: { request: runningOnes, tells: ["[].is_success", "[].message"] },
  BatchDeleteFlinkJobs: { request: drafts, tells: ["[].is_success", "[].message"] },
  ExecuteFlinkJobSavepoint: {
    request: async (world) => ({ ...(await running(world)), action: "TRIGGER", savepoint_path: "sandbox/savepoints" }),
    tells: success,
  },
  ImportFlinkJobSavepoint: { request: savepointOf, tells: success },
  ListFlinkJobs: {
    request: async (world) => {
      await newFlinkJob(world);
      return { limit: 10, show_detail: true };
    },
    tells: ["job_list.total_count", ...listed("job_list.jobs", "job_id", "name", "status", "job_config.cu_number")],
  },
  ShowFlinkJob: {
    request: draft,
    tells: ["job_detail.job_id", "job_detail.status", "job_detail.job_config.checkpoint_mode"],
  },
  ShowFlinkJobExecutionGraph: { request: running, tells: ["execute_graph.jid", "execute_graph.state"] },
  ShowFlinkMetric: { request: runningOnes, tells: listed("metrics.jobs", "job_id", "metrics.total_read_rate") },
  CreateFlinkSqlJobGraph: {
    request: async (world) => ({
      job_id: await newFlinkSqlJob(world),
      sql_body: "INSERT INTO b SELECT x FROM a",
      graph_type: "simple_graph",
    }),
    tells: ["is_success", "stream_graph"],
  },
  RegisterBucket: { request: () => ({ obs_buckets: ["sandbox"] }), tells: success },
  ExportFlinkJobs: {
    request: async (world) => ({
      obs_dir: "sandbox/exports",
      is_selected: true,
      job_selected: [await newFlinkJob(world)],
    }),
    tells: ["zip_file[]"],
  },
  ImportFlinkJobs: {
    request: async (world) => ({ zip_file: await exportedJobs(world), is_cover: true }),
    tells: listed("job_mapping", "old_job_id", "new_job_id"),
  },
  CreateFlinkSqlJobTemplate: { request: () => flinkTemplate, tells: ["template.template_id", "template.name"] },
  ListFlinkSqlJobTemplates: {
    request: async (world) => {
      await newFlinkTemplate(world);
      return {};
    },
    tells: ["template_list.total_count", ...listed("template_list.templates", "template_id", "name", "sql_body")],
  },
  UpdateFlinkSqlJobTemplate: {
    request: async (world) => ({ ...(await newFlinkTemplate(world)), name: "renamed" }),
    tells: success,
  },
  DeleteFlinkSqlJobTemplate: { request: newFlinkTemplate, tells: success },

  KeystoneCreateUserTokenByPassword: {
    request: ({ sandbox }) => ({
      auth: {
        identity: {
          methods: ["password"],
          password: {
            user: { name: sandbox.accessKeyId, password: sandbox.accessKeySecret, domain: { name: "any" } },
          },
        },
        scope: { project: { name: "cn-north-4" } },
      },
    }),
    tells: ["token.expires_at"],
  },
  KeystoneListProjects: { request: () => ({ name: "cn-north-4" }), tells: listed("projects", "id", "name") },
  ListAgencies: {
    request: async (world) => ({ domain_id: await domainId(world), name: "dli_management_agency" }),
    tells: listed("agencies", "id", "name"),
  },
  CreateAgency: {
    request: async (world) => ({ agency: { name: "dli_job_agency", domain_id: await domainId(world) } }),
    tells: ["agency.id", "agency.name"],
  },
  ListMetrics: {
    request: () => ({ namespace: "SYS.DLI", limit: 5 }),
    tells: ["meta_data.total", ...listed("metrics", "metric_name", "dimensions[].value", "unit")],
  },
  ShowMetricData: {
    request: async (world) => ({
      namespace: "SYS.DLI",
      metric_name: "queue_max_cu_num",
      "dim.0": `queue_id,${await resourceId(world)}`,
      filter: "max",
      period: 300,
      ...lastHour(),
    }),
    tells: ["metric_name", ...listed("datapoints", "max", "timestamp", "unit")],
  },
  BatchListMetricData: {
    request: async (world) => ({
      metrics: [await queueMetric(world)],
      period: "300",
      filter: "average",
      ...lastHour(),
    }),
    tells: listed("metrics", "metric_name", "unit", "datapoints[].average"),
  },
  ListTraces: {
    request: async (world) => {
      await newBatch(world);
      return { trace_type: "system", service_type: "DLI" };
    },
    tells: ["meta_data.count", ...listed("traces", "trace_id", "trace_name", "resource_type", "user", "code")],
  },
} satisfies Record<string, GoodDliCall>;
