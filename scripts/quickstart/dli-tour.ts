import { setTimeout as sleep } from "node:timers/promises";
import type { Approvals } from "./approval.ts";
import { type DliPrograms, dliPrograms } from "./dli-programs.ts";
import { readTable, textIn } from "./jobs.ts";
import type { Page } from "./page.ts";
import type { Answer, Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

/** Everything here is measured: read back through the tools, or timed. */
export interface DliReport {
  environment: string;
  queues: { general: string; sql: string };
  batch?: { batchId: string; state: string; rows: number; wallMs: number };
  sql?: { jobId: string; state: string; rows: number; wallMs: number };
  flink?: FlinkReport;
}

interface FlinkReport {
  jobId: number;
  /** Slots before and after dynamic scaling, as the job's details tell. */
  slots: { before: number; after: number };
  scaledAfterMs: number;
  /** Whether it was stopped over a savepoint, and run again from it. */
  savepoint: string;
  /** Counts of all keys, at the time it was stopped and at the end. */
  counted: { beforeStop: number; atEnd: number };
  /** Each key was counted from 1 once, and every number after it once: nothing was lost or begun anew. */
  stateKept: boolean;
}

/** Three uploads, a batch, a statement over a file; a draft, its scaling, run, stop, run, stop. */
export const questionsOfDliTour = 3 + 1 + 1 + 6;

export interface DliPlace {
  /** A new conversation with the same sandbox. */
  open(): Promise<Session>;
  approvals: Approvals;
  page: Page;
  rollingCountJar: string;
  signal: AbortSignal;
}

/** A first session on DLI from nothing to a streaming job that scaled itself, through the tools alone. */
export async function runDliTour(place: DliPlace, report: DliReport): Promise<Session> {
  const { page } = place;
  const first = await place.open();
  let programs: DliPrograms;
  try {
    page.say(`${first.server} answers on stdio (MCP ${first.protocol}).`);
    page.heading("First steps");
    const started = await first.call("get_started", {});
    report.environment = started.environment;
    if (started.environment !== "sandbox") {
      throw new Stopped("NOT_SANDBOX", "The server speaks to an account.", "Unset SPARK_WORKSPACE_PROFILE, try again.");
    }
    report.queues = queuesIn(await first.call("list_dli_queues", {}));
    programs = dliPrograms(await firstBucket(first), place.rollingCountJar);

    page.heading("A PySpark batch over a public data set (FAA wildlife strikes)");
    report.batch = await runBatch(first, programs.batch, report.queues.general, place);
  } finally {
    await first.close();
  }
  page.say(
    "What a job printed has been read now. In this conversation nothing that may destroy could be approved in the client any more, so each part has one of its own.",
  );

  page.heading("A SQL job over the Parquet that the batch wrote");
  report.sql = await within(place, (session) => runSql(session, programs.sql, report.queues.sql, place));
  page.heading("A Flink job that scales itself");
  report.flink = await within(place, (session) => runFlink(session, programs.flink, report.queues.general, place));
  return first;
}

async function within<T>(place: DliPlace, part: (session: Session) => Promise<T>): Promise<T> {
  const session = await place.open();
  try {
    return await part(session);
  } finally {
    await session.close();
  }
}

function queuesIn({ data, summary }: Answer): DliReport["queues"] {
  const pools = data.pools as readonly { queues?: readonly { queue?: string; type?: string }[] }[];
  const ofType = (type: string) =>
    pools.flatMap(({ queues = [] }) => queues).find((queue) => queue.type === type)?.queue;
  const [general, sql] = [ofType("general"), ofType("sql")];
  if (general !== undefined && sql !== undefined) return { general, sql };
  throw new Stopped("NO_QUEUE", `The sandbox lacks a queue: ${summary}`, "Build anew (npm run build), try again.");
}

async function firstBucket(session: Session): Promise<string> {
  const { data, summary } = await session.call("call_operation", { name: "list_obs_objects", arguments: {} });
  const [bucket] = data.buckets as readonly { name?: string }[];
  if (bucket?.name !== undefined) return bucket.name;
  throw new Stopped("NO_BUCKET", `The sandbox has no bucket: ${summary}`, "Build anew (npm run build), try again.");
}

async function upload(session: Session, uploads: Readonly<Record<string, string>>): Promise<void> {
  for (const [uri, localPath] of Object.entries(uploads)) await session.call("upload_program", { uri, localPath });
}

async function runBatch(
  session: Session,
  batch: DliPrograms["batch"],
  queue: string,
  { approvals, page }: DliPlace,
): Promise<NonNullable<DliReport["batch"]>> {
  await upload(session, batch.uploads);
  const submitted = await session.call("submit_spark_batch", { queue, name: batch.name, ...batch.program });
  const batchId = textIn(submitted, "batchId");
  const from = approvals.answeredAt();
  const state = await untilEnded(session, "wait_spark_batch", { batchId });
  const wallMs = Date.now() - from;
  const log = await session.call("get_spark_batch_log", { batchId, lines: 1000 }, { quietly: true });
  const { table } = readTable(log.texts.join("\n"));
  if (state !== "success") {
    for (const text of log.texts) page.say(text, 2);
    throw new Stopped("JOB_FAILED", `The batch ended as ${state}.`, "Run it again with --keep and read its log.");
  }
  page.table(table);
  page.say(`${(wallMs / 1000).toFixed(1)} s`);
  return { batchId, state, rows: Math.max(0, table.length - 1), wallMs };
}

async function runSql(
  session: Session,
  sql: string,
  queue: string,
  { approvals, page }: DliPlace,
): Promise<NonNullable<DliReport["sql"]>> {
  const called = Date.now();
  let answer = await session.call("run_dli_sql", { queue, sql });
  while (answer.data.state === "LAUNCHING" || answer.data.state === "RUNNING") {
    answer = await session.call("get_dli_sql", { jobId: textIn(answer, "jobId"), waitSeconds: 60 });
  }
  const wallMs = Date.now() - Math.max(called, approvals.answeredAt());
  const columns = (answer.data.columns ?? []) as readonly { name: string }[];
  const rows = answer.texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line.startsWith("["))
    .map((line) => (JSON.parse(line) as unknown[]).map(String));
  if (rows.length === 0) {
    throw new Stopped("JOB_FAILED", answer.summary, answer.texts.join(" ") || "Run it again with --keep.");
  }
  page.table([columns.map(({ name }) => name), ...rows]);
  return { jobId: textIn(answer, "jobId"), state: textIn(answer, "state"), rows: rows.length, wallMs };
}

async function untilEnded(session: Session, tool: string, args: Readonly<Record<string, unknown>>): Promise<string> {
  for (;;) {
    const waited = await session.call(tool, args);
    if (waited.data.ended === true) return textIn(waited, "state");
  }
}

const scalingWithinMs = 4 * 60_000;

async function runFlink(
  session: Session,
  flink: DliPrograms["flink"],
  queue: string,
  { page, signal }: DliPlace,
): Promise<FlinkReport> {
  await upload(session, flink.uploads);
  const created = await session.call("create_flink_job", { name: flink.name, queue, ...flink.program });
  const jobId = Number(created.data.jobId);
  await session.call("update_flink_scaling", { jobId, action: "set", cuMin: 2, cuMax: 3, intervalMinutes: 1 });
  await session.call("run_flink_job", { jobId, fromSavepoint: false });
  await untilRunning(session, jobId);

  const runningSince = Date.now();
  const before = await slotsOf(session, jobId);
  page.say(`It runs in ${before} slot, and more events come than one slot can count.`);
  const after = await untilScaled(session, jobId, before, page, signal);
  const scaledAfterMs = Date.now() - runningSince;
  page.say(`After ${(scaledAfterMs / 1000).toFixed(0)} s it runs in ${after} slots.`);

  const savepoint = await stopWithSavepoint(session, jobId);
  // Read at the end: what a file holds is a stranger's text, after which the client could not approve the last stop.
  const earlier = new Set(await filesOf(session, flink.counts));
  await session.call("run_flink_job", { jobId, fromSavepoint: true });
  await untilRunning(session, jobId);
  await sleep(15_000, undefined, { signal });
  await stopWithSavepoint(session, jobId);

  const counts = await countsIn(session, await filesOf(session, flink.counts));
  const beforeStop = counts.filter(({ file }) => earlier.has(file)).length;
  const stateKept = beforeStop > 0 && counts.length > beforeStop && isUnbroken(counts);
  page.say(
    `${beforeStop} events were counted when it stopped, ${counts.length} at the end; ${stateKept ? "every key's count went on where it had stopped" : "the counts did NOT go on where they had stopped"}.`,
  );
  if (!stateKept) throw new Stopped("STATE_LOST", "The job did not keep its state.", "Please report this.");
  return {
    jobId,
    slots: { before, after },
    scaledAfterMs,
    savepoint,
    counted: { beforeStop, atEnd: counts.length },
    stateKept,
  };
}

async function untilRunning(session: Session, jobId: number): Promise<void> {
  for (;;) {
    const { data, summary } = await session.call("get_flink_job", { jobId }, { unseen: true });
    if (data.phase === "running") return;
    if (data.phase === "failed" || data.phase === "cancelled") {
      throw new Stopped("JOB_FAILED", summary, "Run it again with --keep and read the logs in the folder it names.");
    }
    await session.call("call_operation", { name: "wait_flink_job", arguments: { jobId, timeoutSeconds: 60 } });
  }
}

async function slotsOf(session: Session, jobId: number): Promise<number> {
  const { data } = await session.call("get_flink_job", { jobId }, { unseen: true });
  return (Number(data.cuNow ?? (data.size as { cu?: number } | undefined)?.cu) || 2) - 1;
}

async function untilScaled(
  session: Session,
  jobId: number,
  before: number,
  page: Page,
  signal: AbortSignal,
): Promise<number> {
  const giveUpAt = Date.now() + scalingWithinMs;
  while (Date.now() < giveUpAt) {
    const slots = await slotsOf(session, jobId);
    if (slots > before) return slots;
    page.waiting("waiting for dynamic scaling", "");
    await sleep(3_000, undefined, { signal });
  }
  throw new Stopped("NOT_SCALED", "It did not scale within four minutes.", "Run the quickstart again.");
}

async function stopWithSavepoint(session: Session, jobId: number): Promise<string> {
  const stopped = await session.call("stop_flink_job", { jobId });
  if (stopped.data.phase !== "cancelled")
    throw new Stopped("NOT_STOPPED", stopped.summary, "Run the quickstart again.");
  const { data } = await session.call("get_flink_job", { jobId }, { quietly: true });
  const savepoint = String(data.savepoint ?? "none");
  if (savepoint !== "none") return savepoint;
  throw new Stopped("NO_SAVEPOINT", "It stopped without a savepoint.", "Run the quickstart again.");
}

interface Count {
  file: string;
  key: string;
  count: number;
}

/** What the job has written and closed; parts that are not complete yet begin with a dot. */
async function filesOf(session: Session, { bucket, prefix }: { bucket: string; prefix: string }): Promise<string[]> {
  const args = { bucket, prefix, pageSize: 100 };
  const listed = await session.call("call_operation", { name: "list_obs_objects", arguments: args }, { quietly: true });
  const objects = (listed.data.objects ?? []) as readonly { uri: string }[];
  return objects.map(({ uri }) => uri).filter((uri) => !/\/[._][^/]*$/.test(uri));
}

/** `key,count`, a line for every event. */
async function countsIn(session: Session, files: readonly string[]): Promise<Count[]> {
  const counts: Count[] = [];
  for (const file of files) {
    const args = { name: "ObsGetObject", arguments: { uri: file } };
    const { texts } = await session.call("call_operation", args, { unseen: true });
    const { text } = JSON.parse(texts.join("\n")) as { text: string };
    for (const [, key = "", count] of text.matchAll(/^(\d+),(\d+)$/gm))
      counts.push({ file, key, count: Number(count) });
  }
  return counts;
}

/** Every key was counted from 1 on, and every number of it once. */
function isUnbroken(counts: readonly Count[]): boolean {
  return [...Map.groupBy(counts, ({ key }) => key).values()].every((ofKey) =>
    ofKey
      .map(({ count }) => count)
      .toSorted((a, b) => a - b)
      .every((count, position) => count === position + 1),
  );
}
