import * as z from "zod";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { moment } from "./fields.ts";

interface Peering {
  readonly name?: string;
  readonly status?: string;
  readonly err_msg?: string;
}

export const listDliConnections = defineTool({
  name: "list_dli_connections",
  title: "Connections and stored credentials",
  description:
    "List enhanced connections into VPCs with their state per queue and pool, and the names of stored data source credentials, never their secrets.",
  toolset: "inspect",
  operations: ["ListEnhancedConnections", "ListJobAuthInfos"],
  input: z.strictObject({
    limit: z.number().int().min(1).max(100).default(50).meta({ description: "Rows of each" }),
    offset: z.number().int().min(0).default(0).meta({ description: "Rows to skip" }),
  }),
  async run(page, { gateway, context }): Promise<ToolAnswer> {
    const connected = await gateway.run("ListEnhancedConnections", page, context);
    if (connected.kind !== "done") return connected;
    // Another permission; the connections are worth showing without.
    const stored = await gateway.run("ListJobAuthInfos", page, context);
    return reply(connected, (answer) => {
      const connections = (answer.connections ?? []).map((each) => ({
        id: each.id,
        name: each.name,
        state: each.status,
        queues: (each.available_queue_info ?? []).map(peering),
        pools: (each.elastic_resource_pools ?? []).map(peering),
        vpc: each.dest_vpc_id,
        subnet: each.dest_network_id,
        hosts: each.hosts?.length ?? 0,
        // The member is inverted (notes section 9).
        shared: each.isPrivis === false,
        created: moment(each.create_time),
      }));
      const credentials =
        stored.kind === "done"
          ? (stored.value.auth_infos ?? []).map((each) => ({
              name: each.auth_info_name,
              type: each.datasource_type,
              user: each.user_name,
              owner: each.owner,
              changed: moment(each.update_time ?? each.create_time),
            }))
          : undefined;
      const failed = connections.filter(({ queues, pools }) =>
        [...queues, ...pools].some(({ state }) => state === "FAILED"),
      );
      const total = answer.count ?? connections.length;
      return {
        summary: {
          en: `${connections.length} of ${total} connections${failed.length > 0 ? `, ${failed.length} with a failed peering` : ""}; ${credentials ? `${credentials.length} stored credentials` : "credentials could not be read"}.`,
          zh: `增强型跨源连接共 ${total} 个，本次列出 ${connections.length} 个${failed.length > 0 ? `，其中 ${failed.length} 个存在失败的对等连接` : ""}；${credentials ? `已保存凭证 ${credentials.length} 个` : "无法读取已保存的凭证"}。`,
        },
        data: {
          connections,
          ...(credentials
            ? { credentials }
            : { credentialsUnavailable: stored.kind === "refused" ? stored.what : stored.kind }),
        },
      };
    });
  },
});

function peering({ name, status, err_msg }: Peering) {
  return { name, state: status, ...(err_msg ? { error: err_msg } : {}) };
}
