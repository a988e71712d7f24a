/** A refusal in the service's own terms. `code: null` is what some documented failures really carry. */
export interface ServiceError {
  status: number;
  code: string | null;
  message: string;
  /** Sent as x-acs-retry-after, in milliseconds. */
  retryAfterMs?: number;
}

export type Answer = { body: Record<string, unknown> } | { error: ServiceError };

export function refuse(status: number, code: string | null, message: string): { error: ServiceError } {
  return { error: { status, code, message } };
}

/*
 * The service publishes no HTTP status for most of its codes (section 3 of the API notes), so these follow
 * the rest of Alibaba Cloud: 404 for what is not there, 500 for internal errors, 400 for everything else.
 */
export const missingParameter = (name: string) =>
  refuse(400, "MissingParameter", `The parameter ${name} is mandatory.`);
export const invalidParameter = (message: string) => refuse(400, "InvalidParameter", message);
export const operationDenied = (message: string) => refuse(400, "OperationDenied", message);
export const resourceNotFound = (message: string) => refuse(404, "ResourceNotFound", message);
export const unsupportedOperator = (message: string) => refuse(400, "UnSupportedOperator", message);
export const internalError = (message: string) => refuse(500, "InternalError", message);
export const notSimulated = (operation: string, what = "") =>
  refuse(
    501,
    "Sandbox.NotSimulated",
    `${operation}${what && `: ${what}`} is not simulated by the sandbox; nothing was done.`,
  );
