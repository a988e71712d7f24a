import type { Text } from "../../language.ts";
import type { Problem } from "../problem.ts";
import type { FlinkDefinition, FlinkKind } from "./flink-definition.ts";
import { isProblem, parseRuntimeConfig } from "./flink-runtime-config.ts";
import { problemsOfScaling, readScaling, warningsOfScaling } from "./flink-scaling.ts";
import { sizeOfFlinkJob } from "./flink-size.ts";

/** What the fields of a whole definition ask of each other (notes section 7). */
export interface FlinkFindings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Text[];
}

const priorityKey = "flink.dli.job.priority";

export function checkFlinkDefinition(kind: FlinkKind, wanted: FlinkDefinition): FlinkFindings {
  const size = sizeOfFlinkJob(wanted);
  const config = parseRuntimeConfig(wanted.runtime_config);
  if (isProblem(size)) return { problems: [size.problem, ...problemsOf(kind, wanted)], warnings: [] };
  if (isProblem(config)) return { problems: [config.problem], warnings: [] };
  const scaling = readScaling(config, size.cu);
  const subject = { definition: wanted, config, totalCu: size.cu };
  return {
    problems: [...problemsOf(kind, wanted), ...problemsOfScaling(scaling, subject), ...problemsOfPriority(config)],
    warnings: [...warningsOf(kind, wanted), ...warningsOfScaling(scaling, subject)],
  };
}

function problemsOf(kind: FlinkKind, wanted: FlinkDefinition): Problem[] {
  const version = wanted.flink_version;
  const isV2 = wanted.resource_config_version === "v2";
  const isNew = version === "1.15" || version === "1.17";
  const rules: ReadonlyArray<readonly [boolean, Problem]> = [
    [
      kind === "jar" && !wanted.entrypoint,
      rule("entrypoint", "A Jar job needs its program", "Jar 作业需要指定程序", "obs://my-bucket/jars/job.jar"),
    ],
    [
      kind === "sql" && !wanted.sql_body && wanted.template_id === undefined,
      rule("sql_body", "A SQL job needs its statements", "SQL 作业需要 SQL 语句", "INSERT INTO ..."),
    ],
    [
      kind === "jar" && version === "1.13",
      rule(
        "flink_version",
        "Jar jobs run on Flink 1.10, 1.12, 1.15 or 1.17",
        "Jar 作业支持 Flink 1.10、1.12、1.15、1.17",
        "1.15",
      ),
    ],
    [
      isV2 && (version === "1.10" || version === "1.12"),
      rule("resource_config_version", "v2 needs Flink 1.13 or later", "v2 需要 Flink 1.13 及以上", "v1"),
    ],
    [
      !isV2 && version === "1.17",
      rule(
        "resource_config_version",
        "Flink 1.17 needs v2, with resource_config",
        "Flink 1.17 需要 v2 及 resource_config",
        "v2",
      ),
    ],
    [
      !isV2 && wanted.resource_config !== undefined,
      rule("resource_config_version", "resource_config counts only with v2", "resource_config 仅在 v2 下生效", "v2"),
    ],
    [
      wanted.image !== undefined && wanted.feature !== "custom",
      rule("feature", "image counts only with feature custom", "image 仅在 feature 为 custom 时生效", "custom"),
    ],
    [
      wanted.feature === "custom" && wanted.image === undefined,
      rule("image", "feature custom needs an image", "feature 为 custom 时需要 image", "myorg/flink-general:v1"),
    ],
    [
      wanted.log_enabled === true && !wanted.obs_bucket,
      rule("obs_bucket", "Logs need a bucket", "保存日志需要 OBS 桶", "my-bucket"),
    ],
    [
      kind === "sql" && wanted.checkpoint_enabled === true && !wanted.obs_bucket,
      rule("obs_bucket", "Checkpoints of a SQL job need a bucket", "SQL 作业的 Checkpoint 需要 OBS 桶", "my-bucket"),
    ],
    [
      wanted.run_mode === "shared_cluster" && wanted.queue_name !== undefined,
      rule("run_mode", "A queue needs exclusive_cluster", "使用队列需要 exclusive_cluster", "exclusive_cluster"),
    ],
    [
      isNew && filesOf(wanted).some((file) => !file.startsWith("obs://")),
      rule(
        "entrypoint",
        "From Flink 1.15 on, files are named by their OBS paths",
        "Flink 1.15 起，文件须使用 OBS 路径",
        "obs://my-bucket/jars/job.jar",
      ),
    ],
  ];
  return rules.flatMap(([isBroken, problem]) => (isBroken ? [problem] : []));
}

function warningsOf(kind: FlinkKind, wanted: FlinkDefinition): Text[] {
  const size = sizeOfFlinkJob(wanted);
  const isNew = wanted.flink_version === "1.15" || wanted.flink_version === "1.17";
  const recommended = isProblem(size) || size.version === "v2" ? undefined : 4 * (size.cu - size.jobManager.cpu);
  return [
    ...(isNew && !wanted.execution_agency_urn
      ? [
          {
            en: "From Flink 1.15 on, a job reaches OBS and other services only through an agency (execution_agency_urn).",
            zh: "Flink 1.15 起，作业须通过委托（execution_agency_urn）访问 OBS 等服务。",
          },
        ]
      : []),
    ...(recommended !== undefined && (wanted.parallel_number ?? 1) > recommended
      ? [
          {
            en: `A parallelism of at most ${recommended} is recommended for these CUs.`,
            zh: `按当前 CU 建议并行度不超过 ${recommended}。`,
          },
        ]
      : []),
    ...(wanted.queue_name === undefined
      ? [{ en: "Without a queue it cannot be run.", zh: "未指定队列，无法运行。" }]
      : []),
    ...(wanted.restart_when_exception === true && wanted.resume_checkpoint !== true
      ? [
          {
            en: "After an exception it restarts from nothing: resume_checkpoint is not on.",
            zh: "异常重启后不会从 Checkpoint 恢复：resume_checkpoint 未开启。",
          },
        ]
      : []),
    ...(kind === "jar" && wanted.resume_checkpoint === true && wanted.checkpoint_path === undefined
      ? [
          {
            en: "resume_checkpoint finds the checkpoints of a Jar job by checkpoint_path, which is not set.",
            zh: "Jar 作业从 Checkpoint 恢复需要设置 checkpoint_path。",
          },
        ]
      : []),
  ];
}

function problemsOfPriority(config: Readonly<Record<string, string>>): Problem[] {
  const text = config[priorityKey];
  if (text === undefined || /^(?:[1-9]|10)$/.test(text.trim())) return [];
  return [
    rule(`runtime_config.${priorityKey}`, "A priority is a whole number from 1 to 10", "优先级为 1 至 10 的整数", "5"),
  ];
}

function filesOf(wanted: FlinkDefinition): string[] {
  return [
    wanted.entrypoint,
    wanted.udf_jar_url,
    ...(wanted.dependency_jars ?? []),
    ...(wanted.dependency_files ?? []),
  ].filter((file) => file !== undefined);
}

function rule(field: string, en: string, zh: string, example: string): Problem {
  return { code: "FLINK_RULE", field, sentence: { en: `${en}.`, zh: `${zh}。` }, allowed: en, example };
}
