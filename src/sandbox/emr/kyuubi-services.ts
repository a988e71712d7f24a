import type { EmrRequests } from "../../operations/emr/types.gen.ts";
import {
  invalidParameter,
  missingParameter,
  notSimulated,
  operationDenied,
  resourceNotFound,
  type ServiceError,
} from "../errors.ts";
import { formatLocalTime } from "../metering.ts";
import { type EmrContext, type Handler, runningWorkspace } from "./context.ts";
import { queueId } from "./documents.ts";
import { newId } from "./ids.ts";
import { engineIdleMinutes, readSettings } from "./kyuubi-configs.ts";
import { kyuubiDone, kyuubiStates, unknownWorkspaceInList } from "./quirks.ts";
import { findRelease } from "./releases.ts";
import { isAtRest, type KyuubiService } from "./sql-documents.ts";

/** Product guide: sizes of one server. */
const computeInstances = ["1c4g", "2c8g", "4c16g", "8c32g", "16c64g", "32c128g"];
const defaults = { computeInstance: "2c8g", kyuubiReleaseVersion: "1.9.2-0.0.2", replica: 1 };
const largestReplica = 10;

export const createKyuubiService: Handler<"CreateKyuubiService"> = (input, context) => {
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const { name = "", queue = "" } = input;
  if (!name) return missingParameter("name");
  if (!queue) return missingParameter("queue");
  const read = readDescription(input, input.workspaceId, context);
  if ("error" in read) return read;
  const release = findRelease(undefined, input.releaseVersion) ?? findRelease(input.releaseVersion);
  if (!release) return unknownRelease;
  const service: KyuubiService = {
    kind: "kyuubi",
    computeId: newId("kb"),
    workspaceId: input.workspaceId,
    bucket: found.workspace.bucket,
    name,
    queue,
    releaseVersion: release.releaseVersion,
    displayReleaseVersion: release.displayReleaseVersion,
    publicEndpointEnabled: false,
    ...defaults,
    kyuubiConfigs: "",
    sparkConfigs: "",
    sparkConf: {},
    engineIdleMinutes: engineIdleMinutes({}),
    ...read.description,
    createTime: context.now(),
    phase: "notStarted",
    reason: { code: "1000000", message: "The service was created." },
  };
  context.documents.computes.put(service);
  return { body: { data: { kyuubiServiceId: service.computeId } } };
};

export const getKyuubiService: Handler<"GetKyuubiService"> = (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  const { createTime, startTime } = found.service;
  return {
    body: {
      data: {
        ...describe(found.service, context),
        publicEndpointEnabled: found.service.publicEndpointEnabled,
        createTime: String(createTime),
        startTime: startTime === undefined ? undefined : String(startTime),
      },
    },
  };
};

export const listKyuubiServices: Handler<"ListKyuubiServices"> = (input, context) => {
  if (!context.documents.workspaces.get(input.workspaceId)) return unknownWorkspaceInList;
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const services = context.documents.computes
    .all()
    .filter((compute) => compute.kind === "kyuubi")
    .filter((service) => service.workspaceId === input.workspaceId)
    .sort((a, b) => b.createTime - a.createTime);
  return {
    body: {
      data: {
        // The SDK's examples: times in other forms than those of GetKyuubiService.
        kyuubiServices: services.map((service) => ({
          ...describe(service, context),
          createTime: `${new Date(service.createTime).toISOString().slice(0, 19)}Z`,
          startTime: service.startTime === undefined ? undefined : formatLocalTime(service.startTime),
        })),
      },
    },
  };
};

export const updateKyuubiService: Handler<"UpdateKyuubiService"> = (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  const { service } = found;
  if (service.phase === "starting" || service.phase === "stopping") return notInState(service, "changed");
  const read = readDescription(input, input.workspaceId, context);
  if ("error" in read) return read;
  const release = input.releaseVersion
    ? (findRelease(undefined, input.releaseVersion) ?? findRelease(input.releaseVersion))
    : service;
  if (!release) return unknownRelease;
  context.documents.computes.put({
    ...service,
    ...read.description,
    name: input.name ?? service.name,
    queue: input.queue ?? service.queue,
    releaseVersion: release.releaseVersion,
    displayReleaseVersion: release.displayReleaseVersion,
  });
  // Seed skill: restart applies the change at once; a service that does not run has nothing to restart.
  if (input.restart && service.phase === "running") {
    context.computes.restart(service.computeId, "The service is being restarted by UpdateKyuubiService.");
  }
  return kyuubiDone;
};

export const startKyuubiService: Handler<"StartKyuubiService"> = (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  if (!isAtRest(found.service.phase)) return notInState(found.service, "started");
  if (!context.computes.available) return notSimulated("StartKyuubiService", "without an SQL engine");
  context.computes.start(found.service.computeId);
  return kyuubiDone;
};

export const stopKyuubiService: Handler<"StopKyuubiService"> = (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  const { phase, computeId } = found.service;
  if (phase !== "running" && phase !== "starting") return notInState(found.service, "stopped");
  context.computes.stop(computeId, "The service was stopped by StopKyuubiService.");
  return kyuubiDone;
};

export const deleteKyuubiService: Handler<"DeleteKyuubiService"> = (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  const { phase, computeId } = found.service;
  if (!isAtRest(phase)) return notInState(found.service, "deleted");
  for (const token of context.documents.kyuubiTokens.all()) {
    if (token.kyuubiServiceId === computeId) context.documents.kyuubiTokens.delete(token.tokenId);
  }
  context.computes.applications.forget(computeId);
  context.documents.computes.delete(computeId);
  return kyuubiDone;
};

export function findService(
  workspaceId: string,
  kyuubiServiceId: string,
  context: EmrContext,
): { service: KyuubiService } | { error: ServiceError } {
  const ready = runningWorkspace(workspaceId, context);
  if ("error" in ready) return ready;
  const compute = context.documents.computes.get(kyuubiServiceId);
  return compute?.kind === "kyuubi" && compute.workspaceId === workspaceId
    ? { service: compute }
    : resourceNotFound(`The Kyuubi service ${kyuubiServiceId} does not exist.`);
}

const unknownRelease = invalidParameter(
  "releaseVersion is not one of ListReleaseVersions (the sandbox has no Fusion).",
);

function notInState(service: KyuubiService, done: string) {
  return operationDenied(
    `The Kyuubi service ${service.computeId} is ${kyuubiStates[service.phase]}; it cannot be ${done} now.`,
  );
}

/** Checks what a caller says of a service and gives the members that it named. */
function readDescription(
  input: Omit<EmrRequests["CreateKyuubiService"], "workspaceId">,
  workspaceId: string,
  context: EmrContext,
): { description: Partial<KyuubiService> } | { error: ServiceError } {
  const { queue, computeInstance, replica, kyuubiReleaseVersion, publicEndpointEnabled } = input;
  if (queue !== undefined && !context.documents.queues.get(queueId(workspaceId, queue))) {
    return invalidParameter(`The queue ${queue} does not exist.`);
  }
  if (computeInstance !== undefined && !computeInstances.includes(computeInstance.toLowerCase())) {
    return invalidParameter(`computeInstance must be one of ${computeInstances.join(", ")}.`);
  }
  if (replica !== undefined && (replica < 0 || replica > largestReplica)) {
    return invalidParameter(`replica must be from 0 to ${largestReplica}.`);
  }
  if (kyuubiReleaseVersion !== undefined && !/^\d+\.\d+\.\d+-\d+\.\d+\.\d+$/.test(kyuubiReleaseVersion)) {
    return invalidParameter("kyuubiReleaseVersion must look like 1.9.2-0.0.2.");
  }
  const sparkConf = input.sparkConfigs === undefined ? undefined : readSettings(input.sparkConfigs);
  const kyuubiConf = input.kyuubiConfigs === undefined ? undefined : readSettings(input.kyuubiConfigs);
  if (input.sparkConfigs !== undefined && !sparkConf) return invalidParameter(notSettings("sparkConfigs"));
  if (input.kyuubiConfigs !== undefined && !kyuubiConf) return invalidParameter(notSettings("kyuubiConfigs"));
  return {
    description: {
      ...(computeInstance === undefined ? {} : { computeInstance }),
      ...(replica === undefined ? {} : { replica }),
      ...(kyuubiReleaseVersion === undefined ? {} : { kyuubiReleaseVersion }),
      ...(publicEndpointEnabled === undefined ? {} : { publicEndpointEnabled }),
      ...(sparkConf ? { sparkConfigs: input.sparkConfigs ?? "", sparkConf } : {}),
      ...(kyuubiConf
        ? { kyuubiConfigs: input.kyuubiConfigs ?? "", engineIdleMinutes: engineIdleMinutes(kyuubiConf) }
        : {}),
    },
  };
}

function notSettings(name: string): string {
  return `${name} must be k=v pairs apart by semicolons or line ends, or a JSON list of key and value.`;
}

function describe(service: KyuubiService, context: EmrContext): Record<string, unknown> {
  return {
    kyuubiServiceId: service.computeId,
    name: service.name,
    state: kyuubiStates[service.phase],
    queue: service.queue,
    releaseVersion: service.displayReleaseVersion,
    kyuubiReleaseVersion: service.kyuubiReleaseVersion,
    computeInstance: service.computeInstance,
    replica: service.replica,
    kyuubiConfigs: service.kyuubiConfigs,
    sparkConfigs: service.sparkConfigs,
    // With a port, unlike the real ones: nothing here can listen on 80 or 443.
    innerEndpoint: context.kyuubiEndpoint,
    publicEndpoint: service.publicEndpointEnabled ? context.kyuubiEndpoint : undefined,
    creator: context.accountId,
  };
}
