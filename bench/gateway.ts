import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { sandboxTarget } from "../src/cli/settings.ts";
import { readPolicy } from "../src/cli/workbench.ts";
import type { CloudTransport } from "../src/clouds/transport.ts";
import { systemClock } from "../src/gateway/clock.ts";
import { createGateway, type Gateway } from "../src/gateway/gateway.ts";
import { openLedger } from "../src/ledger/sqlite.ts";
import type { Ledger } from "../src/ledger/types.ts";
import { createSparkEngine } from "../src/sandbox/engines/spark/engine.ts";
import { startSandbox, storageFolderOf } from "../src/sandbox/sandbox.ts";
import { tools } from "../tools/index.ts";
import { transportTo } from "./cloud.ts";
import { connectInProcess } from "./connection.ts";
import { figure, type Measured } from "./figures.ts";

const warmUp = 100;
const calls = 1_000;

/** Where the time of one call of a reading tool goes: MCP client > server > tool > gateway > transport > sandbox. */
export async function measureGateway(folder: string): Promise<Measured> {
  const dataFolder = join(folder, "sandbox");
  const engine = createSparkEngine({ storageFolder: storageFolderOf(dataFolder) });
  const sandbox = await startSandbox({ dataFolder, engine, firstWorkspace: { workspaceName: "bench", cu: 8 } });
  const ledger = openLedger(join(folder, "state", "ledger.db"));
  try {
    const transport = timed(transportTo(sandbox));
    const steps = timedGateway(gatewayOver(ledger, transport));
    const wholes = await callOften(steps.gateway, () => {
      transport.spent.length = 0;
      steps.spent.length = 0;
    });
    const added = steps.spent.map((ms, at) => ms - (transport.spent[at] ?? Number.NaN));
    const server = wholes.map((ms, at) => ms - (steps.spent[at] ?? Number.NaN));
    return [
      figure("list_workspaces, MCP client to MCP client", "ms", wholes, { p99: true }),
      figure("of it the sandbox and the way there", "ms", transport.spent, { p99: true }),
      figure("of it the gateway's nine steps", "ms", added, { p99: true, aim: 1 }),
      figure("of it the MCP client, server and tool", "ms", server, { p99: true }),
      figure("one append to the ledger alone", "ms", appendOften(ledger), { p99: true }),
    ];
  } finally {
    await sandbox.close();
    ledger.close();
  }
}

function gatewayOver(ledger: Ledger, transport: CloudTransport): Gateway {
  const policy = readPolicy();
  return createGateway({
    profile: sandboxTarget().profile,
    policy: () => policy,
    ledger: () => ledger,
    transport: async () => transport,
    clock: systemClock,
    newToken: () => randomBytes(16).toString("hex"),
  });
}

function timed(transport: CloudTransport): CloudTransport & { spent: number[] } {
  const spent: number[] = [];
  return {
    spent,
    async send(request, options) {
      const started = performance.now();
      try {
        return await transport.send(request, options);
      } finally {
        spent.push(performance.now() - started);
      }
    },
  };
}

function timedGateway(inner: Gateway): { gateway: Gateway; spent: number[] } {
  const spent: number[] = [];
  const gateway: Gateway = {
    where: inner.where,
    async run(operation, input, context) {
      const started = performance.now();
      try {
        return await inner.run(operation, input, context);
      } finally {
        spent.push(performance.now() - started);
      }
    },
  };
  return { gateway, spent };
}

/** @returns milliseconds of each counted call, as the client sees it */
async function callOften(gateway: Gateway, warm: () => void): Promise<number[]> {
  const { client, close } = await connectInProcess({ tools, open: async () => ({ gateway }) });
  const samples: number[] = [];
  try {
    for (let call = 0; call < warmUp + calls; call++) {
      if (call === warmUp) warm();
      const started = performance.now();
      const result = await client.callTool({ name: "list_workspaces", arguments: {} });
      const ms = performance.now() - started;
      if (result.isError) throw new Error(`list_workspaces failed: ${JSON.stringify(result.content)}`);
      if (call >= warmUp) samples.push(ms);
    }
  } finally {
    await close();
  }
  return samples;
}

function appendOften(ledger: Ledger): number[] {
  const entry = {
    event: "call",
    operation: "ListWorkspaces",
    place: "sandbox, cn-hangzhou, sandbox",
    profile: "sandbox",
    requester: "bench 1.0.0",
    argumentsDigest: "0".repeat(64),
    outcome: "done",
  } as const;
  return Array.from({ length: calls }, () => {
    const started = performance.now();
    ledger.appendAudit({ ...entry, at: Date.now() });
    return performance.now() - started;
  });
}
