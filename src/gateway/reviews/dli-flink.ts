import type { FlinkDefinition } from "../../jobs/dli/flink-definition.ts";
import { isProblem, parseRuntimeConfig } from "../../jobs/dli/flink-runtime-config.ts";
import { describeScaling, readScaling, withoutScaling } from "../../jobs/dli/flink-scaling.ts";
import { sizeOfFlinkJob, sizingFields } from "../../jobs/dli/flink-size.ts";
import { maskArguments, maskSecrets, maskValue } from "../../jobs/secrets.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Fact } from "../../policy/facts.ts";
import type { Review } from "../types.ts";
import type { OverLimit, Reviewer, ReviewInput } from "./reviewer.ts";

type Detail = Review["details"][number];

/** Of SQL, what somebody would still read. */
const mostSqlCharacters = 4_000;
const pieceLength = 80;

/**
 * A streaming job has no end, so its CU-hours have no bound: the person sees what an hour and a day cost, and the CUs
 * themselves are bounded. Several jobs in one call count together.
 */
export const reviewRunFlinkJobs: Reviewer = ({ input, facts, limits }) => {
  const count = Array.isArray(input.job_ids) ? input.job_ids.length : 0;
  const cu = sumOf(facts.bound.cu, count);
  // Absent where no rule reads it: then the job does not scale, as far as is known.
  const mostCu = facts.bound.mostCu === undefined ? cu : sumOf(facts.bound.mostCu, count);
  if (cu === undefined || mostCu === undefined) {
    return {
      overLimit: "the CUs of a job are not known, so nobody can be told what it costs",
      next: "Read the job with ShowFlinkJob; set cu_number, or run the jobs one by one.",
    };
  }
  const most = Math.max(cu, mostCu);
  if (most > limits.spend.maxJobCu) return tooLarge(most, limits.spend.maxJobCu, count);
  return {
    details: [
      { label: "CU", text: most > cu ? `${cu} at first, up to ${most} by dynamic scaling` : String(cu) },
      { label: "Cost", text: costOf(most) },
      {
        label: "State",
        text:
          input.resume_savepoint === true
            ? "goes on from the newest savepoint"
            : "starts anew: what an earlier run knew is not taken over",
      },
    ],
    cost: { cu: most },
  };
};

/** A draft costs nothing, but one that could never be run is not worth a yes. */
export const reviewCreateFlinkJob: Reviewer = (subject) => {
  const definition = subject.input as FlinkDefinition;
  const sized = sizeDetails(definition, subject);
  if ("overLimit" in sized) return sized;
  return {
    details: [...sized.details, ...programDetails(definition)],
    cost: sized.cost,
  };
};

/** What is given and to what value; the size where the change carries it whole, as update_flink_job sends it. */
export const reviewUpdateFlinkJob: Reviewer = (subject) => {
  const { job_id, ...changes } = subject.input;
  const definition = changes as FlinkDefinition;
  const given = Object.entries(changes)
    .filter(([name, value]) => value !== undefined && !toldApart.has(name))
    .map(([name, value]) => `${name} = ${typeof value === "string" ? quoteForPerson(value) : JSON.stringify(value)}`);
  const fieldsDetail = given.length === 0 ? [] : [{ label: "Given", text: given.join(", ") }];
  const isSizing = sizingFields.some((name) => changes[name] !== undefined);
  if (!isSizing) return { details: [...fieldsDetail, ...programDetails(definition)] };
  const sized = sizeDetails(definition, subject);
  if ("overLimit" in sized) return sized;
  return { details: [...fieldsDetail, ...sized.details, ...programDetails(definition)], cost: sized.cost };
};

function sizeDetails(
  definition: FlinkDefinition,
  { facts, limits, language }: ReviewInput,
): { details: Detail[]; cost: { cu: number } } | OverLimit {
  const size = sizeOfFlinkJob(definition);
  if (isProblem(size)) return { overLimit: size.problem.sentence[language], next: `Correct ${size.problem.field}.` };
  const most = size.mostCu;
  if (most > limits.spend.maxJobCu) return tooLarge(most, limits.spend.maxJobCu, 1);
  const config = parseRuntimeConfig(definition.runtime_config);
  const scaling = isProblem(config) ? "unknown" : describeScaling(readScaling(config, size.cu)).en;
  return {
    details: [
      ...before("CU before", facts.context.cuBefore),
      { label: "CU", text: `${size.cu}. ${size.explanation}` },
      ...before("Scaling before", facts.context.scalingBefore),
      { label: "Scaling", text: scaling },
      { label: "Cost", text: `nothing until it is run; then ${costOf(most)}` },
    ],
    cost: { cu: most },
  };
}

/** Of a job that is there, where the rule reads it. */
function before(label: string, fact: Fact | undefined): Detail[] {
  if (fact === undefined) return [];
  return [{ label, text: typeof fact === "string" ? quoteForPerson(fact) : String(fact ?? "unknown") }];
}

/** Fields with a line of their own. */
const toldApart: ReadonlySet<string> = new Set([
  "entrypoint_args",
  "dependency_jars",
  "dependency_files",
  "udf_jar_url",
  "execution_agency_urn",
  "sql_body",
  "runtime_config",
]);

/** What a job runs, with what settings and as whom, beyond what the rule's impact says. */
function programDetails(definition: FlinkDefinition): Detail[] {
  const { entrypoint_args, dependency_jars, dependency_files, udf_jar_url, execution_agency_urn, sql_body } =
    definition;
  const quoted = (label: string, values: readonly string[] = []): Detail[] =>
    values.length === 0 ? [] : [{ label, text: values.map((value) => quoteForPerson(value)).join(", ") }];
  const config = parseRuntimeConfig(definition.runtime_config);
  const settings = isProblem(config) ? [] : Object.entries(withoutScaling(config));
  return [
    ...quoted("Arguments", entrypoint_args === undefined ? [] : maskArguments(entrypoint_args.split(/\s+/))),
    ...quoted("Libraries", dependency_jars),
    ...quoted("Files", dependency_files),
    ...quoted("Functions", udf_jar_url === undefined ? [] : [udf_jar_url]),
    ...quoted(
      "Settings",
      settings.map(([key, value]) => `${key}=${maskValue(key, value)}`),
    ),
    ...quoted("Acts as agency", execution_agency_urn === undefined ? [] : [execution_agency_urn]),
    ...(sql_body === undefined ? [] : [sqlDetail(maskSecrets(sql_body))]),
  ];
}

function sqlDetail(sql: string): Detail {
  const shown = sql.slice(0, mostSqlCharacters);
  const lines = shown
    .split(/\r?\n/)
    .flatMap((line) => line.match(new RegExp(`.{1,${pieceLength}}`, "gu")) ?? [])
    .map((piece) => quoteForPerson(piece));
  const left = sql.length - shown.length;
  return { label: "SQL", text: [...lines, ...(left > 0 ? [`and ${left} characters more`] : [])].join("\n") };
}

function costOf(cu: number): string {
  return `up to ${rounded(cu)} CU-hours an hour, ${rounded(cu * 24)} a day, without an end until it is stopped`;
}

function tooLarge(cu: number, most: number, count: number): OverLimit {
  return {
    overLimit: `${count > 1 ? `the ${count} jobs together` : "the job"} may take ${rounded(cu)} CU and the policy admits ${most}`,
    next:
      count > 1
        ? "Run them one by one, or smaller ones."
        : "Ask for fewer CUs (cu_number, resource_config) or a lower flink.dli.job.cu.max.",
  };
}

/** One value of all, or `138: 2, 148: 4` where it differs; undefined when one of them is not known. */
function sumOf(fact: unknown, count: number): number | undefined {
  if (typeof fact === "number") return fact > 0 && count > 0 ? fact * count : undefined;
  const parts =
    typeof fact === "string" ? fact.split(", ").map((part) => /^\d+: (\d+(?:\.\d+)?)$/.exec(part)?.[1]) : [];
  if (parts.length !== count || count === 0) return undefined;
  const sum = parts.reduce((total, part) => total + Number(part), 0);
  return sum > 0 ? sum : undefined;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
