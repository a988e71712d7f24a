import { EngineUnavailable } from "../../engine.ts";
import type { FlinkEngine } from "../../flink-engine.ts";
import type { Store } from "../../store.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { findQueue, queueRoom } from "../resources/queue-find.ts";
import { actionHandlers } from "./actions.ts";
import { defineHandlers } from "./define.ts";
import { documentsOf, type FlinkParts } from "./parts.ts";
import { readHandlers } from "./reads.ts";
import type { FlinkSample } from "./samples.ts";
import { createFlinkSupervisor, type FlinkSupervisor, type SupervisorOptions } from "./supervisor.ts";
import { templateHandlers } from "./templates.ts";
import { transferHandlers } from "./transfer.ts";

export { queueUse, usedCuOf } from "./jobs.ts";

export type FlinkOperation =
  | keyof ReturnType<typeof actionHandlers>
  | keyof ReturnType<typeof defineHandlers>
  | keyof ReturnType<typeof readHandlers>
  | keyof ReturnType<typeof templateHandlers>
  | keyof ReturnType<typeof transferHandlers>;

export type FlinkOptions = Partial<Pick<SupervisorOptions, "packageFile" | "slots" | "pollMs" | "waitMs">>;

const supervisors = new WeakMap<Store, FlinkSupervisor>();

/** The Flink jobs of one sandbox; they end with it. */
export function createFlinkHandlers(context: DliContext, options: FlinkOptions = {}): DliHandlers<FlinkOperation> {
  const supervisor = createFlinkSupervisor({
    context,
    engine: context.flinkEngine ?? noEngine,
    queueRoom: (name) => (findQueue(name, context) ? queueRoom(name, context) : undefined),
    packageFile: () => undefined,
    // A cluster is a gigabyte and more of JVMs.
    slots: 3,
    pollMs: 2000,
    waitMs: 500,
    ...options,
  });
  supervisors.set(context.store, supervisor);
  context.onClose(() => supervisor.close());
  const parts: FlinkParts = { supervisor, documents: documentsOf(context) };
  return {
    ...actionHandlers(parts),
    ...defineHandlers(parts),
    ...readHandlers(parts),
    ...templateHandlers(parts),
    ...transferHandlers(parts),
  };
}

/** Cloud Eye's metrics of a job as they are now; undefined when it is not running. */
export function flinkSample(jobId: number, context: Pick<DliContext, "store">): FlinkSample | undefined {
  return supervisors.get(context.store)?.sample(jobId);
}

/** Jobs can be drafted without Flink; a start fails and says why. */
const noEngine: FlinkEngine = {
  prepare: async () => {
    throw new EngineUnavailable("This sandbox has no Flink.", "Start it with its Flink engine.");
  },
  start: async () => {
    throw new EngineUnavailable("This sandbox has no Flink.", "Start it with its Flink engine.");
  },
  reap: async () => {},
  close: async () => {},
};
