import * as z from "zod";
import { refuse } from "../../src/gateway/refuse.ts";
import type { Operation } from "../../src/gateway/types.ts";
import { riskClassOf } from "../../src/policy/risk-classes.gen.ts";
import { defineTool, type ToolResult } from "../define.ts";

/** Every operation that a policy knows: the call may be any of them. */
const operations = Object.keys(riskClassOf) as Operation[];

export const searchOperations = defineTool({
  name: "search_operations",
  title: "Search operations",
  description:
    "Find what else can be done, with its arguments: Kyuubi SQL endpoints and tokens, sessions, members, executors, Livy, Ray, workflows and more.",
  toolset: "core",
  operations: [],
  input: z.strictObject({
    query: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: "What you want to do, in English", examples: ["start a Kyuubi service"] }),
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
    return refuse(
      call.gateway.where,
      "UNKNOWN_OPERATION",
      `Nothing was sent: there is no tool or operation "${input.name}".`,
      "search_operations finds the right name.",
    );
  },
});
