import type { DliContext } from "./context.ts";
import { flinkDocumentsIn } from "./flink/documents.ts";
import { flinkSample } from "./flink/index.ts";
import { allQueues } from "./resources/queue-find.ts";
import { queueSample } from "./resources/samples.ts";
import type { Reading } from "./samples.ts";

/** Everything that has metrics, as it is now. */
export function readMetrics(context: DliContext): Reading[] {
  const queues = allQueues(context).map((queue) => ({
    dimension: `queue_id,${queue.resourceId}`,
    values: queueSample(queue, context),
  }));
  const jobs = flinkDocumentsIn(context.store)
    .jobs()
    .flatMap(({ jobId }) => {
      const values = flinkSample(jobId, context);
      return values ? [{ dimension: `flink_job_id,${jobId}`, values }] : [];
    });
  return [...queues, ...jobs];
}
