import { randomUUID } from "node:crypto";
import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { badParameter, type DliAnswer, limitReached, notSupported, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { connections, type DliConnection, type Host, type Peer, peersOf } from "./connection-store.ts";
import { pools } from "./documents.ts";
import { missingPool } from "./pools.ts";
import { isShared } from "./privilege-store.ts";
import { findQueue, missingQueue } from "./queue-find.ts";
import { answer, byText, matchesTagFilter, pageOf, storedName, succeeded } from "./shared.ts";
import { forgetTags, putTags, tagProblem, tagsOf } from "./tag-store.ts";

const mostHosts = 20_000;
const type = "dli_enhanced_datasource";

export const connectionHandlers: DliHandlers<
  | "ListEnhancedConnections"
  | "ShowEnhancedConnection"
  | "CreateEnhancedConnection"
  | "UpdateEnhancedConnection"
  | "DeleteEnhancedConnection"
  | "AssociateQueueToEnhancedConnection"
  | "DisassociateQueueFromEnhancedConnection"
> = {
  ListEnhancedConnections(input, context) {
    const found = connections(context)
      .all()
      .filter((connection) => !input.name || connection.name === input.name)
      // A deleted one is gone.
      .filter(() => input.status !== "DELETED")
      .filter((connection) => matchesTagFilter(tagsOf(type, connection.id, context), input.tags))
      .sort(byText((connection) => connection.name));
    const page = input.limit === 0 ? found : pageOf(found, input);
    return answer("ListEnhancedConnections", {
      is_success: true,
      message: "",
      count: found.length,
      connections: page.map((connection) => ({
        ...describe(connection, context),
        isPrivis: !isShared(connection.id, context),
      })),
    });
  },

  ShowEnhancedConnection(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    return answer("ShowEnhancedConnection", { is_success: true, message: "", ...describe(connection, context) });
  },

  CreateEnhancedConnection(input, context) {
    const name = input.name ?? "";
    if (!/^\w{1,64}$/.test(name)) return badParameter("The connection's name is invalid.");
    const hosts = readHosts(input.hosts);
    if ("error" in hosts) return hosts;
    const problem = tagProblem(input.tags);
    if (problem) return badParameter(problem);
    const known = connections(context);
    if (known.all().some((connection) => connection.name === name)) {
      return objectExists(`The connection ${name} already exists.`);
    }
    const peers = newPeers(input, context);
    if ("error" in peers) return peers;
    const id = randomUUID();
    known.put({
      id,
      name,
      destVpcId: input.dest_vpc_id ?? "",
      destNetworkId: input.dest_network_id ?? "",
      hosts: hosts.hosts,
      peers: peers.peers,
      routes: [],
      createTime: context.now(),
    });
    putTags(type, id, input.tags ?? [], context);
    return answer("CreateEnhancedConnection", { is_success: true, message: "", connection_id: id });
  },

  UpdateEnhancedConnection(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    const read = readHosts(input.hosts);
    if ("error" in read) return read;
    connections(context).put({ ...connection, hosts: read.hosts });
    return succeeded;
  },

  DeleteEnhancedConnection(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    if (peersOf(connection, context).some((peer) => context.now() < peer.readyAt)) {
      return notSupported(`The connection ${connection.name} is still being created.`);
    }
    connections(context).delete(connection.id);
    forgetTags(type, connection.id, context);
    return succeeded;
  },

  AssociateQueueToEnhancedConnection(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    const added = newPeers(input, context);
    if ("error" in added) return added;
    if (added.peers.length === 0) return badParameter("queues or elastic_resource_pools has to name one.");
    const kept = peersOf(connection, context);
    const fresh = added.peers.filter((peer) => !kept.some((known) => isSame(known, peer)));
    connections(context).put({ ...connection, peers: [...kept, ...fresh] });
    return succeeded;
  },

  DisassociateQueueFromEnhancedConnection(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    const dropped = namesOf(input);
    const unknown = dropped.find((one) => !connection.peers.some((peer) => isSame(peer, one)));
    if (unknown) return badParameter(`${unknown.name} is not attached to the connection ${connection.name}.`);
    const peers = connection.peers.filter((peer) => !dropped.some((one) => isSame(peer, one)));
    connections(context).put({ ...connection, peers });
    return succeeded;
  },
};

export function findConnection(id: string, context: DliContext): DliConnection | undefined {
  return connections(context).get(id.toLowerCase());
}

/** Section 3 of the API notes: seen with this code and these words. */
export function missingConnection(id: string) {
  return badParameter(`The connection ${id} is not exist.`);
}

interface PeerNames {
  queues?: readonly string[];
  elastic_resource_pools?: readonly string[];
}

function namesOf(input: PeerNames): { kind: Peer["kind"]; name: string }[] {
  return [
    ...(input.queues ?? []).map((name) => ({ kind: "queue" as const, name: storedName(name) })),
    ...(input.elastic_resource_pools ?? []).map((name) => ({ kind: "pool" as const, name: storedName(name) })),
  ];
}

function isSame(a: { kind: string; name: string }, b: { kind: string; name: string }): boolean {
  return a.kind === b.kind && a.name === b.name;
}

function newPeers(input: PeerNames, context: DliContext): { peers: Peer[] } | Extract<DliAnswer, { error: unknown }> {
  const peers: Peer[] = [];
  for (const { kind, name } of namesOf(input)) {
    if (kind === "queue" && name === "default") return notSupported("The queue default cannot be attached.");
    if (kind === "queue" && !findQueue(name, context)) return missingQueue(name);
    if (kind === "pool" && !pools(context.store).get(name)) return missingPool(name);
    const now = context.now();
    peers.push({ kind, name, peerId: randomUUID(), readyAt: now + context.timings.connectionReadyMs, updateTime: now });
  }
  return { peers };
}

function readHosts(
  sent: DliRequests["UpdateEnhancedConnection"]["hosts"] = [],
): { hosts: Host[] } | Extract<DliAnswer, { error: unknown }> {
  if (sent.length > mostHosts) return limitReached(`A connection has at most ${mostHosts} hosts.`);
  const hosts = sent.map(({ name = "", ip = "" }) => ({ name, ip }));
  const wrong = hosts.find(({ name, ip }) => !/^[A-Za-z][\w.-]{0,127}$/.test(name) || !isAddress(ip));
  return wrong ? badParameter(`The host ${wrong.name} with the address ${wrong.ip} is invalid.`) : { hosts };
}

function isAddress(ip: string): boolean {
  const parts = ip.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

function describe(connection: DliConnection, context: DliContext) {
  const peers = peersOf(connection, context);
  const of = (kind: Peer["kind"]) =>
    peers.filter((peer) => peer.kind === kind).map((peer) => describePeer(peer, context.now()));
  return {
    id: connection.id,
    name: connection.name,
    status: "ACTIVE" as const,
    available_queue_info: of("queue"),
    elastic_resource_pools: of("pool"),
    dest_vpc_id: connection.destVpcId,
    dest_network_id: connection.destNetworkId,
    create_time: connection.createTime,
    hosts: connection.hosts,
    ipv6_enable: false,
  };
}

function describePeer(peer: Peer, now: number) {
  return {
    peer_id: peer.peerId,
    status: now < peer.readyAt ? ("CREATING" as const) : ("ACTIVE" as const),
    name: peer.name,
    err_msg: "",
    update_time: peer.updateTime,
  };
}
