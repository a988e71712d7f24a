import {
  invalidParameter,
  missingParameter,
  notSimulated,
  operationDenied,
  resourceNotFound,
  type ServiceError,
} from "../errors.ts";
import { type EmrContext, type Handler, runningWorkspace } from "./context.ts";
import { queueId } from "./documents.ts";
import { newId } from "./ids.ts";
import { sparkDefaults } from "./job-files.ts";
import { pageOf, timeKey } from "./paging.ts";
import { sessionStates, smallestSessionQueue, unknownWorkspaceInList } from "./quirks.ts";
import { findRelease } from "./releases.ts";
import { isAtRest, type Session } from "./sql-documents.ts";

/** The console's default. */
const defaultAutoStop = { enable: true, idleTimeoutMinutes: 45 };

export const createSessionCluster: Handler<"CreateSessionCluster"> = (input, context) => {
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const { name, queueName, autoStopConfiguration } = input;
  if (!name) return missingParameter("name");
  if (!queueName) return missingParameter("queueName");
  const kind = input.kind?.toUpperCase() ?? "SQL";
  if (kind !== "SQL") return notSimulated("CreateSessionCluster", `kind ${kind}`);
  const queue = context.documents.queues.get(queueId(input.workspaceId, queueName));
  if (!queue) return invalidParameter(`The queue ${queueName} does not exist.`);
  if (queue.maxCu < smallestSessionQueue) {
    return operationDenied(`A session needs a queue of ${smallestSessionQueue} CU or more.`);
  }
  const release = findRelease(input.releaseVersion, input.displayReleaseVersion);
  if (!release || input.fusion) {
    return invalidParameter("The engine version is not one of ListReleaseVersions (the sandbox has no Fusion).");
  }
  const autoStop = { ...defaultAutoStop, ...autoStopConfiguration };
  if (autoStop.idleTimeoutMinutes < 1) {
    return invalidParameter("autoStopConfiguration.idleTimeoutMinutes must be 1 or more.");
  }
  const applicationConfigs = (input.applicationConfigs ?? []).map((entry) => ({
    configFileName: entry.configFileName ?? "spark-defaults.conf",
    configItemKey: entry.configItemKey ?? "",
    configItemValue: entry.configItemValue ?? "",
  }));
  const session: Session = {
    kind: "session",
    computeId: newId("sc"),
    workspaceId: input.workspaceId,
    bucket: found.workspace.bucket,
    name,
    queue: queueName,
    sparkConf: sparkDefaults(applicationConfigs),
    applicationConfigs,
    releaseVersion: release.releaseVersion,
    displayReleaseVersion: release.displayReleaseVersion,
    publicEndpointEnabled: input.publicEndpointEnabled ?? false,
    autoStart: input.autoStartConfiguration?.enable ?? false,
    autoStop,
    createTime: context.now(),
    phase: "notStarted",
    reason: { code: "1000000", message: "The session was created." },
  };
  context.documents.computes.put(session);
  return { body: { sessionClusterId: session.computeId } };
};

export const getSessionCluster: Handler<"GetSessionCluster"> = (input, context) => {
  const found = findSession(input.workspaceId, input.sessionClusterId, context);
  return "error" in found ? found : { body: { sessionCluster: describe(found.session, context) } };
};

export const listSessionClusters: Handler<"ListSessionClusters"> = (input, context) => {
  if (!context.documents.workspaces.get(input.workspaceId)) return unknownWorkspaceInList;
  const ready = runningWorkspace(input.workspaceId, context);
  if ("error" in ready) return ready;
  const sessions = context.documents.computes
    .all()
    .filter((compute) => compute.kind === "session")
    .filter((session) => session.workspaceId === input.workspaceId)
    .filter((session) => !input.queueName || session.queue === input.queueName)
    .filter((session) => !input.sessionClusterId || session.computeId === input.sessionClusterId)
    .filter(() => !input.kind || input.kind.toUpperCase() === "SQL");
  const page = pageOf(sessions, ({ createTime, computeId }) => timeKey(createTime, computeId), input, "descending");
  if ("error" in page) return page;
  const { items, ...paging } = page;
  return { body: { ...paging, sessionClusters: items.map((session) => describe(session, context)) } };
};

export const startSessionCluster: Handler<"StartSessionCluster"> = (input, context) => {
  const found = findNamed(input, context);
  if ("error" in found) return found;
  const { phase, computeId } = found.session;
  if (!isAtRest(phase)) return notInState(found.session, "started");
  if (!context.computes.available) return notSimulated("StartSessionCluster", "without an SQL engine");
  context.computes.start(computeId);
  return { body: { sessionClusterId: computeId } };
};

export const stopSessionCluster: Handler<"StopSessionCluster"> = (input, context) => {
  const found = findNamed(input, context);
  if ("error" in found) return found;
  const { phase, computeId } = found.session;
  if (phase !== "running" && phase !== "starting") return notInState(found.session, "stopped");
  context.computes.stop(computeId, "The session was stopped by StopSessionCluster.");
  return { body: { sessionClusterId: computeId } };
};

/** Its answer is not public: the request id alone. */
export const deleteSessionCluster: Handler<"DeleteSessionCluster"> = (input, context) => {
  const found = findSession(input.workspaceId, input.sessionClusterId, context);
  if ("error" in found) return found;
  const { phase, computeId } = found.session;
  if (!isAtRest(phase)) return notInState(found.session, "deleted");
  context.documents.computes.delete(computeId);
  return { body: {} };
};

export function findSession(
  workspaceId: string,
  sessionClusterId: string,
  context: EmrContext,
): { session: Session } | { error: ServiceError } {
  const ready = runningWorkspace(workspaceId, context);
  if ("error" in ready) return ready;
  const compute = context.documents.computes.get(sessionClusterId);
  return compute?.kind === "session" && compute.workspaceId === workspaceId
    ? { session: compute }
    : resourceNotFound(`The session ${sessionClusterId} does not exist.`);
}

/** Start and Stop name the session, and may name its queue, in the body. */
function findNamed(
  input: { workspaceId: string; sessionClusterId?: string; queueName?: string },
  context: EmrContext,
): { session: Session } | { error: ServiceError } {
  if (!input.sessionClusterId) return missingParameter("sessionClusterId");
  const found = findSession(input.workspaceId, input.sessionClusterId, context);
  if ("error" in found || !input.queueName || input.queueName === found.session.queue) return found;
  return invalidParameter(`The session ${input.sessionClusterId} is not in the queue ${input.queueName}.`);
}

function notInState(session: Session, done: string) {
  return operationDenied(
    `The session ${session.computeId} is ${sessionStates[session.phase]}; it cannot be ${done} now.`,
  );
}

function describe(session: Session, context: EmrContext): Record<string, unknown> {
  const running = session.phase === "running";
  return {
    sessionClusterId: session.computeId,
    workspaceId: session.workspaceId,
    name: session.name,
    kind: "SQL",
    state: sessionStates[session.phase],
    stateChangeReason: session.reason,
    queueName: session.queue,
    releaseVersion: session.releaseVersion,
    displayReleaseVersion: session.displayReleaseVersion,
    fusion: false,
    applicationConfigs: session.applicationConfigs,
    autoStartConfiguration: { enable: session.autoStart },
    autoStopConfiguration: session.autoStop,
    publicEndpointEnabled: session.publicEndpointEnabled,
    gmtCreate: session.createTime,
    startTime: session.startTime,
    userId: context.accountId,
    userName: "sandbox",
    webUI: running ? `https://spark-ui.sandbox.invalid/${session.workspaceId}/${session.runId}` : undefined,
  };
}
