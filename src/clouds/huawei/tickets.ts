import type { HuaweiCredentials } from "./connection.ts";
import { createLease, type Fetched, type Taken } from "./lease.ts";
import { fetchAgencyKey } from "./metadata.ts";
import type { AccessKey } from "./signer.ts";
import { fetchToken } from "./token.ts";

/** What makes a request one of the caller's. */
export type Ticket = { kind: "key"; key: AccessKey } | { kind: "token"; token: string };

export interface TicketOffice {
  take(signal: AbortSignal): Promise<Taken<Ticket>>;
  /** The service refused this one; true when the next will be another. */
  renew(refused: Ticket): boolean;
  /** All that must never be shown, as far as it is known by now. */
  secrets(): readonly string[];
}

export function openTicketOffice(credentials: HuaweiCredentials, now: () => number): TicketOffice {
  switch (credentials.kind) {
    case "key":
      return standing({ kind: "key", key: credentials });
    case "token":
      return standing({ kind: "token", token: credentials.token });
    case "password": {
      const { login, iam } = credentials;
      const tokens = mapped(
        () => fetchToken(login, iam, now),
        (token) => ({ kind: "token", token }),
      );
      // IAM may quote the request, where it stands as JSON.
      return leased(tokens, [login.password, JSON.stringify(login.password).slice(1, -1)], now);
    }
    case "metadata":
      return leased(
        mapped(
          () => fetchAgencyKey(credentials.endpoint),
          (key) => ({ kind: "key", key }),
        ),
        [],
        now,
      );
  }
}

function standing(ticket: Ticket): TicketOffice {
  return {
    take: async () => ({ ok: true, value: ticket }),
    renew: () => false,
    secrets: () => secretsOf(ticket),
  };
}

function leased(fetch: () => Promise<Fetched<Ticket>>, fixed: readonly string[], now: () => number): TicketOffice {
  // An answer may quote the ticket before the present one.
  const known = new Set(fixed);
  const lease = createLease(async () => {
    const fetched = await fetch();
    if (fetched.ok) for (const secret of secretsOf(fetched.value)) known.add(secret);
    return fetched;
  }, now);
  return {
    take: (signal) => lease.take(signal),
    renew(refused) {
      lease.drop(refused);
      return true;
    },
    secrets: () => [...known],
  };
}

function mapped<T>(fetch: () => Promise<Fetched<T>>, ticketOf: (value: T) => Ticket): () => Promise<Fetched<Ticket>> {
  return async () => {
    const fetched = await fetch();
    return fetched.ok ? { ...fetched, value: ticketOf(fetched.value) } : fetched;
  };
}

function secretsOf(ticket: Ticket): string[] {
  return ticket.kind === "token" ? [ticket.token] : [ticket.key.secretAccessKey, ticket.key.securityToken ?? ""];
}
