import type { Outcome, Responses } from "../../src/gateway/types.ts";
import { type CommonState, hasEnded, stateOfBatch } from "../../src/jobs/dli/states.ts";
import { withoutRunKey } from "../../src/operations/run-key.ts";
import { type Reply, reply, type ToolResult, type UntrustedText } from "../define.ts";
import { moment } from "./fields.ts";

export type BatchAnswer = Responses["ShowSparkJob"] & { duration?: number };

/** What of a batch the assistant needs; the rest of the answer would only cost tokens. */
export function viewOfBatch(batch: BatchAnswer): Record<string, unknown> {
  return {
    batchId: batch.id,
    // The key that the gateway put behind it is nobody's business.
    name: batch.name === undefined ? undefined : withoutRunKey(batch.name),
    state: batch.state,
    ended: hasEnded(stateOfBatch(batch.state)),
    queue: batch.queue ?? batch.cluster_name,
    size: batch.sc_type,
    ...(batch.spark_version ? { spark: batch.spark_version } : {}),
    ...(batch.image ? { image: batch.image } : {}),
    ...(batch.appId ? { appId: batch.appId } : {}),
    ...withMoment("created", batch.create_time),
    ...withMoment("updated", batch.update_time),
    ...(batch.duration ? { seconds: Math.round(batch.duration / 100) / 10 } : {}),
  };
}

function withMoment(name: string, at: number | undefined): Record<string, string> {
  const text = moment(at);
  return text === undefined ? {} : { [name]: text };
}

/** The last ten lines of its driver, which come with every answer about one batch. */
export function lastLinesOf(batch: BatchAnswer): UntrustedText[] {
  const text = (batch.log ?? []).map((line) => line.replace(/\r?\n$/, "")).join("\n");
  return text.trim() === "" ? [] : [{ title: `last driver lines of ${batch.id}`, text }];
}

export function sayBatch(batch: BatchAnswer, summary: string): Pick<Reply, "summary" | "data" | "untrusted" | "next"> {
  return { summary, data: viewOfBatch(batch), untrusted: lastLinesOf(batch), next: nextOf(stateOfBatch(batch.state)) };
}

function nextOf(state: CommonState): string {
  switch (state) {
    case "queued":
    case "running":
      return "wait_spark_batch follows it to its end; cancel_spark_batch ends it.";
    case "succeeded":
      return "get_spark_batch_log shows what it printed.";
    case "failed":
      return "get_spark_batch_log shows why. DLI says dead of a cancelled batch too.";
    default:
      return "wait_spark_batch again in a while.";
  }
}

export function replyBatch(outcome: Outcome<BatchAnswer>, summary: (batch: BatchAnswer) => string): ToolResult {
  return reply(outcome, (batch) => sayBatch(batch, summary(batch)));
}
