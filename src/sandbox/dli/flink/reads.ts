import { readdirSync } from "node:fs";
import { badParameter, dliError, missingObject, notSupported } from "../answers.ts";
import { matchesTagFilter } from "../resources/shared.ts";
import { tagsOf } from "../resources/tag-store.ts";
import { done, type FlinkHandlers, missingJob } from "./parts.ts";
import { streamGraph } from "./sql-graph.ts";
import { fullView, shortView } from "./view.ts";

export const readHandlers: FlinkHandlers<
  | "ListFlinkJobs"
  | "ShowFlinkJob"
  | "ShowFlinkJobExecutionGraph"
  | "ShowFlinkMetric"
  | "ShowFlinkJobApigSinks"
  | "CreateFlinkSqlJobGraph"
  | "RegisterBucket"
> = ({ supervisor, documents }) => ({
  ListFlinkJobs(input, context) {
    const { limit = 10, offset = 0, order = "desc", name, root_job_id: root = -1 } = input;
    if (limit < 0 || limit > 100) return badParameter("limit must be from 0 to 100.");
    if (offset < 0) return badParameter("offset must not be negative.");
    const wanted = <T>(asked: T | undefined, own: T) => asked === undefined || asked === own;
    const found = documents
      .jobs()
      .filter(
        (job) =>
          wanted(input.job_type, job.jobType) &&
          wanted(input.status, job.state) &&
          wanted(input.queue_name?.toLowerCase(), job.definition.queue_name ?? "") &&
          wanted(input.user_name, job.userName) &&
          // There is only that one project, and no edge job.
          (input.sys_enterprise_project_name ?? "default") === "default" &&
          root === -1 &&
          (name === undefined || job.definition.name.includes(name)) &&
          matchesTagFilter(tagsOf("dli_flink_job", `${job.jobId}`, context), input.tags),
      )
      .sort((a, b) => (order === "asc" ? 1 : -1) * (a.createTime - b.createTime || a.jobId - b.jobId));
    const jobs = found
      .slice(offset, offset + limit)
      .map((job) => (input.show_detail ? fullView(job, context, supervisor) : shortView(job, context.now())));
    return { body: { ...done, job_list: { total_count: found.length, jobs } } };
  },

  ShowFlinkJob({ job_id: jobId }, context) {
    const job = documents.job(jobId);
    return job ? { body: { ...done, job_detail: fullView(job, context, supervisor) } } : missingJob(jobId);
  },

  async ShowFlinkJobExecutionGraph({ job_id: jobId }, context) {
    const job = documents.job(jobId);
    if (!job) return missingJob(jobId);
    const running = supervisor.running(jobId);
    const status = await running?.status().catch(() => supervisor.newestStatus(jobId));
    if (!running || !status) return notSupported(`The job is ${job.state}; only a running one has an execution graph.`);
    const startTime = status.startTime ?? job.startTime ?? context.now();
    return {
      body: {
        ...done,
        execute_graph: {
          jid: running.flinkJobId,
          name: job.definition.name,
          isStoppable: false,
          state: status.state,
          "start-time": startTime,
          "end-time": -1,
          duration: Math.max(0, context.now() - startTime),
        },
      },
    };
  },

  ShowFlinkMetric({ job_ids: jobIds = [] }) {
    const missing = jobIds.find((jobId) => !documents.job(jobId));
    if (missing !== undefined) return missingJob(missing);
    const jobs = jobIds.map((jobId) => {
      const vertices = supervisor.newestStatus(jobId)?.vertices ?? [];
      const sample = supervisor.sample(jobId);
      const [source, sink] = [vertices.at(0), vertices.at(-1)];
      const stream = (name: string, records: number) => ({ name, records, corrupted_records: 0 });
      return {
        job_id: jobId,
        metrics: {
          sources: source ? [stream(source.name, sample?.flink_read_records_total ?? 0)] : [],
          sinks: sink ? [stream(sink.name, sample?.flink_write_records_total ?? 0)] : [],
          total_read_rate: sample?.flink_read_records_per_second ?? 0,
          total_write_rate: sample?.flink_write_records_per_second ?? 0,
        },
      };
    });
    return { body: { is_success: true, message: "", metrics: { jobs } } };
  },

  ShowFlinkJobApigSinks: ({ job_id: jobId }) =>
    documents.job(jobId) ? dliError(400, "DLI.11098", `The job ${jobId} has no APIG sink.`) : missingJob(jobId),

  CreateFlinkSqlJobGraph({ job_id: jobId, sql_body: sql = "", parallel_number: parallelism = 1 }) {
    if (!documents.job(jobId)) return missingJob(jobId);
    const graph = streamGraph(sql, parallelism);
    return "problem" in graph
      ? { body: { is_success: false, message: graph.problem, error_code: "DLI.0005", stream_graph: "" } }
      : { body: { is_success: true, message: "", error_code: "", stream_graph: JSON.stringify(graph) } };
  },

  /** Access comes with the job's agency today; a bucket that is there is all it takes. */
  RegisterBucket({ obs_buckets: buckets = [] }, context) {
    const known = readdirSync(context.storageFolder);
    const missing = buckets.find((bucket) => !known.includes(bucket));
    return missing === undefined
      ? { body: { ...done, message: "The following OBS bucket is authorized successfully." } }
      : missingObject(`The bucket ${missing} does not exist.`);
  },
});
