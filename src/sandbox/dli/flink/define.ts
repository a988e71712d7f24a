import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { badParameter, type DliAnswer, missingObject, notSupported, objectExists } from "../answers.ts";
import type { DliContext } from "../context.ts";
import { forgetTags, putTags, tagProblem } from "../resources/tag-store.ts";
import { definitionsBeside, problemOf } from "./checks.ts";
import { type FlinkDefinition, type FlinkJobDocument, type FlinkJobType, isStopped } from "./documents.ts";
import { done, type FlinkHandlers, type FlinkParts, missingJob } from "./parts.ts";

export const defineHandlers: FlinkHandlers<
  "CreateFlinkJarJob" | "CreateFlinkSqlJob" | "UpdateFlinkJarJob" | "UpdateFlinkSqlJob" | "DeleteFlinkJob"
> = (parts) => ({
  CreateFlinkJarJob: (input, context) => {
    const { tags, ...definition } = input;
    return create(definition, "flink_jar_job", tags, "A Flink job is created successfully.", parts, context);
  },

  CreateFlinkSqlJob: (input, context) => {
    const { tags, template_id: templateId, job_type: jobType = "flink_opensource_sql_job", ...definition } = input;
    if (jobType === "flink_sql_edge_job" || definition.run_mode === "edge_node") {
      return notSupported("Edge jobs have been retired.");
    }
    if (definition.sql_body === undefined && templateId !== undefined) {
      const template = parts.documents.template(templateId);
      if (!template) return missingObject(`The template ${templateId} does not exist.`);
      definition.sql_body = template.sqlBody;
    }
    return create(definition, jobType, tags, "A DLI job is created successfully.", parts, context);
  },

  UpdateFlinkJarJob: ({ job_id: jobId, job_type: _, ...change }, context) =>
    update(jobId, change, ["flink_jar_job"], parts, context),

  UpdateFlinkSqlJob: ({ job_id: jobId, ...change }, context) =>
    update(jobId, change, ["flink_sql_job", "flink_opensource_sql_job"], parts, context),

  DeleteFlinkJob({ job_id: jobId }, context) {
    const job = parts.documents.job(jobId);
    if (!job) return missingJob(jobId);
    deleteJob(job, parts, context);
    return { body: { ...done, message: "The job is deleted successfully." } };
  },
});

/** In any state; what runs of it ends in the background. */
export function deleteJob({ jobId }: FlinkJobDocument, parts: FlinkParts, context: DliContext): void {
  parts.documents.deleteJob(jobId);
  forgetTags("dli_flink_job", `${jobId}`, context);
  parts.supervisor.abandon(jobId);
}

type Sent = Omit<FlinkDefinition, "name"> & { name?: string };

function create(
  sent: Sent,
  jobType: FlinkJobType,
  tags: DliRequests["CreateFlinkJarJob"]["tags"],
  message: string,
  parts: FlinkParts,
  context: DliContext,
): DliAnswer {
  const definition = stored({ ...sent, name: sent.name ?? "" });
  const refusal = refusalOf(definition, jobType, parts) ?? badTags(tags);
  if (refusal) return refusal;
  const job = addJob(definition, jobType, parts, context);
  putTags("dli_flink_job", `${job.jobId}`, tags ?? [], context);
  return {
    body: {
      ...done,
      message,
      job: { job_id: job.jobId, status_name: job.state, status_desc: job.statusDesc },
    },
  };
}

export function addJob(
  definition: FlinkDefinition,
  jobType: FlinkJobType,
  { documents }: FlinkParts,
  context: DliContext,
): FlinkJobDocument {
  const at = context.now();
  const job: FlinkJobDocument = {
    jobId: documents.nextId(),
    jobType,
    definition,
    userName: context.userName,
    state: "job_init",
    statusDesc: "",
    createTime: at,
    updateTime: at,
    heldCu: 0,
    restartTimes: 0,
    restartedAt: [],
  };
  documents.putJob(job);
  return job;
}

/** Why a definition cannot be stored. Names are unique in the project. */
export function refusalOf(
  definition: FlinkDefinition,
  jobType: FlinkJobType,
  { documents }: FlinkParts,
  jobId?: number,
) {
  const others = definitionsBeside(documents, jobId);
  const problem = problemOf(definition, jobType, others);
  if (problem !== undefined) return badParameter(problem);
  const isTaken = others.some((other) => other.name === definition.name);
  return isTaken ? objectExists(`A job with the name ${definition.name} exists.`) : undefined;
}

function badTags(tags: DliRequests["CreateFlinkJarJob"]["tags"]) {
  const problem = tagProblem(tags);
  return problem === undefined ? undefined : badParameter(problem);
}

/** Names of queues are stored in lower case. */
function stored(definition: FlinkDefinition): FlinkDefinition {
  const { queue_name: queue, ...others } = definition;
  return queue === undefined ? others : { ...others, queue_name: queue.toLowerCase() };
}

/** What the Terraform provider changes while a job runs; all else needs it stopped. */
const editableWhileRunning: readonly string[] = [
  "smn_topic",
  "restart_when_exception",
  "resume_checkpoint",
  "resume_max_num",
  "checkpoint_path",
  "obs_bucket",
];

function update(
  jobId: number,
  change: Partial<FlinkDefinition>,
  types: readonly FlinkJobType[],
  parts: FlinkParts,
  context: DliContext,
): DliAnswer {
  const { documents } = parts;
  const job = documents.job(jobId);
  if (!job) return missingJob(jobId);
  if (!types.includes(job.jobType)) return badParameter(`The job ${jobId} is a ${job.jobType}.`);
  const definition = stored({ ...job.definition, ...change });
  if (!isStopped(job)) {
    const before = new Map(Object.entries(job.definition));
    const fixed = Object.entries(definition)
      .filter(([field, value]) => JSON.stringify(before.get(field)) !== JSON.stringify(value))
      .map(([field]) => field)
      .filter((field) => !editableWhileRunning.includes(field));
    if (fixed.length > 0) {
      return notSupported(`The job is ${job.state}: stop it before changing ${fixed.join(", ")}. Nothing was changed.`);
    }
  }
  const refusal = refusalOf(definition, job.jobType, parts, jobId);
  if (refusal) return refusal;
  const updateTime = context.now();
  documents.putJob({ ...job, definition, updateTime });
  return { body: { ...done, message: "The job is updated successfully.", job: { update_time: updateTime } } };
}
