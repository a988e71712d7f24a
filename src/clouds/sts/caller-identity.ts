import type { AlibabaConnection } from "../alibaba/connection.ts";
import { createSender } from "../alibaba/sender.ts";
import type { CloudAnswer } from "../transport.ts";

export type CallerIdentity =
  | { ok: true; identity: string }
  | { ok: false; code: "NO_CREDENTIALS" | "IDENTITY_UNKNOWN"; why: string };

const deadlineMs = 10_000;

/**
 * Whom the cloud takes the caller for, by STS GetCallerIdentity (2015-04-01), which needs no permission.
 * The identity is an ARN such as `acs:ram::1234567890123456:user/etl`. Of an assumed role it leaves out the session:
 * the credential chain makes one up for each process, and a retry after a restart must still be the same caller's.
 */
export async function readCallerIdentity(connection: AlibabaConnection): Promise<CallerIdentity> {
  const send = createSender(connection, { version: "2015-04-01", style: "RPC" });
  const answer = await send(
    { operation: "GetCallerIdentity", method: "POST", path: "/", query: {} },
    { deadlineMs, signal: new AbortController().signal },
    (method, path) => method === "POST" && path === "/",
  );
  if (answer.kind !== "answered") return { ok: false, ...refusal(answer) };
  const arn = arnOf(answer.body);
  if (arn === undefined) return { ok: false, code: "IDENTITY_UNKNOWN", why: "STS answered without an ARN" };
  return { ok: true, identity: arn.replace(/^(acs:ram::\d+:assumed-role\/[^/]+)\/.*$/, "$1") };
}

function refusal(answer: Exclude<CloudAnswer, { kind: "answered" }>): Omit<CallerIdentity & { ok: false }, "ok"> {
  if (answer.kind === "not-sent" && answer.reason === "no-credentials") {
    return { code: "NO_CREDENTIALS", why: answer.message };
  }
  const said = answer.kind === "rejected" ? `${answer.code}: ${answer.message}` : answer.message;
  return { code: "IDENTITY_UNKNOWN", why: said };
}

function arnOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("Arn" in body)) return undefined;
  const { Arn } = body;
  return typeof Arn === "string" && /^acs:ram::\d+:[\w./@:+=,-]{1,200}$/.test(Arn) ? Arn : undefined;
}
