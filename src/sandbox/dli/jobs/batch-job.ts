import { join } from "node:path";
import type { SparkJob } from "../../engine.ts";
import type { DliContext } from "../context.ts";
import type { Batch } from "./batch-documents.ts";
import { isPython } from "./batch-request.ts";
import type { JobLinks, JobPackage } from "./links.ts";

/** What an attempt of a batch is for the engine. */

/** Where the job bucket has an attempt's logs; this path is a choice of the sandbox. */
export function logKey(id: string, attempt: number): string {
  return `jobs/logs/spark/${id}/${attempt}`;
}

export function logFolder(batch: Batch, attempt: number, { storageFolder }: DliContext): string {
  return join(storageFolder, batch.logBucket, logKey(batch.id, attempt));
}

/** The job, or what is missing for it. */
export function sparkJob(batch: Batch, links: JobLinks, context: DliContext): SparkJob | { missing: string } {
  const { request } = batch;
  const missing: string[] = [];
  const located = (path: string): string => {
    if (path.startsWith("obs://")) return path;
    const found = links.findPackage(path, context);
    if (!found) missing.push(path);
    return found?.location ?? "";
  };
  const entryPoint = located(request.file);
  const lists = {
    "spark.jars": request.jars.map(located),
    "spark.submit.pyFiles": request.pyFiles.map(located),
    "spark.files": request.files.map(located),
  };
  for (const { kind, location } of packages(batch, links, context, missing)) {
    if (kind === "jar") lists["spark.jars"].push(location);
    else if (kind === "pyFile") lists["spark.submit.pyFiles"].push(location);
    else lists["spark.files"].push(location);
  }
  if (missing.length > 0) return { missing: `There is no package ${missing.join(", ")}.` };

  const configuration: Record<string, string> = {
    ...request.conf,
    "spark.driver.cores": String(request.driverCores),
    "spark.driver.memory": String(request.driverMemory),
    "spark.executor.cores": String(request.executorCores),
    "spark.executor.memory": String(request.executorMemory),
    "spark.executor.instances": String(request.numExecutors),
  };
  for (const [key, locations] of Object.entries(lists)) {
    const all = [...(request.conf[key] ? [request.conf[key]] : []), ...locations];
    if (all.length > 0) configuration[key] = [...new Set(all)].join(",");
  }
  const python = isPython(request.file);
  return {
    jobRunId: batch.id,
    workspaceId: context.projectId,
    name: request.name || batch.id,
    codeType: python ? "PYTHON" : "JAR",
    entryPoint,
    entryPointArguments: request.args,
    sparkSubmitParameters: python ? "" : `--class ${request.className}`,
    configuration,
    logFolder: logFolder(batch, batch.attempt, context),
  };
}

function packages({ request }: Batch, links: JobLinks, context: DliContext, missing: string[]): JobPackage[] {
  const named = [
    ...request.resources,
    ...request.groups.flatMap((group) =>
      (group.resources ?? []).map((one) => ({ ...one, name: `${group.name ?? ""}/${one.name ?? ""}` })),
    ),
  ];
  const found = named.flatMap(({ name = "", type }) => {
    const one = links.findPackage(name, context);
    if (!one) missing.push(name);
    return one ? [{ ...one, kind: type ?? one.kind }] : [];
  });
  const whole = request.groups.filter((group) => (group.resources ?? []).length === 0);
  for (const { name = "" } of whole) {
    const members = links.packagesIn(name, context);
    if (members.length === 0) missing.push(name);
    found.push(...members);
  }
  return found;
}
