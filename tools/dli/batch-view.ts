import type { Outcome, Responses } from "../../src/gateway/types.ts";
import { type CommonState, hasEnded, stateOfBatch } from "../../src/jobs/dli/states.ts";
import type { Text } from "../../src/language.ts";
import { withoutRunKey } from "../../src/operations/run-key.ts";
import { reply, type Said, type ToolAnswer, type UntrustedText } from "../define.ts";
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

export function sayBatch(batch: BatchAnswer, summary: Text): Said {
  return { summary, data: viewOfBatch(batch), untrusted: lastLinesOf(batch), next: nextOf(stateOfBatch(batch.state)) };
}

function nextOf(state: CommonState): Text {
  switch (state) {
    case "queued":
    case "running":
      return {
        en: "wait_spark_batch follows it to its end; cancel_spark_batch ends it.",
        zh: "wait_spark_batch 可跟踪到作业结束；cancel_spark_batch 可将其取消。",
      };
    case "succeeded":
      return { en: "get_spark_batch_log shows what it printed.", zh: "get_spark_batch_log 可查看作业的输出。" };
    case "failed":
      return {
        en: "get_spark_batch_log shows why. DLI says dead of a cancelled batch too.",
        zh: "get_spark_batch_log 可查看原因。已取消的批处理作业在 DLI 中也显示为 dead。",
      };
    default:
      return { en: "wait_spark_batch again in a while.", zh: "请稍后再次调用 wait_spark_batch。" };
  }
}

export function replyBatch(outcome: Outcome<BatchAnswer>, summary: (batch: BatchAnswer) => Text): ToolAnswer {
  return reply(outcome, (batch) => sayBatch(batch, summary(batch)));
}
