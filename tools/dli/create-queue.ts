import * as z from "zod";
import { checkLoneQueue } from "../../src/jobs/dli/pools.ts";
import type { Text } from "../../src/language.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { refuseProblems } from "../shared/refuse-problems.ts";
import { answerTaken, isNameTaken } from "./already-there.ts";
import { cu, poolName, queueName } from "./fields.ts";
import { firstJobIsSlow, nothingCreated } from "./words.ts";

export const createDliQueue = defineTool({
  name: "create_dli_queue",
  title: "Create a queue",
  description: "Create a queue in a pool: general for Spark and Flink, sql for SQL (a person approves).",
  toolset: "queue",
  operations: ["CreateQueue", "ListQueues"],
  input: z.strictObject({
    queue: queueName,
    type: z.enum(["general", "sql"]).meta({ description: "What it runs" }),
    cu: cu("Within the pool's CU; outside 16, 64 or 256"),
    pool: poolName.optional(),
    engine: z.enum(["spark", "hetuEngine"]).optional().meta({ description: "Of a sql queue" }),
  }),
  async run(input, call): Promise<ToolAnswer> {
    const { gateway, context } = call;
    const { queue, type, pool, engine } = input;
    if (engine !== undefined && type !== "sql") {
      return refuseProblems(call, nothingCreated, [engineWithoutSql]);
    }
    const bad = pool === undefined ? checkLoneQueue(input.cu) : undefined;
    if (bad) return refuseProblems(call, nothingCreated, [bad.problem]);
    const outcome = await gateway.run(
      "CreateQueue",
      {
        queue_name: queue,
        queue_type: type,
        cu_count: input.cu,
        charging_mode: 1,
        // Dedicated: the only kind there is in a pool, and the only one that general queues come in.
        resource_mode: 1,
        ...(pool !== undefined && { elastic_resource_pool_name: pool }),
        ...(engine !== undefined && { engine }),
      },
      context,
    );
    if (isNameTaken(outcome)) {
      return answerTaken(
        outcome,
        // In a pool its CU come and go with the load.
        {
          what: { en: "Queue", zh: "队列" },
          name: queue,
          wanted: { type, pool: pool ?? "", engine, ...(pool === undefined && { cu: input.cu }) },
        },
        call,
        () => gateway.run("ListQueues", { queue_type: "all" }, context),
        ({ queues = [] }) => {
          const found = queues.find(({ queue_name }) => queue_name === queue);
          return (
            found && {
              queue,
              type: found.queue_type,
              pool: found.elastic_resource_pool_name ?? "",
              engine: found.engine,
              cu: found.cu_count,
            }
          );
        },
        () => ({ next: nextOf(type) }),
      );
    }
    return reply(outcome, () => ({
      summary: {
        en: `Queue ${queue} (${type}, ${input.cu} CU) was created${pool === undefined ? "" : ` in ${pool}`}. ${firstJobIsSlow.en}`,
        zh: `${pool === undefined ? "" : `资源池 ${pool} 中的`}队列 ${queue}（${type}，${input.cu} CU）已创建。${firstJobIsSlow.zh}`,
      },
      data: { queue, type, cu: input.cu, pool, created: true },
      next: nextOf(type),
    }));
  },
});

const engineWithoutSql = {
  code: "ENGINE_WITHOUT_SQL",
  field: "engine",
  sentence: {
    en: "engine is of sql queues alone; a general queue runs Spark and Flink jobs with engines of their own.",
    zh: "engine 仅用于 sql 队列；general 队列上的 Spark 和 Flink 作业自带引擎。",
  },
  allowed: "type sql beside it, or no engine",
};

function nextOf(type: "general" | "sql"): Text {
  return type === "sql"
    ? { en: "run_dli_sql runs a statement on it.", zh: "run_dli_sql 可在其上运行 SQL 语句。" }
    : { en: "submit_spark_batch runs a program on it.", zh: "submit_spark_batch 可在其上运行程序。" };
}
