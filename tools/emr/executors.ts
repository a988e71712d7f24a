import * as z from "zod";
import { defineTool, reply } from "../define.ts";
import { jobRunId, nextToken, pageSize, workspaceId } from "./fields.ts";
import { pageOf } from "./phrases.ts";

export const getRunConfiguration = defineTool({
  name: "get_run_configuration",
  title: "Run configuration",
  description: "Show the Spark settings a run, session or application really had, with the platform's own.",
  toolset: "inspect",
  operations: ["GetRunConfiguration"],
  input: z.strictObject({ workspaceId, jobRunId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "GetRunConfiguration",
      { workspaceId: input.workspaceId, runId: input.jobRunId },
      context,
    );
    return reply(outcome, ({ runConfiguration = {} }) => {
      const settings = [
        ...(runConfiguration.applicationConfigs ?? []).map(({ configFileName, configItemKey, configItemValue }) => ({
          file: configFileName,
          key: configItemKey,
          value: configItemValue,
        })),
        ...(runConfiguration.runtimeConfigs ?? []).map(({ key, value }) => ({ file: "runtime", key, value })),
      ];
      return {
        summary: { en: `${settings.length} settings.`, zh: `共 ${settings.length} 个配置项。` },
        data: { settings, log: runConfiguration.logConfig },
      };
    });
  },
});

export const listExecutors = defineTool({
  name: "list_executors",
  title: "List executors",
  description: "List the executors of a job run: tasks, failures, memory, GC, shuffle. Shows stragglers and losses.",
  toolset: "inspect",
  operations: ["ListJobExecutors"],
  input: z.strictObject({ workspaceId, jobRunId, pageSize, nextToken }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListJobExecutors",
      {
        workspaceId: input.workspaceId,
        jobRunId: input.jobRunId,
        maxResults: input.pageSize,
        ...(input.nextToken !== undefined && { nextToken: input.nextToken }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      // The service spells it that way (notes section 5).
      const executors = (answer.exexutors ?? []).map(({ workspaceId: _, jobRunId: __, ...executor }) => executor);
      return {
        summary: pageOf(executors.length, answer.totalCount, { en: "executors", zh: "执行器" }),
        data: { executors, ...(answer.nextToken ? { nextToken: answer.nextToken } : {}) },
        ...(executors.length > 0 && {
          next: {
            en: "list_executor_logs names the log files of one.",
            zh: "可用 list_executor_logs 列出某个执行器的日志文件。",
          },
        }),
      };
    });
  },
});

export const listExecutorLogs = defineTool({
  name: "list_executor_logs",
  title: "List executor logs",
  description: "Name the log files of one executor of a job run, with size and kind.",
  toolset: "inspect",
  operations: ["ListExecutorLogs"],
  input: z.strictObject({
    workspaceId,
    jobRunId,
    executorId: z
      .string()
      .regex(/^[A-Za-z0-9][\w-]{0,127}$/)
      .meta({ description: "Executor ID", examples: ["1"] }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("ListExecutorLogs", input, context);
    return reply(outcome, (answer) => {
      const logs = answer.logs ?? [];
      return {
        summary: { en: `${logs.length} log files.`, zh: `共 ${logs.length} 个日志文件。` },
        data: { logs },
        ...(logs.length > 0 && {
          next: {
            en: "call_operation ListLogContents with fileName reads one.",
            zh: "可用 call_operation 调用 ListLogContents，以 fileName 指定要读取的文件。",
          },
        }),
      };
    });
  },
});
