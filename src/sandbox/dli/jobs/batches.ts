import { randomUUID } from "node:crypto";
import type { DliRequests, DliResponses } from "../../../operations/dli/types.gen.ts";
import { badParameter, type DliError, missingObject } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { type Batch, batchesIn } from "./batch-documents.ts";
import { logFolder } from "./batch-job.ts";
import { lastLines, readLines } from "./batch-log.ts";
import { type BatchRequest, readBatchRequest } from "./batch-request.ts";
import { createBatchSupervisor } from "./batch-supervisor.ts";
import { jobBucket } from "./job-bucket.ts";
import type { JobLinks } from "./links.ts";

export type BatchOperation =
  | "CreateSparkJob"
  | "ShowSparkJob"
  | "ShowSparkJobStatus"
  | "ListSparkJobs"
  | "CancelSparkJob"
  | "ShowSparkJobLog";

type ListedBatch = NonNullable<DliResponses["ListSparkJobs"]["sessions"]>[number];

/** The DLI version that the sandbox stands for where none is asked for; the Spark below is always the same. */
const defaultSparkVersion = "3.3.1";

export function createBatchHandlers(context: DliContext, links: JobLinks): DliHandlers<BatchOperation> {
  const batches = batchesIn(context.store);
  const supervisor = createBatchSupervisor(context, links);

  function find(id: string): { batch: Batch } | { error: DliError } {
    const batch = batches.get(id);
    return batch ? { batch } : missingObject(`The batch job ${id} does not exist.`);
  }

  function describe(batch: Batch) {
    const { id, appId, request, owner, state, size, queue, createTime, updateTime } = batch;
    supervisor.collectLog(id);
    return {
      id,
      appId,
      name: request.name,
      owner,
      proxyUser: "",
      state,
      kind: "spark",
      log: lastLines(logFolder(batch, batch.attempt, context), 10),
      sc_type: size.scType,
      cluster_name: queue,
      queue,
      ...(request.image ? { image: request.image } : {}),
      create_time: createTime,
      update_time: updateTime,
    };
  }

  return {
    CreateSparkJob(input) {
      const read = readBatchRequest(input, links, context);
      if ("error" in read) return read;
      const now = context.now();
      const batch: Batch = {
        id: randomUUID(),
        request: read.request,
        size: read.size,
        queue: read.request.queue,
        owner: context.userName,
        logBucket: read.request.obs_bucket || jobBucket(context),
        state: "starting",
        createTime: now,
        updateTime: now,
        attempt: 0,
        begun: false,
        waitingSince: now,
        appId: "",
        cancelled: false,
      };
      batches.put(batch);
      // After the answer, so that starting is seen at least once, as on the service.
      setImmediate(() => supervisor.wake());
      return { body: describe(batch) };
    },
    ShowSparkJob({ batch_id }) {
      const found = find(batch_id);
      if ("error" in found) return found;
      const { batch } = found;
      const { feature, spark_version } = batch.request;
      const version = feature === "custom" ? {} : { spark_version: spark_version ?? defaultSparkVersion };
      return { body: { ...describe(batch), req_body: requestBody(batch), feature, ...version } };
    },
    ShowSparkJobStatus({ batch_id }) {
      const found = find(batch_id);
      return "error" in found ? found : { body: { id: batch_id, state: found.batch.state } };
    },
    ListSparkJobs(input) {
      const { from = 0, size = 100 } = input;
      if (from < 0) return badParameter("from must not be negative.");
      if (size < 0) return badParameter("size must not be negative.");
      const matching = batches.all().filter((batch) => matches(batch, input));
      matching.sort(comparison(input.order, context.now()));
      const sessions: ListedBatch[] = matching.slice(from, from + size).map((batch) => ({
        ...describe(batch),
        req_body: requestBody(batch),
        duration: duration(batch, context.now()),
      }));
      return { body: { from, total: matching.length, sessions } };
    },
    CancelSparkJob({ batch_id }) {
      const found = find(batch_id);
      if ("error" in found) return found;
      return supervisor.cancel(batch_id)
        ? { body: { msg: "deleted" } }
        : badParameter(`The batch job ${batch_id} is ${found.batch.state} and cannot be cancelled.`);
    },
    ShowSparkJobLog({ batch_id, from, size = 100, type = "driver", index = 0 }) {
      const found = find(batch_id);
      if ("error" in found) return found;
      const { batch } = found;
      if (type.toLowerCase() !== "driver") return badParameter("type must be driver.");
      if (index < 0 || index > batch.attempt) {
        return badParameter(`index must be from 0 to ${batch.attempt}: the job was tried ${batch.attempt + 1} times.`);
      }
      if ((from ?? 0) < 0 || size < 0) return badParameter("from and size must not be negative.");
      supervisor.collectLog(batch_id);
      const lines = readLines(logFolder(batch, index, context));
      const first = from ?? Math.max(0, lines.length - size);
      return { body: { id: batch_id, from: first, total: lines.length, log: lines.slice(first, first + size) } };
    },
  };
}

/** What was asked for with the defaults in it, and the names that only this echo has (section 1 of the API notes). */
function requestBody({ request }: Batch): string {
  const { auto_recovery, max_retry_times, ...rest } = request satisfies BatchRequest;
  return JSON.stringify({
    ...rest,
    archives: [],
    modelFiles: [],
    autoRecovery: auto_recovery,
    maxRetryTimes: max_retry_times,
    minRecoveryDelayTime: 10_000,
  });
}

function matches(batch: Batch, filter: DliRequests["ListSparkJobs"]): boolean {
  // The older name of queue_name; given both, both must hold.
  const queues = [filter.queue_name, filter.cluster_name].filter((name) => name !== undefined);
  return (
    queues.every((name) => name.toLowerCase() === batch.queue) &&
    (filter.job_name === undefined || filter.job_name === batch.request.name) &&
    (filter["job-id"] === undefined || filter["job-id"] === batch.id) &&
    (filter.state === undefined || filter.state.toLowerCase() === batch.state) &&
    (filter.owner === undefined || filter.owner === batch.owner) &&
    (filter.start === undefined || batch.createTime >= filter.start) &&
    (filter.end === undefined || batch.createTime <= filter.end)
  );
}

function comparison(order = "CREATE_TIME_DESC", now: number): (a: Batch, b: Batch) => number {
  const key = order.startsWith("DURATION")
    ? (batch: Batch) => duration(batch, now)
    : (batch: Batch) => batch.createTime;
  const sign = order.endsWith("_ASC") ? 1 : -1;
  return (a, b) => sign * (key(a) - key(b));
}

function duration(batch: Batch, now: number): number {
  return batch.startTime === undefined ? 0 : (batch.endTime ?? now) - batch.startTime;
}
