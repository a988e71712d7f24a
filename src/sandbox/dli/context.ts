import type { DliRequests } from "../../operations/dli/types.gen.ts";
import type { SparkEngine } from "../engine.ts";
import type { FlinkEngine } from "../flink-engine.ts";
import type { SqlEngine } from "../sql-engine.ts";
import type { Store } from "../store.ts";
import type { DliAnswer } from "./answers.ts";

export interface DliTimings {
  /** CREATING to AVAILABLE of a pool; minutes on the real service, shortened here. */
  poolReadyMs: number;
  /** SCALING to AVAILABLE. */
  poolScaleMs: number;
  /** CREATING to ACTIVE of a connection. */
  connectionReadyMs: number;
  /** How long a dead batch recovers before its next try; 10 s on the real service. */
  recoveryDelayMs: number;
  /** What a minute of flink.dli.job.scale.interval takes here. */
  scaleMinuteMs: number;
}

export const defaultDliTimings: DliTimings = {
  poolReadyMs: 1000,
  poolScaleMs: 1000,
  connectionReadyMs: 500,
  recoveryDelayMs: 2000,
  scaleMinuteMs: 10_000,
};

/** What the handlers of DLI work with. Every room keeps its own kinds of documents in the store. */
export interface DliContext {
  store: Store;
  /** Runs batches. */
  engine: SparkEngine;
  /** Runs SQL jobs, which are refused without it. */
  sqlEngine?: SqlEngine;
  /** Resolves when what an earlier, crashed sandbox left behind is gone. */
  sqlReaped: Promise<void>;
  /** Runs Flink jobs, which can be drafted and not started without it. */
  flinkEngine?: FlinkEngine;
  /** Each folder in it is a bucket. */
  storageFolder: string;
  regionId: string;
  projectId: string;
  domainId: string;
  /** Who the calls are of. */
  userName: string;
  timings: DliTimings;
  now(): number;
  /** What ends with the sandbox, in reverse order of being added. */
  onClose(step: () => void | Promise<void>): void;
}

/** Checked arguments of one operation, without the project. */
export type DliHandler<Name extends keyof DliRequests> = (
  input: DliRequests[Name],
  context: DliContext,
) => DliAnswer | Promise<DliAnswer>;

export type DliHandlers<Name extends keyof DliRequests = keyof DliRequests> = { [Each in Name]: DliHandler<Each> };
