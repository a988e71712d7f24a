import type { DliContext } from "../context.ts";
import { collection, pools, queues } from "./documents.ts";

export interface Host {
  name: string;
  ip: string;
}

/** A queue or pool that is attached. */
export interface Peer {
  kind: "queue" | "pool";
  name: string;
  peerId: string;
  /** ACTIVE from here on. */
  readyAt: number;
  updateTime: number;
}

export interface DliConnection {
  id: string;
  name: string;
  destVpcId: string;
  destNetworkId: string;
  hosts: readonly Host[];
  peers: readonly Peer[];
  routes: readonly { name: string; cidr: string }[];
  createTime: number;
}

export const connections = (context: DliContext) =>
  collection<DliConnection>(context.store, "dliConnection", (connection) => connection.id);

/** Those whose queue or pool has not been deleted. */
export function peersOf(connection: DliConnection, context: DliContext): readonly Peer[] {
  return connection.peers.filter((peer) =>
    peer.kind === "queue" ? queues(context.store).get(peer.name) : pools(context.store).get(peer.name),
  );
}

/** What a queue finds under a host's name. */
export function hostsOf(queue: { queueName: string; poolName?: string }, context: DliContext): Map<string, string> {
  const attached = connections(context)
    .all()
    .filter((connection) =>
      connection.peers.some(
        (peer) =>
          peer.readyAt <= context.now() && peer.name === (peer.kind === "queue" ? queue.queueName : queue.poolName),
      ),
    );
  return new Map(attached.flatMap(({ hosts }) => hosts.map(({ name, ip }) => [name, ip] as const)));
}
