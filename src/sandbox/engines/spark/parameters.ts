import type { SparkJob } from "../../engine.ts";
import { splitWords } from "./tokens.ts";

/** What sparkSubmitParameters say, every option that has a setting of its own turned into that setting. */
export interface SubmitParameters {
  mainClass?: string;
  /** Text of spark.emr.sql.content. */
  sql?: string;
  settings: Record<string, string>;
  /** Options that were read and have no effect here, for startup.log. */
  notes: string[];
}

export interface Refusal {
  kind: "refused";
  code: "ERR-110001" | "ERR-110002";
  message: string;
}

/** Options of spark-submit that are another way of writing a setting. */
const optionSettings: Readonly<Record<string, string>> = {
  "--archives": "spark.archives",
  "--driver-class-path": "spark.driver.extraClassPath",
  "--driver-cores": "spark.driver.cores",
  "--driver-java-options": "spark.driver.extraJavaOptions",
  "--driver-memory": "spark.driver.memory",
  "--executor-cores": "spark.executor.cores",
  "--executor-memory": "spark.executor.memory",
  "--files": "spark.files",
  "--jars": "spark.jars",
  "--name": "spark.app.name",
  "--num-executors": "spark.executor.instances",
  "--py-files": "spark.submit.pyFiles",
  "--total-executor-cores": "spark.cores.max",
};

/** Accepted because people paste them; the service chooses these itself, and so does the sandbox. */
const optionsWithoutEffect: Readonly<Record<string, "value" | "flag">> = {
  "--master": "value",
  "--deploy-mode": "value",
  "--queue": "value",
  "--driver-library-path": "value",
  "--supervise": "flag",
  "--verbose": "flag",
  "-v": "flag",
};

const noResolver =
  "dependencies are not resolved from a repository here: put the JARs into a bucket and name them in --jars";
const refusedOptions: Readonly<Record<string, string>> = {
  "--packages": noResolver,
  "--repositories": noResolver,
  "--exclude-packages": noResolver,
  "--properties-file": "settings come from --conf and configurationOverrides",
  "--proxy-user": "a job runs as its workspace",
  "--principal": "Kerberos is not offered",
  "--keytab": "Kerberos is not offered",
  "--remote": "a job has its own driver",
  "--kill": "use CancelJobRun",
  "--status": "use GetJobRun",
};
const refusedSettings: ReadonlyArray<readonly [prefix: string, reason: string]> = [
  ["spark.jars.packages", noResolver],
  ["spark.jars.repositories", noResolver],
  ["spark.jars.ivy", noResolver],
  ["spark.remote", "a job has its own driver"],
];

const sqlContentKey = "spark.emr.sql.content";

export function parseSubmitParameters(
  job: Pick<SparkJob, "codeType" | "sparkSubmitParameters" | "configuration">,
): SubmitParameters | Refusal {
  const inline = job.codeType === "SQL" ? splitInlineSql(job.sparkSubmitParameters) : undefined;
  const split = splitWords(inline?.before ?? job.sparkSubmitParameters);
  if (!split.ok) return refused(`sparkSubmitParameters: ${split.problem}`);

  const read = readOptions(split.words);
  if ("kind" in read) return read;
  const settings = { ...job.configuration, ...read.settings };
  for (const key of Object.keys(settings)) {
    const reason = refusedSettings.find(([prefix]) => key.startsWith(prefix))?.[1];
    if (reason !== undefined) return refused(`the setting ${key} is not accepted: ${reason}`);
  }
  const sql = inline?.sql ?? settings[sqlContentKey];
  delete settings[sqlContentKey];
  return {
    ...(read.mainClass !== undefined && { mainClass: read.mainClass }),
    ...(sql !== undefined && { sql }),
    settings,
    notes: read.notes,
  };
}

/**
 * `--conf spark.emr.sql.content=SELECT 1 AS one` is unquoted and last: everything behind the equals sign is the
 * statement, options and quotes in it included. No statement begins with a quote, so one that does was quoted
 * for a shell and goes the usual way, as does a value whose whole `key=value` is quoted.
 */
function splitInlineSql(parameters: string): { before: string; sql: string } | undefined {
  const found = /(?:^|\s)(?:--conf|-c)(?:\s+|=)spark\.emr\.sql\.content=(?!["'])/.exec(parameters);
  if (found === null) return undefined;
  return {
    before: parameters.slice(0, found.index),
    sql: parameters.slice(found.index + found[0].length).trim(),
  };
}

function readOptions(words: readonly string[]): Pick<SubmitParameters, "mainClass" | "settings" | "notes"> | Refusal {
  const fromConf: Record<string, string> = {};
  const fromOptions: Record<string, string> = {};
  const notes: string[] = [];
  let mainClass: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const joined = /^(--[a-z-]+)=(.*)$/s.exec(word);
    const option = joined?.[1] ?? word;
    const refusal = refusedOptions[option];
    if (refusal !== undefined) return refused(`the option ${option} is not accepted: ${refusal}`);
    if (optionsWithoutEffect[option] === "flag") {
      notes.push(`${option} has no effect`);
      continue;
    }
    const setting = optionSettings[option];
    const ignored = optionsWithoutEffect[option] === "value";
    const isConf = option === "--conf" || option === "-c";
    if (setting === undefined && !ignored && !isConf && option !== "--class") {
      return refused(
        word.startsWith("-")
          ? `${option} is not an option of spark-submit that the service takes`
          : `"${word}" stands where an option was expected (is a value with a space left unquoted?)`,
      );
    }
    const value = joined?.[2] ?? words[++i];
    if (value === undefined) return refused(`the option ${option} has no value`);
    if (isConf) {
      const equals = value.indexOf("=");
      if (equals < 1) return refused(`--conf takes key=value, not "${value}"`);
      fromConf[value.slice(0, equals).trim()] = value.slice(equals + 1);
    } else if (option === "--class") mainClass = value;
    else if (setting !== undefined) fromOptions[setting] = value;
    else notes.push(`${option} ${value} has no effect`);
  }
  // An option beats the --conf of the same meaning, as in spark-submit.
  return { ...(mainClass !== undefined && { mainClass }), settings: { ...fromConf, ...fromOptions }, notes };
}

export function refused(message: string, code: Refusal["code"] = "ERR-110001"): Refusal {
  return { kind: "refused", code, message };
}
