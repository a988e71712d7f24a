import type { EmrRequests } from "../../operations/emr/types.gen.ts";
import { invalidParameter, missingParameter, resourceNotFound, type ServiceError } from "../errors.ts";
import type { EmrContext, Handler } from "./context.ts";
import type { Documents } from "./documents.ts";
import { newId } from "./ids.ts";
import { findService } from "./kyuubi-services.ts";
import { findMember, ownerName } from "./members.ts";
import { kyuubiStates } from "./quirks.ts";
import type { KyuubiToken } from "./sql-documents.ts";

const dayMs = 86_400_000;
/** Ten years; no limit is public. */
const longestExpireDays = 3650;
/** A client polls several times a second; nobody needs lastUsedTime finer than this. */
const usePrecisionMs = 1000;

export const createKyuubiToken: Handler<"CreateKyuubiToken"> = (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  if (!input.name) return missingParameter("name");
  const wrong = checkToken(input, context);
  if (wrong) return wrong;
  const expiry = readExpiry(input.autoExpireConfiguration ?? { enable: false }, context.now());
  if ("error" in expiry) return expiry;
  const token: KyuubiToken = {
    tokenId: newId("tk"),
    kyuubiServiceId: input.kyuubiServiceId,
    workspaceId: input.workspaceId,
    name: input.name,
    token: input.token ?? "",
    memberArns: input.memberArns ?? [],
    sparkRole: input.sparkRole ?? [],
    ...expiry,
    createTime: context.now(),
  };
  context.documents.kyuubiTokens.put(token);
  return { body: { data: { tokenId: token.tokenId } } };
};

export const getKyuubiToken: Handler<"GetKyuubiToken"> = (input, context) => {
  const found = findToken(input, context);
  if ("error" in found) return found;
  const { autoExpireConfiguration } = found.token;
  return { body: { data: { ...describe(found.token), autoExpireConfiguration } } };
};

export const listKyuubiToken: Handler<"ListKyuubiToken"> = (input, context) => {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  const tokens = context.documents.kyuubiTokens
    .all()
    .filter((token) => token.kyuubiServiceId === input.kyuubiServiceId)
    .sort((a, b) => a.createTime - b.createTime)
    .map((token) => ({ ...describe(token), accountNames: token.memberArns.map((arn) => nameOf(arn, context)) }));
  return { body: { data: { tokens } } };
};

export const updateKyuubiToken: Handler<"UpdateKyuubiToken"> = (input, context) => {
  const found = findToken(input, context);
  if ("error" in found) return found;
  const { expireTime, ...kept } = found.token;
  const wrong = checkToken(input, context, found.token.tokenId);
  if (wrong) return wrong;
  // Days count from the change, which is when a caller says them.
  const expiry = input.autoExpireConfiguration
    ? readExpiry(input.autoExpireConfiguration, context.now())
    : expireTime === undefined
      ? {}
      : { expireTime };
  if ("error" in expiry) return expiry;
  context.documents.kyuubiTokens.put({
    ...kept,
    ...expiry,
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.token === undefined ? {} : { token: input.token }),
    ...(input.memberArns === undefined ? {} : { memberArns: input.memberArns }),
    ...(input.sparkRole === undefined ? {} : { sparkRole: input.sparkRole }),
  });
  return { body: {} };
};

export const deleteKyuubiToken: Handler<"DeleteKyuubiToken"> = (input, context) => {
  const found = findToken(input, context);
  if ("error" in found) return found;
  context.documents.kyuubiTokens.delete(found.token.tokenId);
  return { body: {} };
};

export type TokenVerdict = { user: string } | { refused: 401 | 503; message: string };

/** Whom a token lets in: the user of the SQL engine that its service is. */
export function lookUpToken(text: string, documents: Documents, now: number): TokenVerdict {
  const token = documents.kyuubiTokens.all().find((candidate) => candidate.token === text);
  if (!token) return { refused: 401, message: "The token is not known." };
  if (token.expireTime !== undefined && now >= token.expireTime) {
    return { refused: 401, message: "The token has expired." };
  }
  const service = documents.computes.get(token.kyuubiServiceId);
  if (service?.phase !== "running") {
    const state = service === undefined ? "gone" : kyuubiStates[service.phase];
    return { refused: 503, message: `The Kyuubi service ${token.kyuubiServiceId} is ${state}; it must be RUNNING.` };
  }
  if (now - (token.lastUsedTime ?? 0) >= usePrecisionMs) documents.kyuubiTokens.put({ ...token, lastUsedTime: now });
  return { user: token.kyuubiServiceId };
}

function findToken(
  input: EmrRequests["GetKyuubiToken"],
  context: EmrContext,
): { token: KyuubiToken } | { error: ServiceError } {
  const found = findService(input.workspaceId, input.kyuubiServiceId, context);
  if ("error" in found) return found;
  const token = context.documents.kyuubiTokens.get(input.tokenId);
  return token?.kyuubiServiceId === input.kyuubiServiceId
    ? { token }
    : resourceNotFound(`The token ${input.tokenId} does not exist.`);
}

/** No answer ever repeats a token's text: an error message is shown to more people than a token is. */
function checkToken(
  input: { workspaceId: string; token?: string; memberArns?: readonly string[] },
  context: EmrContext,
  ownId?: string,
): { error: ServiceError } | undefined {
  const { token, memberArns = [], workspaceId } = input;
  if (token !== undefined && !/^[a-z0-9]{32}$/.test(token)) {
    return invalidParameter("token must be 32 lower-case letters or digits.");
  }
  const taken = context.documents.kyuubiTokens.all().some((other) => other.token === token && other.tokenId !== ownId);
  if (token !== undefined && taken) return invalidParameter("token is in use already; it must be globally unique.");
  const stranger = memberArns.find((arn) => !findMember(arn, workspaceId, context));
  return stranger === undefined ? undefined : invalidParameter(`${stranger} is no member of the workspace.`);
}

function readExpiry(
  configuration: { enable?: boolean; expireDays?: number },
  now: number,
): Pick<KyuubiToken, "autoExpireConfiguration" | "expireTime"> | { error: ServiceError } {
  const { enable = false, expireDays } = configuration;
  if (!enable) return { autoExpireConfiguration: { enable } };
  if (expireDays === undefined) return missingParameter("autoExpireConfiguration.expireDays");
  if (expireDays < 1 || expireDays > longestExpireDays) {
    return invalidParameter(`autoExpireConfiguration.expireDays must be from 1 to ${longestExpireDays}.`);
  }
  return { autoExpireConfiguration: { enable, expireDays }, expireTime: now + expireDays * dayMs };
}

function describe(token: KyuubiToken): Record<string, unknown> {
  const { tokenId, name, token: text, memberArns, sparkRole, createTime, expireTime, lastUsedTime } = token;
  return {
    ...{ tokenId, name, token: text, memberArns, sparkRole, createTime, expireTime, lastUsedTime },
    createdBy: ownerName,
  };
}

function nameOf(memberArn: string, context: EmrContext): string {
  return context.documents.members.get(memberArn)?.userName ?? ownerName;
}
