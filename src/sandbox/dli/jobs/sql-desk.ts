import { randomUUID } from "node:crypto";
import { badParameter, type DliError, missingObject, notSupported } from "../answers.ts";
import type { DliContext } from "../context.ts";
import type { JobLinks } from "./links.ts";
import { type SqlJob, type SqlJobs, sqlJobsIn } from "./sql-documents.ts";
import { readResult } from "./sql-rows.ts";
import { createSqlRunner, type SqlEnd, type SqlPlan, type SqlRunner } from "./sql-runner.ts";

/** What all calls about SQL jobs go through: finds jobs and their results, and takes new ones in. */
export interface SqlDesk {
  jobs: SqlJobs;
  /** Absent: this sandbox has no SQL engine. */
  runner?: SqlRunner;
  find(jobId: string): { job: SqlJob } | Refused;
  start(draft: SqlDraft, queueName: string, plan: SqlPlan): { job: SqlJob; end: Promise<SqlEnd> } | Refused;
  resultOf(jobId: string): Promise<{ job: SqlJob; rows: Awaited<ReturnType<typeof readResult>> } | Refused>;
  /** `{{name}}` is a global variable; what names none stays, and Spark says what it thinks of it. */
  withVariables(sql: string): string;
}

export type SqlDraft = Pick<SqlJob, "type" | "statement"> & Partial<SqlJob>;
type Refused = { error: DliError };

/** The shared queue that calls without a queue go to; it needs no CreateQueue. */
export const sharedQueue = { queueName: "default", queueType: "sql", cuCount: 16 } as const;

/** Nobody tells when a queue is deleted. */
const checkMs = 500;

export const withoutEngine = notSupported("This sandbox runs without a SQL engine.");

export function openSqlDesk(context: DliContext, links: JobLinks): SqlDesk {
  const jobs = sqlJobsIn(context.store);
  const hasDatabase = (name: string) => links.hasDatabase(name, context);
  const runner = context.sqlEngine && createSqlRunner(context, context.sqlEngine, hasDatabase);

  function find(jobId: string) {
    const job = jobs.get(jobId);
    return job ? { job } : missingObject(`The job ${jobId} does not exist.`);
  }

  function queueFor(name: string) {
    const queue = links.findQueue(name, context) ?? (name.toLowerCase() === "default" ? sharedQueue : undefined);
    if (!queue) return missingObject(`The queue ${name} does not exist.`);
    return queue.queueType === "sql" ? { queue } : badParameter(`The queue ${name} is not a SQL queue.`);
  }

  if (runner) {
    const check = setInterval(() => runner.endOthers((name) => !("error" in queueFor(name))), checkMs).unref();
    context.onClose(() => clearInterval(check));
  }

  return {
    jobs,
    ...(runner && { runner }),
    find,
    start(draft, queueName, plan) {
      const malformed = draft.conf?.find((entry) => !/^\s*[^\s=]+\s*=/.test(entry));
      if (malformed !== undefined) return badParameter(`conf takes name=value, not ${malformed}.`);
      const found = queueFor(queueName);
      if ("error" in found) return found;
      if (!runner) return withoutEngine;
      const job: SqlJob = {
        jobId: randomUUID(),
        mode: "async",
        queue: found.queue.queueName,
        queueCu: found.queue.cuCount,
        owner: context.userName,
        database: "default",
        conf: [],
        tags: [],
        status: "LAUNCHING",
        startTime: context.now(),
        message: "",
        ...draft,
      };
      jobs.put(job);
      return { job, end: runner.submit(job, plan) };
    },
    async resultOf(jobId) {
      const found = find(jobId);
      if ("error" in found) return found;
      const { job } = found;
      if (job.type !== "QUERY") return badParameter(`The job ${jobId} is of type ${job.type} and has no result.`);
      if (job.status !== "FINISHED") return badParameter(`The job ${jobId} is ${job.status}, not FINISHED.`);
      return { job, rows: await readResult(jobId, context) };
    },
    withVariables(sql) {
      return sql.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (text, name: string) => links.findVariable(name, context) ?? text);
    },
  };
}
