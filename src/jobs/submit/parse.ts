import { isRefused, type Refused, type SparkConf } from "../problem.ts";
import { checkInlineSql } from "./inline-sql.ts";
import { aliases, confKeyOfOption, optionsWithValue, sqlContentKey, switches } from "./options.ts";
import { splitWords, type Word } from "./quoting.ts";

export interface ParsedParameters {
  /** What --conf says; the last one wins where a key is repeated. */
  readonly conf: SparkConf;
  /** Other options that take a value, by their long name, e.g. `--class`. */
  readonly options: Readonly<Record<string, string>>;
  readonly switches: readonly string[];
  /** Unknown options and words that belong to no option. Not empty means the settings above cannot be relied on. */
  readonly unknown: readonly string[];
  /** Keys and options given more than once. */
  readonly repeated: readonly string[];
  /** The statement of an inline SQL job. */
  readonly sql?: string;
}

export function parseSparkSubmitParameters(text: string): ParsedParameters | Refused {
  const inline = cutInlineSql(text);
  if (isRefused(inline)) return inline;
  const words = splitWords(inline.before);
  if (isRefused(words)) return words;

  const conf = new Map<string, string>();
  const options = new Map<string, string>();
  const seenSwitches: string[] = [];
  const unknown: string[] = [];
  const repeated = new Set<string>();
  const put = (map: Map<string, string>, key: string, value: string) => {
    if (map.has(key)) repeated.add(key);
    map.set(key, value);
  };

  for (let at = 0; at < words.length; at += 1) {
    const { name, attached } = readOption(words[at]?.text ?? "");
    if (switches.has(name) && attached === undefined) {
      seenSwitches.push(name);
      continue;
    }
    if (!optionsWithValue.has(name)) {
      unknown.push(words[at]?.text ?? "");
      continue;
    }
    if (attached === undefined) at += 1;
    const value = attached ?? words[at]?.text;
    if (value === undefined) return missingValue(name);
    if (name !== "--conf") {
      put(options, name, value);
      continue;
    }
    const equals = value.indexOf("=");
    if (equals < 1) return notAnAssignment(value);
    const key = value.slice(0, equals);
    if (key === sqlContentKey) return quotedSql();
    put(conf, key, value.slice(equals + 1));
  }
  return {
    conf: Object.fromEntries(conf),
    options: Object.fromEntries(options),
    switches: seenSwitches,
    unknown,
    repeated: [...repeated],
    ...(inline.sql === undefined ? {} : { sql: inline.sql }),
  };
}

/** What Spark would run with: named options beat --conf, which beats `defaults`. */
export function effectiveConf(parsed: ParsedParameters, defaults: SparkConf = {}): SparkConf {
  const conf = new Map([...Object.entries(defaults), ...Object.entries(parsed.conf)]);
  for (const [option, value] of Object.entries(parsed.options)) {
    const key = confKeyOfOption[option];
    if (key) conf.set(key, value);
  }
  return Object.fromEntries(conf);
}

/** `--conf=k=v` is legal too (SparkSubmitOptionParser.eqSeparatedOpt). */
function readOption(word: string): { name: string; attached?: string } {
  const match = /^(--[^=]+)=(.+)$/s.exec(word);
  if (match?.[1] && match[2] !== undefined) return { name: match[1], attached: match[2] };
  return { name: aliases[word] ?? word };
}

/** Everything behind the first unquoted `--conf spark.emr.sql.content=` is the statement. */
function cutInlineSql(text: string): { before: string; sql?: string } | Refused {
  const match = /(?:^|\s)(?:--conf|-c)(?:\s+|=)spark\.emr\.sql\.content=/u.exec(text);
  if (!match) return { before: text };
  const before = text.slice(0, match.index);
  const words: readonly Word[] | Refused = splitWords(before);
  if (isRefused(words)) return quotedSql();
  const sql = checkInlineSql(text.slice(match.index + match[0].length));
  return isRefused(sql) ? sql : { before, sql };
}

function missingValue(option: string): Refused {
  return {
    problem: {
      code: "OPTION_WITHOUT_VALUE",
      field: "sparkSubmitParameters",
      sentence: { en: `${option} is the last word and has no value.`, zh: `${option} 位于末尾，缺少取值。` },
    },
  };
}

function notAnAssignment(value: string): Refused {
  return {
    problem: {
      code: "CONF_WITHOUT_VALUE",
      field: "sparkSubmitParameters",
      sentence: {
        en: `--conf is followed by ${JSON.stringify(value.slice(0, 80))}, which is not key=value.`,
        zh: `--conf 后的 ${JSON.stringify(value.slice(0, 80))} 不是 key=value 形式。`,
      },
      allowed: "key=value",
      example: "--conf spark.executor.instances=2",
    },
  };
}

function quotedSql(): Refused {
  return {
    problem: {
      code: "SQL_NOT_INLINE",
      field: "sparkSubmitParameters",
      sentence: {
        en: `${sqlContentKey} must stand unquoted and last; how the service reads it otherwise is not documented. Upload the statement as a .sql file instead.`,
        zh: `${sqlContentKey} 必须不带引号且位于最后，其他写法服务端如何解析没有文档说明。请改为上传 .sql 文件。`,
      },
      example: `--conf ${sqlContentKey}=SELECT 1 AS one`,
    },
  };
}
