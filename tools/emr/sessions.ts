import * as z from "zod";
import type { Text } from "../../src/language.ts";
import type { EmrResponses } from "../../src/operations/emr/types.gen.ts";
import { defineTool, reply } from "../define.ts";
import {
  nextToken,
  pageSize,
  queueName,
  releaseVersion,
  resourceName,
  sessionId,
  sparkConf,
  workspaceId,
} from "./fields.ts";
import { inState, isInState, pageOf, stillListed } from "./phrases.ts";

type SessionAnswer = NonNullable<EmrResponses["GetSessionCluster"]["sessionCluster"]>;

const runInIt: Text = { en: "run_sql runs a statement in it.", zh: "可用 run_sql 在其中运行语句。" };

function viewOf(session: SessionAnswer) {
  return {
    sessionId: session.sessionClusterId,
    name: session.name,
    kind: session.kind,
    state: session.state,
    queue: session.queueName,
    releaseVersion: session.displayReleaseVersion ?? session.releaseVersion,
    idleStopMinutes: session.autoStopConfiguration?.enable
      ? session.autoStopConfiguration.idleTimeoutMinutes
      : undefined,
    startTime: session.startTime ? new Date(session.startTime).toISOString() : undefined,
    sparkUi: session.webUI,
  };
}

function reasonOf(session: SessionAnswer) {
  const { code, message } = session.stateChangeReason ?? {};
  return message ? [{ title: "why its state changed last", text: `${code ?? ""} ${message}`.trim() }] : [];
}

export const listSessions = defineTool({
  name: "list_sessions",
  title: "List sessions",
  description: "List interactive sessions for SQL and notebooks: in which queue each is, running or stopped.",
  toolset: "session",
  operations: ["ListSessionClusters"],
  input: z.strictObject({ workspaceId, queue: queueName.optional(), pageSize, nextToken }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListSessionClusters",
      {
        workspaceId: input.workspaceId,
        maxResults: input.pageSize,
        ...(input.queue !== undefined && { queueName: input.queue }),
        ...(input.nextToken !== undefined && { nextToken: input.nextToken }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      const sessions = (answer.sessionClusters ?? []).map(viewOf);
      return {
        summary: pageOf(sessions.length, answer.totalCount, { en: "sessions", zh: "会话" }),
        data: { sessions, ...(answer.nextToken ? { nextToken: answer.nextToken } : {}) },
        ...(sessions.length === 0 && {
          next: { en: "create_session makes one.", zh: "可用 create_session 创建。" },
        }),
      };
    });
  },
});

export const getSession = defineTool({
  name: "get_session",
  title: "Session",
  description:
    "Tell whether a session can take SQL now, what stopped it, when it will stop by itself, and its Spark UI.",
  toolset: "session",
  operations: ["GetSessionCluster"],
  input: z.strictObject({ workspaceId, sessionId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("GetSessionCluster", idsOf(input), context);
    return reply(outcome, ({ sessionCluster = {} }) => ({
      summary: isInState(input.sessionId, sessionCluster.state),
      data: viewOf(sessionCluster),
      untrusted: reasonOf(sessionCluster),
      next: /^running$/i.test(sessionCluster.state ?? "")
        ? runInIt
        : { en: "start_session starts it.", zh: "请用 start_session 启动。" },
    }));
  },
});

export const createSession = defineTool({
  name: "create_session",
  title: "Create a session",
  description: "Make an interactive SQL session in a queue (a person approves). Start it before running SQL.",
  toolset: "session",
  operations: ["CreateSessionCluster"],
  input: z.strictObject({
    workspaceId,
    name: resourceName,
    queue: queueName,
    releaseVersion: releaseVersion.optional(),
    idleStopMinutes: z
      .number()
      .int()
      .min(1)
      .max(10_080)
      .default(45)
      .meta({ description: "Stops after that long without SQL" }),
    sparkConf: sparkConf.optional(),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "CreateSessionCluster",
      {
        workspaceId: input.workspaceId,
        name: input.name,
        queueName: input.queue,
        kind: "SQL",
        autoStopConfiguration: { enable: true, idleTimeoutMinutes: input.idleStopMinutes },
        ...(input.releaseVersion !== undefined && { releaseVersion: input.releaseVersion }),
        ...(input.sparkConf && {
          applicationConfigs: Object.entries(input.sparkConf).map(([configItemKey, configItemValue]) => ({
            configFileName: "spark-defaults.conf",
            configItemKey,
            configItemValue,
          })),
        }),
      },
      context,
    );
    return reply(outcome, (answer) => ({
      summary: {
        en: `The session ${input.name} was created: ${answer.sessionClusterId ?? "id unknown"}.`,
        zh: `会话 ${input.name} 已创建：${answer.sessionClusterId ?? "ID 未知"}。`,
      },
      data: { sessionId: answer.sessionClusterId },
      next: {
        en: "start_session starts it; billing begins then.",
        zh: "请用 start_session 启动，启动后开始计费。",
      },
    }));
  },
});

export const startSession = defineTool({
  name: "start_session",
  title: "Start a session",
  description: "Make a stopped session ready for run_sql; it costs CU until stopped or idle (a person approves).",
  toolset: "session",
  operations: ["StartSessionCluster"],
  input: z.strictObject({ workspaceId, sessionId, queue: queueName }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("StartSessionCluster", inQueue(input), context);
    return reply(outcome, (_, { settled, observed }) => ({
      summary: settled
        ? isInState(input.sessionId, observed)
        : {
            en: `${input.sessionId} is starting (${observed ?? "state unknown"}).`,
            zh: `${input.sessionId} 正在启动（${inState(observed).zh}）。`,
          },
      data: { sessionId: input.sessionId, state: observed, settled },
      next: settled
        ? runInIt
        : { en: "get_session shows when it is Running.", zh: "可用 get_session 查看其是否变为 Running。" },
    }));
  },
});

export const stopSession = defineTool({
  name: "stop_session",
  title: "Stop a session",
  description: "Stop a session; temporary views, cached tables and running SQL are lost (a person approves).",
  toolset: "session",
  operations: ["StopSessionCluster"],
  input: z.strictObject({ workspaceId, sessionId, queue: queueName }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("StopSessionCluster", inQueue(input), context);
    return reply(outcome, (_, { settled, observed }) => ({
      summary: settled
        ? isInState(input.sessionId, observed)
        : {
            en: `${input.sessionId} is stopping (${observed ?? "state unknown"}).`,
            zh: `${input.sessionId} 正在停止（${inState(observed).zh}）。`,
          },
      data: { sessionId: input.sessionId, state: observed, settled },
      ...(!settled && {
        next: { en: "get_session shows when it has stopped.", zh: "可用 get_session 查看其是否已停止。" },
      }),
    }));
  },
});

export const deleteSession = defineTool({
  name: "delete_session",
  title: "Delete a session",
  description: "Remove a session that has stopped; its settings are lost (a person approves).",
  toolset: "session",
  operations: ["DeleteSessionCluster"],
  input: z.strictObject({ workspaceId, sessionId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("DeleteSessionCluster", idsOf(input), context);
    return reply(outcome, (_, { settled }) => ({
      summary: settled
        ? { en: `${input.sessionId} was deleted.`, zh: `${input.sessionId} 已删除。` }
        : stillListed(input.sessionId),
      ...(!settled && {
        next: { en: "list_sessions shows when it is gone.", zh: "可用 list_sessions 查看其是否已消失。" },
      }),
    }));
  },
});

function idsOf(input: { workspaceId: string; sessionId: string }) {
  return { workspaceId: input.workspaceId, sessionClusterId: input.sessionId };
}

function inQueue(input: { workspaceId: string; sessionId: string; queue: string }) {
  return { ...idsOf(input), queueName: input.queue };
}
