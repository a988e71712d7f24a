import type { Text } from "../../language.ts";
import { cleanLine } from "../clean-text.ts";
import type { SparkConf } from "../problem.ts";
import { maskSecrets } from "../secrets.ts";
import { jobPhase } from "../states.ts";
import { lastPythonError } from "./python-error.ts";
import { rules } from "./rules.ts";
import type { Diagnosis, DiagnosisInput, Evidence, LogSource, Rule } from "./types.ts";

export type { Diagnosis, DiagnosisInput, Evidence } from "./types.ts";

/** Bounds on work: a tail is text from a job and may be anything. */
const mostLines = 3000;
const longestLine = 3000;
const longestEvidence = 300;

/** A log4j line below WARN: Spark echoes plans, statements and settings there, which may name any error. */
const informational = /^[\d/-]{8,10}[ T][\d:.,]{8,12}\s+(?:\[[^\]]{0,80}\]\s+)?(?:INFO|DEBUG|TRACE)\b/;

interface Tail {
  readonly source: LogSource;
  readonly lines: readonly string[];
}

/**
 * What probably ended (or holds up) a job, most certain first. Every finding quotes the line it rests on; without such a
 * line there is no finding.
 */
export function diagnose(input: DiagnosisInput): Diagnosis[] {
  const phase = jobPhase(input.state);
  if (phase === "succeeded") return [];
  if (phase === "cancelled") return diagnoseCancelled(input);
  const tails = readTails(input);
  const { codeType } = input;
  const candidates = rules.filter(
    (rule) => (phase !== "active" || rule.whileRunning) && (!codeType || (rule.codeTypes?.includes(codeType) ?? true)),
  );
  const found = candidates.flatMap((rule) => applyRule(rule, tails, input.conf ?? {}));
  if (phase !== "active") found.push(...pythonFinding(tails));
  return withoutConsequences(found).sort((a, b) => b.confidence - a.confidence);
}

/** A cancelled job's log is full of broken connections and killed executors, all of them from the cancel. */
function diagnoseCancelled(input: DiagnosisInput): Diagnosis[] {
  const reason = readTails(input).filter((tail) => tail.source === "reason");
  const timeLimit = rules
    .filter((rule) => rule.id === "execution-time-limit")
    .flatMap((rule) => applyRule(rule, reason, input.conf ?? {}));
  if (timeLimit.length > 0) return timeLimit;
  const line = reason[0]?.lines[0] ?? input.state;
  return [
    {
      rule: "cancelled",
      confidence: 1,
      evidence: { source: "reason", line: showLine(line), lineNumber: 0, count: 1 },
      cause: { en: "The run was cancelled; it did not fail by itself.", zh: "作业被取消，并非自身失败。" },
      fix: { en: "Submit it again if it was not meant to be cancelled.", zh: "若非有意取消，请重新提交。" },
      settings: {},
      origin: "Job state",
    },
  ];
}

function readTails(input: DiagnosisInput): Tail[] {
  const reason = [input.stateChangeReason?.code, input.stateChangeReason?.message].filter(Boolean).join(": ");
  const texts: [LogSource, string | undefined][] = [
    ["reason", reason],
    ["stderr", input.stderrTail],
    ["stdout", input.stdoutTail],
    ["syslog", input.syslogTail],
  ];
  return texts.flatMap(([source, text]) => (text ? [{ source, lines: toLines(text) }] : []));
}

function toLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.slice(-mostLines).map((line) => cleanLine(line.slice(0, longestLine)));
}

function applyRule(rule: Rule, tails: readonly Tail[], conf: SparkConf): Diagnosis[] {
  let first: { match: RegExpExecArray; evidence: Evidence } | undefined;
  let count = 0;
  for (const { source, lines } of tails) {
    if (rule.sources && !rule.sources.includes(source)) continue;
    for (const [lineNumber, line] of lines.entries()) {
      const match = rule.pattern.exec(line);
      if (!match || informational.test(line) || rule.not?.test(line)) continue;
      count += 1;
      first ??= { match, evidence: { source, line: showLine(line, match.index), lineNumber, count: 1 } };
    }
  }
  if (!first) return [];
  const { groups } = first.match;
  const name = groups?.name ?? groups?.name2 ?? groups?.name3;
  return [
    {
      rule: rule.id,
      confidence: rule.confidence,
      evidence: { ...first.evidence, count },
      cause: fill(rule.cause, name),
      fix: fill(rule.fix, name),
      settings: settingsOf(rule, conf),
      origin: rule.origin,
    },
  ];
}

function pythonFinding(tails: readonly Tail[]): Diagnosis[] {
  for (const { source, lines } of tails) {
    const error = lastPythonError(lines);
    if (!error) continue;
    return [
      {
        rule: "python-exception",
        confidence: 0.55,
        evidence: { source, line: showLine(lines[error.lineNumber] ?? ""), lineNumber: error.lineNumber, count: 1 },
        cause: fill({ en: "The Python program ended with {name}.", zh: "Python 程序因 {name} 结束。" }, error.name),
        fix: {
          en: "The lines above it, beginning at Traceback, say where; correct the program or its input there.",
          zh: "其上方从 Traceback 开始的内容指出了位置，请修正程序或输入。",
        },
        settings: {},
        origin: "Python traceback",
      },
    ];
  }
  return [];
}

function withoutConsequences(found: readonly Diagnosis[]): Diagnosis[] {
  const ids = new Set(found.map((diagnosis) => diagnosis.rule));
  const isGeneric = (id: string) => id === "python-exception" || rules.some((rule) => rule.id === id && rule.generic);
  const specific = found.some((diagnosis) => !isGeneric(diagnosis.rule));
  return found.filter(({ rule }) => {
    if (specific && isGeneric(rule)) return false;
    return !rules.find(({ id }) => id === rule)?.after?.some((cause) => ids.has(cause));
  });
}

/** A job's settings are its author's text: only what looks like a size, number, flag or path is repeated. */
function settingsOf(rule: Rule, conf: SparkConf): Record<string, string | null> {
  const shown = (key: string) => {
    const value = Object.hasOwn(conf, key) ? conf[key] : undefined;
    if (value === undefined) return null;
    return /^[\w.,:/#%+-]{0,120}$/.test(value) ? maskSecrets(value) : "?";
  };
  return Object.fromEntries((rule.settings ?? []).map((key) => [key, shown(key)]));
}

function fill(text: Text, name: string | undefined): Text {
  const value = name ?? "?";
  return { en: text.en.replaceAll("{name}", () => value), zh: text.zh.replaceAll("{name}", () => value) };
}

/** The part around the match, so that a long line still shows what was found. */
function showLine(line: string, at = 0): string {
  const start = Math.max(0, Math.min(at - 60, line.length - longestEvidence));
  const part = line.slice(start, start + longestEvidence).toWellFormed();
  const before = start > 0 ? "... " : "";
  const after = start + longestEvidence < line.length ? " ..." : "";
  return maskSecrets(`${before}${part}${after}`);
}
