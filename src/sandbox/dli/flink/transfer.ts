import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { badParameter, missingObject } from "../answers.ts";
import type { DliContext } from "../context.ts";
import { putTags, tagsOf } from "../resources/tag-store.ts";
import { addJob, refusalOf } from "./define.ts";
import { type FlinkDefinition, type FlinkJobDocument, type FlinkJobType, isStopped } from "./documents.ts";
import { done, type FlinkHandlers, type FlinkParts, missingJob } from "./parts.ts";
import { locationOf, obsFile, stamp } from "./places.ts";
import { readZip, writeZip } from "./zip.ts";

/** Export and import. What the service puts into its archives is not public: here it is one jobs.json. */

interface ExportedJob {
  job_id: number;
  job_type: FlinkJobType;
  definition: FlinkDefinition;
  tags: readonly { key: string; value: string }[];
}

const file = "jobs.json";

export const transferHandlers: FlinkHandlers<"ExportFlinkJobs" | "ImportFlinkJobs"> = (parts) => ({
  ExportFlinkJobs({ obs_dir: folder = "", is_selected: isSelected = false, job_selected: selected = [] }, context) {
    const target = obsFile(context.storageFolder, folder);
    if (!target || !existsSync(bucketOf(target, context))) return badParameter("obs_dir must be a folder of a bucket.");
    if (isSelected && (selected.length < 1 || selected.length > 50))
      return badParameter("job_selected holds 1 to 50 ids.");
    const missing = isSelected ? selected.find((jobId) => !parts.documents.job(jobId)) : undefined;
    if (missing !== undefined) return missingJob(missing);
    const jobs = parts.documents
      .jobs()
      .filter((job) => !isSelected || selected.includes(job.jobId))
      .map((job): ExportedJob => {
        const { jobId, jobType, definition } = job;
        return { job_id: jobId, job_type: jobType, definition, tags: tagsOf("dli_flink_job", `${jobId}`, context) };
      });
    const archive = join(target, `export_${stamp(context.now())}.zip`);
    mkdirSync(target, { recursive: true });
    writeFileSync(archive, writeZip([{ name: file, content: Buffer.from(JSON.stringify(jobs, undefined, 2)) }]));
    return { body: { ...done, zip_file: [locationOf(context.storageFolder, archive)] } };
  },

  ImportFlinkJobs({ zip_file: zip = "", is_cover: isCover = false }, context) {
    const source = obsFile(context.storageFolder, zip);
    if (!source || !existsSync(source)) return missingObject(`${zip} does not exist.`);
    const archives = statSync(source).isDirectory()
      ? readdirSync(source)
          .filter((name) => name.endsWith(".zip"))
          .sort()
          .map((name) => join(source, name))
      : [source];
    const exported: ExportedJob[] = [];
    for (const archive of archives) {
      const jobs = jobsIn(archive);
      if (!jobs) return badParameter(`${locationOf(context.storageFolder, archive)} is not an export of Flink jobs.`);
      exported.push(...jobs);
    }
    return { body: { ...done, job_mapping: exported.map((job) => importJob(job, isCover, parts, context)) } };
  },
});

function bucketOf(target: string, { storageFolder }: DliContext): string {
  return join(storageFolder, locationOf(storageFolder, target).split("/")[0] ?? "");
}

function jobsIn(archive: string): ExportedJob[] | undefined {
  const content = readZip(readFileSync(archive))?.find(({ name }) => name === file)?.content;
  if (!content) return undefined;
  try {
    const jobs: unknown = JSON.parse(content.toString());
    return Array.isArray(jobs) && jobs.every(isExported) ? jobs : undefined;
  } catch {
    return undefined;
  }
}

/** The rest of the definition is checked as a new job's is. */
function isExported(value: unknown): value is ExportedJob {
  const { job_id, job_type, definition, tags } = (value ?? {}) as Partial<Record<keyof ExportedJob, unknown>>;
  const types: readonly unknown[] = ["flink_jar_job", "flink_sql_job", "flink_opensource_sql_job"];
  const hasName = typeof (definition as { name?: unknown } | undefined)?.name === "string";
  return Number.isSafeInteger(job_id) && types.includes(job_type) && hasName && Array.isArray(tags);
}

function importJob(exported: ExportedJob, isCover: boolean, parts: FlinkParts, context: DliContext) {
  const { job_id: oldId, job_type: jobType, definition, tags } = exported;
  const outcome = (newId: number, remark: string) => ({ old_job_id: oldId, new_job_id: newId, remark });
  const known = parts.documents.jobs().find((job) => job.definition.name === definition.name);
  if (known && !isCover) return outcome(-1, `A job with the name ${definition.name} exists.`);
  if (known && !isStopped(known)) return outcome(-1, `The job ${known.jobId} is ${known.state}; it was not replaced.`);
  const refusal = refusalOf(definition, jobType, parts, known?.jobId);
  if (refusal) return outcome(-1, refusal.error.error_msg);
  const job = known ? replaced(known, jobType, definition, context) : addJob(definition, jobType, parts, context);
  parts.documents.putJob(job);
  putTags("dli_flink_job", `${job.jobId}`, tags, context);
  return outcome(job.jobId, known ? "Job replaced successfully." : "Job created successfully.");
}

/** It falls back to a draft. */
function replaced(
  known: FlinkJobDocument,
  jobType: FlinkJobType,
  definition: FlinkDefinition,
  context: DliContext,
): FlinkJobDocument {
  return { ...known, jobType, definition, state: "job_init", statusDesc: "", updateTime: context.now() };
}
