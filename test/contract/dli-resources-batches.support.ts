import { randomUUID } from "node:crypto";
import type { DliContext } from "../../src/sandbox/dli/context.ts";
import { type Batch, batchesIn } from "../../src/sandbox/dli/jobs/batch-documents.ts";

/** Batches as the control plane remembers them, without anything that runs. */

export function runningBatch(queue: string, cu: number, context: DliContext) {
  const batch = store({ queue, cu, state: "running", begun: true }, context);
  return {
    end: () => batchesIn(context.store).put({ ...batch, state: "success", begun: false, endTime: context.now() }),
  };
}

export function endedBatch(queue: string, state: "success" | "dead", context: DliContext) {
  store({ queue, cu: 8, state, begun: false }, context);
}

function store(
  { queue, cu, state, begun }: { queue: string; cu: number; state: Batch["state"]; begun: boolean },
  context: DliContext,
): Batch {
  const now = context.now();
  const batch: Batch = {
    id: randomUUID(),
    request: { file: "obs://lake/app.jar", name: "app", queue } as Batch["request"],
    size: { cu } as Batch["size"],
    queue,
    owner: context.userName,
    logBucket: "lake",
    state,
    createTime: now,
    updateTime: now,
    ...(begun ? {} : { endTime: now }),
    attempt: 0,
    begun,
    waitingSince: now,
    appId: "",
    cancelled: false,
  };
  batchesIn(context.store).put(batch);
  return batch;
}
