import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SandboxConnection } from "../../../src/sandbox/sandbox.ts";
import { type Person, type RealServer, startServer } from "../../doubles/real-server.ts";
import type { Era } from "../../fixtures/clients.ts";

/** A profile that speaks to the DLI of a sandbox, as a configuration file and the environment have it. */
export function dliEnvironment(sandbox: SandboxConnection, home: string): Record<string, string> {
  const profile = {
    cloud: "dli",
    region: sandbox.dliRegionId,
    projectId: sandbox.projectId,
    endpoint: `http://${sandbox.dliEndpoint}`,
    ...(sandbox.obsEndpoint !== undefined && { obsEndpoint: `http://${sandbox.obsEndpoint}` }),
  };
  // JSON is YAML too.
  writeFileSync(join(home, "config.yaml"), JSON.stringify({ profile: "lake", profiles: { lake: profile } }));
  return { HUAWEICLOUD_SDK_AK: sandbox.accessKeyId, HUAWEICLOUD_SDK_SK: sandbox.accessKeySecret };
}

export function startDliServer(choice: {
  sandbox: SandboxConnection;
  home: string;
  person: Person;
  era: Era;
}): Promise<RealServer> {
  return startServer({ ...choice, environment: dliEnvironment(choice.sandbox, choice.home) });
}
