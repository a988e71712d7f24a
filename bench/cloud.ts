import { createEmrTransport } from "../src/clouds/emr/transport.ts";
import type { CloudTransport } from "../src/clouds/transport.ts";
import type { EmrOperation, EmrRequests, EmrResponses } from "../src/operations/emr/types.gen.ts";
import { findOperation } from "../src/operations/registry.ts";
import { renderRequest } from "../src/operations/request.ts";
import type { SandboxConnection } from "../src/sandbox/sandbox.ts";

/** The server's own way to a sandbox. */
export function transportTo(sandbox: SandboxConnection): CloudTransport {
  const { emrEndpoint, accessKeyId, accessKeySecret } = sandbox;
  return createEmrTransport({
    host: emrEndpoint,
    protocol: "http",
    credentials: { kind: "pair", accessKeyId, accessKeySecret },
  });
}

/** One operation over a transport, without a gateway; anything but an answer is an error. */
export async function send<Name extends EmrOperation>(
  transport: CloudTransport,
  regionId: string,
  operation: Name,
  input: EmrRequests[Name],
): Promise<EmrResponses[Name]> {
  const row = findOperation(operation);
  if (!row) throw new Error(`there is no operation ${operation}`);
  const answer = await transport.send(renderRequest(row, input, { regionId }), {
    deadlineMs: 30_000,
    signal: AbortSignal.timeout(60_000),
  });
  if (answer.kind !== "answered") throw new Error(`${operation}: ${JSON.stringify(answer)}`);
  return answer.body as EmrResponses[Name];
}
