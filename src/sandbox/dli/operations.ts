import type { OperationRow } from "../../operations/types.ts";
import { type DliAnswer, notSimulated } from "./answers.ts";
import type { DliContext, DliHandler } from "./context.ts";
import type { AnsweredDliOperation, loginOperation } from "./differences.ts";
import { createFlinkHandlers } from "./flink/index.ts";
import { obsFile } from "./flink/places.ts";
import { identityHandlers } from "./iam.ts";
import { type RawInput, readInput } from "./input.ts";
import { createJobHandlers } from "./jobs/index.ts";
import { metricHandlers } from "./metrics.ts";
import { resourceHandlers } from "./resources/index.ts";
import { findPackage } from "./resources/package-store.ts";
import { traceHandlers } from "./traces.ts";

/** Reads what an operation was called with, and does it. */
export type Perform = (row: OperationRow, raw: RawInput) => Promise<DliAnswer>;

type Handlers = { [Name in Exclude<AnsweredDliOperation, typeof loginOperation>]: DliHandler<Name> };

/** The input is of the row that it was read by, which is the handler's. */
type AnyHandler = (input: Record<string, unknown>, context: DliContext) => DliAnswer | Promise<DliAnswer>;

/** Takes up, too, what an earlier sandbox of this data folder left under way. */
export function openOperations(context: DliContext): Perform {
  const handlers: Handlers = {
    ...identityHandlers,
    ...metricHandlers,
    ...traceHandlers,
    ...resourceHandlers,
    ...createJobHandlers(context),
    ...createFlinkHandlers(context, {
      packageFile(name) {
        const found = findPackage(name, context);
        return found && obsFile(context.storageFolder, found.location);
      },
    }),
  };

  return async (row, raw) => {
    const handler = Object.hasOwn(handlers, row.name)
      ? (handlers[row.name as keyof Handlers] as AnyHandler)
      : undefined;
    if (!handler) return notSimulated(row.name);
    const read = readInput(row, raw);
    return "error" in read ? read : handler(read.input, context);
  };
}
