import * as z from "zod";
import { refuse } from "../../src/gateway/refuse.ts";
import type { Operation, Refused } from "../../src/gateway/types.ts";
import { capabilityElsewhere, contracts, requireCapability } from "../../src/jobs/contract.ts";
import { isRefused } from "../../src/jobs/problem.ts";
import { riskClassOf } from "../../src/policy/risk-classes.gen.ts";
import { defineTool, type ToolCall, type ToolResult } from "../define.ts";

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
      kind: "reply",
      summary: found.length === 0 ? "Nothing matches; try other words." : `${found.length} matches, best first.`,
      data: { found },
      ...(found.length > 0 && { next: "call_operation carries one out by its name." }),
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
  async run(input, call): Promise<ToolResult> {
    const called = call.directory?.call(input.name, input.arguments, call);
    if (called) return called;
    return refuseOfOtherCloud(input.name, call) ?? refuseUnknown(input.name, call);
  },
});

function refuseUnknown(name: string, { gateway }: ToolCall): Refused {
  return refuse(
    gateway.where,
    "UNKNOWN_OPERATION",
    `Nothing was sent: there is no tool or operation "${name}".`,
    "search_operations finds the right name.",
  );
}

/** A name of the other cloud's: what does the same here, or why nothing does. */
function refuseOfOtherCloud(name: string, { gateway, context }: ToolCall): Refused | undefined {
  const { where } = gateway;
  const capability = capabilityElsewhere(where.cloud, name);
  if (capability === undefined) return undefined;
  const { title } = contracts[where.cloud];
  const offered = requireCapability(where.cloud, capability);
  if (isRefused(offered)) {
    const why = offered.problem.sentence[context.language];
    return refuse(where, "NOT_SUPPORTED", `Nothing was sent: ${title} has nothing like ${name}.`, why);
  }
  const same = offered.tool ?? offered.operation;
  return refuse(
    where,
    "UNKNOWN_OPERATION",
    `Nothing was sent: ${name} is another cloud's, and this profile speaks to ${title}.`,
    same === undefined ? `It is done here without being asked for.` : `${same} does the same here.`,
  );
}
