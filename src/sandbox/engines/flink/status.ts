import { setTimeout as sleep } from "node:timers/promises";
import type { FlinkSize, FlinkStatus, FlinkVertex } from "../../flink-engine.ts";
import type { FlinkRest, JobDetails } from "./rest.ts";

const fetchMs = 150;

export async function readStatus(
  rest: FlinkRest,
  jobId: string,
  known: { size: FlinkSize; startTime: number; restarts: (current: number) => number },
): Promise<FlinkStatus> {
  // The JobManager asks its TaskManagers for metrics when somebody asks it, and answers with what it had before.
  await rest.restarts(jobId);
  await sleep(fetchMs);
  const [job, lastCheckpoint, failure, restarts] = await Promise.all([
    rest.job(jobId),
    rest.latestCheckpoint(jobId),
    rest.rootException(jobId),
    rest.restarts(jobId),
  ]);
  const vertices = await Promise.all(job.vertices.map((vertex) => readVertex(rest, jobId, vertex)));
  return {
    state: job.state,
    size: known.size,
    vertices,
    startTime: known.startTime,
    restarts: known.restarts(restarts),
    ...(lastCheckpoint === undefined ? {} : { lastCheckpoint }),
    ...(failure === undefined ? {} : { failure }),
  };
}

/**
 * What comes in by a source and leaves by a sink counts too: Flink's totals of a vertex have only what goes from one
 * vertex to another, so a job of a single vertex would read and write nothing.
 */
const counted =
  /^(?:busyTimeMsPerSecond|backPressuredTimeMsPerSecond|Source__.*\.numRecordsOut|(?:Sink__|StreamingFileWriter).*\.numRecordsIn)$/;

async function readVertex(
  rest: FlinkRest,
  jobId: string,
  { id, name, parallelism, metrics }: JobDetails["vertices"][number],
): Promise<FlinkVertex> {
  const found = await rest.metrics(jobId, id, counted);
  const records = (operator: RegExp) =>
    found.filter((each) => operator.test(each.id)).reduce((total, { sum }) => total + (sum || 0), 0);
  const share = (metric: string) => {
    const milliseconds = found.find((each) => each.id === metric)?.max ?? 0;
    return Math.min(1, Math.max(0, (milliseconds || 0) / 1000));
  };
  return {
    name,
    parallelism,
    recordsRead: metrics["read-records"] + records(/^Source__/),
    recordsWritten: metrics["write-records"] + records(/^(?:Sink__(?!.*Committer)|StreamingFileWriter)/),
    bytesRead: metrics["read-bytes"],
    bytesWritten: metrics["write-bytes"],
    busy: share("busyTimeMsPerSecond"),
    backPressure: share("backPressuredTimeMsPerSecond"),
  };
}

/** Tasks of a job that runs: Flink calls the job RUNNING before its tasks do. */
export function allRunning({ state, vertices }: JobDetails): boolean {
  return state === "RUNNING" && vertices.every(({ status }) => status === "RUNNING" || status === "FINISHED");
}
