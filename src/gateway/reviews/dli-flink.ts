import type { FlinkDefinition } from "../../jobs/dli/flink-definition.ts";
import { isProblem, parseRuntimeConfig } from "../../jobs/dli/flink-runtime-config.ts";
import { describeScaling, readScaling, withoutScaling } from "../../jobs/dli/flink-scaling.ts";
import { sizeOfFlinkJob, sizingFields } from "../../jobs/dli/flink-size.ts";
import { maskArguments, maskSecrets, maskValue } from "../../jobs/secrets.ts";
import { type Say, sayIn } from "../../language.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Fact } from "../../policy/facts.ts";
import type { Review } from "../types.ts";
import { notAsItMustBe, type OverLimit, type Reviewer, type ReviewInput } from "./reviewer.ts";

type Detail = Review["details"][number];

/** Of SQL, what somebody would still read. */
const mostSqlCharacters = 4_000;
const pieceLength = 80;

/**
 * A streaming job has no end, so its CU-hours have no bound: the person sees what an hour and a day cost, and the CUs
 * themselves are bounded. Several jobs in one call count together.
 */
export const reviewRunFlinkJobs: Reviewer = ({ input, facts, limits, language }) => {
  const t = sayIn(language);
  const count = Array.isArray(input.job_ids) ? input.job_ids.length : 0;
  const cu = sumOf(facts.bound.cu, count);
  // Absent where no rule reads it: then the job does not scale, as far as is known.
  const mostCu = facts.bound.mostCu === undefined ? cu : sumOf(facts.bound.mostCu, count);
  if (cu === undefined || mostCu === undefined) {
    return {
      overLimit: t(
        "the CUs of a job are not known, so nobody can be told what it costs",
        "不知道作业的 CU 数，无法说明其费用",
      ),
      next: t(
        "Read the job with ShowFlinkJob; set cu_number, or run the jobs one by one.",
        "请用 ShowFlinkJob 读取作业；设置 cu_number，或逐个运行作业。",
      ),
    };
  }
  const most = Math.max(cu, mostCu);
  if (most > limits.spend.maxJobCu) return tooLarge(most, limits.spend.maxJobCu, count, t);
  return {
    details: [
      {
        label: "CU",
        text:
          most > cu
            ? t(`${cu} at first, up to ${most} by dynamic scaling`, `初始 ${cu}，动态扩缩容最多 ${most}`)
            : String(cu),
      },
      { label: t("Cost", "费用"), text: costOf(most, t) },
      {
        label: t("State", "状态"),
        text:
          input.resume_savepoint === true
            ? t("goes on from the newest savepoint", "从最新的保存点继续")
            : t("starts anew: what an earlier run knew is not taken over", "重新开始：不继承之前运行的状态"),
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
    details: [...sized.details, ...programDetails(definition, sayIn(subject.language))],
    cost: sized.cost,
  };
};

/** What is given and to what value; the size where the change carries it whole, as update_flink_job sends it. */
export const reviewUpdateFlinkJob: Reviewer = (subject) => {
  const { job_id, ...changes } = subject.input;
  const t = sayIn(subject.language);
  const definition = changes as FlinkDefinition;
  const given = Object.entries(changes)
    .filter(([name, value]) => value !== undefined && !toldApart.has(name))
    .map(([name, value]) => `${name} = ${typeof value === "string" ? quoteForPerson(value) : JSON.stringify(value)}`);
  const fieldsDetail = given.length === 0 ? [] : [{ label: t("Given", "更改内容"), text: given.join(", ") }];
  const isSizing = sizingFields.some((name) => changes[name] !== undefined);
  if (!isSizing) return { details: [...fieldsDetail, ...programDetails(definition, t)] };
  const sized = sizeDetails(definition, subject);
  if ("overLimit" in sized) return sized;
  return { details: [...fieldsDetail, ...sized.details, ...programDetails(definition, t)], cost: sized.cost };
};

function sizeDetails(
  definition: FlinkDefinition,
  { facts, limits, language }: ReviewInput,
): { details: Detail[]; cost: { cu: number } } | OverLimit {
  const t = sayIn(language);
  const size = sizeOfFlinkJob(definition);
  if (isProblem(size)) return notAsItMustBe(size.problem, language);
  const most = size.mostCu;
  if (most > limits.spend.maxJobCu) return tooLarge(most, limits.spend.maxJobCu, 1, t);
  const config = parseRuntimeConfig(definition.runtime_config);
  const scaling = isProblem(config) ? t("unknown", "未知") : describeScaling(readScaling(config, size.cu))[language];
  return {
    details: [
      ...before(t("CU before", "原 CU"), facts.context.cuBefore, t),
      { label: "CU", text: t(`${size.cu}. ${size.explanation.en}`, `${size.cu}。${size.explanation.zh}`) },
      ...before(t("Scaling before", "原动态扩缩容"), facts.context.scalingBefore, t),
      { label: t("Scaling", "动态扩缩容"), text: scaling },
      {
        label: t("Cost", "费用"),
        text: t(`nothing until it is run; then ${costOf(most, t)}`, `运行之前不计费；运行后${costOf(most, t)}`),
      },
    ],
    cost: { cu: most },
  };
}

/** Of a job that is there, where the rule reads it. */
function before(label: string, fact: Fact | undefined, t: Say): Detail[] {
  if (fact === undefined) return [];
  return [{ label, text: typeof fact === "string" ? quoteForPerson(fact) : String(fact ?? t("unknown", "未知")) }];
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
function programDetails(definition: FlinkDefinition, t: Say): Detail[] {
  const { entrypoint_args, dependency_jars, dependency_files, udf_jar_url, execution_agency_urn, sql_body } =
    definition;
  const quoted = (label: string, values: readonly string[] = []): Detail[] =>
    values.length === 0 ? [] : [{ label, text: values.map((value) => quoteForPerson(value)).join(", ") }];
  const config = parseRuntimeConfig(definition.runtime_config);
  const settings = isProblem(config) ? [] : Object.entries(withoutScaling(config));
  return [
    ...quoted(t("Arguments", "参数"), entrypoint_args === undefined ? [] : maskArguments(entrypoint_args.split(/\s+/))),
    ...quoted(t("Libraries", "依赖库"), dependency_jars),
    ...quoted(t("Files", "文件"), dependency_files),
    ...quoted(t("Functions", "自定义函数"), udf_jar_url === undefined ? [] : [udf_jar_url]),
    ...quoted(
      t("Settings", "设置"),
      settings.map(([key, value]) => `${key}=${maskValue(key, value)}`),
    ),
    ...quoted(t("Acts as agency", "使用委托"), execution_agency_urn === undefined ? [] : [execution_agency_urn]),
    ...(sql_body === undefined ? [] : [sqlDetail(maskSecrets(sql_body), t)]),
  ];
}

function sqlDetail(sql: string, t: Say): Detail {
  const shown = sql.slice(0, mostSqlCharacters);
  const lines = shown
    .split(/\r?\n/)
    .flatMap((line) => line.match(new RegExp(`.{1,${pieceLength}}`, "gu")) ?? [])
    .map((piece) => quoteForPerson(piece));
  const left = sql.length - shown.length;
  return {
    label: "SQL",
    text: [...lines, ...(left > 0 ? [t(`and ${left} characters more`, `另有 ${left} 个字符`)] : [])].join("\n"),
  };
}

function costOf(cu: number, t: Say): string {
  return t(
    `up to ${rounded(cu)} CU-hours an hour, ${rounded(cu * 24)} a day, without an end until it is stopped`,
    `每小时最多 ${rounded(cu)} CU 时，每天 ${rounded(cu * 24)} CU 时，停止之前没有终点`,
  );
}

function tooLarge(cu: number, most: number, count: number, t: Say): OverLimit {
  const jobs = count > 1 ? t(`the ${count} jobs together`, `${count} 个作业合计`) : t("the job", "作业");
  return {
    overLimit: t(
      `${jobs} may take ${rounded(cu)} CU and the policy admits ${most}`,
      `${jobs}可能用去 ${rounded(cu)} CU，而策略允许 ${most} CU`,
    ),
    next:
      count > 1
        ? t("Run them one by one, or smaller ones.", "请逐个运行，或运行更小的作业。")
        : t(
            "Ask for fewer CUs (cu_number, resource_config) or a lower flink.dli.job.cu.max.",
            "请减少 CU（cu_number、resource_config），或调低 flink.dli.job.cu.max。",
          ),
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
