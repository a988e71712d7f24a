import type { Text } from "../../language.ts";
import type { SparkConf } from "../problem.ts";
import { holdsAccessKeyId, isSecretName } from "../secrets.ts";
import { effectiveConf, type ParsedParameters } from "./parse.ts";

export interface ConfProblem {
  readonly code: string;
  readonly key: string;
  /** `refuse`: do not submit. `warn`: say it where the person decides. */
  readonly effect: "refuse" | "warn";
  readonly sentence: Text;
}

interface Rule {
  readonly code: string;
  readonly effect: "refuse" | "warn";
  readonly matches: (key: string, value: string) => boolean;
  /** `{key}` stands for the key. The value is never shown. */
  readonly en: string;
  readonly zh: string;
}

/** The first rule that matches a key speaks for it. */
const rules: readonly Rule[] = [
  {
    code: "CONF_RESERVED",
    effect: "refuse",
    matches: (key) => /^spark\.(?:master|submit\.deployMode|remote)$/.test(key),
    en: "{key} is chosen by the service; setting it has no effect or stops the job. Leave it out.",
    zh: "{key} 由服务端决定，设置后要么无效，要么导致作业失败。请去掉。",
  },
  {
    code: "CONF_RESERVED",
    effect: "refuse",
    matches: (key) => key === "spark.emr.sql.content",
    en: "{key} carries the statement of an inline SQL job and must stand last; give the statement as sql.",
    zh: "{key} 用于承载内联 SQL，且必须位于最后；请通过 sql 字段给出语句。",
  },
  {
    code: "CONF_HOLDS_ACCESS_KEY",
    effect: "refuse",
    matches: (key, value) => value !== "" && (/access[._-]?key/i.test(key) || holdsAccessKeyId(value)),
    en: "{key} carries an AccessKey, which everybody who may read the job run would see. Give the workspace's execution role the right to the data instead.",
    zh: "{key} 含有 AccessKey，凡能查看该作业的人都能看到。请改为给工作空间的执行角色授权。",
  },
  {
    code: "CONF_HOLDS_SECRET",
    effect: "warn",
    matches: (key, value) => value !== "" && isSecretName(key) && !/^(?:true|false|\d+)$/i.test(value),
    en: "{key} looks like a secret; it is stored with the job run in clear text and readable by everybody who may read it.",
    zh: "{key} 看起来是机密信息，会随作业明文保存，凡能查看该作业的人都能读到。",
  },
  {
    // SparkConf.validateSettings and SparkSubmitCommandBuilder (Spark 3.5) stop the job on these.
    code: "CONF_BAD_JAVA_OPTIONS",
    effect: "refuse",
    matches: (key, value) =>
      /^spark\.(?:driver|executor)\.(?:extra|default)JavaOptions$/.test(key) &&
      (/-Xmx/.test(value) || (key.startsWith("spark.executor.") && /-Dspark/.test(value))),
    en: "{key} holds -Xmx or -Dspark..., which Spark refuses. Set spark.driver.memory, spark.executor.memory or the setting itself.",
    zh: "{key} 含有 -Xmx 或 -Dspark...，Spark 会拒绝。请改用 spark.driver.memory、spark.executor.memory 或对应配置项。",
  },
  {
    code: "CONF_EVADES_SIZE",
    effect: "refuse",
    matches: (key) =>
      /^spark\.kubernetes\.(?:(?:driver|executor)\.(?:request|limit)\.cores|(?:driver|executor)\.podTemplate)/.test(
        key,
      ),
    en: "{key} sizes containers past spark.driver.cores and spark.executor.cores, so what the job takes could not be told. Leave it out.",
    zh: "{key} 会绕过 spark.driver.cores 与 spark.executor.cores 改变容器规格，无法估算资源。请去掉。",
  },
  {
    code: "CONF_NOT_IN_ESTIMATE",
    effect: "warn",
    matches: (key) => /^spark\.(?:driver|executor)\.resource\./.test(key),
    en: "{key} asks for GPUs or other devices, which the CU estimate does not count.",
    zh: "{key} 申请 GPU 等设备，CU 估算未包含。",
  },
  {
    code: "CONF_INEFFECTIVE",
    effect: "warn",
    matches: (key) => /^spark\.(?:yarn|kubernetes|mesos|deploy|worker|standalone)\.|^spark\.cores\.max$/.test(key),
    en: "{key} belongs to a cluster manager, which the service runs itself; it may have no effect.",
    zh: "{key} 属于集群管理器配置，集群由服务端管理，可能不生效。",
  },
  {
    code: "CONF_INEFFECTIVE",
    effect: "warn",
    matches: (key) => /^spark\.driver\.(?:host|port|bindAddress)$/.test(key),
    en: "{key} is set by the service for its own network; another value can keep executors from reaching the driver.",
    zh: "{key} 由服务端按其网络设置，改动可能导致 executor 无法连接 driver。",
  },
  {
    code: "CONF_HIDES_JOB",
    effect: "warn",
    matches: (key, value) =>
      key === "spark.eventLog.dir" || (/^spark\.(?:eventLog|ui)\.enabled$/.test(key) && /^false$/i.test(value.trim())),
    en: "{key} takes the job out of the Spark UI, so that a failure is hard to look into.",
    zh: "{key} 会使作业不出现在 Spark UI 中，失败后难以排查。",
  },
  {
    code: "CONF_WEAKENS_REDACTION",
    effect: "warn",
    matches: (key) => /^spark\.(?:sql\.)?redaction\./.test(key),
    en: "{key} changes which settings Spark hides in its UI and logs; secrets may show.",
    zh: "{key} 会改变 Spark 在界面和日志中隐藏哪些配置，机密信息可能暴露。",
  },
  {
    code: "CONF_IGNORED",
    effect: "warn",
    matches: (key) => !key.startsWith("spark."),
    en: '{key} does not begin with "spark.", so spark-submit ignores it. Hadoop settings are written as spark.hadoop.<key>.',
    zh: '{key} 不以 "spark." 开头，spark-submit 会忽略它。Hadoop 配置请写作 spark.hadoop.<key>。',
  },
];

export function problemsOfSparkConf(conf: SparkConf): ConfProblem[] {
  return Object.entries(conf).flatMap(([key, value]) => {
    const rule = rules.find((candidate) => candidate.matches(key, value));
    if (!rule) return [];
    const shown = JSON.stringify(key.slice(0, 120)).slice(1, -1);
    return [
      {
        code: rule.code,
        key,
        effect: rule.effect,
        sentence: { en: rule.en.replace("{key}", () => shown), zh: rule.zh.replace("{key}", () => shown) },
      },
    ];
  });
}

/** Options that would take the command elsewhere, or settings from where nobody here can read them. */
const refusedOptions = new Set(["--kill", "--status", "--properties-file", "--proxy-user", "--keytab", "--principal"]);

/**
 * What keeps parameters given as one text from being relied on, then what is wrong with their settings. A key given twice is
 * refused because which one the service takes is not documented: the approval would show one and the job could use the other.
 */
export function problemsOfParameters(parsed: ParsedParameters, defaults: SparkConf = {}): ConfProblem[] {
  const refuse = (code: string, key: string, en: string, zh: string): ConfProblem => {
    const shown = JSON.stringify(key.slice(0, 120));
    return { code, key, effect: "refuse", sentence: { en: `${shown} ${en}`, zh: `${shown} ${zh}` } };
  };
  const optionNames = [...Object.keys(parsed.options), ...parsed.switches];
  return [
    ...parsed.unknown.map((word) =>
      refuse(
        "OPTION_UNKNOWN",
        word,
        "is no option of spark-submit, so what the job takes could not be told.",
        "不是 spark-submit 的选项，无法估算作业资源。",
      ),
    ),
    ...parsed.repeated.map((key) =>
      refuse("CONF_REPEATED", key, "is given more than once. Give it once.", "出现多次，请只保留一次。"),
    ),
    ...optionNames
      .filter((name) => refusedOptions.has(name) || parsed.switches.includes(name))
      .map((name) =>
        refuse(
          "OPTION_REFUSED",
          name,
          "has no place in a job run, or brings settings that cannot be seen here.",
          "不适用于作业提交，或会引入此处无法查看的配置。",
        ),
      ),
    ...problemsOfSparkConf(effectiveConf(parsed, defaults)),
  ];
}
