import type { DliContext } from "../context.ts";
import { queueUse as flinkUse } from "../flink/jobs.ts";
import { queueUse as batchUse } from "../jobs/batch-use.ts";
import { queueUse as sqlUse } from "../jobs/sql-use.ts";
import type { QueueUse } from "../queue-use.ts";

/** Of every kind of job. */
export function queueUse(queueName: string, context: DliContext): QueueUse {
  return [batchUse(queueName, context), sqlUse(queueName, context), flinkUse(queueName, context)].reduce(addUse);
}

function addUse(a: QueueUse, b: QueueUse): QueueUse {
  return {
    usedCu: a.usedCu + b.usedCu,
    launching: a.launching + b.launching,
    running: a.running + b.running,
    succeeded: a.succeeded + b.succeeded,
    failed: a.failed + b.failed,
    cancelled: a.cancelled + b.cancelled,
  };
}
