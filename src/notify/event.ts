import type { EventName } from "./config.ts";

/** Something that happened. Every text is as its author wrote it; cleaning is the work of whoever shows it. */
export type NotifyEvent = ApprovalNeeded | JobEnded | Trial;

interface Common {
  at: number;
  /** `sandbox, cn-hangzhou, identity`: account and region it is about. */
  place: string;
  profile: string;
}

export interface ApprovalNeeded extends Common {
  name: Extract<EventName, "approval-needed">;
  operation: string;
  target: string;
  requester: string;
  /** The plan's page, which opens on the computer of the server alone. */
  url?: string;
  command: string;
  expiresAt: number;
}

export interface JobEnded extends Common {
  name: Extract<EventName, "job-ended">;
  workspaceId: string;
  jobRunId: string;
  jobName: string;
  state: string;
  outcome: "succeeded" | "failed" | "cancelled";
  durationMs?: number;
  /** Of one that failed. */
  reason?: string;
}

/** What `webhooks test` sends. */
export interface Trial extends Common {
  name: "test";
}
