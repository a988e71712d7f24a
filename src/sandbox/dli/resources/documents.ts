import type { Store } from "../../store.ts";

/** What the rooms of this folder remember; every kind is one set of documents in the store. */

export interface Tag {
  key: string;
  value: string;
}

/** CUs of a queue in one window of the day; hours, start inclusive and end exclusive. */
export interface ScalingPolicy {
  priority: number;
  startHour: number;
  stopHour: number;
  minCu: number;
  maxCu: number;
  followsPoolMaximum: boolean;
}

export interface DliPool {
  name: string;
  id: number;
  resourceId: string;
  description: string;
  minCu: number;
  maxCu: number;
  /** CUs that the last finished or running change of size leads to, and those it came from. */
  targetCu: number;
  originCu: number;
  /** The state is AVAILABLE from here on. */
  readyAt: number;
  cidrInVpc: string;
  label: Readonly<Record<string, string>>;
  enterpriseProjectId: string;
  ipv6: boolean;
  owner: string;
  createTime: number;
  updateTime: number;
}

/** Written when a change of size starts, so it counts only once `recordTime` is past. */
export interface ScaleRecord {
  id: string;
  poolName: string;
  minCu: number;
  maxCu: number;
  originCu: number;
  targetCu: number;
  recordTime: number;
}

export interface DliQueue {
  /** Lower case. */
  queueName: string;
  queueId: number;
  resourceId: string;
  queueType: "sql" | "general";
  cuCount: number;
  /** CUs at its creation. */
  cuSpec: number;
  poolName?: string;
  /** Only of a queue in a pool. */
  policies: readonly ScalingPolicy[];
  /** What still holds until `policiesFrom`. */
  earlierPolicies?: readonly ScalingPolicy[];
  policiesFrom: number;
  description: string;
  owner: string;
  createTime: number;
  cidrInVpc: string;
  enterpriseProjectId: string;
  resourceMode: number;
  platform: "x86_64" | "aarch64";
  feature: "basic" | "ai";
  engine: "spark" | "hetuEngine";
  labels: Readonly<Record<string, string>>;
  properties: Readonly<Record<string, string>>;
  restartingUntil: number;
}

export interface Collection<T> {
  all(): T[];
  get(id: string): T | undefined;
  put(document: T): void;
  delete(id: string): void;
}

export const pools = (store: Store) => collection<DliPool>(store, "dliPool", (pool) => pool.name);
export const scaleRecords = (store: Store) => collection<ScaleRecord>(store, "dliScaleRecord", (record) => record.id);
export const queues = (store: Store) => collection<DliQueue>(store, "dliQueue", (queue) => queue.queueName);

/** Only this folder writes a kind, so what is read has its shape. */
export function collection<T extends object>(store: Store, kind: string, idOf: (document: T) => string): Collection<T> {
  return {
    all: () => store.all(kind) as T[],
    get: (id) => store.get(kind, id) as T | undefined,
    put: (document) => store.put(kind, idOf(document), document),
    delete: (id) => store.delete(kind, id),
  };
}

/** Never given twice, not even after a deletion. */
export function nextNumber(store: Store, sequence: string): number {
  const counter = store.get("dliCounter", sequence) as { last: number } | undefined;
  const last = (counter?.last ?? 0) + 1;
  store.put("dliCounter", sequence, { last });
  return last;
}
