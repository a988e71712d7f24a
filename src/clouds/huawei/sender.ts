import { maskKnown, withoutSecrets } from "../known-secrets.ts";
import type { CloudAnswer, SendOptions, WireRequest } from "../transport.ts";
import { isClockSkew, readAnswer } from "./answer.ts";
import type { HuaweiConnection } from "./connection.ts";
import { exchange, unanswered } from "./exchange.ts";
import { foreignDeletion, isPlainPath } from "./paths.ts";
import { queryString, sign, type Unsigned } from "./signer.ts";
import { openTicketOffice, type Ticket } from "./tickets.ts";

/** One request, one answer; `admits` says whether method and path, as they stand on the wire, are the operation. */
export type Send = (
  request: WireRequest,
  options: SendOptions,
  admits: (method: string, path: string) => boolean,
) => Promise<CloudAnswer>;

/** Section 2 of the API notes: signed bodies end there. */
const largestBody = 12 * 1024 * 1024;

/** Retries are the gateway's business, but for credentials that had run out: those never got past the service's door. */
export function createSender(connection: HuaweiConnection, now: () => number = Date.now): Send {
  const office = openTicketOffice(connection.credentials, now);

  return async (request, options, admits) => {
    if (options.signal.aborted) return notSent("cancelled", "the caller cancelled");
    const mayLeave = (method: string, path: string) => refusalOf(request.operation, method, path, admits) === undefined;
    const refusal = refusalOf(request.operation, request.method, request.path, admits);
    if (refusal !== undefined) return notSent("guard", refusal);
    const unsigned = prepare(connection, request);
    if (Buffer.byteLength(unsigned.body ?? "") > largestBody) {
      return notSent("guard", "the body is larger than the 12 MB that the service takes");
    }
    // Not AbortSignal.timeout: that one, and what hangs on it, stays in memory for its whole time after the answer.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), options.deadlineMs);
    const signal = AbortSignal.any([options.signal, deadline.signal]);
    try {
      for (let renewed = false; ; renewed = true) {
        const taken = await office.take(signal);
        if (!taken.ok) {
          return options.signal.aborted
            ? notSent("cancelled", "the caller cancelled")
            : notSent(taken.reason, maskKnown(taken.why, office.secrets()));
        }
        const exchanged = await exchange(outgoing(connection, unsigned, taken.value, now()), mayLeave, signal);
        const answer =
          exchanged.kind === "arrived"
            ? readAnswer(exchanged, now())
            : unanswered(exchanged, {
                deadlineMs: options.deadlineMs,
                deadline: deadline.signal,
                caller: options.signal,
              });
        const isStale = answer.kind === "rejected" && answer.status === 401 && !isClockSkew(answer);
        if (!isStale || renewed || !office.renew(taken.value)) return withoutSecrets(answer, office.secrets());
      }
    } finally {
      clearTimeout(timer);
    }
  };
}

function refusalOf(
  operation: string,
  method: string,
  path: string,
  admits: (method: string, path: string) => boolean,
): string | undefined {
  if (!isPlainPath(path)) return `${path} has another spelling`;
  const deleted = foreignDeletion(operation, method, path);
  if (deleted !== undefined) return `${operation} may not delete a ${deleted}`;
  return admits(method, path) ? undefined : `${method} ${path} is not ${operation}`;
}

function prepare(connection: HuaweiConnection, request: WireRequest): Unsigned {
  return {
    method: request.method,
    host: connection.host,
    path: request.path,
    query: [
      ...Object.entries(request.query),
      ...Object.entries(request.repeatedQuery ?? {}).flatMap(([name, values]) =>
        values.map((value) => [name, value] as const),
      ),
    ],
    headers: {
      accept: "application/json",
      ...(request.body !== undefined && { "content-type": "application/json" }),
      ...(connection.projectId !== undefined && { "x-project-id": connection.projectId }),
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
  };
}

function outgoing(connection: HuaweiConnection, unsigned: Unsigned, ticket: Ticket, at: number) {
  const { method, path, body } = unsigned;
  return {
    endpoint: connection,
    method,
    path,
    query: queryString(unsigned.query),
    headers:
      ticket.kind === "key"
        ? sign(unsigned, ticket.key, new Date(at))
        : { ...unsigned.headers, "x-auth-token": ticket.token },
    ...(body !== undefined && { body }),
  };
}

function notSent(reason: Extract<CloudAnswer, { kind: "not-sent" }>["reason"], message: string): CloudAnswer {
  return { kind: "not-sent", reason, message };
}
