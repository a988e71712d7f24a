import { expect, test } from "vitest";
import { startServer } from "../doubles/real-server.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox, startJob, waitForState } from "../doubles/sandbox-emr.ts";
import { eras } from "../fixtures/clients.ts";
import { dli, emr } from "./matrix/cloud-under-attack.ts";
import { runDrift } from "./matrix/drift.ts";
import { familyOf } from "./scorecard/families.ts";
import { isQuick, score } from "./scorecard/record.ts";

/** A yes is to what was shown. What has changed by the time the request would leave is not what was shown. */

test.each([
  { attacked: emr, isTried: () => true, atLeast: 100 },
  {
    attacked: dli,
    isTried: (operation: string) => !isQuick || dli.operations.indexOf(operation) % 5 === 0,
    atLeast: 10,
  },
])(
  "$attacked.name: no bound fact of any operation may change between a yes, however it was given, and the request",
  async ({ attacked, isTried, atLeast }) => {
    const cells = await runDrift(attacked, isTried);
    const [control, tried] = [cells.filter(({ fact }) => !fact), cells.filter(({ fact }) => fact)];
    score(familyOf(attacked.name, "a bound fact flips after the yes"), {
      tries: tried.length,
      through: tried.reduce((sum, { reached }) => sum + reached, 0),
      control: { of: control.length, held: control.filter(({ reached }) => reached === 1).length },
    });
    expect(tried.filter(({ reached }) => reached !== 0)).toEqual([]);
    expect(control.filter(({ reached }) => reached !== 1)).toEqual([]);
    // Refused for the change, and not because something else was amiss.
    expect(tried.filter(({ said }) => !/STATE_CHANGED|PRECONDITION_NOT_MET|OVER_LIMIT/.test(said))).toEqual([]);
    expect(tried.filter(({ said }) => said.includes("STATE_CHANGED")).length).toBeGreaterThan(atLeast);
  },
  300_000,
);

type Job = Record<"workspaceId" | "jobRunId", string>;

/** What somebody else does to the sandbox while the person reads the question. */
const flips = [
  { operation: "CancelJobRun", tool: "cancel_job_run", input: (job: Job) => job, others: (job: Job) => job },
  {
    operation: "EditWorkspaceQueue",
    tool: "edit_workspace_queue",
    input: ({ workspaceId }: Job) => ({ workspaceId, queue: "dev_queue", cu: 4 }),
    others: ({ workspaceId }: Job) => ({ workspaceId, workspaceQueueName: "dev_queue", resourceSpec: { cu: 2 } }),
  },
] as const;

for (const era of eras) {
  for (const { operation, tool, input, others: othersInput } of flips) {
    for (const isFlipped of [true, false]) {
      test(`${era}: ${operation} ${isFlipped ? "stays here when somebody else was quicker" : "is sent once when nobody interferes"}`, async () => {
        const { sandbox, call } = await openSandbox();
        const workspaceId = await newWorkspace(call);
        const job = { workspaceId, jobRunId: await startJob(call, workspaceId, ["run=600000"]) };
        await waitForState(call, workspaceId, job.jobRunId, "Running");
        let others = 0;
        const server = await startServer({
          sandbox,
          home: newDataFolder(),
          person: "accepts",
          era,
          async meanwhile() {
            if (!isFlipped) return;
            others += 1;
            await call(operation, { ...othersInput(job) });
            if (operation === "CancelJobRun") await waitForState(call, workspaceId, job.jobRunId, "Cancelled");
          },
        });
        onCleanUp(() => server.close());
        const answer = await server.call(tool, input(job));
        const reached = sandbox.requestLog.count(operation) - others;
        score("the sandbox flips the job after the yes", {
          tries: isFlipped ? 1 : 0,
          through: isFlipped ? reached : 0,
          ...(!isFlipped && { control: { of: 1, held: reached === 1 ? 1 : 0 } }),
        });
        expect(others).toBe(isFlipped ? 1 : 0);
        expect(reached, answer.text).toBe(isFlipped ? 0 : 1);
        if (isFlipped) expect(answer.text).toMatch(/^(STATE_CHANGED|PRECONDITION_NOT_MET): /);
      }, 60_000);
    }
  }
}
