import { isRefused, type Refused, type SparkConf } from "../problem.ts";
import { checkInlineSql } from "./inline-sql.ts";
import { sqlContentKey } from "./options.ts";
import { quoteWord } from "./quoting.ts";

export interface SparkSubmitInput {
  readonly mainClass?: string;
  readonly conf?: SparkConf;
  readonly jars?: readonly string[];
  readonly pyFiles?: readonly string[];
  readonly files?: readonly string[];
  readonly archives?: readonly string[];
  /** One statement, sent inline; see checkInlineSql. */
  readonly sql?: string;
}

const lists = [
  ["jars", "--jars"],
  ["pyFiles", "--py-files"],
  ["files", "--files"],
  ["archives", "--archives"],
] as const;

/** The opposite of parseSparkSubmitParameters. Quoting: see quoteWord. */
export function buildSparkSubmitParameters(input: SparkSubmitInput): string | Refused {
  const words: string[] = [];
  if (input.mainClass !== undefined) {
    if (!/^[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(input.mainClass)) return badClass();
    words.push("--class", input.mainClass);
  }
  for (const [field, option] of lists) {
    const entries = input[field];
    if (!entries?.length) continue;
    const bad = entries.findIndex((entry) => entry.trim() === "" || entry.includes(",") || entry.startsWith("-"));
    if (bad >= 0) return badEntry(`${field}[${bad}]`);
    const word = quoteWord(entries.join(","), field);
    if (isRefused(word)) return word;
    words.push(option, word);
  }
  for (const [key, value] of Object.entries(input.conf ?? {})) {
    if (!/^spark\.[^\s=\p{Cc}"'\\]+$/u.test(key)) return badKey(key);
    if (key === sqlContentKey) return sqlInConf();
    const word = quoteWord(`${key}=${value}`, `conf.${key}`);
    if (isRefused(word)) return word;
    words.push("--conf", word);
  }
  if (input.sql !== undefined) {
    const sql = checkInlineSql(input.sql);
    if (isRefused(sql)) return sql;
    words.push("--conf", `${sqlContentKey}=${sql}`);
  }
  return words.join(" ");
}

function badClass(): Refused {
  return {
    problem: {
      code: "MAIN_CLASS_INVALID",
      field: "mainClass",
      sentence: { en: "mainClass is not the full name of a Java class.", zh: "mainClass 不是完整的 Java 类名。" },
      allowed: "a class name with its package",
      example: "org.example.Etl",
    },
  };
}

function badEntry(field: string): Refused {
  return {
    problem: {
      code: "FILE_ADDRESS_INVALID",
      field,
      sentence: {
        en: `${field} is empty, begins with - or holds a comma; spark-submit separates addresses by commas.`,
        zh: `${field} 为空、以 - 开头或含有逗号；spark-submit 用逗号分隔多个地址。`,
      },
      allowed: "one address per entry, without commas",
      example: "oss://lake/jars/udf.jar",
    },
  };
}

function badKey(key: string): Refused {
  const shown = JSON.stringify(key.slice(0, 80));
  return {
    problem: {
      code: "CONF_KEY_INVALID",
      field: "conf",
      sentence: {
        en: `${shown} is not a Spark setting: spark-submit ignores keys that do not begin with "spark.". Hadoop settings are written as spark.hadoop.<key>.`,
        zh: `${shown} 不是 Spark 配置项：spark-submit 会忽略不以 "spark." 开头的键。Hadoop 配置请写作 spark.hadoop.<key>。`,
      },
      allowed: "spark. followed by text without blanks, quotes, backslashes or =",
      example: "spark.sql.shuffle.partitions",
    },
  };
}

function sqlInConf(): Refused {
  return {
    problem: {
      code: "CONF_RESERVED",
      field: `conf.${sqlContentKey}`,
      sentence: {
        en: `${sqlContentKey} cannot be given among the settings because it must stand last; give the statement as sql.`,
        zh: `${sqlContentKey} 必须位于最后，不能放在配置项中；请通过 sql 字段给出语句。`,
      },
    },
  };
}
