import { describe, expect, test } from "vitest";
import {
  hasFailed,
  hasSucceeded,
  isActive,
  isTerminal,
  isWorkspaceUsable,
  jobPhase,
  sameState,
  wasCancelled,
  workspacePhase,
} from "../../src/jobs/states.ts";

describe("a job run's state", () => {
  test.each([
    ["Submitted", "active"],
    ["Pending", "active"],
    ["Running", "active"],
    ["RUNNING", "active"],
    ["Cancelling", "active"],
    ["CancelFailed", "active"],
    ["Success", "succeeded"],
    ["success ", "succeeded"],
    ["Failed", "failed"],
    ["Cancelled", "cancelled"],
    ["Hibernating", "unknown"],
    ["", "unknown"],
    ["constructor", "unknown"],
  ])("%j is %s", (state, phase) => {
    expect(jobPhase(state)).toBe(phase);
  });

  test("an unknown state is neither active nor ended", () => {
    expect([isActive("Hibernating"), isTerminal("Hibernating")]).toEqual([false, false]);
  });

  test("Cancelling is not Cancelled", () => {
    expect([isTerminal("Cancelling"), wasCancelled("Cancelling"), wasCancelled("Cancelled")]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("a cancelled run has neither failed nor succeeded", () => {
    expect([hasFailed("Cancelled"), hasSucceeded("Cancelled"), isTerminal("Cancelled")]).toEqual([false, false, true]);
  });

  test("states are compared without case", () => {
    expect([sameState("NOT_STARTED", "Not_Started"), sameState("Stopped", "Stopping")]).toEqual([true, false]);
  });
});

describe("a workspace's state", () => {
  test.each([
    ["STARTING", "starting", false],
    ["RUNNING", "running", true],
    ["running", "running", true],
    ["TERMINATING", "terminating", false],
    ["FROZEN", "unknown", false],
  ])("%s is %s", (state, phase, usable) => {
    expect([workspacePhase(state), isWorkspaceUsable(state)]).toEqual([phase, usable]);
  });
});
