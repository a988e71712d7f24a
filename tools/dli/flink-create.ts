import * as z from "zod";
import type { Outcome } from "../../src/gateway/types.ts";
import type { Difference } from "../../src/jobs/dli/differences.ts";
import { differencesOf } from "../../src/jobs/dli/flink-compare.ts";
import { definitionOf, type FlinkDefinition, kindOfFlinkJob } from "../../src/jobs/dli/flink-definition.ts";
import { checkFlinkFields } from "../../src/jobs/dli/flink-fields.ts";
import { checkFlinkDefinition } from "../../src/jobs/dli/flink-rules.ts";
import { isProblem } from "../../src/jobs/dli/flink-runtime-config.ts";
import { sizeOfFlinkJob } from "../../src/jobs/dli/flink-size.ts";
import type { DliRequests, DliResponses } from "../../src/operations/dli/types.gen.ts";
import { defineTool, refuseCall, reply, type ToolAnswer, type ToolCall } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { fieldsOf, listed } from "./already-there.ts";
import { queueName } from "./fields.ts";
import { flinkName } from "./flink-fields.ts";
import { readFlinkJob } from "./flink-follow.ts";
import { lineOfFlinkJob, startsIt } from "./flink-job-view.ts";
import { nothingCreated } from "./words.ts";

export const createFlinkJob = defineTool({
  name: "create_flink_job",
  title: "Create a Flink job",
  description:
    "Save a Flink Jar or SQL job as a draft (a person approves); nothing runs yet. One of that name is compared, never overwritten.",
  toolset: "job",
  operations: ["CreateFlinkJarJob", "CreateFlinkSqlJob", "ListFlinkJobs", "ShowFlinkJob"],
  input: z.strictObject({
    kind: z.enum(["jar", "sql"]).meta({ description: "Kind of program" }),
    name: flinkName,
    queue: queueName.optional(),
    entrypoint: z
      .string()
      .max(1100)
      .optional()
      .meta({ description: "jar: the program on OBS", examples: ["obs://acme-dli/jars/job.jar"] }),
    mainClass: z.string().max(256).optional().meta({ description: "jar: main class" }),
    arguments: z.string().max(10_000).optional().meta({ description: "jar: program arguments" }),
    sql: z.string().max(1_048_576).optional().meta({ description: "sql: Flink SQL with source, sink and INSERT" }),
    flinkVersion: z
      .string()
      .max(8)
      .optional()
      .meta({ description: "Flink version", examples: ["1.15"] }),
    agency: z.string().max(128).optional().meta({ description: "Agency to act as; needed from 1.15 on" }),
    fields: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({
        description:
          "Further fields of the API: desc, cu_number, manager_cu_number, parallel_number, tm_cus, tm_slot_num, resource_config_version, resource_config, runtime_config (object), checkpoint_enabled, checkpoint_mode, checkpoint_interval, obs_bucket, log_enabled, smn_topic, restart_when_exception, resume_checkpoint, resume_max_num, tags; jar: dependency_jars, dependency_files, feature, image, checkpoint_path; sql: template_id, udf_jar_url, dirty_data_strategy, idle_state_retention",
        examples: [{ cu_number: 2, checkpoint_enabled: true, obs_bucket: "acme-dli", log_enabled: true }],
      }),
  }),
  async run(input, call): Promise<ToolAnswer> {
    const checked = checkFlinkFields(input.kind, "create", {
      ...input.fields,
      ...named(input),
      // A SQL job needs it to use a queue (notes section 7).
      ...(input.kind === "sql" && input.fields.run_mode === undefined && { run_mode: "exclusive_cluster" }),
    });
    if ("problems" in checked) return refuseProblems(call, nothingCreated, checked.problems);
    const wanted = checked.fields;
    const { problems, warnings } = checkFlinkDefinition(input.kind, wanted);
    if (problems.length > 0) return refuseProblems(call, nothingCreated, problems);

    const there = await compareWithExisting(input.name, wanted, input.kind, call);
    if (there) return there;
    const outcome = await send(input.kind, input.name, wanted, call);
    return reply(outcome, (answer) => {
      const size = sizeOfFlinkJob(wanted);
      return {
        summary: {
          en: `Flink job ${input.name} was saved as a draft: ${answer.job?.job_id ?? "id unknown"}.`,
          zh: `Flink 作业 ${input.name} 已保存为草稿：${answer.job?.job_id ?? "ID 未知"}。`,
        },
        data: {
          jobId: answer.job?.job_id,
          state: answer.job?.status_name,
          ...(!isProblem(size) && { cu: size.cu, mostCu: size.mostCu, size: size.explanation[call.context.language] }),
          ...(warnings.length > 0 && { warnings: warnings.map((text) => text[call.context.language]) }),
        },
        next: startsIt,
      };
    });
  },
});

/** The plain arguments under their names on the wire. */
function named(input: {
  name: string;
  queue?: string | undefined;
  entrypoint?: string | undefined;
  mainClass?: string | undefined;
  arguments?: string | undefined;
  sql?: string | undefined;
  flinkVersion?: string | undefined;
  agency?: string | undefined;
}): Record<string, unknown> {
  const wire = {
    name: input.name,
    queue_name: input.queue,
    entrypoint: input.entrypoint,
    main_class: input.mainClass,
    entrypoint_args: input.arguments,
    sql_body: input.sql,
    flink_version: input.flinkVersion,
    execution_agency_urn: input.agency,
  };
  return Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== undefined));
}

async function send(
  kind: "jar" | "sql",
  name: string,
  wanted: FlinkDefinition,
  { gateway, context }: ToolCall,
): Promise<Outcome<DliResponses["CreateFlinkJarJob"]>> {
  const input = { ...wanted, name };
  return kind === "jar"
    ? gateway.run("CreateFlinkJarJob", input as DliRequests["CreateFlinkJarJob"], context)
    : gateway.run("CreateFlinkSqlJob", input as DliRequests["CreateFlinkSqlJob"], context);
}

/** Names are unique: what is there already is the same job, or another that nobody should take for it. */
async function compareWithExisting(
  name: string,
  wanted: FlinkDefinition,
  kind: "jar" | "sql",
  call: ToolCall,
): Promise<ToolAnswer | undefined> {
  const found = await call.gateway.run("ListFlinkJobs", { name, limit: 100 }, call.context);
  if (found.kind !== "done") return found;
  const jobId = found.value.job_list?.jobs?.find((job) => job.name === name)?.job_id;
  if (jobId === undefined) return undefined;
  const read = await readFlinkJob(jobId, call);
  if (!("job" in read)) return read;
  const { job, outcome } = read;
  const kindThere = kindOfFlinkJob(job.job_type);
  const differences =
    kindThere === kind ? differencesOf(wanted, definitionOf(job)) : [{ field: "kind", there: kindThere, wanted: kind }];
  if (differences.length > 0) return refuseDifferent(name, jobId, differences, call);
  return reply(outcome, () => ({
    summary: {
      en: `Nothing was created: Flink job ${name} is there already with these very settings, as ${jobId}.`,
      zh: `未创建任何内容：设置完全相同的 Flink 作业 ${name} 已存在，ID 为 ${jobId}。`,
    },
    data: { created: false, ...lineOfFlinkJob(job) },
    next: {
      en: "run_flink_job starts it, unless it runs already.",
      zh: "如尚未运行，可用 run_flink_job 启动。",
    },
  }));
}

function refuseDifferent(name: string, jobId: number, differences: readonly Difference[], call: ToolCall): ToolAnswer {
  const list = listed(differences);
  return refuseCall(
    call,
    "BAD_INPUT",
    {
      en: `Nothing was created: another Flink job ${name} is there already, as ${jobId}: ${list.en}.`,
      zh: `未创建任何内容：已存在另一个 Flink 作业 ${name}，ID 为 ${jobId}：${list.zh}。`,
    },
    {
      en: "Choose another name, or change the one that is there with update_flink_job.",
      zh: "请换一个名称，或用 update_flink_job 修改现有作业。",
    },
    { fields: fieldsOf(differences) },
  );
}
