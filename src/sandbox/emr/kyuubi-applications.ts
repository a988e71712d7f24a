import type { EmrRequests } from "../../operations/emr/types.gen.ts";
import { invalidParameter, operationDenied, resourceNotFound, type ServiceError } from "../errors.ts";
import { formatLocalTime } from "../metering.ts";
import type { EmrContext, Handler } from "./context.ts";
import { hasEnded } from "./kyuubi-application-log.ts";
import { findService } from "./kyuubi-services.ts";
import { pageOf, timeKey } from "./paging.ts";
import type { KyuubiApplication } from "./sql-documents.ts";

export const listKyuubiSparkApplications: Handler<"ListKyuubiSparkApplications"> = async (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  const filter = readFilter(input, context.now());
  if ("error" in filter) return filter;
  if (found.service.phase === "running") await context.computes.applications.refresh(input.kyuubiServiceId);
  const applications = context.computes.applications.of(input.kyuubiServiceId).filter(filter.test);
  const order = input.sort === "asc" ? "ascending" : "descending";
  const page = pageOf(applications, ({ startTime, applicationId }) => timeKey(startTime, applicationId), input, order);
  if ("error" in page) return page;
  const { items, ...paging } = page;
  return {
    body: { ...paging, applications: items.map((application) => describe(application, input.workspaceId, context)) },
  };
};

export const cancelKyuubiSparkApplication: Handler<"CancelKyuubiSparkApplication"> = async (input, context) => {
  const { workspaceId, kyuubiServiceId, applicationId } = input;
  const found = findService(workspaceId, kyuubiServiceId, context);
  if ("error" in found) return found;
  const { applications } = context.computes;
  if (found.service.phase === "running") await applications.refresh(kyuubiServiceId);
  const application = applications.of(kyuubiServiceId).find((candidate) => candidate.applicationId === applicationId);
  if (!application) return resourceNotFound(`The application ${applicationId} does not exist.`);
  if (hasEnded(application)) {
    return operationDenied(
      `The application ${applicationId} is ${application.state}; it cannot be cancelled any more.`,
    );
  }
  applications.cancel(kyuubiServiceId, applicationId);
  return { body: { body: { applicationId, success: true } } };
};

type Request = EmrRequests["ListKyuubiSparkApplications"];

function readFilter(
  request: Request,
  now: number,
): { test: (application: KyuubiApplication) => boolean } | { error: ServiceError } {
  const states = readTexts(request.states);
  const statuses = readTexts(request.latestSqlStatementStatuses);
  if (!states || !statuses) {
    return invalidParameter("states and latestSqlStatementStatuses must be JSON lists of texts.");
  }
  if (request.orderBy?.some((column) => column !== "startTime")) {
    return invalidParameter("orderBy may hold startTime.");
  }
  return {
    test: (application) =>
      (states.length === 0 || states.includes(application.state)) &&
      // The engine does not tell what became of an application's last statement, so none has such a status.
      statuses.length === 0 &&
      (!request.applicationId || application.applicationId === request.applicationId) &&
      (!request.applicationName || application.name.includes(request.applicationName)) &&
      (!request.resourceQueueId || application.queue === request.resourceQueueId) &&
      (request.minDuration === undefined ||
        (application.endTime ?? now) - application.startTime >= request.minDuration) &&
      inRange(application.startTime, request.startTime) &&
      inRange(application.endTime, request.endTime),
  };
}

function inRange(time: number | undefined, range: { startTime?: number; endTime?: number } | undefined): boolean {
  if (!range) return true;
  return time !== undefined && time >= (range.startTime ?? 0) && time <= (range.endTime ?? Number.POSITIVE_INFINITY);
}

/** Declared as a string that holds a JSON list. */
function readTexts(text: string | undefined): string[] | undefined {
  if (!text) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map((entry) => String(entry).toUpperCase()) : undefined;
  } catch {
    return undefined;
  }
}

function describe(application: KyuubiApplication, workspaceId: string, context: EmrContext): Record<string, unknown> {
  const { applicationId, startTime, endTime, cores, memoryMiB, cu } = application;
  const seconds = Math.max(0, ((endTime ?? context.now()) - startTime) / 1000);
  return {
    applicationId,
    applicationName: application.name,
    kyuubiServiceId: application.kyuubiServiceId,
    state: application.state,
    resourceQueueId: application.queue,
    startTime: formatLocalTime(startTime),
    endTime: endTime === undefined ? undefined : formatLocalTime(endTime),
    cuHours: Math.round(((cu * seconds) / 3600) * 1e6) / 1e6,
    vcoreSeconds: Math.round(cores * seconds),
    mbSeconds: Math.round(memoryMiB * seconds),
    tags: [],
    webUI: `https://spark-ui.sandbox.invalid/${workspaceId}/${applicationId}`,
  };
}
