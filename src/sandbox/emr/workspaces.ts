import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Answer,
  invalidParameter,
  missingParameter,
  notSimulated,
  resourceNotFound,
  unsupportedOperator,
} from "../errors.ts";
import { type Handler, runningWorkspace, workspaceStatus } from "./context.ts";
import type { Queue, Tag, Workspace } from "./documents.ts";
import { newId } from "./ids.ts";
import { pageOf, timeKey } from "./paging.ts";
import { queueSum } from "./queues.ts";

// Product guide: ceilings of one workspace.
const largestCu = { PayAsYouGo: 5000, Pre: 1000 };

export const listWorkspaces: Handler<"ListWorkspaces"> = (input, context) => {
  const now = context.now();
  const matching = context.documents.workspaces
    .all()
    .filter((workspace) => !input.name || workspace.workspaceName.includes(input.name))
    .filter((workspace) => !input.resourceGroupId || workspace.resourceGroupId === input.resourceGroupId)
    .filter((workspace) => (input.tag ?? []).every((wanted) => hasTag(workspace.tags, wanted)))
    .filter((workspace) => {
      const status = workspaceStatus(workspace, now);
      return input.state ? status === input.state.toUpperCase() : status !== "TERMINATED";
    });
  const page = pageOf(
    matching,
    (workspace) => timeKey(workspace.createTime, workspace.workspaceId),
    input,
    "descending",
  );
  if ("error" in page) return page;
  const { items, ...paging } = page;
  return { body: { ...paging, workspaces: items.map((workspace) => describe(workspace, now)) } };
};

export const createWorkspace: Handler<"CreateWorkspace"> = (input, context) => {
  const { workspaceName = "", ossBucket = "", ramRoleName = "", paymentType = "PayAsYouGo" } = input;
  const wrongName = checkName(workspaceName);
  if (wrongName) return wrongName;
  const bucket = /^oss:\/\/([a-z0-9][a-z0-9-]{1,61}[a-z0-9])(\/.*)?$/.exec(ossBucket)?.[1];
  if (!bucket) return invalidParameter("ossBucket must be oss://bucket or oss://bucket/path.");
  if (!existsSync(join(context.storageFolder, bucket))) {
    return invalidParameter(`The bucket ${bucket} does not exist.`);
  }
  const payment = paymentType.toLowerCase() === "pre" ? "Pre" : "PayAsYouGo";
  if (payment === "Pre" && !input.duration) return missingParameter("duration");
  if (payment === "Pre" && !input.paymentDurationUnit) return missingParameter("paymentDurationUnit");
  if (input.gpuSpec?.length || input.resourceSpec?.gpu) return notSimulated("CreateWorkspace", "GPU");
  if (input.autoStartSessionCluster) return notSimulated("CreateWorkspace", "autoStartSessionCluster");
  const cu = readCu(input.resourceSpec?.cu, largestCu[payment]);
  if (typeof cu !== "number") return cu;

  const now = context.now();
  const workspace: Workspace = {
    workspaceId: newId("w"),
    workspaceName,
    regionId: context.regionId,
    ossBucket,
    bucket,
    ramRoleName,
    paymentType: payment,
    cu,
    createTime: now,
    runningAt: now + context.timings.workspaceStartMs,
    ipWhiteList: [],
    tags: (input.tag ?? []).map((tag) => ({ key: tag.key ?? "", value: tag.value ?? "" })),
    ...(input.resourceGroupId ? { resourceGroupId: input.resourceGroupId } : {}),
    ...(input.dlfCatalogId ? { dlfCatalogId: input.dlfCatalogId } : {}),
    ...(input.dlfType ? { dlfType: input.dlfType } : {}),
    ...(input.duration ? { duration: input.duration } : {}),
    ...(input.paymentDurationUnit ? { paymentDurationUnit: input.paymentDurationUnit } : {}),
    ...(input.autoRenew ? { autoRenew: input.autoRenew } : {}),
    ...(input.autoRenewPeriod ? { autoRenewPeriod: input.autoRenewPeriod } : {}),
    ...(input.autoRenewPeriodUnit ? { autoRenewPeriodUnit: input.autoRenewPeriodUnit } : {}),
  };
  context.documents.workspaces.put(workspace);
  for (const queue of defaultQueues(workspace)) context.documents.queues.put(queue);
  return { body: { operationId: newId("op"), workspaceId: workspace.workspaceId } };
};

export const updateWorkspace: Handler<"UpdateWorkspace"> = (input, context) => {
  if (!input.workspaceId) return missingParameter("workspaceId");
  const unsupported = ["subscription", "gpu", "gpuSpec", "gpuSubscription"].find((name) => name in input);
  if (unsupported) return notSimulated("UpdateWorkspace", unsupported);
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const { workspace } = found;
  if (input.workspaceName !== undefined) {
    const wrongName = checkName(input.workspaceName);
    if (wrongName) return wrongName;
  }
  if (input.cu !== undefined) {
    const cu = readCu(input.cu, workspace.paymentType === "Pre" ? largestCu.Pre : largestCu.PayAsYouGo);
    if (typeof cu !== "number") return cu;
    if (cu < queueSum(workspace.workspaceId, context)) {
      return unsupportedOperator("The queues of the workspace hold more CU than that.");
    }
  }
  context.documents.workspaces.put({
    ...workspace,
    ...(input.workspaceName === undefined ? {} : { workspaceName: input.workspaceName }),
    ...(input.cu === undefined ? {} : { cu: input.cu }),
    ...(input.ipWhiteList === undefined ? {} : { ipWhiteList: input.ipWhiteList }),
    ...(input.resourceGroupId === undefined ? {} : { resourceGroupId: input.resourceGroupId }),
  });
  context.jobs.wake();
  // An order exists only for prepaid changes, so there is no orderId to tell.
  return { body: { data: {} } };
};

export const deleteWorkspace: Handler<"DeleteWorkspace"> = (input, context) => {
  const workspace = context.documents.workspaces.get(input.workspaceId);
  if (!workspace) return resourceNotFound(`The workspace ${input.workspaceId} does not exist.`);
  if (workspace.deletedAt === undefined) {
    const now = context.now();
    context.documents.workspaces.put({
      ...workspace,
      deletedAt: now,
      terminatedAt: now + context.timings.workspaceStopMs,
    });
    for (const queue of context.documents.queues.all()) {
      if (queue.workspaceId === workspace.workspaceId) {
        context.documents.queues.delete(`${queue.workspaceId}/${queue.queueName}`);
      }
    }
    context.jobs.cancelAll(workspace.workspaceId, "The workspace was deleted.");
    context.computes.stopAll(workspace.workspaceId, "The workspace was deleted.");
  }
  return { body: { operationId: newId("op"), workspaceId: workspace.workspaceId } };
};

/** The guide names the two queues of a new workspace but not how its CU are divided: in halves here. */
function defaultQueues(workspace: Workspace): Queue[] {
  const dev = Math.floor(workspace.cu / 2);
  const queue = (queueName: string, cu: number, environment: string): Queue => ({
    workspaceId: workspace.workspaceId,
    queueName,
    cu,
    maxCu: cu,
    createTime: workspace.createTime,
    environments: [environment],
    queueCategory: "CPU",
    paymentType: workspace.paymentType,
    preheat: false,
  });
  return [queue("root_queue", workspace.cu - dev, "production"), queue("dev_queue", dev, "dev")];
}

/** Product guide: 1 to 64 Chinese characters, letters, digits, - and _. */
function checkName(name: string): ReturnType<typeof invalidParameter> | undefined {
  return /^[\p{Script=Han}A-Za-z0-9_-]{1,64}$/u.test(name)
    ? undefined
    : invalidParameter("workspaceName must be 1 to 64 Chinese characters, letters, digits, - or _.");
}

function readCu(value: unknown, largest: number): number | Extract<Answer, { error: unknown }> {
  if (value === undefined) return missingParameter("resourceSpec.cu");
  const cu = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
  return cu >= 1 && cu <= largest ? cu : invalidParameter(`cu must be a whole number from 1 to ${largest}.`);
}

function describe(workspace: Workspace, now: number): Record<string, unknown> {
  return {
    workspaceId: workspace.workspaceId,
    workspaceName: workspace.workspaceName,
    workspaceStatus: workspaceStatus(workspace, now),
    regionId: workspace.regionId,
    createTime: workspace.createTime,
    endTime: workspace.terminatedAt,
    storage: workspace.ossBucket,
    resourceSpec: `${workspace.cu}cu`,
    paymentType: workspace.paymentType,
    paymentStatus: "PAID",
    resourceGroupId: workspace.resourceGroupId,
    dlfCatalogId: workspace.dlfCatalogId,
    dlfType: workspace.dlfType,
    autoRenew: workspace.autoRenew === undefined ? undefined : workspace.autoRenew === "true",
    autoRenewPeriod: numberOf(workspace.autoRenewPeriod),
    autoRenewPeriodUnit: workspace.autoRenewPeriodUnit,
    duration: numberOf(workspace.duration),
    paymentDurationUnit: workspace.paymentDurationUnit,
    ipWhiteList: workspace.ipWhiteList,
    gpuSpec: [],
    stateChangeReason: { code: "0", message: "Success" },
    tags: workspace.tags.map(({ key, value }) => ({ tagKey: key, tagValue: value })),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

export function hasTag(tags: readonly Tag[], wanted: { key?: string; value?: string }): boolean {
  return tags.some((tag) => tag.key === wanted.key && (wanted.value === undefined || tag.value === wanted.value));
}
