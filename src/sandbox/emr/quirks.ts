import { refuse, type ServiceError } from "../errors.ts";

/** Answers of the real service that nobody would invent; the source stands with each. */

// Seed skill: StartJobRun without a queue fails with this text and no code; without codeType with a server error.
export const missingInStartJobRun: Readonly<Record<string, ServiceError>> = {
  resourceQueueId: refuse(400, null, "queueName: null is not valid").error,
  codeType: refuse(500, "InternalError", "codeType is null").error,
};

// Seed skill: List* on an unknown or forbidden workspace answers with a null code.
export const unknownWorkspaceInList = refuse(400, null, "The workspace does not exist or access to it is denied.");

// Seed skill: the sum of the queues' CU must stay within the workspace's.
export const queueSumTooLarge = refuse(400, "UnSupportedOperator", "workspace rest cpu is not enough");

// Seed skill: edits of several queues must lie 5 to 10 seconds apart.
export const queueEditTooSoon = refuse(500, "Error.Internal", "fail to update app instance queue");

// Seed skill: GetCuHours windows; no code.
export const cuHoursWindowTooLong = refuse(400, null, "Invalid Parameters: Query interval over one month not allowed!");

// Alibaba Cloud in general, not confirmed for this service.
export const idempotentParameterMismatch = refuse(
  400,
  "IdempotentParameterMismatch",
  "The request uses the same client token as a previous, but non-identical request.",
);
