import { randomBytes } from "node:crypto";
import { createDliTransport } from "../../src/clouds/dli/transport.ts";
import { createObsTransport } from "../../src/clouds/obs/transport.ts";
import { systemClock } from "../../src/gateway/clock.ts";
import { classifySql } from "../../src/jobs/sql/classify.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { assenting } from "../doubles/assenting.ts";
import { gatewayOver } from "../doubles/gateway-parts.ts";
import type { DliTestSandbox } from "../doubles/sandbox-dli.ts";
import { dliPolicy } from "../unit/policy-fixture.ts";

/** The tools of DLI over a sandbox's real wire. */
export function toolsOver({ sandbox, projectId }: DliTestSandbox) {
  const here = { host: sandbox.dliEndpoint ?? "", protocol: "http" } as const;
  const credentials = {
    kind: "key",
    accessKeyId: sandbox.accessKeyId,
    secretAccessKey: sandbox.accessKeySecret,
  } as const;
  const regionId = sandbox.dliRegionId ?? "";
  const dli = createDliTransport({ hosts: { dli: here, iam: here, ces: here, cts: here }, credentials, projectId });
  const obs = createObsTransport(async () => ({ regionId, endpoint: `http://${sandbox.obsEndpoint}`, credentials }));
  const { gateway } = gatewayOver(
    {},
    {
      profile: {
        name: "test",
        cloud: "dli",
        environment: "sandbox",
        regionId,
        endpoint: here.host,
        mode: "full",
        identity: "test",
        projectId,
      },
      policy: () => ({ ok: true, policy: dliPolicy() }),
      transport: async (cloud) => (cloud === "obs" ? obs : dli),
      clock: systemClock,
      newToken: () => randomBytes(16).toString("hex"),
      classifySql,
    },
  );
  return assenting(dliTools, { gateway, clock: systemClock });
}
