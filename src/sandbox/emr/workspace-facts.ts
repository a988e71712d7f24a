import { invalidParameter, resourceNotFound } from "../errors.ts";
import { cuHoursByHour, isOverOneMonth, javaMapText, parseLocalTime } from "../metering.ts";
import { type Handler, runningWorkspace } from "./context.ts";
import { queueId } from "./documents.ts";
import { cuHoursWindowTooLong, unknownWorkspaceInList } from "./quirks.ts";

export const getCuHours: Handler<"GetCuHours"> = (input, context) => {
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const from = parseLocalTime(input.startTime ?? "");
  const to = parseLocalTime(input.endTime ?? "");
  if (from === undefined || to === undefined || to < from) {
    return invalidParameter("startTime and endTime must be YYYY-MM-DD HH:mm:ss, the end not before the start.");
  }
  if (isOverOneMonth(from, to)) return cuHoursWindowTooLong;
  const runs = context.documents.jobRuns
    .all()
    .filter((job) => job.workspaceId === input.workspaceId && job.resourceQueueId === input.queue)
    .flatMap((job) =>
      job.startTime === undefined ? [] : [{ cu: job.cu, from: job.startTime, to: job.endTime ?? context.now() }],
    );
  for (const run of context.documents.computeRuns.all()) {
    if (run.workspaceId !== input.workspaceId || run.queue !== input.queue) continue;
    runs.push({ cu: run.cu, from: run.startTime, to: run.endTime ?? context.now() });
  }
  if (runs.length === 0 && !context.documents.queues.get(queueId(input.workspaceId, input.queue))) {
    return resourceNotFound(`The queue ${input.queue} does not exist.`);
  }
  return { body: { data: { cuHours: javaMapText(cuHoursByHour(runs, { from, to })) } } };
};

/** The one catalog that Spark has without any configuration. */
export const listCatalogs: Handler<"ListCatalogs"> = (input, context) => {
  const workspace = context.documents.workspaces.get(input.workspaceId);
  if (!workspace) return unknownWorkspaceInList;
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const catalog = {
    catalogId: "spark_catalog",
    alias: "spark_catalog",
    catalogProvider: "in-memory",
    catalogType: "default_catalog",
    environments: ["dev", "production"],
    extras: {},
    gmtCreate: workspace.createTime,
    gmtModified: workspace.createTime,
    resourceOwnerId: context.accountId,
    workspaceId: workspace.workspaceId,
  };
  const catalogs = !input.environment || catalog.environments.includes(input.environment) ? [catalog] : [];
  return { body: { maxResults: catalogs.length, totalCount: catalogs.length, catalogs } };
};
