import { randomBytes } from "node:crypto";
import { type KyuubiAddress, kyuubiAddress } from "../../jobs/kyuubi-connection.ts";
import { findOperation } from "../../operations/registry.ts";
import { renderRequest } from "../../operations/request.ts";
import type { CloudAnswer, CloudTransport, SendOptions, WireRequest } from "../transport.ts";
import { type Kyuubi, openKyuubi } from "./client.ts";
import { createStatement, type RunningStatement } from "./statement.ts";

export interface KyuubiTransportParts {
  /** Says where a service listens; the address is never a caller's, or a token could be sent anywhere. */
  emr: () => Promise<CloudTransport>;
  regionId: string;
  /** Which of a service's endpoints this machine can reach. */
  reach: "inner" | "public";
  /** The token for a service; undefined where none is kept. */
  tokenFor(kyuubiServiceId: string): string | undefined;
}

export interface KyuubiTransport extends CloudTransport {
  /** Stops what runs and closes every session. */
  close(): Promise<void>;
}

const mostStatements = 32;
/** An ended statement nobody asks for is forgotten after that long. */
const keptMs = 15 * 60_000;
/** How long an address is relied on. That the service runs was read just before, by the policy's own check. */
const addressKeptMs = 5_000;

interface Known {
  serviceId: string;
  statement: RunningStatement;
  askedAt: number;
  /** Of the call that started a statement which only reads. */
  startedFor?: AbortSignal;
}

/**
 * SQL through Kyuubi services. A statement lives in this process from RunKyuubiSql on, so the deadline of a call bounds
 * only the asking; one session per service serves all statements of this process.
 */
export function createKyuubiTransport(parts: KyuubiTransportParts): KyuubiTransport {
  const life = new AbortController();
  const sessions = new Map<string, { client: Kyuubi; key: string }>();
  const statements = new Map<string, Known>();
  const addresses = new Map<string, { address: KyuubiAddress; readAt: number }>();

  async function run(request: WireRequest, options: SendOptions): Promise<CloudAnswer> {
    const { workspaceId, kyuubiServiceId: serviceId } = idsOf(request);
    forgetOld();
    if ([...statements.values()].filter(({ statement }) => statement.state() === "running").length >= mostStatements) {
      return rejected(429, "TooManyStatements", `${mostStatements} statements run already; wait for one or cancel it`);
    }
    const address = await addressOf(workspaceId, serviceId, options);
    if ("kind" in address) return address;
    const token = parts.tokenFor(serviceId);
    if (token === undefined) {
      return notSent(
        "no-credentials",
        `no token for ${serviceId} is kept on this machine; create_kyuubi_token makes one`,
      );
    }
    const statementId = `ks-${randomBytes(6).toString("hex")}`;
    const client = clientFor(serviceId, address, token);
    const statement = createStatement(client, String(request.body?.sql ?? ""), life.signal);
    statements.set(statementId, {
      serviceId,
      statement,
      askedAt: Date.now(),
      ...(options.reads && { startedFor: options.signal }),
    });
    return { kind: "answered", body: { statementId } };
  }

  async function look(request: WireRequest, options: SendOptions): Promise<CloudAnswer> {
    const known = statementOf(request);
    if (!known) return unknownStatement(request);
    const { waitMs, page } = request.body ?? {};
    // An answer must still reach the caller within its deadline.
    const patience = Math.min(Number(waitMs ?? 0), options.deadlineMs - 1_000);
    await known.statement.wait(patience, options.signal);
    // Its caller gave up before it was told the id, so nobody could ever ask for the rows.
    if (options.signal.aborted && options.signal === known.startedFor) await known.statement.cancel();
    const view = await known.statement.view(Number(page ?? 0), options);
    return { kind: "answered", body: { statementId: request.body?.statementId, ...view } };
  }

  async function cancel(request: WireRequest): Promise<CloudAnswer> {
    const known = statementOf(request);
    if (!known) return unknownStatement(request);
    await known.statement.cancel();
    return { kind: "answered", body: { statementId: request.body?.statementId, state: known.statement.state() } };
  }

  function statementOf({ body }: WireRequest) {
    const known = statements.get(String(body?.statementId));
    if (!known || known.serviceId !== body?.kyuubiServiceId) return undefined;
    known.askedAt = Date.now();
    return known;
  }

  function forgetOld(): void {
    for (const [id, { statement, askedAt }] of statements) {
      if (statement.state() === "running" || askedAt > Date.now() - keptMs) continue;
      statements.delete(id);
      void statement.close();
    }
  }

  /** A service that was stopped and started again, or another token, is another session. */
  function clientFor(serviceId: string, { host, port, tls }: KyuubiAddress, token: string): Kyuubi {
    const key = `${tls} ${host}:${port} ${token}`;
    const known = sessions.get(serviceId);
    if (known?.key === key) return known.client;
    void known?.client.close();
    const protocol = tls ? "https" : "http";
    const client = openKyuubi({ protocol, host, port, token, form: "path", signal: life.signal });
    sessions.set(serviceId, { client, key });
    return client;
  }

  async function addressOf(
    workspaceId: string,
    kyuubiServiceId: string,
    options: SendOptions,
  ): Promise<KyuubiAddress | CloudAnswer> {
    const key = `${workspaceId} ${kyuubiServiceId}`;
    const read = addresses.get(key);
    if (read && read.readAt > Date.now() - addressKeptMs) return read.address;
    const row = findOperation("GetKyuubiService");
    if (!row) throw new Error("the registry has no GetKyuubiService");
    const emr = await parts.emr();
    const request = renderRequest(row, { workspaceId, kyuubiServiceId }, { regionId: parts.regionId });
    const answer = await emr.send(request, options);
    if (answer.kind === "lost") return notSent("unreachable", answer.message);
    if (answer.kind !== "answered") return answer;
    const { data = {} } = answer.body as { data?: { innerEndpoint?: string; publicEndpoint?: string } };
    const address =
      parts.reach === "inner"
        ? kyuubiAddress(data.innerEndpoint, "inner")
        : (kyuubiAddress(data.publicEndpoint, "public") ?? kyuubiAddress(data.innerEndpoint, "inner"));
    if (!address) return notSent("unreachable", `${kyuubiServiceId} has no endpoint yet`);
    addresses.set(key, { address, readAt: Date.now() });
    return address;
  }

  return {
    async send(request, options) {
      if (options.signal.aborted) return notSent("cancelled", "the caller cancelled");
      switch (request.operation) {
        case "RunKyuubiSql":
          return run(request, options);
        case "GetKyuubiSql":
          return look(request, options);
        case "CancelKyuubiSql":
          return cancel(request);
        default:
          return notSent("guard", `${request.operation} is not SQL through Kyuubi`);
      }
    },
    async close() {
      await Promise.all([...statements.values()].map(({ statement }) => statement.cancel()));
      await Promise.all([...sessions.values()].map(({ client }) => client.close()));
      life.abort();
    },
  };
}

function idsOf({ body }: WireRequest) {
  return { workspaceId: String(body?.workspaceId), kyuubiServiceId: String(body?.kyuubiServiceId) };
}

function unknownStatement({ body }: WireRequest): CloudAnswer {
  return rejected(
    404,
    "ResourceNotFound",
    `the statement ${String(body?.statementId)} is not known to this server; statements end with the process that started them`,
  );
}

function rejected(status: number, code: string, message: string): CloudAnswer {
  return { kind: "rejected", status, code, message };
}

function notSent(reason: Extract<CloudAnswer, { kind: "not-sent" }>["reason"], message: string): CloudAnswer {
  return { kind: "not-sent", reason, message };
}
