import type { EmrRequests } from "../../operations/emr/types.gen.ts";
import { type Answer, operationDenied, resourceNotFound, type ServiceError } from "../errors.ts";
import type { ComputeSupervisor } from "./compute-supervisor.ts";
import type { Documents, Workspace } from "./documents.ts";
import type { StatementRunner } from "./statement-runner.ts";
import type { JobSupervisor } from "./supervisor.ts";

export interface Timings {
  /** STARTING to RUNNING; 1 to 3 minutes on the real service, shortened here. */
  workspaceStartMs: number;
  /** TERMINATING to TERMINATED. */
  workspaceStopMs: number;
  /** Queue edits closer together than this fail. */
  queueEditIntervalMs: number;
  /** How often idle sessions are looked for. */
  idleCheckMs: number;
}

export const defaultTimings: Timings = {
  workspaceStartMs: 2000,
  workspaceStopMs: 2000,
  queueEditIntervalMs: 5000,
  idleCheckMs: 15_000,
};

export interface EmrContext {
  documents: Documents;
  jobs: JobSupervisor;
  computes: ComputeSupervisor;
  statements: StatementRunner;
  /** HOST:PORT at which the services' tokens are taken. */
  kyuubiEndpoint?: string;
  storageFolder: string;
  regionId: string;
  /** Account that everything belongs to. */
  accountId: string;
  timings: Timings;
  now(): number;
}

export type Handler<Name extends keyof EmrRequests> = (
  input: EmrRequests[Name],
  context: EmrContext,
) => Answer | Promise<Answer>;

export type WorkspaceStatus = "STARTING" | "RUNNING" | "TERMINATING" | "TERMINATED";

export function workspaceStatus(workspace: Workspace, now: number): WorkspaceStatus {
  if (workspace.terminatedAt !== undefined && now >= workspace.terminatedAt) return "TERMINATED";
  if (workspace.deletedAt !== undefined) return "TERMINATING";
  return now >= workspace.runningAt ? "RUNNING" : "STARTING";
}

/** No queue or job calls until RUNNING (seed skill). */
export function runningWorkspace(
  workspaceId: string | undefined,
  context: EmrContext,
): { workspace: Workspace } | { error: ServiceError } {
  const workspace = workspaceId === undefined ? undefined : context.documents.workspaces.get(workspaceId);
  if (!workspace) return resourceNotFound(`The workspace ${workspaceId} does not exist.`);
  const status = workspaceStatus(workspace, context.now());
  return status === "RUNNING"
    ? { workspace }
    : operationDenied(`The workspace ${workspaceId} is ${status}; this needs it RUNNING.`);
}
