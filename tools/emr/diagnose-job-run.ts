import * as z from "zod";
import { type Diagnosis, diagnose } from "../../src/jobs/diagnosis/diagnose.ts";
import { type CodeType, isRefused, type SparkConf } from "../../src/jobs/problem.ts";
import { effectiveConf, parseSparkSubmitParameters } from "../../src/jobs/spark-submit.ts";
import { isTerminal } from "../../src/jobs/states.ts";
import type { Language } from "../../src/policy/types.ts";
import { defineTool, reply, type ToolCall, type ToolResult } from "../define.ts";
import { jobRunId, workspaceId } from "./fields.ts";
import type { JobRunAnswer } from "./job-view.ts";
import { type DriverLog, fileOf, readLog } from "./logs.ts";

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
  async run(input, call): Promise<ToolResult> {
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
    return reply(outcome, () => ({
      summary: `${input.jobRunId} is ${run.state}. ${headline(findings, run.state ?? "", read, language)}`,
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
          ? "list_log_contents shows the lines around the evidence."
          : "list_log_contents with log stderr, then syslog, shows the whole story.",
    }));
  },
});

function headline(findings: readonly Diagnosis[], state: string, read: readonly string[], language: Language): string {
  const [first] = findings;
  if (first) return `${first.cause[language]}${findings.length > 1 ? ` ${findings.length - 1} more finding(s).` : ""}`;
  if (!isTerminal(state)) return "Nothing in its state hints at a problem; its logs can be read after it has ended.";
  return read.length > 0 ? "No known cause stands in its logs." : "It left no logs, so only its state is known.";
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
