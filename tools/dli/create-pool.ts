import * as z from "zod";
import { checkPool } from "../../src/jobs/dli/pools.ts";
import type { Text } from "../../src/language.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { answerTaken, isNameTaken } from "./already-there.ts";
import { cu, poolName } from "./fields.ts";
import { isIn, nothingCreated } from "./words.ts";

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
  async run(input, call): Promise<ToolAnswer> {
    const { gateway, context } = call;
    const { pool, minCu, maxCu, basic, cidr } = input;
    const bad = checkPool({ minCu, maxCu }, basic ? "basic" : "standard");
    if (bad) return refuseProblems(call, nothingCreated, [bad.problem]);
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
        { what: { en: "Pool", zh: "资源池" }, name: pool, wanted: { minCu, maxCu, basic, cidr } },
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
        () => ({ next: putsQueueIntoIt }),
      );
    }
    return reply(outcome, (_, { observed, settled }) => ({
      summary: {
        en: `Pool ${pool} was created with ${minCu} to ${maxCu} CU and ${isIn(observed).en}.`,
        zh: `资源池 ${pool} 已创建（${minCu} 至 ${maxCu} CU），${isIn(observed).zh}。`,
      },
      data: { pool, status: observed, settled, created: true },
      next:
        observed === "FAILED"
          ? { en: "list_dli_queues says why.", zh: "list_dli_queues 可查看失败原因。" }
          : settled
            ? putsQueueIntoIt
            : {
                en: "list_dli_queues until it is AVAILABLE, then create_dli_queue.",
                zh: "请用 list_dli_queues 查看，待其变为 AVAILABLE 后再调用 create_dli_queue。",
              },
    }));
  },
});

const putsQueueIntoIt: Text = {
  en: "create_dli_queue puts a queue into it.",
  zh: "create_dli_queue 可在其中创建队列。",
};
