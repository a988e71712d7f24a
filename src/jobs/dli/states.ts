/**
 * States of DLI's Spark batches and SQL jobs (API notes 6 and 8), as data. Samples differ in casing, so they are compared
 * without case and shown as received; a state nobody knows has neither ended nor is it active.
 */

export type CommonState = "queued" | "running" | "succeeded" | "failed" | "cancelled" | "unknown";

export type StateTable = Readonly<Record<string, CommonState>>;

/** `dead` is said of a failed batch and of a cancelled one alike. */
export const sparkBatchStates = {
  starting: "queued",
  running: "running",
  recovering: "running",
  success: "succeeded",
  dead: "failed",
} as const satisfies StateTable;

export const sqlJobStates = {
  CREATING: "queued",
  LAUNCHING: "queued",
  RUNNING: "running",
  ACTIVE: "running",
  SCALING: "running",
  SUSPENDED: "running",
  // The result is computed and not yet written.
  COMPUTED: "running",
  FINISHED: "succeeded",
  FAILED: "failed",
  CANCELLED: "cancelled",
  DELETED: "cancelled",
} as const satisfies StateTable;

/** Looks a state up without case. */
export function commonState(table: StateTable, state: string | undefined): CommonState {
  const wanted = (state ?? "").trim().toLowerCase();
  return Object.entries(table).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "unknown";
}

export function hasEnded(state: CommonState): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

export function stateOfBatch(state: string | undefined): CommonState {
  return commonState(sparkBatchStates, state);
}

export function stateOfSql(state: string | undefined): CommonState {
  return commonState(sqlJobStates, state);
}
