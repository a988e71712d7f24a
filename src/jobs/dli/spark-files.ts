import type { Text } from "../../language.ts";
import type { Problem } from "../problem.ts";
import type { SparkBatch } from "./spark-batch.ts";
import { needsAgency } from "./spark-engine.ts";

const obsAddress = /^obs:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/(?!\.{1,2}(\/|$))[^/\\,\p{C}]+)+$/u;
/** A file of package management: group/file, or a file alone. */
const packageFile = /^(?!\.)[\w-]+(\.[\w-]+)*(\/[\w-]+(\.[\w-]+)*)?$/;
const javaClass = /^[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u;
const systemModules = ["sys.datasource.hbase", "sys.datasource.opentsdb", "sys.datasource.rds", "sys.datasource.css"];

/** Program, class and dependencies. */
export function checkFiles(batch: SparkBatch): Problem[] {
  // Packages are unreadable from Spark 3.3.1 on (notes 5).
  const obsOnly = needsAgency(batch.spark_version);
  const isFile = (text: string) => obsAddress.test(text) || (!obsOnly && packageFile.test(text));
  const problems: Problem[] = [];
  const { file = "" } = batch;
  if (!isFile(file) || !/\.(jar|py)$/i.test(file)) problems.push(badFile("file", obsOnly, true));
  if (/\.jar$/i.test(file) && !javaClass.test(batch.className ?? "")) problems.push(noClass);
  for (const field of ["jars", "pyFiles", "files"] as const) {
    const bad = (batch[field] ?? []).findIndex((entry) => !isFile(entry));
    if (bad >= 0) problems.push(badFile(`${field}[${bad}]`, obsOnly, false));
  }
  const badModule = (batch.modules ?? []).findIndex((name) => !systemModules.includes(name));
  if (badModule >= 0) problems.push(unknownModule(`modules[${badModule}]`));
  for (const field of ["resources", "groups"] as const) {
    if (obsOnly && (batch[field]?.length ?? 0) > 0) problems.push(packagesGone(field));
  }
  return problems;
}

function badFile(field: string, obsOnly: boolean, isMain: boolean): Problem {
  const kind: Text = isMain ? { en: "a .jar or .py", zh: ".jar 或 .py 文件" } : { en: "a file", zh: "文件" };
  const or: Text = obsOnly
    ? { en: "", zh: "" }
    : { en: ", or group/file of package management", zh: "，或程序包管理中的 组/文件" };
  return {
    code: "FILE_ADDRESS_INVALID",
    field,
    sentence: {
      en: `${field} is not the address of ${kind.en} that DLI can read: obs://bucket/key${or.en}.`,
      zh: `${field} 不是 DLI 可读取的${kind.zh}地址：obs://桶/键${or.zh}。`,
    },
    allowed: `obs://bucket/key${or.en}`,
    example: isMain ? "obs://acme-dli/jars/nightly.jar" : "obs://acme-dli/lib/dep.jar",
  };
}

const noClass: Problem = {
  code: "MAIN_CLASS_INVALID",
  field: "className",
  sentence: {
    en: "className is not the full name of a Java class, and a .jar needs its main class.",
    zh: "className 不是完整的 Java 类名，而 .jar 需要指定主类。",
  },
  allowed: "a class name with its package",
  example: "org.example.Etl",
};

function unknownModule(field: string): Problem {
  return {
    code: "MODULE_UNKNOWN",
    field,
    sentence: {
      en: `${field} is no module that DLI supplies; RDS PostgreSQL and DWS need none.`,
      zh: `${field} 不是 DLI 提供的模块；RDS PostgreSQL 和 DWS 无需模块。`,
    },
    allowed: systemModules.join(", "),
    example: "sys.datasource.rds",
  };
}

function packagesGone(field: "resources" | "groups"): Problem {
  return {
    code: "PACKAGES_UNREADABLE",
    field,
    sentence: {
      en: `${field} names packages, which Spark 3.3.1 and later cannot read. Put the files into OBS and name them in jars, pyFiles or files.`,
      zh: `${field} 引用的程序包在 Spark 3.3.1 及以上版本中无法读取。请将文件放入 OBS，并写在 jars、pyFiles 或 files 中。`,
    },
    allowed: "obs:// addresses in jars, pyFiles or files",
  };
}
