import * as z from "zod";
import { checkPool } from "../../src/jobs/dli/pools.ts";
import { defineTool, reply, type ToolResult } from "../define.ts";
import { answerTaken, isNameTaken } from "./already-there.ts";
import { cu, poolName, refuseProblem } from "./fields.ts";

export const createDliPool = defineTool({
  name: "create_dli_pool",
  title: "Create an elastic pool",
  description: "Create an elastic resource pool, which bills its minimum from then on (a person approves).",
  toolset: "inspect",
  operations: ["CreateElasticResourcePool", "ListElasticResourcePools"],
  input: z.strictObject({
    pool: poolName,
    minCu: cu("Billed always; 64 or more (basic: 16 to 64), steps of 16"),
    maxCu: cu("Ceiling"),
    basic: z.boolean().default(false).meta({ description: "Small kind, up to 64 CU" }),
    cidr: z
      .string()
      .max(18)
      .default("172.16.0.0/12")
      .meta({ description: "Its network, for life; must not overlap VPCs it will reach" }),
  }),
  async run(input, call): Promise<ToolResult> {
    const { gateway, context } = call;
    const { pool, minCu, maxCu, basic, cidr } = input;
    const bad = checkPool({ minCu, maxCu }, basic ? "basic" : "standard");
    if (bad) return refuseProblem(call, "Nothing was created", bad.problem);
    const outcome = await gateway.run(
      "CreateElasticResourcePool",
      {
        elastic_resource_pool_name: pool,
        min_cu: minCu,
        max_cu: maxCu,
        cidr_in_vpc: cidr,
        charging_mode: 1,
        ...(basic && { label: { spec: "basic" } }),
      },
      context,
    );
    if (isNameTaken(outcome)) {
      return answerTaken(
        outcome,
        { what: "Pool", name: pool, wanted: { minCu, maxCu, basic, cidr } },
        call,
        () => gateway.run("ListElasticResourcePools", { name: pool, limit: 100 }, context),
        ({ elastic_resource_pools: pools = [] }) => {
          const found = pools.find(({ elastic_resource_pool_name: name }) => name === pool);
          return (
            found && {
              pool,
              minCu: found.min_cu,
              maxCu: found.max_cu,
              basic: found.label?.spec === "basic",
              cidr: found.cidr_in_vpc,
              status: found.status,
            }
          );
        },
        () => ({ next: "create_dli_queue puts a queue into it." }),
      );
    }
    return reply(outcome, (_, { observed, settled }) => ({
      summary: `Pool ${pool} was created with ${minCu} to ${maxCu} CU and is ${observed ?? "in an unknown state"}.`,
      data: { pool, status: observed, settled, created: true },
      next:
        observed === "FAILED"
          ? "list_dli_queues says why."
          : settled
            ? "create_dli_queue puts a queue into it."
            : "list_dli_queues until it is AVAILABLE, then create_dli_queue.",
    }));
  },
});
