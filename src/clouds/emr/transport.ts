import { operationIndex } from "../../operations/registry.ts";
import { createRouteMatcher } from "../../operations/routes.ts";
import type { AlibabaConnection } from "../alibaba/connection.ts";
import { createSender } from "../alibaba/sender.ts";
import type { CloudTransport } from "../transport.ts";

/** Never on the wire, whatever a policy file says. */
const neverSent: ReadonlySet<string> = new Set(["DeleteWorkspace"]);

/** Speaks to EMR Serverless Spark; what leaves must be, as it stands on the wire, the operation that was asked for. */
export function createEmrTransport(connection: AlibabaConnection): CloudTransport {
  const matchRoute = createRouteMatcher(operationIndex);
  const send = createSender(connection, { version: "2023-08-08", style: "ROA" });
  return {
    send: (request, options) =>
      send(request, options, (method, path) => {
        const match = matchRoute(method, path);
        return match !== undefined && match.operation === request.operation && !neverSent.has(match.operation);
      }),
  };
}
