import * as z from "zod";
import { isTerminal } from "../../src/jobs/states.ts";
import { defineTool, reply, type ToolResult } from "../define.ts";
import { jobRunId, workspaceId } from "./fields.ts";
import { nextOf, reasonOf, viewOfJobRun } from "./job-view.ts";

const firstPauseMs = 500;
const longestPauseMs = 30_000;

export const waitJobRun = defineTool({
  name: "wait_job_run",
  title: "Wait for a job run",
  description: "Follow a job run until it ends or the time is up, reporting progress. Call again to go on waiting.",
  toolset: "job",
  operations: ["GetJobRun"],
  input: z.strictObject({
    workspaceId,
    jobRunId,
    timeoutSeconds: z
      .number()
      .int()
      .min(1)
      .max(1800)
      .default(300)
      .meta({ description: "How long this call may take, 1 to 1800 s" }),
  }),
  async run(input, { gateway, context, clock }): Promise<ToolResult> {
    const startedAt = clock.now();
    const giveUpAt = startedAt + input.timeoutSeconds * 1_000;
    let pauseMs = firstPauseMs;
    for (;;) {
      const outcome = await gateway.run(
        "GetJobRun",
        { workspaceId: input.workspaceId, jobRunId: input.jobRunId },
        context,
      );
      if (outcome.kind !== "done") return outcome;
      const run = outcome.value.jobRun ?? {};
      const seconds = Math.round((clock.now() - startedAt) / 1_000);
      const ended = isTerminal(run.state ?? "");
      if (ended || clock.now() + pauseMs > giveUpAt || context.signal.aborted) {
        return reply(outcome, () => ({
          summary: ended
            ? `${input.jobRunId} ended: ${run.state}.`
            : `${input.jobRunId} is still ${run.state} after ${seconds} s of waiting. It goes on running.`,
          data: { ...viewOfJobRun(run), ended, waitedSeconds: seconds },
          untrusted: reasonOf(run),
          next: ended ? nextOf(run) : "Call wait_job_run again to go on waiting; nothing is lost in between.",
        }));
      }
      context.progress?.(`${input.jobRunId} is ${run.state} (${seconds} s)`, {
        done: seconds,
        of: input.timeoutSeconds,
      });
      try {
        await clock.sleep(pauseMs, context.signal);
      } catch {
        continue;
      }
      pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
    }
  },
});
