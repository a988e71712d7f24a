import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { createInterface } from "node:readline";
import { invalidParameter, missingParameter, resourceNotFound } from "../errors.ts";
import { serviceLogKey } from "./compute-log.ts";
import { type EmrContext, type Handler, runningWorkspace } from "./context.ts";
import { isTerminal, type Workspace } from "./documents.ts";
import { driverLogFolder, logKey, logLocation, plainFile } from "./job-files.ts";
import { findJobRun } from "./job-runs.ts";
import { pageOf } from "./paging.ts";

const longestRead = 10_000;

export const listLogContents: Handler<"ListLogContents"> = async (input, context) => {
  const { fileName = "", offset, length } = input;
  // Seed skill: the SDK calls both optional, the service fails without them.
  if (offset === undefined) return missingParameter("offset");
  if (length === undefined) return missingParameter("length");
  if (offset < 0) return invalidParameter("offset must not be negative.");
  if (length < 1 || length > longestRead) return invalidParameter(`length must be from 1 to ${longestRead}.`);
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;

  const object = parseLogLocation(fileName);
  if (!object) return invalidParameter("fileName must be an oss:// location with the bucket's own name or OSS host.");
  const notThere = resourceNotFound(`The file ${fileName} does not exist.`);
  const file = await findLogFile(object, found.workspace, context);
  if (!file) return notThere;
  const { lines, total } = await readLines(file, offset, length);
  return {
    body: {
      // The line end belongs to LineContent in the service's own example.
      listLogContent: { contents: lines.map((line) => ({ LineContent: `${line}\n` })), totalLength: total },
    },
  };
};

/**
 * The forms that the seed skill lists: bucket alone, or bucket with the host of OSS (public, internal, OSS-HDFS).
 * Any other host, a CNAME above all, is refused.
 */
export function parseLogLocation(fileName: string): { bucket: string; key: string } | undefined {
  const match = /^oss:\/\/([^/]+)\/(.+)$/.exec(fileName);
  const [host, key] = [match?.[1], match?.[2]];
  if (
    !host ||
    !key ||
    key.includes("\\") ||
    key.split("/").some((part) => part === "" || part === "." || part === "..")
  ) {
    return undefined;
  }
  const bucket = /^([a-z0-9][a-z0-9-]+)(\.oss-[a-z0-9-]+\.aliyuncs\.com|\.[a-z0-9-]+\.oss-dls\.aliyuncs\.com)?$/.exec(
    host,
  )?.[1];
  return bucket === undefined ? undefined : { bucket, key };
}

/**
 * Only logs of this workspace's runs, and only when the run has ended: before that they are not in OSS yet.
 * The log of a Kyuubi service is the sandbox's own, and there at once.
 */
async function findLogFile(
  object: { bucket: string; key: string },
  workspace: Workspace,
  context: EmrContext,
): Promise<string | undefined> {
  const serviceId = /\/kyuubi\/logs\/(kb-[A-Za-z0-9]+)\/service\.log$/.exec(object.key)?.[1];
  const service = serviceId === undefined ? undefined : context.documents.computes.get(serviceId);
  if (service?.workspaceId === workspace.workspaceId && service.bucket === object.bucket) {
    if (object.key !== serviceLogKey(service.workspaceId, service.computeId)) return undefined;
    return plainFile(context.storageFolder, object.bucket, object.key);
  }
  const jobRunId = /^([^/]+)\/spark\/logs\/(jr-[A-Za-z0-9]+)\//.exec(object.key)?.[2];
  const job = jobRunId === undefined ? undefined : context.documents.jobRuns.get(jobRunId);
  if (!job || job.workspaceId !== workspace.workspaceId || job.bucket !== object.bucket) return undefined;
  if (!isTerminal(job.state) || !object.key.startsWith(`${logKey(job)}/`)) return undefined;
  try {
    // A job may have left a link in its log folder; what it points at is not a log.
    const folder = await realpath(join(context.storageFolder, job.bucket, logKey(job)));
    const file = await realpath(join(context.storageFolder, object.bucket, object.key));
    return file.startsWith(folder + sep) && (await stat(file)).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

async function readLines(file: string, offset: number, length: number): Promise<{ lines: string[]; total: number }> {
  const lines: string[] = [];
  let total = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (total >= offset && lines.length < length) lines.push(line);
    total += 1;
  }
  return { lines, total };
}

/** What the driver's log files are called among log types. */
const logTypes: Readonly<Record<string, string>> = { "syslog.log": "log4j" };

export const listExecutorLogs: Handler<"ListExecutorLogs"> = async (input, context) => {
  const found = findJobRun(input.workspaceId, input.jobRunId, context);
  if ("error" in found) return found;
  const { job } = found;
  const { executorId } = input;
  const known = (await context.jobs.executors(job.jobRunId)).some((executor) => executor.executorId === executorId);
  if (!known && executorId !== "driver") return resourceNotFound(`The executor ${executorId} does not exist.`);

  const folder =
    executorId === "driver"
      ? driverLogFolder(context.storageFolder, job)
      : join(context.storageFolder, job.bucket, logKey(job), "executors", executorId);
  const place = executorId === "driver" ? "driver" : `executors/${executorId}`;
  const files = (await filesIn(folder)).map(({ name, size, changedAt }) => ({
    fileName: `${logLocation(job)}/${place}/${name}`,
    fileSize: size,
    logName: name,
    logType: logTypes[name] ?? name.replace(/\.log$/, ""),
    updateTime: Math.floor(changedAt / 1000),
  }));
  const wanted = files.filter((file) => !input.logType || file.logType === input.logType);
  const page = pageOf(wanted, (file) => file.logName, input, "ascending");
  if ("error" in page) return page;
  const { items, ...paging } = page;
  return { body: { ...paging, logs: items } };
};

async function filesIn(folder: string): Promise<{ name: string; size: number; changedAt: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name)).catch(() => undefined);
      return found?.isFile() ? [{ name, size: found.size, changedAt: found.mtimeMs }] : [];
    }),
  );
  return files.flat();
}

export const listJobExecutors: Handler<"ListJobExecutors"> = async (input, context) => {
  const found = findJobRun(input.workspaceId, input.jobRunId, context);
  if ("error" in found) return found;
  const ended = isTerminal(found.job.state);
  const executors = (await context.jobs.executors(input.jobRunId))
    .map((executor) => ({
      jobRunId: input.jobRunId,
      workspaceId: input.workspaceId,
      executorId: executor.executorId,
      executorType: executor.executorId === "driver" ? "driver" : "executor",
      hostPort: executor.host,
      totalCores: executor.cores,
      addTime: executor.addedAt,
      status: ended || executor.removedAt !== undefined ? "Dead" : "Running",
    }))
    .filter((executor) => !input.executorType || executor.executorType === input.executorType.toLowerCase())
    .filter((executor) => !input.status || executor.status.toLowerCase() === input.status.toLowerCase());
  const page = pageOf(executors, (executor) => executor.executorId.padStart(12, "0"), input, "ascending");
  if ("error" in page) return page;
  const { items, ...paging } = page;
  // Spelled so on the wire.
  return { body: { ...paging, exexutors: items } };
};
