/**
 * States as the service writes them. Casing differs between calls, so they are compared without case, shown as received,
 * and an unknown one is neither active nor ended.
 */

export type JobPhase = "active" | "succeeded" | "failed" | "cancelled" | "unknown";

const jobPhases: Readonly<Record<string, JobPhase>> = {
  submitted: "active",
  pending: "active",
  running: "active",
  cancelling: "active",
  // The attempt to cancel failed; nothing says that the job has ended.
  cancelfailed: "active",
  success: "succeeded",
  // Ray jobs say Succeeded and Timeout where Spark jobs say Success and Failed.
  succeeded: "succeeded",
  failed: "failed",
  timeout: "failed",
  cancelled: "cancelled",
};

/** `available`: finished with a result (notes section 1). */
const statementPhases: Readonly<Record<string, JobPhase>> = {
  waiting: "active",
  running: "active",
  available: "succeeded",
  error: "failed",
  cancelled: "cancelled",
};

export function phaseOfStatement(state: string): JobPhase {
  const key = state.trim().toLowerCase();
  return (Object.hasOwn(statementPhases, key) ? statementPhases[key] : undefined) ?? "unknown";
}

export type WorkspacePhase = "starting" | "running" | "terminating" | "terminated" | "unknown";

const workspacePhases: ReadonlySet<string> = new Set(["starting", "running", "terminating", "terminated"]);

export function sameState(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

export function jobPhase(state: string): JobPhase {
  const key = state.trim().toLowerCase();
  return (Object.hasOwn(jobPhases, key) ? jobPhases[key] : undefined) ?? "unknown";
}

export function isTerminal(state: string): boolean {
  const phase = jobPhase(state);
  return phase === "succeeded" || phase === "failed" || phase === "cancelled";
}

export function isActive(state: string): boolean {
  return jobPhase(state) === "active";
}

export function hasSucceeded(state: string): boolean {
  return jobPhase(state) === "succeeded";
}

export function hasFailed(state: string): boolean {
  return jobPhase(state) === "failed";
}

export function wasCancelled(state: string): boolean {
  return jobPhase(state) === "cancelled";
}

export function workspacePhase(state: string): WorkspacePhase {
  const key = state.trim().toLowerCase();
  return isWorkspacePhase(key) ? key : "unknown";
}

/** Queue and job calls are answered only then. */
export function isWorkspaceUsable(state: string): boolean {
  return workspacePhase(state) === "running";
}

function isWorkspacePhase(key: string): key is Exclude<WorkspacePhase, "unknown"> {
  return workspacePhases.has(key);
}
