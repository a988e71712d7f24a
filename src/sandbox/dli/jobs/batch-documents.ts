import type { Store } from "../../store.ts";
import type { BatchRequest } from "./batch-request.ts";
import type { BatchSize } from "./batch-size.ts";

/** What is remembered of Spark batches. */

export type BatchState = "starting" | "running" | "recovering" | "success" | "dead";

export interface Batch {
  id: string;
  request: BatchRequest;
  size: BatchSize;
  /** Lower case. */
  queue: string;
  owner: string;
  /** Receives the logs. */
  logBucket: string;
  state: BatchState;
  createTime: number;
  updateTime: number;
  /** The first attempt's. */
  startTime?: number;
  endTime?: number;
  /** The current or latest attempt, counted from 0. */
  attempt: number;
  /** Holds its CUs: from before its process until after it. */
  begun: boolean;
  /** While it waits for its turn. */
  waitingSince: number;
  /** Spark's own; empty until there is one. */
  appId: string;
  /** Of the current attempt. */
  processGroup?: number;
  cancelled: boolean;
}

export interface Batches {
  all(): Batch[];
  get(id: string): Batch | undefined;
  put(batch: Batch): void;
}

/** Only this folder writes the kind, so what is read has its shape. */
export function batchesIn(store: Store): Batches {
  return {
    all: () => store.all("dliBatch") as Batch[],
    get: (id) => store.get("dliBatch", id) as Batch | undefined,
    put: (batch) => store.put("dliBatch", batch.id, batch),
  };
}

export function isEnded(state: BatchState): boolean {
  return state === "success" || state === "dead";
}
