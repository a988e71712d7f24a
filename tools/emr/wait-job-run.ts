import * as z from "zod";
import { isTerminal } from "../../src/jobs/states.ts";
import { sayIn } from "../../src/language.ts";
import { defineTool, reply, type ToolAnswer } from "../define.ts";
import { jobRunId, workspaceId } from "./fields.ts";
import { nextOf, reasonOf, viewOfJobRun } from "./job-view.ts";
import { inState } from "./phrases.ts";

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
  async run(input, { gateway, context, clock }): Promise<ToolAnswer> {
    const say = sayIn(context.language);
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
            ? { en: `${input.jobRunId} ended: ${run.state}.`, zh: `${input.jobRunId} 已结束：${run.state}。` }
            : {
                en: `${input.jobRunId} is still ${run.state} after ${seconds} s of waiting. It goes on running.`,
                zh: `已等待 ${seconds} 秒，${input.jobRunId} 当前${inState(run.state).zh}。作业会继续运行。`,
              },
          data: { ...viewOfJobRun(run), ended, waitedSeconds: seconds },
          untrusted: reasonOf(run),
          next: ended
            ? nextOf(run)
            : {
                en: "Call wait_job_run again to go on waiting; nothing is lost in between.",
                zh: "再次调用 wait_job_run 可继续等待，期间不会丢失任何内容。",
              },
        }));
      }
      context.progress?.(
        say(
          `${input.jobRunId} is ${run.state} (${seconds} s)`,
          `${input.jobRunId} 当前${inState(run.state).zh}（${seconds} 秒）`,
        ),
        { done: seconds, of: input.timeoutSeconds },
      );
      try {
        await clock.sleep(pauseMs, context.signal);
      } catch {
        continue;
      }
      pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
    }
  },
});
