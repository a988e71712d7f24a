import type { HuaweiCredentials } from "../huawei/connection.ts";
import { type Arrived, exchange, type Outgoing, unanswered } from "../huawei/exchange.ts";
import type { AccessKey } from "../huawei/signer.ts";
import { queryString } from "../huawei/signer.ts";
import { openTicketOffice } from "../huawei/tickets.ts";
import { maskKnown } from "../known-secrets.ts";
import type { CloudAnswer, SendOptions } from "../transport.ts";
import { type ObsEndpoint, placeOf } from "./address.ts";
import { sign } from "./signer.ts";
import { type Intent, refusalOf } from "./wire-guard.ts";

export interface ObsRequest extends Intent {
  method: "GET" | "HEAD" | "PUT";
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  cutAfterBytes?: number;
}

type Unsent = Extract<CloudAnswer, { kind: "not-sent" | "lost" }>;

export interface ObsSender {
  send(request: ObsRequest, options: SendOptions): Promise<Arrived | Unsent>;
  /** All that must never be shown, as far as it is known by now. */
  secrets(): readonly string[];
}

/** A large file takes its time: only what moves slower than this counts as unanswered. */
const slowestBytesPerSecond = 256 * 1024;

/** One request, one answer, no retries: those are the gateway's business. */
export function createObsSender(
  endpoint: ObsEndpoint,
  credentials: HuaweiCredentials,
  now: () => number = Date.now,
): ObsSender {
  const office = openTicketOffice(credentials, now);

  const keyFor = async (signal: AbortSignal): Promise<{ ok: true; key: AccessKey } | { ok: false; why: Unsent }> => {
    const missing = (...[reason, why]: Parameters<typeof notSent>) =>
      ({ ok: false, why: notSent(reason, why) }) as const;
    if (credentials.kind === "token" || credentials.kind === "password") {
      return missing(
        "no-credentials",
        `OBS wants requests signed with an access key, which a ${credentials.kind} is not`,
      );
    }
    const taken = await office.take(signal);
    if (!taken.ok) return missing(taken.reason, maskKnown(taken.why, office.secrets()));
    const ticket = taken.value;
    return ticket.kind === "key" ? { ok: true, key: ticket.key } : missing("no-credentials", "there is no access key");
  };

  return {
    secrets: () => office.secrets(),
    async send(request, { deadlineMs: patienceMs, signal: caller }) {
      if (caller.aborted) return notSent("cancelled", "the caller cancelled");
      const deadlineMs = patienceMs + Math.ceil((request.body?.length ?? 0) / slowestBytesPerSecond) * 1_000;
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), deadlineMs);
      const signal = AbortSignal.any([caller, deadline.signal]);
      try {
        const found = await keyFor(signal);
        if (caller.aborted) return notSent("cancelled", "the caller cancelled");
        if (!found.ok) return found.why;
        const outgoing = compose(request, endpoint, found.key, new Date(now()));
        const refusal = refusalOf(request, endpoint, outgoing);
        if (refusal !== undefined) return notSent("guard", refusal);
        const exchanged = await exchange(outgoing, () => true, signal);
        if (exchanged.kind === "arrived") return exchanged;
        return unanswered(exchanged, { deadlineMs, deadline: deadline.signal, caller });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function compose(request: ObsRequest, endpoint: ObsEndpoint, key: AccessKey, at: Date): Outgoing {
  const { method, query, headers = {}, body, cutAfterBytes, subject } = request;
  const place = placeOf(subject, endpoint);
  return {
    endpoint: place.endpoint,
    method,
    path: place.path,
    query: queryString(Object.entries(query)),
    headers: sign({ method, resource: place.resource, headers }, key, at),
    ...(body !== undefined && { body }),
    ...(cutAfterBytes !== undefined && { cutAfterBytes }),
  };
}

function notSent(reason: Extract<Unsent, { kind: "not-sent" }>["reason"], message: string): Unsent {
  return { kind: "not-sent", reason, message };
}
