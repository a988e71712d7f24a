import * as z from "zod";
import type { Operation, Refused } from "../../src/gateway/types.ts";
import { capabilityElsewhere, contracts, requireCapability } from "../../src/jobs/contract.ts";
import { isRefused } from "../../src/jobs/problem.ts";
import { riskClassOf } from "../../src/policy/risk-classes.gen.ts";
import { defineTool, refuseCall, type ToolAnswer, type ToolCall } from "../define.ts";

/** Every operation that a policy knows: the call may be any of them. */
const operations = Object.keys(riskClassOf) as Operation[];

export const searchOperations = defineTool({
  name: "search_operations",
  title: "Search operations",
  description:
    "Find what else can be done, with its arguments: SQL endpoints and tokens, sessions, members, executors, metrics, connections, workflows and more.",
  toolset: "core",
  operations: [],
  input: z.strictObject({
    query: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: "What you want to do, in English or Chinese", examples: ["start a Kyuubi service"] }),
    limit: z.number().int().min(1).max(20).default(5).meta({ description: "Entries" }),
  }),
  async run(input, { gateway, directory }) {
    const found = directory?.search(input.query, input.limit) ?? [];
    return {
      kind: "answer",
      summary:
        found.length === 0
          ? { en: "Nothing matches; try other words.", zh: "没有匹配项，请换用其他词语。" }
          : { en: `${found.length} matches, best first.`, zh: `找到 ${found.length} 个匹配项，最匹配的在前。` },
      data: { found },
      ...(found.length > 0 && {
        next: { en: "call_operation carries one out by its name.", zh: "可用 call_operation 按名称执行其中一项。" },
      }),
      where: gateway.where,
    };
  },
});

export const callOperation = defineTool({
  name: "call_operation",
  title: "Call an operation",
  description: "Carry out what search_operations found. The same gates hold: a person approves what is not a read.",
  toolset: "core",
  operations,
  input: z.strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z_]{3,64}$/)
      .meta({ description: "Name as search_operations gives it", examples: ["list_kyuubi_services"] }),
    arguments: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({ description: "Its arguments", examples: [{ workspaceId: "w-d2d82aa09155" }] }),
  }),
  async run(input, call): Promise<ToolAnswer> {
    const called = call.directory?.call(input.name, input.arguments, call);
    if (called) return called;
    return refuseOfOtherCloud(input.name, call) ?? refuseUnknown(input.name, call);
  },
});

function refuseUnknown(name: string, call: ToolCall): Refused {
  return refuseCall(
    call,
    "UNKNOWN_OPERATION",
    {
      en: `Nothing was sent: there is no tool or operation "${name}".`,
      zh: `未发送任何请求：没有名为 "${name}" 的工具或操作。`,
    },
    { en: "search_operations finds the right name.", zh: "可用 search_operations 查找正确的名称。" },
  );
}

/** A name of the other cloud's: what does the same here, or why nothing does. */
function refuseOfOtherCloud(name: string, call: ToolCall): Refused | undefined {
  const { where } = call.gateway;
  const capability = capabilityElsewhere(where.cloud, name);
  if (capability === undefined) return undefined;
  const { title } = contracts[where.cloud];
  const offered = requireCapability(where.cloud, capability);
  if (isRefused(offered)) {
    return refuseCall(
      call,
      "NOT_SUPPORTED",
      {
        en: `Nothing was sent: ${title} has nothing like ${name}.`,
        zh: `未发送任何请求：${title} 没有与 ${name} 对应的功能。`,
      },
      offered.problem.sentence,
    );
  }
  const same = offered.tool ?? offered.operation;
  return refuseCall(
    call,
    "UNKNOWN_OPERATION",
    {
      en: `Nothing was sent: ${name} is another cloud's, and this profile speaks to ${title}.`,
      zh: `未发送任何请求：${name} 属于另一个云，而当前配置使用的是 ${title}。`,
    },
    same === undefined
      ? { en: "It is done here without being asked for.", zh: "此处会自动完成，无需调用。" }
      : { en: `${same} does the same here.`, zh: `此处可用 ${same} 完成同样的操作。` },
  );
}
