import * as z from "zod";
import type { Done } from "../../src/gateway/types.ts";
import { type KyuubiEndpoint, kyuubiConnection } from "../../src/jobs/kyuubi-connection.ts";
import type { Text } from "../../src/language.ts";
import { defineTool, reply, type Said } from "../define.ts";
import { kyuubiServiceId, queueName, releaseVersion, resourceName, sparkConf, workspaceId } from "./fields.ts";
import { inState, isInState, stillListed } from "./phrases.ts";

interface ServiceAnswer extends KyuubiEndpoint {
  kyuubiServiceId?: string;
  name?: string;
  state?: string;
  queue?: string;
  computeInstance?: string;
  replica?: number;
  releaseVersion?: string;
  kyuubiReleaseVersion?: string;
  sparkConfigs?: string;
  createTime?: string;
  startTime?: string;
}

function viewOf(service: ServiceAnswer) {
  return {
    kyuubiServiceId: service.kyuubiServiceId,
    name: service.name,
    state: service.state,
    queue: service.queue,
    computeInstance: service.computeInstance,
    replica: service.replica,
    releaseVersion: service.releaseVersion,
    kyuubiVersion: service.kyuubiReleaseVersion,
    startTime: service.startTime,
  };
}

const size = {
  computeInstance: z
    .string()
    .regex(/^\w{1,20}$/)
    .optional()
    .meta({ description: "Size of one gateway node", examples: ["2c8g"] }),
  replica: z.number().int().min(1).max(10).optional().meta({ description: "Gateway nodes" }),
  publicEndpoint: z.boolean().optional().meta({ description: "Reachable from the internet" }),
  sparkConf: sparkConf.optional(),
};

export const listKyuubiServices = defineTool({
  name: "list_kyuubi_services",
  title: "List Kyuubi services",
  description: "List a workspace's Kyuubi gateways (SQL endpoints for BI and JDBC) with state and queue.",
  toolset: "kyuubi",
  operations: ["ListKyuubiServices"],
  input: z.strictObject({ workspaceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("ListKyuubiServices", input, context);
    return reply(outcome, (answer) => {
      const services = (answer.data?.kyuubiServices ?? []).map(viewOf);
      return {
        summary: { en: `${services.length} Kyuubi services.`, zh: `共 ${services.length} 个 Kyuubi 服务。` },
        data: { services },
        next:
          services.length === 0
            ? { en: "create_kyuubi_service makes one.", zh: "可用 create_kyuubi_service 创建。" }
            : { en: "get_kyuubi_service says how to connect to one.", zh: "可用 get_kyuubi_service 查看连接方式。" },
      };
    });
  },
});

export const getKyuubiService = defineTool({
  name: "get_kyuubi_service",
  title: "Kyuubi service and how to connect",
  description: "Show state and settings of one Kyuubi gateway, and its JDBC URL, beeline line and Python settings.",
  toolset: "kyuubi",
  operations: ["GetKyuubiService"],
  input: z.strictObject({ workspaceId, kyuubiServiceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("GetKyuubiService", input, context);
    return reply(outcome, ({ data: service = {} }) => {
      const connection = kyuubiConnection(service);
      return {
        summary: isInState(input.kyuubiServiceId, service.state),
        data: { ...viewOf(service), sparkConf: service.sparkConfigs, connection },
        next: /^running$/i.test(service.state ?? "")
          ? {
              en: "create_kyuubi_token makes a token; execute_kyuubi_sql runs SQL with it. TOKEN in the URL stands for the value in the token's file.",
              zh: "可用 create_kyuubi_token 创建令牌，execute_kyuubi_sql 使用它运行 SQL。URL 中的 TOKEN 代表令牌文件中的值。",
            }
          : {
              en: "start_kyuubi_service, then wait until it is RUNNING.",
              zh: "请用 start_kyuubi_service 启动，并等待其变为 RUNNING。",
            },
      };
    });
  },
});

export const createKyuubiService = defineTool({
  name: "create_kyuubi_service",
  title: "Create a Kyuubi service",
  description: "Make a SQL endpoint for BI tools in a queue (a person approves). It is not started yet.",
  toolset: "kyuubi",
  operations: ["CreateKyuubiService"],
  input: z.strictObject({
    workspaceId,
    name: resourceName,
    queue: queueName,
    releaseVersion: releaseVersion.optional(),
    ...size,
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "CreateKyuubiService",
      {
        workspaceId: input.workspaceId,
        name: input.name,
        queue: input.queue,
        ...(input.releaseVersion !== undefined && { releaseVersion: input.releaseVersion }),
        ...sizeOf(input),
      },
      context,
    );
    return reply(outcome, (answer) => ({
      summary: {
        en: `The Kyuubi service ${input.name} was created: ${answer.data?.kyuubiServiceId ?? "id unknown"}.`,
        zh: `Kyuubi 服务 ${input.name} 已创建：${answer.data?.kyuubiServiceId ?? "ID 未知"}。`,
      },
      data: { kyuubiServiceId: answer.data?.kyuubiServiceId },
      next: {
        en: "start_kyuubi_service starts it; billing begins then.",
        zh: "请用 start_kyuubi_service 启动，启动后开始计费。",
      },
    }));
  },
});

export const updateKyuubiService = defineTool({
  name: "update_kyuubi_service",
  title: "Change a Kyuubi service",
  description:
    "Change name, queue, size or Spark settings of a Kyuubi gateway (a person approves); a restart cuts its connections.",
  toolset: "kyuubi",
  operations: ["UpdateKyuubiService"],
  input: z.strictObject({
    workspaceId,
    kyuubiServiceId,
    name: resourceName,
    queue: queueName,
    restart: z.boolean().optional().meta({ description: "Restart now so that the change counts" }),
    ...size,
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "UpdateKyuubiService",
      {
        workspaceId: input.workspaceId,
        kyuubiServiceId: input.kyuubiServiceId,
        name: input.name,
        queue: input.queue,
        ...(input.restart !== undefined && { restart: input.restart }),
        ...sizeOf(input),
      },
      context,
    );
    return reply(outcome, () => ({
      summary: { en: `${input.kyuubiServiceId} was changed.`, zh: `${input.kyuubiServiceId} 已更改。` },
      next: input.restart
        ? { en: "get_kyuubi_service shows when it runs again.", zh: "可用 get_kyuubi_service 查看其是否已恢复运行。" }
        : { en: "The change counts from the next start on.", zh: "更改将在下次启动后生效。" },
    }));
  },
});

export const startKyuubiService = defineTool({
  name: "start_kyuubi_service",
  title: "Start a Kyuubi service",
  description: "Start a Kyuubi gateway (a person approves; billed while it runs) and follow it to RUNNING.",
  toolset: "kyuubi",
  operations: ["StartKyuubiService"],
  input: z.strictObject({ workspaceId, kyuubiServiceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("StartKyuubiService", input, context);
    return reply(outcome, (_, done) => ({
      ...followed(input.kyuubiServiceId, { en: "started", zh: "启动" }, done),
      next: nextAfterStart(done),
    }));
  },
});

export const stopKyuubiService = defineTool({
  name: "stop_kyuubi_service",
  title: "Stop a Kyuubi service",
  description: "Stop a Kyuubi gateway (a person approves, seeing how many applications it cuts off).",
  toolset: "kyuubi",
  operations: ["StopKyuubiService"],
  input: z.strictObject({ workspaceId, kyuubiServiceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("StopKyuubiService", input, context);
    return reply(outcome, (_, done) => ({
      ...followed(input.kyuubiServiceId, { en: "stopped", zh: "停止" }, done),
      ...(!done.settled && {
        next: {
          en: "get_kyuubi_service shows when it is NOT_STARTED.",
          zh: "可用 get_kyuubi_service 查看其是否变为 NOT_STARTED。",
        },
      }),
    }));
  },
});

export const deleteKyuubiService = defineTool({
  name: "delete_kyuubi_service",
  title: "Delete a Kyuubi service",
  description: "Delete a stopped Kyuubi gateway for good, with its tokens (a person approves).",
  toolset: "kyuubi",
  operations: ["DeleteKyuubiService"],
  input: z.strictObject({ workspaceId, kyuubiServiceId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("DeleteKyuubiService", input, context);
    const id = input.kyuubiServiceId;
    return reply(outcome, (_, { settled }) => ({
      summary: settled
        ? { en: `${id} was deleted; it is no longer listed.`, zh: `${id} 已删除，不再出现在列表中。` }
        : stillListed(id),
      ...(!settled && {
        next: {
          en: "list_kyuubi_services shows when it is gone.",
          zh: "可用 list_kyuubi_services 查看其是否已消失。",
        },
      }),
    }));
  },
});

function sizeOf(input: {
  computeInstance?: string | undefined;
  replica?: number | undefined;
  publicEndpoint?: boolean | undefined;
  sparkConf?: Readonly<Record<string, string>> | undefined;
}) {
  return {
    ...(input.computeInstance !== undefined && { computeInstance: input.computeInstance }),
    ...(input.replica !== undefined && { replica: input.replica }),
    ...(input.publicEndpoint !== undefined && { publicEndpointEnabled: input.publicEndpoint }),
    // One text, in the one of the three syntaxes seen that any value fits into (notes section 8).
    ...(input.sparkConf && { sparkConfigs: listOf(input.sparkConf) }),
  };
}

function listOf(conf: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(conf).map(([key, value]) => ({ key, value })));
}

function nextAfterStart({ settled, observed }: Done<unknown>): Text {
  if (settled) {
    return {
      en: "get_kyuubi_service gives the JDBC URL; create_kyuubi_token makes the token for it.",
      zh: "可用 get_kyuubi_service 获取 JDBC URL，用 create_kyuubi_token 创建所需令牌。",
    };
  }
  return /^not_started$/i.test(observed ?? "")
    ? {
        en: "Its start failed: it is NOT_STARTED again. Check the queue's free CU and the service's Spark settings.",
        zh: "启动失败：服务又回到 NOT_STARTED。请检查队列的空闲 CU 和服务的 Spark 配置。",
      }
    : {
        en: "get_kyuubi_service shows when it is RUNNING.",
        zh: "可用 get_kyuubi_service 查看其是否变为 RUNNING。",
      };
}

function followed(id: string, done: Text, { settled, observed }: Done<unknown>): Said {
  const now = inState(observed);
  return {
    summary: settled
      ? { en: `${id} was ${done.en}: ${observed}.`, zh: `${id} 已${done.zh}：${observed}。` }
      : { en: `${id} is being ${done.en}; it is ${now.en} now.`, zh: `${id} 正在${done.zh}，当前${now.zh}。` },
    data: { kyuubiServiceId: id, state: observed, settled },
  };
}
