import { statSync } from "node:fs";
import { join } from "node:path";
import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { badParameter, type DliError, missingObject } from "../answers.ts";
import type { DliContext } from "../context.ts";
import { type BatchSize, readSize } from "./batch-size.ts";
import type { JobLinks } from "./links.ts";

type Input = DliRequests["CreateSparkJob"];
type Lists = "args" | "jars" | "pyFiles" | "files" | "modules" | "resources" | "groups";

/** The body of CreateSparkJob with what was left out filled in. */
export type BatchRequest = Omit<Input, Lists | "file" | "className" | "conf" | "name" | "queue" | "feature"> &
  Required<Pick<Input, Lists | "file" | "className" | "name" | "queue" | "feature">> & {
    conf: Readonly<Record<string, string>>;
    auto_recovery: boolean;
    max_retry_times: number;
  };

const defaultRetries = 20;
/** Section 15 of the API notes: from here on everything comes from OBS. */
const withoutPackages = [3, 3, 1] as const;

export function readBatchRequest(
  input: Input,
  links: JobLinks,
  context: DliContext,
): { request: BatchRequest; size: BatchSize } | { error: DliError } {
  // cluster_name is queue by now. The page of 2024 forbids both together, later ones have queue win: so it does here.
  const { queue: queueName = "", name = "", feature = "basic", max_retry_times = defaultRetries } = input;
  const queue = links.findQueue(queueName, context);
  if (!queue) return missingObject(`The queue ${queueName} does not exist.`);
  if (queue.queueType !== "general") return badParameter(`The queue ${queueName} is not a queue for general purpose.`);
  if (name.length > 128) return badParameter("name must have at most 128 characters.");
  if (!Number.isInteger(max_retry_times) || max_retry_times < 0 || max_retry_times > 100) {
    return badParameter("max_retry_times must be a whole number from 0 to 100.");
  }
  if (feature === "custom" && !input.image) return badParameter("feature custom needs image.");
  if (feature !== "custom" && input.image) return badParameter("image needs feature custom.");
  const { obs_bucket: bucket } = input;
  if (bucket && !isBucket(bucket, context)) return missingObject(`The OBS bucket ${bucket} does not exist.`);

  const size = readSize(input);
  if ("problem" in size) return badParameter(size.problem);
  const conf = readConf(input.conf ?? {});
  if ("problem" in conf) return badParameter(conf.problem);
  const { cu: _cu, scType: _scType, ...resources } = size;
  const request: BatchRequest = {
    ...input,
    ...resources,
    file: input.file ?? "",
    className: input.className ?? "",
    args: input.args ?? [],
    jars: input.jars ?? [],
    pyFiles: input.pyFiles ?? [],
    files: input.files ?? [],
    modules: input.modules ?? [],
    resources: input.resources ?? [],
    groups: input.groups ?? [],
    name,
    queue: queue.queueName,
    feature,
    conf: conf.entries,
    auto_recovery: input.auto_recovery ?? false,
    max_retry_times,
  };
  const problem = problemOfProgram(request);
  return problem === undefined ? { request, size } : badParameter(problem);
}

export function isPython(file: string): boolean {
  return file.endsWith(".py");
}

function problemOfProgram(request: BatchRequest): string | undefined {
  const { file, className, jars, pyFiles, files } = request;
  const newEnough = isAtLeast(request.spark_version, withoutPackages);
  for (const path of [file, ...jars, ...pyFiles, ...files]) {
    const isObs = /^obs:\/\/[a-z0-9][a-z0-9.-]*\/[^,]+$/.test(path);
    // A package of package management: its name, or its group and its name.
    const isPackage = /^[^/,:]+(\/[^/,:]+)?$/.test(path);
    if (!isObs && !isPackage) return `${path} is neither obs://bucket/key nor a package.`;
    if (!isObs && newEnough) return `Spark ${request.spark_version} takes only paths of OBS, not ${path}.`;
  }
  if (newEnough && (request.resources.length > 0 || request.groups.length > 0)) {
    return `Spark ${request.spark_version} does not take resources and groups.`;
  }
  if (isPython(file)) return undefined;
  if (className === "") return "className is mandatory for a Jar.";
  return /^[\p{L}\p{N}_$.]+$/u.test(className) ? undefined : `${className} is not the name of a class.`;
}

function readConf(conf: Readonly<Record<string, unknown>>): { entries: Record<string, string> } | { problem: string } {
  const entries: Record<string, string> = {};
  for (const [key, value] of Object.entries(conf)) {
    if (typeof value === "object") return { problem: `conf.${key} must be a text, a number or true or false.` };
    entries[key] = String(value);
  }
  const priority = entries["spark.dli.job.priority"];
  return priority === undefined || /^([1-9]|10)$/.test(priority)
    ? { entries }
    : { problem: "spark.dli.job.priority must be a whole number from 1 to 10." };
}

function isAtLeast(version: string | undefined, least: readonly number[]): boolean {
  const parts = (version ?? "").split(".").map(Number);
  for (const [position, wanted] of least.entries()) {
    const part = parts[position] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

function isBucket(bucket: string, { storageFolder }: DliContext): boolean {
  const isName = /^[a-z0-9][a-z0-9.-]+$/.test(bucket);
  return isName && statSync(join(storageFolder, bucket), { throwIfNoEntry: false })?.isDirectory() === true;
}
