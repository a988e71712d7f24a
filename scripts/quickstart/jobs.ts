import { join } from "node:path";
import { packageRoot } from "../../src/package-root.ts";
import type { Approvals } from "./approval.ts";
import type { Page } from "./page.ts";
import type { Answer, Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

export interface Job {
  name: string;
  title: string;
  codeType: "PYTHON" | "JAR" | "SQL";
  /** Files that have to be on OSS first: address to path on this machine. */
  uploads: Readonly<Record<string, string>>;
  /** What start_job_run takes beside workspace, queue and name. */
  program: Readonly<Record<string, unknown>>;
}

/** Everything here is measured: read back through the tools, or timed. */
export interface JobReport {
  name: string;
  codeType: Job["codeType"];
  jobRunId: string;
  state: string;
  /** As Spark itself wrote it into the driver's syslog. */
  sparkVersion: string;
  applicationId: string;
  /** Rows of the table that the job printed and the client read back. */
  rows: number;
  /** From the submission, approval not counted, until the end was seen. */
  wallMs: number;
}

const examples = join(packageRoot, "examples");
/** FAA Wildlife Strike Database, 10,000 reports; examples/README.md says more. */
const birdStrikes = join(packageRoot, "node_modules", "vega-datasets", "data", "birdstrikes.csv");

export function jobsOf(bucket: string, piJar: string): readonly Job[] {
  const lake = `oss://${bucket}/quickstart`;
  const conf = { "spark.executor.instances": "1" };
  return [
    {
      name: "bird-strikes",
      title: "A PySpark job over a public data set (FAA wildlife strikes)",
      codeType: "PYTHON",
      uploads: {
        [`${lake}/birdstrikes.csv`]: birdStrikes,
        [`${lake}/bird_strikes.py`]: join(examples, "bird_strikes.py"),
      },
      program: {
        entryPoint: `${lake}/bird_strikes.py`,
        arguments: [`${lake}/birdstrikes.csv`, `${lake}/strikes.parquet`],
        conf,
      },
    },
    {
      name: "pi",
      title: "A JAR job",
      codeType: "JAR",
      uploads: { [`${lake}/spark-pi.jar`]: piJar },
      program: { entryPoint: `${lake}/spark-pi.jar`, mainClass: "SparkPi", arguments: ["8"], conf },
    },
    {
      name: "costly-species",
      title: "A SQL job over the Parquet that the first job wrote",
      codeType: "SQL",
      uploads: { [`${lake}/costly_species.sql`]: join(examples, "costly_species.sql") },
      program: {
        entryPoint: `${lake}/costly_species.sql`,
        conf: { ...conf, "spark.sql.cli.print.header": "true", "spark.quickstart.lake": lake },
      },
    },
  ];
}

/** One question for each upload and one for the job. */
export function questionsOf(jobs: readonly Job[]): number {
  return jobs.reduce((sum, job) => sum + Object.keys(job.uploads).length + 1, 0);
}

export interface Place {
  session: Session;
  approvals: Approvals;
  page: Page;
  workspaceId: string;
  queue: string;
}

export async function runJob(job: Job, place: Place): Promise<JobReport> {
  const { session, approvals, page, workspaceId, queue } = place;
  for (const [uri, localPath] of Object.entries(job.uploads)) await session.call("upload_program", { uri, localPath });

  const { name, codeType } = job;
  const called = Date.now();
  const started = await session.call("start_job_run", { workspaceId, queue, name, codeType, ...job.program });
  const jobRunId = textIn(started, "jobRunId");
  const state = await waitForEnd(jobRunId, place);
  const wallMs = Date.now() - Math.max(called, approvals.answeredAt());
  if (state !== "Success") throw await explained(jobRunId, place);

  const stdout = await session.call("list_log_contents", { workspaceId, jobRunId }, { quietly: true });
  const { remarks, table } = readTable(stdout.texts.join("\n"));
  for (const remark of remarks) page.say(remark);
  if (table.length > 0) page.table(table);
  const syslog = { workspaceId, jobRunId, log: "syslog", fromLine: 0, lines: 1000, maxBytes: 40_960 };
  const log = (await session.call("list_log_contents", syslog, { quietly: true })).texts.join("\n");
  const sparkVersion = /Running Spark version (\S+)/.exec(log)?.[1] ?? "";
  const applicationId = /\bspark-[0-9a-f]{32}\b/.exec(log)?.[0] ?? "";
  page.say(`Spark ${sparkVersion}, application ${applicationId}, ${(wallMs / 1000).toFixed(1)} s`);
  const rows = table.length > 0 ? table.length - 1 : remarks.length;
  return { name, codeType, jobRunId, state, sparkVersion, applicationId, rows, wallMs };
}

async function waitForEnd(jobRunId: string, { session, workspaceId }: Place): Promise<string> {
  for (;;) {
    const waited = await session.call("wait_job_run", { workspaceId, jobRunId });
    if (waited.data.ended === true) return textIn(waited, "state");
  }
}

async function explained(jobRunId: string, { session, page, workspaceId }: Place): Promise<Stopped> {
  const { summary, data, texts } = await session.call("diagnose_job_run", { workspaceId, jobRunId });
  for (const text of texts) page.say(text, 2);
  const findings = data.findings as readonly { fix?: string }[] | undefined;
  const fix = findings?.[0]?.fix ?? "Run it again with --keep and read the logs in the folder that it names.";
  return new Stopped("JOB_FAILED", summary, fix);
}

/** The examples print tab-separated tables with a heading, and remarks without a tab. */
export function readTable(text: string): { remarks: string[]; table: string[][] } {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return {
    remarks: lines.filter((line) => !line.includes("\t")).map((line) => line.trim()),
    table: lines.filter((line) => line.includes("\t")).map((line) => line.split("\t").map((cell) => cell.trim())),
  };
}

export function textIn(answer: Answer, name: string): string {
  const value = answer.data[name];
  if (typeof value === "string") return value;
  throw new Stopped("ANSWER", `The answer has no ${name}: ${answer.summary}`, "Build anew (npm run build), try again.");
}
