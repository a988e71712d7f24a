import * as z from "zod";
import { type Diagnosis, diagnose } from "../../src/jobs/diagnosis/diagnose.ts";
import { type CodeType, isRefused, type SparkConf } from "../../src/jobs/problem.ts";
import { effectiveConf, parseSparkSubmitParameters } from "../../src/jobs/spark-submit.ts";
import { isTerminal } from "../../src/jobs/states.ts";
import type { Text } from "../../src/language.ts";
import { defineTool, reply, type ToolAnswer, type ToolCall } from "../define.ts";
import { jobRunId, workspaceId } from "./fields.ts";
import type { JobRunAnswer } from "./job-view.ts";
import { type DriverLog, fileOf, readLog } from "./logs.ts";
import { inState } from "./phrases.ts";

/** Enough for the last stack trace of each log without reading whole logs. */
const tail = { lines: 1000, maxBytes: 400_000 };
const mostFindings = 3;

export const diagnoseJobRun = defineTool({
  name: "diagnose_job_run",
  title: "Why did it fail?",
  description: "Find why a job run failed: reads its state and logs and names cause, evidence line and fix.",
  toolset: "job",
  operations: ["GetJobRun", "ListLogContents"],
  input: z.strictObject({ workspaceId, jobRunId }),
  async run(input, call): Promise<ToolAnswer> {
    const { gateway, context } = call;
    const outcome = await gateway.run("GetJobRun", input, context);
    if (outcome.kind !== "done") return outcome;
    const run = outcome.value.jobRun ?? {};
    const logs = isTerminal(run.state ?? "") ? await readTails(call, input.workspaceId, run) : {};
    const conf = confOf(run.jobDriver?.sparkSubmit?.sparkSubmitParameters ?? "");
    const findings = diagnose({
      state: run.state ?? "",
      ...(run.stateChangeReason && { stateChangeReason: run.stateChangeReason }),
      ...(logs.stdout !== undefined && { stdoutTail: logs.stdout }),
      ...(logs.stderr !== undefined && { stderrTail: logs.stderr }),
      ...(logs.syslog !== undefined && { syslogTail: logs.syslog }),
      ...(isCodeType(run.codeType) && { codeType: run.codeType }),
      ...(conf && { conf }),
    }).slice(0, mostFindings);
    const { language } = context;
    const read = Object.keys(logs);
    const known = headline(findings, run.state ?? "", read);
    return reply(outcome, () => ({
      summary: {
        en: `${input.jobRunId} is ${run.state}. ${known.en}`,
        zh: `${input.jobRunId} 当前${inState(run.state).zh}。${known.zh}`,
      },
      data: {
        state: run.state,
        logsRead: read,
        findings: findings.map((finding) => ({
          rule: finding.rule,
          confidence: finding.confidence,
          cause: finding.cause[language],
          fix: finding.fix[language],
          ...(Object.keys(finding.settings).length > 0 && { settings: finding.settings }),
          evidenceFrom: finding.evidence.source,
        })),
      },
      untrusted: [
        ...(run.stateChangeReason?.message ? [{ title: "reason given", text: run.stateChangeReason.message }] : []),
        ...findings.map(({ evidence, rule }) => ({ title: `evidence of ${rule}`, text: evidence.line })),
      ],
      next:
        findings.length > 0
          ? {
              en: "list_log_contents shows the lines around the evidence.",
              zh: "可用 list_log_contents 查看证据前后的日志行。",
            }
          : {
              en: "list_log_contents with log stderr, then syslog, shows the whole story.",
              zh: "可用 list_log_contents 依次查看 stderr 和 syslog，了解完整经过。",
            },
    }));
  },
});

function headline(findings: readonly Diagnosis[], state: string, read: readonly string[]): Text {
  const [first] = findings;
  if (first) {
    const others = findings.length - 1;
    return {
      en: `${first.cause.en}${others > 0 ? ` ${others} more finding(s).` : ""}`,
      zh: `${first.cause.zh}${others > 0 ? `另有 ${others} 个发现。` : ""}`,
    };
  }
  if (!isTerminal(state)) {
    return {
      en: "Nothing in its state hints at a problem; its logs can be read after it has ended.",
      zh: "其状态未显示问题；日志可在作业结束后读取。",
    };
  }
  return read.length > 0
    ? { en: "No known cause stands in its logs.", zh: "日志中没有已知原因。" }
    : { en: "It left no logs, so only its state is known.", zh: "作业未留下日志，只能得知其状态。" };
}

async function readTails(
  call: ToolCall,
  workspace: string,
  run: JobRunAnswer,
): Promise<Partial<Record<DriverLog, string>>> {
  const found: Partial<Record<DriverLog, string>> = {};
  for (const log of ["stderr", "syslog", "stdout"] as const) {
    const fileName = fileOf(run, log);
    if (!fileName?.startsWith("oss://")) continue;
    // A run that died at once has paths but no files (notes section 6), so a failed read is no failure here.
    const read = await readLog(call, { workspaceId: workspace, fileName, ...tail });
    if ("window" in read) found[log] = read.window.lines.join("\n");
  }
  return found;
}

function confOf(parameters: string): SparkConf | undefined {
  const parsed = parseSparkSubmitParameters(parameters);
  return isRefused(parsed) ? undefined : effectiveConf(parsed);
}

function isCodeType(value: string | undefined): value is CodeType {
  return value === "JAR" || value === "PYTHON" || value === "SQL";
}
