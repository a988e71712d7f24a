import { type DliAnswer, type DliError, dliError } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { type FlinkDocuments, type FlinkJobDocument, flinkDocumentsIn } from "./documents.ts";
import type { FlinkSupervisor } from "./supervisor.ts";

/** What the handlers of this folder share. */

export interface FlinkParts {
  supervisor: FlinkSupervisor;
  documents: FlinkDocuments;
}

export type FlinkHandlers<Name extends keyof DliHandlers> = (parts: FlinkParts) => DliHandlers<Name>;

/** A text on most calls of Flink jobs (section 1 of the API notes). */
export const done = { is_success: "true", message: "" } as const;

export const missingJob = (jobId: number) => dliError(400, "DLI.16001", `The job ${jobId} does not exist.`);

export function documentsOf(context: DliContext): FlinkDocuments {
  return flinkDocumentsIn(context.store);
}

/**
 * Run, stop and delete take several jobs: each is done or refused by itself. When none was done the answer is HTTP 400
 * with one error for each, as the service may give it.
 */
export function each(
  parts: FlinkParts,
  jobIds: readonly number[] = [],
  success: string,
  act: (job: FlinkJobDocument) => { error: DliError } | undefined,
): DliAnswer {
  const results = jobIds.map((jobId) => {
    const job = parts.documents.job(jobId);
    return job ? act(job)?.error : missingJob(jobId).error;
  });
  if (results.length > 0 && results.every((error) => error !== undefined)) {
    return {
      status: 400,
      body: results.map((error) => ({ error_code: error.error_code, error_msg: error.error_msg })),
    };
  }
  return {
    body: results.map((error) =>
      error
        ? { is_success: "false", message: `${error.error_code}: ${error.error_msg}` }
        : { is_success: "true", message: success },
    ),
  };
}
