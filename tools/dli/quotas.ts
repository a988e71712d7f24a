import * as z from "zod";
import { defineTool, reply } from "../define.ts";

/** From here on somebody should know before it is used up. */
const scarceShare = 0.8;

export const getDliQuotas = defineTool({
  name: "get_dli_quotas",
  title: "Quotas",
  description: "Show quotas of the project on DLI: CUs, queues, pools, databases, tables, templates; used and left.",
  toolset: "inspect",
  operations: ["ShowQuota"],
  input: z.strictObject({}),
  async run(_, { gateway, context }) {
    const outcome = await gateway.run("ShowQuota", {}, context);
    return reply(outcome, (answer) => {
      const quotas = (answer.quotas?.resources ?? []).map(({ type, quota, used }) => ({
        type,
        quota,
        used,
        // -1: without a limit.
        ...(quota !== undefined && quota >= 0 && used !== undefined && { left: Math.max(0, quota - used) }),
      }));
      const scarce = quotas.filter(({ quota = -1, used = 0 }) => quota >= 0 && used > 0 && used >= quota * scarceShare);
      return {
        summary:
          scarce.length === 0
            ? {
                en: `${quotas.length} quotas, none nearly used up.`,
                zh: `共 ${quotas.length} 项配额，均未接近用尽。`,
              }
            : {
                en: `${quotas.length} quotas; nearly used up: ${scarce.map(({ type, used, quota }) => `${type} ${used} of ${quota}`).join(", ")}.`,
                zh: `共 ${quotas.length} 项配额；即将用尽：${scarce.map(({ type, used, quota }) => `${type} 已用 ${used}/${quota}`).join("、")}。`,
              },
        data: { quotas },
        ...(scarce.length > 0 && {
          next: { en: "A person can have a quota raised in the console.", zh: "可由人在控制台申请提高配额。" },
        }),
      };
    });
  },
});
