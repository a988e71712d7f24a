import { setTimeout as sleep } from "node:timers/promises";
import type { CallFailure, Link } from "./link.ts";
import { serverError } from "./server-error.ts";
import {
  firstColumnarVersion,
  type OperationHandle,
  operationState,
  protocolVersion,
  type Response,
  type SessionHandle,
  unknownOperation,
} from "./tcli.ts";

export interface Session {
  handle: SessionHandle;
  /** Kyuubi's operation that launches the engine, until it is known to be up. */
  launch?: OperationHandle;
}

/** How long an order to stop may take: nobody waits for its effect. */
const parting = () => AbortSignal.timeout(5000);

export async function openSession(
  link: Link,
  user: string | undefined,
  conf: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Session | CallFailure> {
  const reply = await link.call(
    "OpenSession",
    {
      client_protocol: protocolVersion,
      ...(user !== undefined && { username: user }),
      // Else a service that is set to it sends Arrow batches.
      configuration: new Map(Object.entries({ "kyuubi.operation.result.format": "thrift", ...conf })),
    },
    signal,
  );
  if (reply.kind === "call-failed") return reply;
  const { sessionHandle, serverProtocolVersion = 0, configuration } = reply.response;
  if (sessionHandle === undefined || serverProtocolVersion < firstColumnarVersion) {
    const message = "The server is no HiveServer2 of a version that sends results by columns.";
    return { kind: "call-failed", code: "not_thrift", message, acted: true, answered: true };
  }
  const launch = launchOf(configuration);
  return { handle: sessionHandle, ...(launch && { launch }) };
}

/** Kyuubi's own JDBC driver follows the launch of the engine by this handle, base64 in the session's configuration. */
function launchOf(configuration: Map<string, string> | undefined): OperationHandle | undefined {
  const guid = configuration?.get("kyuubi.session.engine.launch.handle.guid");
  const secret = configuration?.get("kyuubi.session.engine.launch.handle.secret");
  if (guid === undefined || secret === undefined) return undefined;
  return {
    operationId: { guid: Buffer.from(guid, "base64"), secret: Buffer.from(secret, "base64") },
    operationType: unknownOperation,
    hasResultSet: false,
  };
}

type OperationStatus = Response<"GetOperationStatus">;
export type Ending =
  | { kind: "ended"; state: number; status: OperationStatus; notices: readonly string[] }
  | CallFailure;

const endStates: ReadonlySet<number> = new Set([
  operationState.finished,
  operationState.canceled,
  operationState.closed,
  operationState.error,
  operationState.timedOut,
]);

/** Asks until the operation has ended. A poll changes nothing, so one that got no answer is repeated. */
export async function followOperation(
  link: Link,
  operationHandle: OperationHandle,
  signal: AbortSignal,
): Promise<Ending> {
  let unanswered = 0;
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
    const reply = await link.call("GetOperationStatus", { operationHandle }, signal);
    if (reply.kind === "reply") {
      unanswered = 0;
      const { operationState: state = operationState.unknown } = reply.response;
      if (endStates.has(state)) return { kind: "ended", state, status: reply.response, notices: reply.notices };
    } else if (signal.aborted || reply.answered || !["lost", "unreachable", "service_stopped"].includes(reply.code)) {
      return reply;
    } else if (++unanswered > 4) {
      return reply;
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
}

/** @returns true where the server confirms that the operation is stopped */
export async function cancelOperation(link: Link, operationHandle: OperationHandle): Promise<boolean> {
  const reply = await link.call("CancelOperation", { operationHandle }, parting());
  await closeOperation(link, operationHandle);
  return reply.kind === "reply";
}

export async function closeOperation(link: Link, operationHandle: OperationHandle): Promise<void> {
  await link.call("CloseOperation", { operationHandle }, parting());
}

/** Ends whatever runs in it, too. */
export async function closeSession(link: Link, { handle }: Session): Promise<void> {
  await link.call("CloseSession", { sessionHandle: handle }, parting());
}

export function operationError({ status }: Extract<Ending, { kind: "ended" }>) {
  return serverError(status);
}
