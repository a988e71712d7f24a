import type { GatewayParts } from "../../src/gateway/types.ts";
import type { Cloud } from "../../src/operations/types.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { assenting, toolNamed } from "../doubles/assenting.ts";
import { gatewayOver, manualClock, type Script, scriptedCloud } from "../doubles/gateway-parts.ts";
import { dliPolicy } from "./policy-fixture.ts";

/** The tools of DLI over a cloud that answers from a script, with a person who says yes. */

export const batchId = "5b1f0c52-7a3d-4c0e-9d55-2f1f6a1e7c01";
export const sqlJobId = "c3a90d1e-1c44-4f7b-8a0f-6d2b9e5f4402";

export function desk(script: Script, environment: "sandbox" | "cloud" = "cloud") {
  const cloud = Object.assign(scriptedCloud(script), { projectId: "0123456789abcdef0123456789abcdef" });
  const clock = manualClock();
  const parts: Partial<GatewayParts> = {
    profile: {
      name: "test",
      cloud: "dli",
      environment,
      regionId: "cn-north-4",
      projectId: cloud.projectId,
      endpoint: "dli.test",
      mode: "full",
      identity: "tester",
    },
    policy: () => ({ ok: true, policy: dliPolicy() }),
    transport: async (_: Cloud) => cloud,
    clock,
    newToken: () => "0123456789abcdef0123456789abcdef",
    classifySql: async (sql) =>
      /^select/i.test(sql) ? { kind: "read", why: "it selects" } : { kind: "write", why: "it writes" },
  };
  const { gateway } = gatewayOver(script, parts);
  /** Bodies and queries of what was sent under a name. */
  const sent = (operation: string) =>
    cloud.sent.filter((each) => each.operation === operation).map(({ body, query, path }) => ({ body, query, path }));
  return { ...assenting(dliTools, { gateway, clock }), sent, gateway, cloud, clock };
}

export const toolOf = (name: string) => toolNamed(dliTools, name);
