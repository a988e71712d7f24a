import { dliIndex } from "../../operations/registry.ts";
import { createRouteMatcher } from "../../operations/routes.ts";
import type { Endpoint, HuaweiCredentials, HuaweiService } from "../huawei/connection.ts";
import { createSender, type Send } from "../huawei/sender.ts";
import type { CloudTransport } from "../transport.ts";

/** DLI and the services beside it, each under a host of its own. Holds secrets. */
export interface DliConnection {
  hosts: Readonly<Record<HuaweiService, Endpoint>>;
  credentials: HuaweiCredentials;
  projectId?: string;
}

/** Never on the wire, whatever a policy file says. */
const neverSent: ReadonlySet<string> = new Set([
  "DeleteElasticResourcePool",
  "DeleteDatabase",
  "KeystoneCreateUserTokenByPassword",
]);

const services: readonly HuaweiService[] = ["dli", "iam", "ces", "cts"];
const serviceOf = new Map(
  dliIndex.flatMap(({ name, service }) => {
    const known = services.find((each) => each === service);
    return known ? [[name, known] as const] : [];
  }),
);

/** What leaves must be, as it stands on the wire, the operation that was asked for, at the service that it is of. */
export function createDliTransport({ hosts, credentials, projectId }: DliConnection): CloudTransport {
  const opened = new Map<HuaweiService, { send: Send; match: ReturnType<typeof createRouteMatcher> }>();
  const open = (service: HuaweiService) => {
    const known = opened.get(service);
    if (known) return known;
    const fresh = {
      send: createSender({ ...hosts[service], credentials, ...(projectId !== undefined && { projectId }) }),
      match: createRouteMatcher(dliIndex.filter((entry) => entry.service === service)),
    };
    opened.set(service, fresh);
    return fresh;
  };
  return {
    ...(projectId !== undefined && { projectId }),
    async send(request, options) {
      const service = serviceOf.get(request.operation);
      if (service === undefined || neverSent.has(request.operation)) {
        return { kind: "not-sent", reason: "guard", message: `${request.operation} is never sent` };
      }
      const { send, match } = open(service);
      return send(request, options, (method, path) => {
        const found = match(method, path);
        // A path may name no project but the connection's own.
        const project = found?.parameters.project_id;
        return found?.operation === request.operation && (project === undefined || project === projectId);
      });
    },
  };
}
