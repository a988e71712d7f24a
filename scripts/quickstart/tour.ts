import { setTimeout as sleep } from "node:timers/promises";
import { type JobReport, jobsOf, type Place, questionsOf, runJob, textIn } from "./jobs.ts";
import type { Answer, Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

export interface TourReport {
  environment: string;
  workspaceId: string;
  jobs: JobReport[];
  cuHours: number;
  /** Job runs that list_job_runs gave back at the end. */
  jobRunsListed: number;
}

/** One workspace, then a question for each upload and job. */
export const questionsOfTour = 1 + questionsOf(jobsOf("bucket", "jar"));

const workspaceCu = 16;
const workspaceWithinMs = 4 * 60_000;

/** A first session from nothing to three finished jobs, through the tools alone. `report` grows as it goes. */
export async function runTour(
  parts: Pick<Place, "session" | "approvals" | "page">,
  piJar: string,
  report: TourReport,
  signal: AbortSignal,
): Promise<void> {
  const { session, page } = parts;
  const since = new Date();
  page.heading("First steps");
  const first = await session.call("get_started", {});
  report.environment = first.environment;
  if (first.environment !== "sandbox") {
    throw new Stopped("NOT_SANDBOX", "The server speaks to an account.", "Unset SPARK_WORKSPACE_PROFILE, try again.");
  }
  const bucket = await firstBucket(session);

  page.heading("A workspace");
  const args = { name: "quickstart", bucket: `oss://${bucket}`, cu: workspaceCu };
  const created = await session.call("create_workspace", args);
  const workspaceId = textIn(created, "workspaceId");
  report.workspaceId = workspaceId;
  page.leaveOut("workspaceId", workspaceId);
  if (created.data.state !== "RUNNING") await untilRunning(session, workspaceId, signal);
  const queue = freestQueue(await session.call("list_workspace_queues", { workspaceId }));

  for (const job of jobsOf(bucket, piJar)) {
    page.heading(job.title);
    report.jobs.push(await runJob(job, { ...parts, workspaceId, queue }));
  }

  page.heading("What it took");
  const hours = { workspaceId, queue, from: localTime(since, "00:00"), to: localTime(new Date(), "59:59") };
  report.cuHours = Number((await session.call("get_cu_hours", hours)).data.totalCuHours);
  const listed = await session.call("list_job_runs", { workspaceId });
  report.jobRunsListed = Array.isArray(listed.data.jobRuns) ? listed.data.jobRuns.length : 0;
}

async function firstBucket(session: Session): Promise<string> {
  const { data, summary } = await session.call("list_buckets", {});
  const [bucket] = data.buckets as readonly { name?: string }[];
  if (bucket?.name !== undefined) return bucket.name;
  throw new Stopped("NO_BUCKET", `The sandbox has no bucket: ${summary}`, "Build anew (npm run build), try again.");
}

async function untilRunning(session: Session, workspaceId: string, signal: AbortSignal): Promise<void> {
  const giveUpAt = Date.now() + workspaceWithinMs;
  while (Date.now() < giveUpAt) {
    const { data } = await session.call("list_workspaces", {}, { quietly: true });
    const workspaces = data.workspaces as readonly { workspaceId?: string; state?: string }[];
    if (workspaces.find((each) => each.workspaceId === workspaceId)?.state === "RUNNING") return;
    await sleep(1_000, undefined, { signal });
  }
  throw new Stopped("WORKSPACE", `${workspaceId} is not RUNNING after four minutes.`, "Run the quickstart again.");
}

function freestQueue({ data, summary }: Answer): string {
  const queues = data.queues as readonly { name?: string; freeCu?: number }[];
  const name = queues.toSorted((a, b) => (b.freeCu ?? 0) - (a.freeCu ?? 0))[0]?.name;
  if (name !== undefined) return name;
  throw new Stopped("NO_QUEUE", `The workspace has no queue: ${summary}`, "Run the quickstart again.");
}

/** As get_cu_hours takes it: yyyy-MM-dd HH:mm:ss, here at the start or the end of the hour. */
function localTime(time: Date, minutes: string): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${minutes}`;
}
