import * as z from "zod";
import { hasEnded, stateOfBatch } from "../../src/jobs/dli/states.ts";
import { defineTool, reply, type ToolResult } from "../define.ts";
import { pageSize } from "../emr/fields.ts";
import { replyBatch, viewOfBatch } from "./batch-view.ts";
import { batchId, pausesOf, queueName } from "./fields.ts";

export const getSparkBatch = defineTool({
  name: "get_spark_batch",
  title: "Spark batch",
  description: "Show the state of one Spark batch, its size and times, and the last lines of its driver.",
  toolset: "inspect",
  operations: ["ShowSparkJob"],
  input: z.strictObject({ batchId }),
  async run(input, { gateway, context }) {
    const outcome = await gateway.run("ShowSparkJob", { batch_id: input.batchId }, context);
    return replyBatch(outcome, (batch) => `${input.batchId} is ${batch.state ?? "in an unknown state"}.`);
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
        summary: `${batches.length} of ${total} batches.`,
        data: { batches },
        ...(batches.length > 0 && seen < total && { next: `Older ones: from ${seen}.` }),
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
  async run(input, { gateway, context, clock }): Promise<ToolResult> {
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
            ? `${input.batchId} ended: ${batch.state}.`
            : `${input.batchId} is still ${batch.state} after ${seconds} s of waiting. It goes on running.`,
        );
      }
      context.progress?.(`${input.batchId} is ${state} (${seconds} s)`, { done: seconds, of: input.timeoutSeconds });
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
        ? `${input.batchId} has ended: ${observed ?? "state unknown"}.`
        : `${input.batchId} was told to stop and is still ${observed ?? "in an unknown state"}.`,
      data: { batchId: input.batchId, state: observed, settled },
      ...(!settled && { next: "wait_spark_batch follows it to its end." }),
    }));
  },
});
