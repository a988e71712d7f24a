import * as z from "zod";
import { cuOfResource } from "../../src/jobs/resources.ts";
import { defineTool, reply } from "../define.ts";
import { queueName, workspaceId } from "./fields.ts";

export const listWorkspaceQueues = defineTool({
  name: "list_workspace_queues",
  title: "List queues",
  description: "List a workspace's resource queues: CU ceiling, CU in use and free. Use when out of CU.",
  toolset: "queue",
  operations: ["ListWorkspaceQueues"],
  input: z.strictObject({ workspaceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("ListWorkspaceQueues", input, context);
    return reply(outcome, (answer) => {
      const queues = (answer.queues ?? []).map((queue) => {
        const maxCu = cuOfResource(queue.maxResource);
        const usedCu = cuOfResource(queue.usedResource);
        return {
          name: queue.queueName,
          state: queue.queueStatus,
          maxCu,
          usedCu,
          freeCu: maxCu === undefined ? undefined : maxCu - (usedCu ?? 0),
          environments: queue.environments,
          category: queue.queueCategory,
        };
      });
      const allCu = queues.reduce((sum, queue) => sum + (queue.maxCu ?? 0), 0);
      return {
        summary: {
          en: `${queues.length} queues, ${allCu} CU in all.`,
          zh: `共 ${queues.length} 个队列，合计 ${allCu} CU。`,
        },
        data: { queues },
        next: {
          en: "edit_workspace_queue changes a size; the sum of the queues must stay within the workspace's CU.",
          zh: "可用 edit_workspace_queue 调整规格；所有队列之和不得超过工作空间的 CU。",
        },
      };
    });
  },
});

export const editWorkspaceQueue = defineTool({
  name: "edit_workspace_queue",
  title: "Resize a queue",
  description: "Change the CU of a queue (a person approves, seeing before and after). Running jobs are left alone.",
  toolset: "queue",
  operations: ["EditWorkspaceQueue"],
  input: z.strictObject({
    workspaceId,
    queue: queueName,
    cu: z
      .number()
      .int()
      .min(0)
      .max(5000)
      .meta({ description: "New size in CU", examples: [32] }),
    maxCu: z
      .number()
      .int()
      .min(0)
      .max(5000)
      .optional()
      .meta({ description: "Elastic ceiling in CU", examples: [64] }),
    environments: z
      .array(z.enum(["dev", "production"]))
      .min(1)
      .optional()
      .meta({ description: "Environments it serves; unchanged when absent" }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "EditWorkspaceQueue",
      {
        workspaceId: input.workspaceId,
        workspaceQueueName: input.queue,
        resourceSpec: { cu: input.cu, ...(input.maxCu !== undefined && { maxCu: input.maxCu }) },
        ...(input.environments && { environments: input.environments }),
      },
      context,
    );
    return reply(outcome, (_, done) => ({
      summary: {
        en: `Queue ${input.queue} was resized from ${done.facts.bound.queueCu ?? "?"} to ${input.cu} CU.`,
        zh: `队列 ${input.queue} 的规格已从 ${done.facts.bound.queueCu ?? "?"} 调整为 ${input.cu} CU。`,
      },
      data: { queue: input.queue, cu: input.cu, observed: done.observed },
      next: {
        en: "list_workspace_queues shows the result. Edit the next queue 10 s later at the earliest.",
        zh: "可用 list_workspace_queues 查看结果。请至少等待 10 秒再调整下一个队列。",
      },
    }));
  },
});
