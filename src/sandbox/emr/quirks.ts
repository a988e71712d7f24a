import { refuse, type ServiceError } from "../errors.ts";
import type { ComputePhase } from "./sql-documents.ts";

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

// SDK: these words. The seed skill has the later ones in lower case; one casing had to be chosen.
export const sessionStates: Readonly<Record<ComputePhase, string>> = {
  notStarted: "NotStarted",
  starting: "Starting",
  running: "Running",
  stopping: "Stopping",
  stopped: "Stopped",
  error: "Error",
};

// SDK: no word for a failed start or a stopped service, both are NOT_STARTED again.
export const kyuubiStates: Readonly<Record<ComputePhase, string>> = {
  notStarted: "NOT_STARTED",
  starting: "STARTING",
  running: "RUNNING",
  stopping: "TERMINATING",
  stopped: "NOT_STARTED",
  error: "NOT_STARTED",
};

// SDK: start, stop, update and delete of a Kyuubi service answer data of undeclared type; the example is the text.
export const kyuubiDone = { body: { data: "true" } };

// Product guide: a session needs a queue of 3 CU or more.
export const smallestSessionQueue = 3;

// SDK: the templates' second error channel, HTTP 200 with the failure in the body.
export const unknownToTemplates = {
  body: { success: false, errorCode: "040003", errorMessage: "InvalidUser.NotFound", httpStatusCode: "404" },
};
