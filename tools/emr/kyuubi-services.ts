import * as z from "zod";
import type { Done } from "../../src/gateway/types.ts";
import { type KyuubiEndpoint, kyuubiConnection } from "../../src/jobs/kyuubi-connection.ts";
import { defineTool, reply } from "../define.ts";
import { kyuubiServiceId, queueName, releaseVersion, resourceName, sparkConf, workspaceId } from "./fields.ts";

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
        summary: `${services.length} Kyuubi services.`,
        data: { services },
        next:
          services.length === 0 ? "create_kyuubi_service makes one." : "get_kyuubi_service says how to connect to one.",
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
        summary: `${input.kyuubiServiceId} is ${service.state ?? "in an unknown state"}.`,
        data: { ...viewOf(service), sparkConf: service.sparkConfigs, connection },
        next: /^running$/i.test(service.state ?? "")
          ? "create_kyuubi_token makes a token; execute_kyuubi_sql runs SQL with it. TOKEN in the URL stands for the value in the token's file."
          : "start_kyuubi_service, then wait until it is RUNNING.",
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
      summary: `The Kyuubi service ${input.name} was created: ${answer.data?.kyuubiServiceId ?? "id unknown"}.`,
      data: { kyuubiServiceId: answer.data?.kyuubiServiceId },
      next: "start_kyuubi_service starts it; billing begins then.",
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
      summary: `${input.kyuubiServiceId} was changed.`,
      next: input.restart
        ? "get_kyuubi_service shows when it runs again."
        : "The change counts from the next start on.",
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
      ...followed(input.kyuubiServiceId, "started", done),
      next: done.settled
        ? "get_kyuubi_service gives the JDBC URL; create_kyuubi_token makes the token for it."
        : /^not_started$/i.test(done.observed ?? "")
          ? "Its start failed: it is NOT_STARTED again. Check the queue's free CU and the service's Spark settings."
          : "get_kyuubi_service shows when it is RUNNING.",
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
      ...followed(input.kyuubiServiceId, "stopped", done),
      ...(!done.settled && { next: "get_kyuubi_service shows when it is NOT_STARTED." }),
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
    return reply(outcome, (_, done) => ({
      summary: done.settled
        ? `${input.kyuubiServiceId} was deleted; it is no longer listed.`
        : `${input.kyuubiServiceId} was told to go and is still listed.`,
      ...(!done.settled && { next: "list_kyuubi_services shows when it is gone." }),
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

function followed(id: string, wanted: string, { settled, observed }: Done<unknown>) {
  return {
    summary: settled
      ? `${id} was ${wanted}: ${observed}.`
      : `${id} is being ${wanted}; it is ${observed ?? "in an unknown state"} now.`,
    data: { kyuubiServiceId: id, state: observed, settled },
  };
}
