import { EngineUnavailable, type JobEnd } from "../engine.ts";
import type { JobState } from "./documents.ts";

/** Why the control plane told a run to stop. */
export interface Stop {
  kind: "cancel" | "timeout" | "shutdown";
  message: string;
}

/** What became of a run, from what its engine says and why it was told to stop. */
export function outcome(end: JobEnd, stop: Stop | undefined): { state: JobState; message: string } {
  // A run may finish in the moment in which it is cancelled: then it did finish.
  if (end.kind === "succeeded") return { state: "Success", message: "The run succeeded." };
  if (stop) return { state: stop.kind === "cancel" ? "Cancelled" : "Failed", message: stop.message };
  if (end.kind === "cancelled") return { state: "Cancelled", message: "The run was stopped from outside." };
  const exit = end.exitCode === null ? "" : ` (exit code ${end.exitCode})`;
  return { state: "Failed", message: `${end.code}: ${end.message}${exit}` };
}

export function startFailure(error: unknown): string {
  return error instanceof EngineUnavailable
    ? `Spark cannot run here: ${error.message} ${error.fix}`
    : `The run could not be started: ${textOf(error)}`;
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
