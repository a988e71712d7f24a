import { connect } from "node:net";
import { badParameter, missingObject } from "../answers.ts";
import type { DliHandlers } from "../context.ts";
import { hostsOf } from "./connection-store.ts";
import { collection, nextNumber } from "./documents.ts";
import { findQueue, missingQueue } from "./queue-find.ts";
import { answer } from "./shared.ts";

interface Probe {
  id: string;
  queueName: string;
  connectivity: "REACHABLE" | "UNREACHABLE";
}

const patienceMs = 2000;

/** Whether a queue reaches an address. Only addresses of this machine are really tried; no other is reachable. */
export const connectivityHandlers: DliHandlers<"CreateConnectivityTask" | "ShowConnectivityTask"> = {
  async CreateConnectivityTask(input, context) {
    const queue = findQueue(input.queue_name, context);
    if (!queue) return missingQueue(input.queue_name);
    const target = readAddress(input.address ?? "");
    if (!target) return badParameter("address has to be host:port or a URL.");
    const host = hostsOf(queue, context).get(target.host) ?? target.host;
    const isReached = isLoopback(host) && (await answers(host, target.port));
    const id = nextNumber(context.store, "connectivity");
    collection<Probe>(context.store, "dliProbe", (probe) => probe.id).put({
      id: String(id),
      queueName: queue.queueName,
      connectivity: isReached ? "REACHABLE" : "UNREACHABLE",
    });
    return answer("CreateConnectivityTask", { is_success: true, message: "", task_id: id });
  },

  ShowConnectivityTask(input, context) {
    const queue = findQueue(input.queue_name, context);
    if (!queue) return missingQueue(input.queue_name);
    const probe = collection<Probe>(context.store, "dliProbe", ({ id }) => id).get(input.task_id);
    if (probe?.queueName !== queue.queueName) return missingObject(`The task ${input.task_id} does not exist.`);
    return answer("ShowConnectivityTask", { is_success: true, message: "", connectivity: probe.connectivity });
  },
};

/** `host:port` or a URL, whose scheme tells the port where it has none. */
function readAddress(address: string): { host: string; port: number } | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address);
  try {
    const url = new URL(hasScheme ? address : `tcp://${address}`);
    const port = Number(url.port || { "http:": 80, "https:": 443 }[url.protocol]);
    return url.hostname !== "" && port > 0 ? { host: url.hostname, port } : undefined;
  } catch {
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || /^127(\.\d{1,3}){3}$/.test(host);
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patienceMs });
    const end = (isReached: boolean) => {
      socket.destroy();
      resolve(isReached);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
