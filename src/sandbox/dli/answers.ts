/** Answers of DLI in the service's own terms (section 3 of the API notes). */

export interface DliError {
  status: number;
  error_code: string;
  error_msg: string;
  /** Sent as Retry-After, in milliseconds. */
  retryAfterMs?: number;
}

/** `status` absent: what the operation's row calls a success. */
export type DliAnswer =
  | { status?: number; body: unknown; headers?: Readonly<Record<string, string>> }
  | { error: DliError };

export function dliError(status: number, error_code: string, error_msg: string): { error: DliError } {
  return { error: { status, error_code, error_msg } };
}

/** Missing objects are mostly HTTP 400 (section 3). */
export const badParameter = (message: string) => dliError(400, "DLI.0001", message);
export const missingObject = (message: string) => dliError(400, "DLI.0002", message);
export const objectExists = (message: string) => dliError(400, "DLI.0006", message);
export const notSupported = (message: string) => dliError(400, "DLI.0007", message);
export const limitReached = (message: string) => dliError(400, "DLI.0009", message);
export const noResources = (message: string) => dliError(400, "DLI.0012", message);
export const serviceFailed = (message: string) => dliError(400, "DLI.0999", message);
/** Not of the service. */
export const notSimulated = (operation: string) =>
  dliError(501, "Sandbox.NotSimulated", `${operation} is not simulated by the sandbox; nothing was done.`);
