import { badParameter, type DliAnswer } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { type DliQueue, queues } from "./documents.ts";
import { cidrProblem } from "./pools.ts";
import { findQueue, missingQueue, queueRoom } from "./queue-find.ts";
import { answer, byText, pageOf, succeeded } from "./shared.ts";

/** Properties under the names they are read back with; one of them is written with another. */
const readName: Readonly<Record<string, string>> = { "computeEngine.maxInstance": "computeEngine.maxInstances" };
const wholeNumbers = ["computeEngine.maxInstance", "computeEngine.maxPrefetchInstance", "job.maxConcurrent"];
const readableNames = [
  "computeEngine.maxInstances",
  "computeEngine.maxPrefetchInstance",
  "job.maxConcurrent",
  "computeEngine.spark.nativeEnabled",
  "job.saveJobResultToJobBucket",
] as const;

export const queuePropertyHandlers: DliHandlers<
  "ListQueueProperties" | "CreateQueueProperty" | "UpdateQueueProperty" | "DeleteQueueProperty"
> = {
  ListQueueProperties(input, context) {
    const queue = findQueue(input.queue_name, context);
    if (!queue) return missingQueue(input.queue_name);
    const found = readableNames
      .filter((key) => queue.properties[key] !== undefined)
      .map((key) => ({ key, value: queue.properties[key] ?? "" }))
      .sort(byText((property) => property.key));
    return answer("ListQueueProperties", { is_success: true, message: "", properties: pageOf(found, input) });
  },

  CreateQueueProperty: (input, context) => setProperties(input.queue_name, input.properties, context),
  UpdateQueueProperty: (input, context) => setProperties(input.queue_name, input.properties, context),

  DeleteQueueProperty(input, context) {
    const queue = findQueue(input.queue_name, context);
    if (!queue) return missingQueue(input.queue_name);
    const keys = input.keys ?? [];
    const unknown = keys.find((key) => !wholeNumbers.includes(key));
    if (unknown !== undefined || keys.length === 0) {
      return badParameter(`keys can hold ${wholeNumbers.join(", ")}.`);
    }
    const dropped = keys.map((key) => readName[key] ?? key);
    const rest = Object.entries(queue.properties).filter(([key]) => !dropped.includes(key));
    queues(context.store).put({ ...queue, properties: Object.fromEntries(rest) });
    return succeeded;
  },
};

export function initialProperties(
  sent: Readonly<Record<string, unknown>> = {},
): { values: Record<string, string> } | { problem: string } {
  return readProperties(sent, ["computeEngine.spark.nativeEnabled"]);
}

function setProperties(
  queueName: string,
  sent: Readonly<Record<string, unknown>> | undefined,
  context: DliContext,
): DliAnswer {
  const queue = findQueue(queueName, context);
  if (!queue) return missingQueue(queueName);
  const { "network.cidrInVpc": cidr, ...others } = sent ?? {};
  const problem = cidr === undefined ? undefined : cidrProblem(String(cidr));
  if (problem) return badParameter(problem);
  const read = readProperties(others, [
    ...wholeNumbers,
    "computeEngine.spark.nativeEnabled",
    "job.saveJobResultToJobBucket",
  ]);
  if ("problem" in read) return badParameter(read.problem);
  const properties = { ...queue.properties, ...read.values };
  const instances = instancesProblem(queue, properties, context);
  if (instances) return badParameter(instances);
  queues(context.store).put({ ...queue, properties, ...(cidr === undefined ? {} : { cidrInVpc: String(cidr) }) });
  return succeeded;
}

function readProperties(
  sent: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): { values: Record<string, string> } | { problem: string } {
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(sent)) {
    if (!allowed.includes(key)) return { problem: `The queue property ${key} is not known.` };
    const text = String(value);
    if (wholeNumbers.includes(key) && !/^\d{1,6}$/.test(text)) return { problem: `${key} has to be a whole number.` };
    if (key === "job.maxConcurrent" && (Number(text) < 1 || Number(text) > 32)) {
      return { problem: "job.maxConcurrent has to be from 1 to 32." };
    }
    if (key === "job.saveJobResultToJobBucket" && text !== "true") {
      return { problem: "job.saveJobResultToJobBucket can only be turned on." };
    }
    if (key === "computeEngine.spark.nativeEnabled" && text !== "true" && text !== "false") {
      return { problem: "computeEngine.spark.nativeEnabled has to be true or false." };
    }
    values[readName[key] ?? key] = text;
  }
  return { values };
}

/** 2 Spark drivers on a queue of 16 CUs, otherwise one for each 16 CUs. */
function instancesProblem(
  queue: DliQueue,
  properties: Readonly<Record<string, string>>,
  context: DliContext,
): string | undefined {
  const cu = Math.max(queue.cuCount, queueRoom(queue.queueName, context).maxCu);
  const most = Math.max(2, Math.floor(cu / 16));
  const instances = Number(properties["computeEngine.maxInstances"] ?? most);
  if (instances < 1 || instances > most) return `computeEngine.maxInstance has to be from 1 to ${most} on this queue.`;
  return Number(properties["computeEngine.maxPrefetchInstance"] ?? 0) > instances
    ? "computeEngine.maxPrefetchInstance must not be above computeEngine.maxInstance."
    : undefined;
}
