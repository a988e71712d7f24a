import * as z from "zod";
import { hasEnded, stateOfBatch } from "../../src/jobs/dli/states.ts";
import { sayIn } from "../../src/language.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { pageSize } from "../emr/fields.ts";
import { replyBatch, viewOfBatch } from "./batch-view.ts";
import { batchId, pausesOf, queueName } from "./fields.ts";
import { isIn, isStillIn } from "./words.ts";

export const getSparkBatch = defineTool({
  name: "get_spark_batch",
  title: "Spark batch",
  description: "Show the state of one Spark batch, its size and times, and the last lines of its driver.",
  toolset: "inspect",
  operations: ["ShowSparkJob"],
  input: z.strictObject({ batchId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("ShowSparkJob", { batch_id: input.batchId }, context);
    return replyBatch(outcome, ({ state }) => ({
      en: `${input.batchId} ${isIn(state).en}.`,
      zh: `批处理作业 ${input.batchId} ${isIn(state).zh}。`,
    }));
  },
});

const states = ["starting", "running", "recovering", "success", "dead"] as const;

export const listSparkBatches = defineTool({
  name: "list_spark_batches",
  title: "List Spark batches",
  description: "Find Spark batches of the project by queue, state or time, newest first.",
  toolset: "job",
  operations: ["ListSparkJobs"],
  input: z.strictObject({
    queue: queueName.optional(),
    state: z.enum(states).optional().meta({ description: "dead: failed or cancelled" }),
    since: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/)
      // Thirteenth months and the like pass the pattern.
      .refine((text) => !Number.isNaN(Date.parse(text)), { error: "is no point in time" })
      .optional()
      .meta({ description: "Started after, UTC" }),
    pageSize,
    from: z.number().int().min(0).default(0).meta({ description: "Row to begin with" }),
  }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run(
      "ListSparkJobs",
      {
        from: input.from,
        size: input.pageSize,
        order: "CREATE_TIME_DESC",
        ...(input.queue !== undefined && { queue_name: input.queue }),
        ...(input.state !== undefined && { state: input.state }),
        ...(input.since !== undefined && { start: Date.parse(input.since) }),
      },
      context,
    );
    return reply(outcome, (answer) => {
      const batches = (answer.sessions ?? []).map(viewOfBatch);
      const seen = input.from + batches.length;
      const total = answer.total ?? seen;
      return {
        summary: {
          en: `${batches.length} of ${total} batches.`,
          zh: `批处理作业共 ${total} 个，本次列出 ${batches.length} 个。`,
        },
        data: { batches },
        ...(batches.length > 0 &&
          seen < total && { next: { en: `Older ones: from ${seen}.`, zh: `用 from ${seen} 可查看更早的作业。` } }),
      };
    });
  },
});

export const waitSparkBatch = defineTool({
  name: "wait_spark_batch",
  title: "Wait for a Spark batch",
  description: "Follow a Spark batch until it ends or the time is up, reporting progress. Call again to go on waiting.",
  toolset: "job",
  operations: ["ShowSparkJobStatus", "ShowSparkJob"],
  input: z.strictObject({
    batchId,
    timeoutSeconds: z.number().int().min(1).max(1800).default(300).meta({ description: "How long this call may take" }),
  }),
  async run(input, { gateway, context, clock }): Promise<ToolAnswer> {
    const say = sayIn(context.language);
    const startedAt = clock.now();
    const giveUpAt = startedAt + input.timeoutSeconds * 1_000;
    const pauses = pausesOf(gateway.where);
    for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(pauseMs * 1.5, pauses.longestMs)) {
      const status = await gateway.run("ShowSparkJobStatus", { batch_id: input.batchId }, context);
      if (status.kind !== "done") return status;
      const { state } = status.value;
      const seconds = Math.round((clock.now() - startedAt) / 1_000);
      const ended = hasEnded(stateOfBatch(state));
      if (ended || clock.now() + pauseMs > giveUpAt || context.signal.aborted) {
        const whole = await gateway.run("ShowSparkJob", { batch_id: input.batchId }, context);
        return replyBatch(whole, (batch) =>
          ended
            ? {
                en: `${input.batchId} ended: ${batch.state}.`,
                zh: `批处理作业 ${input.batchId} 已结束：${batch.state}。`,
              }
            : {
                en: `${input.batchId} is still ${batch.state} after ${seconds} s of waiting. It goes on running.`,
                zh: `等待 ${seconds} 秒后，批处理作业 ${input.batchId} 状态仍为 ${batch.state}，作业继续运行。`,
              },
        );
      }
      context.progress?.(
        say(
          `${input.batchId} is ${state} (${seconds} s)`,
          `批处理作业 ${input.batchId} 状态为 ${state}（${seconds} 秒）`,
        ),
        { done: seconds, of: input.timeoutSeconds },
      );
      // An abort ends the waiting; the next round sees it.
      await clock.sleep(pauseMs, context.signal).catch(() => undefined);
    }
  },
});

export const cancelSparkBatch = defineTool({
  name: "cancel_spark_batch",
  title: "Cancel a Spark batch",
  description:
    "Cancel a starting, running or recovering Spark batch (a person approves) and follow it until it is dead.",
  toolset: "job",
  operations: ["CancelSparkJob"],
  input: z.strictObject({ batchId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("CancelSparkJob", { batch_id: input.batchId }, context);
    return reply(outcome, (_, { observed, settled }) => ({
      summary: settled
        ? {
            en: `${input.batchId} has ended: ${observed ?? "state unknown"}.`,
            zh: `批处理作业 ${input.batchId} 已结束：${observed ?? "状态未知"}。`,
          }
        : {
            en: `${input.batchId} was told to stop and ${isStillIn(observed).en}.`,
            zh: `已请求取消批处理作业 ${input.batchId}，${isStillIn(observed).zh}。`,
          },
      data: { batchId: input.batchId, state: observed, settled },
      ...(!settled && {
        next: { en: "wait_spark_batch follows it to its end.", zh: "wait_spark_batch 可跟踪到作业结束。" },
      }),
    }));
  },
});
