import type { Answer } from "./errors.ts";
import type { SignedRequest } from "./signature/acs3.ts";

/**
 * STS GetCallerIdentity (2015-04-01, RPC style: the headers name the operation), on the port of the control plane.
 * Everything belongs to one account here, and whoever holds its AccessKey is the account itself.
 * @returns undefined when the request is another
 */
export function answerSts(request: SignedRequest, accountId: string): Answer | undefined {
  if (request.method !== "POST" || request.rawPath !== "/") return undefined;
  const header = (wanted: string) => request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (header("x-acs-action") !== "GetCallerIdentity" || header("x-acs-version") !== "2015-04-01") return undefined;
  return {
    body: {
      IdentityType: "Account",
      AccountId: accountId,
      PrincipalId: accountId,
      UserId: accountId,
      Arn: `acs:ram::${accountId}:root`,
    },
  };
}
