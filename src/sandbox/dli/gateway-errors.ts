import type { Fault } from "../faults.ts";
import { type DliError, dliError } from "./answers.ts";

/**
 * What the API gateway in front of DLI says itself; it adds a request_id, which the service does not. Public are the
 * form, the family of codes (APIG, APIGW) and 0301 and 0308 (sections 2 to 4 of the API notes); the other codes and
 * the texts were chosen.
 */

export const unknownApi = dliError(
  404,
  "APIGW.0101",
  "The API does not exist or has not been published in the environment",
);
export const foreignProject = dliError(
  403,
  "APIGW.0302",
  "The IAM user is not authorized to access the API: the project in the path is another one",
);
export const refusedMediaType = dliError(415, "APIGW.0201", "Unsupported media type: send application/json");
export const tooLarge = dliError(413, "APIGW.0201", "Request entity too large");
export const brokenRequest = dliError(400, "APIGW.0201", "Bad request");
export const brokenBackend = dliError(500, "APIGW.0601", "Internal server error");

export function refusedIdentity(why: string): { error: DliError } {
  return dliError(401, "APIGW.0301", `Incorrect IAM authentication information: ${why}`);
}

export function faultAnswer(fault: Fault): { error: DliError } {
  if (fault.kind !== "throttling") return brokenBackend;
  const { error } = dliError(429, "APIGW.0308", "The throttling threshold has been reached");
  return { error: { ...error, retryAfterMs: fault.delayMs ?? 1000 } };
}
