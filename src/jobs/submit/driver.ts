import { type CodeType, isRefused, type Refused } from "../problem.ts";
import { buildSparkSubmitParameters, type SparkSubmitInput } from "./build.ts";
import { sqlCliClass, sqlShellEntryPoint } from "./options.ts";

export interface JobDescription extends SparkSubmitInput {
  readonly codeType: CodeType;
  /** oss:// address of the .jar, .py or .sql; absent for inline SQL. */
  readonly entryPoint?: string;
  readonly arguments?: readonly string[];
}

/** `jobDriver` of StartJobRun. */
export interface JobDriver {
  readonly sparkSubmit: {
    readonly entryPoint: string;
    readonly entryPointArguments?: readonly string[];
    readonly sparkSubmitParameters?: string;
  };
}

export function buildJobDriver(job: JobDescription): JobDriver | Refused {
  switch (job.codeType) {
    case "JAR":
      return jarDriver(job);
    case "PYTHON":
      return pythonDriver(job);
    case "SQL":
      return job.sql === undefined ? sqlFileDriver(job) : inlineSqlDriver(job);
  }
}

function jarDriver(job: JobDescription): JobDriver | Refused {
  if (job.mainClass === undefined) return missing("mainClass", "JAR", "org.example.Etl");
  return misplaced(job, ["sql", "pyFiles"]) ?? driver(job.entryPoint, ".jar", job, job.arguments ?? []);
}

function pythonDriver(job: JobDescription): JobDriver | Refused {
  return misplaced(job, ["sql", "mainClass"]) ?? driver(job.entryPoint, ".py", job, job.arguments ?? []);
}

/** Alibaba Cloud's sample code runs a script this way; it has no quoting problem. */
function sqlFileDriver(job: JobDescription): JobDriver | Refused {
  const uri = job.entryPoint ?? "";
  return (
    misplaced(job, ["mainClass", "pyFiles"]) ??
    driver(job.entryPoint, ".sql", { ...job, mainClass: sqlCliClass }, ["-f", uri, ...(job.arguments ?? [])])
  );
}

function inlineSqlDriver(job: JobDescription): JobDriver | Refused {
  const wrong = misplaced(job, ["entryPoint", "mainClass", "pyFiles", "arguments"]);
  if (wrong) return wrong;
  const parameters = buildSparkSubmitParameters(job);
  if (isRefused(parameters)) return parameters;
  return { sparkSubmit: { entryPoint: sqlShellEntryPoint, sparkSubmitParameters: parameters } };
}

function driver(
  entryPoint: string | undefined,
  extension: string,
  input: SparkSubmitInput,
  args: readonly string[],
): JobDriver | Refused {
  if (!isOssAddress(entryPoint, extension)) return badEntryPoint(extension);
  const parameters = buildSparkSubmitParameters(input);
  if (isRefused(parameters)) return parameters;
  return {
    sparkSubmit: {
      entryPoint,
      ...(args.length > 0 ? { entryPointArguments: args } : {}),
      ...(parameters === "" ? {} : { sparkSubmitParameters: parameters }),
    },
  };
}

/** Bucket names: 3 to 63 of a-z, 0-9 and -; the bucket may carry its endpoint. */
function isOssAddress(uri: string | undefined, extension: string): uri is string {
  if (uri === undefined || !/^oss:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?:\.[a-z0-9.-]+)?\/[^\p{Cc}\p{Cf}]+$/u.test(uri))
    return false;
  return uri.toLowerCase().endsWith(extension) && !uri.split("/").includes("..");
}

function misplaced(job: JobDescription, fields: readonly (keyof JobDescription)[]): Refused | undefined {
  const field = fields.find((name) => {
    const value = job[name];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (!field) return undefined;
  const inline = job.codeType === "SQL" && job.sql !== undefined;
  return {
    problem: {
      code: "FIELD_NOT_FOR_CODE_TYPE",
      field,
      sentence: {
        en: `${field} has no meaning for ${inline ? "an inline SQL" : `a ${job.codeType}`} job. Nothing was submitted; leave it out or change codeType.`,
        zh: `${field} 不适用于${inline ? "内联 SQL" : ` ${job.codeType} `}作业。未提交任何作业；请去掉该字段或更改 codeType。`,
      },
    },
  };
}

function missing(field: string, codeType: CodeType, example: string): Refused {
  return {
    problem: {
      code: "FIELD_MISSING",
      field,
      sentence: { en: `A ${codeType} job needs ${field}.`, zh: `${codeType} 作业必须提供 ${field}。` },
      example,
    },
  };
}

function badEntryPoint(extension: string): Refused {
  const orSql = extension === ".sql";
  return {
    problem: {
      code: "ENTRY_POINT_INVALID",
      field: "entryPoint",
      sentence: {
        en: `entryPoint must be the oss:// address of a ${extension} file${orSql ? ", unless sql gives a short statement" : ""}. Upload the file first.`,
        zh: `entryPoint 必须是 ${extension} 文件的 oss:// 地址${orSql ? "（除非用 sql 给出简短语句）" : ""}。请先上传文件。`,
      },
      allowed: `oss://<bucket>/<path>${extension}`,
      example: `oss://lake/jobs/etl${extension}`,
    },
  };
}
