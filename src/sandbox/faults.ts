import { setTimeout as delay } from "node:timers/promises";
import { refuse, type ServiceError } from "./errors.ts";

export const faultKinds = [
  "throttling",
  "serverErrorBeforeEffect",
  "serverErrorAfterEffect",
  "slow",
  "slowAfterEffect",
  "resetBeforeEffect",
  "resetAfterEffect",
] as const;

export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** Operation name, or `*` for any. */
  operation: string;
  kind: FaultKind;
  /** How many calls it hits before it is spent. */
  times: number;
  /** `slow`, `slowAfterEffect`: how long request or answer is held back. `throttling`: the x-acs-retry-after that is sent. */
  delayMs?: number;
}

export interface Faults {
  set(faults: readonly Fault[]): void;
  /** What is left. */
  list(): Fault[];
  /** The fault that hits this call, counted down. */
  take(operation: string): Fault | undefined;
}

export function createFaults(initial: readonly Fault[] = []): Faults {
  let pending = initial.map((fault) => ({ ...fault }));
  return {
    set(faults) {
      pending = faults.map((fault) => ({ ...fault }));
    },
    list: () => pending.map((fault) => ({ ...fault })),
    take(operation) {
      const fault = pending.find(
        (candidate) => candidate.times > 0 && (candidate.operation === "*" || candidate.operation === operation),
      );
      if (!fault) return undefined;
      fault.times -= 1;
      pending = pending.filter((candidate) => candidate.times > 0);
      return { ...fault };
    },
  };
}

/** What the call is spared: `reset` drops the connection, a fault is answered as an error. */
export async function strikeBeforeEffect(fault: Fault | undefined): Promise<Fault | "reset" | undefined> {
  switch (fault?.kind) {
    case "throttling":
    case "serverErrorBeforeEffect":
      return fault;
    case "resetBeforeEffect":
      return "reset";
    case "slow":
      await delay(fault.delayMs ?? 1000);
      return undefined;
    default:
      return undefined;
  }
}

/** The error a fault is answered with, where it is answered at all. */
export function faultError(fault: Fault): ServiceError {
  if (fault.kind === "throttling") {
    return {
      ...refuse(400, "Throttling.User", "Request was denied due to user flow control.").error,
      retryAfterMs: fault.delayMs ?? 1000,
    };
  }
  return refuse(500, "InternalError", "The request processing has failed due to some unknown error.").error;
}

/** Reads a fault list that came over HTTP; a string says what is wrong with it. */
export function parseFaults(value: unknown): Fault[] | string {
  if (!Array.isArray(value)) return "the body must be a JSON list of faults";
  const faults: Fault[] = [];
  for (const [position, entry] of value.entries()) {
    const at = `fault ${position}`;
    if (typeof entry !== "object" || entry === null) return `${at} must be an object`;
    const { operation, kind, times, delayMs } = entry as Record<string, unknown>;
    if (typeof operation !== "string" || operation === "") return `${at}: operation must be a name or *`;
    const known = faultKinds.find((candidate) => candidate === kind);
    if (!known) return `${at}: kind must be one of ${faultKinds.join(", ")}`;
    if (!isCount(times) || times < 1) return `${at}: times must be a whole number from 1`;
    if (delayMs !== undefined && !isCount(delayMs)) return `${at}: delayMs must be a whole number from 0`;
    faults.push({ operation, kind: known, times, ...(delayMs === undefined ? {} : { delayMs }) });
  }
  return faults;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
