import { isRefused, type SparkConf } from "../problem.ts";
import { maskArguments, maskValue } from "../secrets.ts";
import type { JobDriver } from "./driver.ts";
import { sqlContentKey } from "./options.ts";
import { parseSparkSubmitParameters } from "./parse.ts";

export interface RenderInput {
  readonly jobDriver: JobDriver;
  readonly name?: string;
  readonly resourceQueueId?: string;
  readonly releaseVersion?: string;
  /** configurationOverrides that belong to spark-defaults.conf. */
  readonly configuration?: SparkConf;
}

/**
 * The equivalent spark-submit command, for a person to read before saying yes. It is made from what will be sent, not from
 * what was asked for; secrets are masked, and no value can break out of its line.
 */
export function renderSparkSubmit(input: RenderInput): string {
  const { entryPoint, entryPointArguments = [], sparkSubmitParameters = "" } = input.jobDriver.sparkSubmit;
  const comments = [
    comment("name", input.name),
    comment("queue", input.resourceQueueId),
    comment("engine", input.releaseVersion),
    ...Object.entries(input.configuration ?? {}).map(([key, value]) =>
      comment("spark-defaults.conf", `${key}=${maskValue(key, value)}`),
    ),
  ].flatMap((line) => line ?? []);
  const command = [
    "spark-submit",
    ...optionLines(sparkSubmitParameters),
    [entryPoint, ...maskArguments(entryPointArguments)].map(shellQuote).join(" "),
  ].join(" \\\n  ");
  return [...comments, command].join("\n");
}

function optionLines(parameters: string): string[] {
  const parsed = parseSparkSubmitParameters(parameters);
  if (isRefused(parsed)) return [shellQuote(`<parameters that cannot be read: ${parsed.problem.code}>`)];
  return [
    ...Object.entries(parsed.options).map(([name, value]) => `${name} ${shellQuote(maskValue(name, value))}`),
    ...parsed.switches,
    ...parsed.unknown.map((word) => shellQuote(maskArguments([word])[0] ?? "")),
    ...Object.entries(parsed.conf).map(([key, value]) => `--conf ${shellQuote(`${key}=${maskValue(key, value)}`)}`),
    ...(parsed.sql === undefined ? [] : [`--conf ${shellQuote(`${sqlContentKey}=${parsed.sql}`)}`]),
  ];
}

function comment(label: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `# ${label}: ${escapeUnseen(text)}`;
}

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** POSIX single quotes; $'...' (POSIX.1-2024) where a character would not be seen or would break the line. */
export function shellQuote(word: string): string {
  if (unseen.test(word)) return `$'${escapeUnseen(word.replace(/[\\']/g, "\\$&"))}'`;
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function escapeUnseen(text: string): string {
  return text.replace(new RegExp(unseen.source, "gu"), (char) => {
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
