import { describe, expect, test } from "vitest";
import { type ScheduleInput, schedule } from "../../src/sandbox/scheduler.ts";

const job = (jobRunId: string, cu: number, queue = "root") => ({ jobRunId, workspaceId: "w-1", queue, cu });

function input(change: Partial<ScheduleInput>): ScheduleInput {
  return {
    queues: [
      { workspaceId: "w-1", queue: "root", maxCu: 8 },
      { workspaceId: "w-1", queue: "dev", maxCu: 4 },
    ],
    workspaceCu: new Map([["w-1", 12]]),
    active: [],
    waiting: [],
    slots: 2,
    ...change,
  };
}

const started = (change: Partial<ScheduleInput>) => schedule(input(change)).start.map((entry) => entry.jobRunId);

describe("the scheduler", () => {
  test("starts what fits, in the order of submission", () => {
    expect(started({ waiting: [job("a", 4), job("b", 4)] })).toEqual(["a", "b"]);
  });

  test("counts what already runs", () => {
    expect(started({ active: [job("x", 6)], waiting: [job("a", 3)] })).toEqual([]);
    expect(started({ active: [job("x", 6)], waiting: [job("a", 2)] })).toEqual(["a"]);
  });

  test("does not let a small job overtake a large one in its queue", () => {
    expect(started({ active: [job("x", 6)], waiting: [job("large", 4), job("small", 1)] })).toEqual([]);
  });

  test("does not let one queue hold up another", () => {
    expect(started({ active: [job("x", 8)], waiting: [job("a", 1), job("b", 1, "dev")] })).toEqual(["b"]);
  });

  test("never goes beyond the workspace, whatever the queues allow", () => {
    const workspaceCu = new Map([["w-1", 8]]);
    expect(started({ workspaceCu, active: [job("x", 6)], waiting: [job("a", 3, "dev")] })).toEqual([]);
  });

  test("never runs more jobs than there are slots", () => {
    expect(started({ waiting: [job("a", 1), job("b", 1), job("c", 1, "dev")] })).toEqual(["a", "b"]);
  });

  test("calls impossible what is larger than its queue, without holding up the rest", () => {
    const plan = schedule(input({ waiting: [job("huge", 9), job("a", 1)] }));
    expect(plan.impossible).toEqual([
      { job: job("huge", 9), reason: "the job declares 9 CU, the queue root has 8 CU at most" },
    ]);
    expect(plan.start.map((entry) => entry.jobRunId)).toEqual(["a"]);
  });

  test("calls impossible what waits in a queue that is gone", () => {
    expect(schedule(input({ waiting: [job("a", 1, "gone")] })).impossible).toHaveLength(1);
  });
});
