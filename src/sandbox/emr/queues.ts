import { invalidParameter, missingParameter, notSimulated, operationDenied, resourceNotFound } from "../errors.ts";
import { type EmrContext, type Handler, runningWorkspace } from "./context.ts";
import { isTerminal, type Queue, queueId } from "./documents.ts";
import { queueEditTooSoon, queueSumTooLarge, unknownWorkspaceInList } from "./quirks.ts";

export const listWorkspaceQueues: Handler<"ListWorkspaceQueues"> = (input, context) => {
  if (!context.documents.workspaces.get(input.workspaceId)) return unknownWorkspaceInList;
  const found = runningWorkspace(input.workspaceId, context);
  if ("error" in found) return found;
  const queues = queuesOf(input.workspaceId, context).filter(
    (queue) => !input.environment || queue.environments.includes(input.environment),
  );
  return {
    body: {
      maxResults: queues.length,
      totalCount: queues.length,
      queues: queues.map((queue) => describe(queue, found.workspace.regionId, context)),
    },
  };
};

export const createWorkspaceQueue: Handler<"CreateWorkspaceQueue"> = (input, context) => {
  const { workspaceId, workspaceQueueName: queueName } = input;
  if (!workspaceId) return missingParameter("workspaceId");
  if (!queueName) return missingParameter("workspaceQueueName");
  if (input.queueCategory?.toUpperCase() === "GPU") return notSimulated("CreateWorkspaceQueue", "GPU queues");
  const found = runningWorkspace(workspaceId, context);
  if ("error" in found) return found;
  if (context.documents.queues.get(queueId(workspaceId, queueName))) {
    return operationDenied(`The queue ${queueName} exists already.`);
  }
  const size = readSize(input.resourceSpec);
  if ("error" in size) return size;
  if (queueSum(workspaceId, context) + size.cu > found.workspace.cu) return queueSumTooLarge;
  context.documents.queues.put({
    workspaceId,
    queueName,
    ...size,
    createTime: context.now(),
    environments: ["dev", "production"],
    queueCategory: "CPU",
    paymentType: input.paymentType ?? found.workspace.paymentType,
    preheat: input.preheat ?? false,
    ...(input.description === undefined ? {} : { description: input.description }),
  });
  return { body: {} };
};

export const editWorkspaceQueue: Handler<"EditWorkspaceQueue"> = (input, context) => {
  const { workspaceId = "", workspaceQueueName = "" } = input;
  const found = runningWorkspace(workspaceId, context);
  if ("error" in found) return found;
  const queue = context.documents.queues.get(queueId(workspaceId, workspaceQueueName));
  if (!queue) return resourceNotFound(`The queue ${workspaceQueueName} does not exist.`);
  if (input.gpuSpec?.length || input.resourceSpec?.gpu) return notSimulated("EditWorkspaceQueue", "GPU");
  const unknown = input.environments?.find((environment) => environment !== "dev" && environment !== "production");
  if (unknown !== undefined) return invalidParameter("environments may hold dev and production.");
  const size = readSize(input.resourceSpec);
  if ("error" in size) return size;
  if (queueSum(workspaceId, context) - queue.cu + size.cu > found.workspace.cu) return queueSumTooLarge;
  const now = context.now();
  const { lastQueueEditAt } = found.workspace;
  if (lastQueueEditAt !== undefined && now - lastQueueEditAt < context.timings.queueEditIntervalMs) {
    return queueEditTooSoon;
  }
  context.documents.workspaces.put({ ...found.workspace, lastQueueEditAt: now });
  context.documents.queues.put({
    ...queue,
    ...size,
    ...(input.environments === undefined ? {} : { environments: input.environments }),
    ...(input.description === undefined ? {} : { description: input.description }),
  });
  context.jobs.wake();
  return { body: {} };
};

export const deleteWorkspaceQueue: Handler<"DeleteWorkspaceQueue"> = (input, context) => {
  const { workspaceId, workspaceQueueName } = input;
  const found = runningWorkspace(workspaceId, context);
  if ("error" in found) return found;
  // Product guide: root_queue cannot be deleted.
  if (workspaceQueueName === "root_queue") return operationDenied("root_queue cannot be deleted.");
  if (!context.documents.queues.get(queueId(workspaceId, workspaceQueueName))) {
    return resourceNotFound(`The queue ${workspaceQueueName} does not exist.`);
  }
  const busy = context.documents.jobRuns
    .all()
    .some(
      (job) => job.workspaceId === workspaceId && job.resourceQueueId === workspaceQueueName && !isTerminal(job.state),
    );
  if (busy) return operationDenied(`The queue ${workspaceQueueName} still has jobs.`);
  const used = context.documents.computes
    .all()
    .some((compute) => compute.workspaceId === workspaceId && compute.queue === workspaceQueueName);
  if (used) return operationDenied(`The queue ${workspaceQueueName} still has Kyuubi services or sessions.`);
  context.documents.queues.delete(queueId(workspaceId, workspaceQueueName));
  return { body: {} };
};

export function queuesOf(workspaceId: string, context: EmrContext): Queue[] {
  return context.documents.queues
    .all()
    .filter((queue) => queue.workspaceId === workspaceId)
    .sort((a, b) => a.createTime - b.createTime || (a.queueName < b.queueName ? 1 : -1));
}

export function queueSum(workspaceId: string, context: EmrContext): number {
  return queuesOf(workspaceId, context).reduce((sum, queue) => sum + queue.cu, 0);
}

function readSize(spec: { cu?: number; maxCu?: number } | undefined) {
  if (spec?.cu === undefined) return missingParameter("resourceSpec.cu");
  if (spec.cu < 0) return invalidParameter("resourceSpec.cu must not be negative.");
  const maxCu = spec.maxCu ?? spec.cu;
  if (maxCu < spec.cu) return invalidParameter("resourceSpec.maxCu must not be below resourceSpec.cu.");
  return { cu: spec.cu, maxCu };
}

function describe(queue: Queue, regionId: string, context: EmrContext): Record<string, unknown> {
  const jobs = context.jobs.usedBy(queue.workspaceId, queue.queueName);
  const computes = context.computes.usedBy(queue.workspaceId, queue.queueName);
  return {
    workspaceId: queue.workspaceId,
    queueName: queue.queueName,
    queueStatus: "RUNNING",
    queueType: "instance",
    queueCategory: queue.queueCategory,
    queueScope: JSON.stringify({ arch: "x86" }),
    properties: queue.queueName,
    environments: queue.environments,
    regionId,
    paymentType: queue.paymentType,
    preheat: queue.preheat,
    createTime: queue.createTime,
    creator: context.accountId,
    description: queue.description,
    gpuSpec: [],
    allowActions: [],
    minResource: resourceText(queue.cu, queue.cu * 4, queue.cu),
    maxResource: resourceText(queue.maxCu, queue.maxCu * 4, queue.maxCu),
    usedResource: resourceText(
      jobs.cores + computes.cores,
      (jobs.memoryMiB + computes.memoryMiB) / 1024,
      jobs.cu + computes.cu,
    ),
  };
}

/** JSON in a string, on the wire so. */
function resourceText(cores: number, gib: number, cu: number): string {
  const text = (value: number) => String(Math.round(value * 1000) / 1000);
  return JSON.stringify({ cpu: text(cores), memory: `${text(gib)}Gi`, cu: text(cu) });
}
