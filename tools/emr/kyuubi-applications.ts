import * as z from "zod";
import { defineTool, reply } from "../define.ts";
import { kyuubiServiceId, nextToken, pageSize, workspaceId } from "./fields.ts";
import { inState, pageOf } from "./phrases.ts";

export const listKyuubiApplications = defineTool({
  name: "list_kyuubi_applications",
  title: "List Kyuubi applications",
  description: "List the Spark applications behind a Kyuubi gateway: state, last statement, CU-hours.",
  toolset: "kyuubi",
  operations: ["ListKyuubiSparkApplications"],
  input: z.strictObject({
    workspaceId,
    kyuubiServiceId,
    running: z.boolean().default(true).meta({ description: "Only those that start or run" }),
    pageSize,
    nextToken,
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListKyuubiSparkApplications",
      {
        workspaceId: input.workspaceId,
        kyuubiServiceId: input.kyuubiServiceId,
        maxResults: input.pageSize,
        ...(input.running && { states: '["STARTING","RUNNING"]' }),
        ...(input.nextToken !== undefined && { nextToken: input.nextToken }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      const applications = (answer.applications ?? []).map((application) => ({
        applicationId: application.applicationId,
        name: application.applicationName,
        state: application.state,
        lastStatement: application.latestSqlStatementStatus,
        startTime: application.startTime,
        endTime: application.endTime,
        cuHours: application.cuHours,
      }));
      return {
        summary: pageOf(applications.length, answer.totalCount, { en: "applications", zh: "应用" }),
        data: { applications, ...(answer.nextToken ? { nextToken: answer.nextToken } : {}) },
      };
    });
  },
});

export const cancelKyuubiApplication = defineTool({
  name: "cancel_kyuubi_application",
  title: "Cancel a Kyuubi application",
  description: "Abort a Spark application of a Kyuubi gateway with every query on it (a person approves).",
  toolset: "kyuubi",
  operations: ["CancelKyuubiSparkApplication"],
  input: z.strictObject({
    workspaceId,
    kyuubiServiceId,
    applicationId: z
      .string()
      .regex(/^[A-Za-z0-9][\w-]{0,127}$/)
      .meta({ description: "Application ID", examples: ["spark-4b7f0c2e"] }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("CancelKyuubiSparkApplication", input, context);
    return reply(outcome, (_, { settled, observed }) => ({
      summary: settled
        ? { en: `${input.applicationId} has ended: ${observed}.`, zh: `${input.applicationId} 已结束：${observed}。` }
        : {
            en: `${input.applicationId} was told to end and is still ${inState(observed).en}.`,
            zh: `已请求结束 ${input.applicationId}，当前${inState(observed).zh}。`,
          },
      data: { applicationId: input.applicationId, state: observed, settled },
      ...(!settled && {
        next: {
          en: "list_kyuubi_applications shows when it has ended.",
          zh: "可用 list_kyuubi_applications 查看其是否已结束。",
        },
      }),
    }));
  },
});
