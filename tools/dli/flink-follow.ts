import type { Done, Outcome } from "../../src/gateway/types.ts";
import type { FlinkJobDetail } from "../../src/jobs/dli/flink-definition.ts";
import { isFlinkJobStopped, phaseOfFlinkJob } from "../../src/jobs/dli/flink-states.ts";
import { sayIn } from "../../src/language.ts";
import type { ToolCall } from "../define.ts";
import { pausesOf } from "./fields.ts";
import { isIn } from "./words.ts";

export type Until = "running" | "stopped";

export interface Followed {
  job: FlinkJobDetail;
  /** The hoped-for state, or one from which it will not come by itself. */
  settled: boolean;
  seconds: number;
  outcome: Done<unknown>;
}

export async function readFlinkJob(jobId: number, { gateway, context }: ToolCall) {
  const outcome = await gateway.run("ShowFlinkJob", { job_id: jobId }, context);
  return outcome.kind === "done" ? { outcome, job: (outcome.value.job_detail ?? {}) as FlinkJobDetail } : outcome;
}

/** Reads a job until it is where it should be, or the time is up. */
export async function followFlinkJob(
  { jobId, until, seconds }: { jobId: number; until: Until; seconds: number },
  call: ToolCall,
): Promise<Followed | Exclude<Outcome<unknown>, Done<unknown>>> {
  const { clock, context, gateway } = call;
  const say = sayIn(context.language);
  const { firstMs, longestMs } = pausesOf(gateway.where);
  const startedAt = clock.now();
  const giveUpAt = startedAt + seconds * 1_000;
  let pauseMs = firstMs;
  let wasLeaving = false;
  for (;;) {
    const read = await readFlinkJob(jobId, call);
    if (!("job" in read)) return read;
    const { job, outcome } = read;
    const waited = Math.round((clock.now() - startedAt) / 1_000);
    const isLeaving = /savepointing|canceling/i.test(job.status ?? "");
    // A stop whose savepoint fails leaves the job running.
    const goesOn = until === "stopped" && wasLeaving && !isLeaving && phaseOfFlinkJob(job.status) === "running";
    wasLeaving ||= isLeaving;
    const settled = goesOn || isSettled(job.status, until);
    if (settled || clock.now() + pauseMs > giveUpAt || context.signal.aborted) {
      return { job, settled, seconds: waited, outcome };
    }
    const now = isIn(job.status);
    context.progress?.(
      say(`Flink job ${jobId} ${now.en} (${waited} s)`, `Flink 作业 ${jobId} ${now.zh}（${waited} 秒）`),
      { done: waited, of: seconds },
    );
    try {
      await clock.sleep(pauseMs, context.signal);
    } catch {
      continue;
    }
    pauseMs = Math.min(pauseMs * 1.5, longestMs);
  }
}

/** A draft may be one that is about to be submitted, so waiting for it to run goes on. */
function isSettled(status: string | undefined, until: Until): boolean {
  const phase = phaseOfFlinkJob(status);
  if (until === "stopped") return isFlinkJobStopped(status) || status?.toLowerCase() === "job_cancel_fail";
  return phase !== "queued" && phase !== "draft" && phase !== "unknown";
}
