import * as z from "zod";
import { defineTool, reply } from "../define.ts";
import { nextToken, pageSize } from "./fields.ts";
import { inState, pageOf } from "./phrases.ts";

export const listWorkspaces = defineTool({
  name: "list_workspaces",
  title: "List workspaces",
  description: "List the EMR Serverless Spark workspaces of the region with state and size.",
  toolset: "core",
  operations: ["ListWorkspaces"],
  input: z.strictObject({
    name: z
      .string()
      .max(64)
      .optional()
      .meta({ description: "Part of the name", examples: ["etl"] }),
    pageSize,
    nextToken,
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListWorkspaces",
      {
        maxResults: input.pageSize,
        ...(input.name !== undefined && { name: input.name }),
        ...(input.nextToken !== undefined && { nextToken: input.nextToken }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      const workspaces = (answer.workspaces ?? []).map((workspace) => ({
        workspaceId: workspace.workspaceId,
        name: workspace.workspaceName,
        state: workspace.workspaceStatus,
        size: workspace.resourceSpec,
        billing: workspace.paymentType,
        storage: workspace.storage,
        ...(workspace.failReason ? { failReason: workspace.failReason } : {}),
      }));
      return {
        summary: pageOf(workspaces.length, answer.totalCount, { en: "workspaces", zh: "工作空间" }),
        data: { workspaces, ...(answer.nextToken ? { nextToken: answer.nextToken } : {}) },
        next:
          workspaces.length === 0
            ? { en: "There is none yet: create_workspace makes one.", zh: "尚无工作空间，可用 create_workspace 创建。" }
            : {
                en: "list_workspace_queues shows the queues of one; start_job_run submits a job.",
                zh: "可用 list_workspace_queues 查看某个工作空间的队列，用 start_job_run 提交作业。",
              },
      };
    });
  },
});

export const createWorkspace = defineTool({
  name: "create_workspace",
  title: "Create a workspace",
  description:
    "Create a workspace (a person approves first; pay-as-you-go unless told otherwise). Takes minutes to become RUNNING.",
  toolset: "core",
  operations: ["CreateWorkspace"],
  input: z.strictObject({
    name: z
      .string()
      .regex(/^[\p{Script=Han}A-Za-z0-9_-]{1,64}$/u)
      .meta({ description: "1 to 64 Chinese characters, letters, digits, - or _", examples: ["analytics"] }),
    bucket: z
      .string()
      .regex(/^oss:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/[\w./-]*)?$/)
      .meta({ description: "OSS bucket or folder for the workspace's files", examples: ["oss://lake"] }),
    cu: z
      .number()
      .int()
      .min(1)
      .max(5000)
      .meta({ description: "Most CU it may use (1 CU = 1 core, 4 GiB)", examples: [8] }),
    jobRole: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .default("AliyunEMRSparkJobRunDefaultRole")
      .meta({ description: "RAM role that jobs assume; cannot be changed later" }),
    paymentType: z.enum(["PayAsYouGo", "Pre"]).default("PayAsYouGo").meta({ description: "Pre is a subscription" }),
    months: z
      .number()
      .int()
      .min(1)
      .max(36)
      .optional()
      .meta({ description: "Length of a subscription", examples: [1] }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "CreateWorkspace",
      {
        workspaceName: input.name,
        ossBucket: input.bucket,
        ramRoleName: input.jobRole,
        paymentType: input.paymentType,
        resourceSpec: { cu: String(input.cu) },
        ...(input.paymentType === "Pre" && { duration: String(input.months ?? 1), paymentDurationUnit: "MONTH" }),
      },
      context,
    );
    return reply(outcome, (answer, done) => ({
      summary: {
        en: `Workspace ${answer.workspaceId} was created; it is ${done.observed ?? "starting"}.`,
        zh: `工作空间 ${answer.workspaceId} 已创建，当前${done.observed === undefined ? "正在启动" : inState(done.observed).zh}。`,
      },
      data: { workspaceId: answer.workspaceId, operationId: answer.operationId, state: done.observed },
      next:
        done.observed === "RUNNING"
          ? {
              en: "It has the queues root_queue and dev_queue; start_job_run submits a job.",
              zh: "其中有队列 root_queue 和 dev_queue；可用 start_job_run 提交作业。",
            }
          : {
              en: "Call list_workspaces until it is RUNNING (1 to 3 minutes); queue and job calls are refused before.",
              zh: "请调用 list_workspaces，直到其变为 RUNNING（1 到 3 分钟）；在此之前队列和作业的调用会被拒绝。",
            },
    }));
  },
});
