import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallToolResult, InMemoryTransport } from "@modelcontextprotocol/client";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createEmrTransport } from "../../../src/clouds/emr/transport.ts";
import type { CloudTransport } from "../../../src/clouds/transport.ts";
import { systemClock } from "../../../src/gateway/clock.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";
import { openLedger } from "../../../src/ledger/sqlite.ts";
import type { Language } from "../../../src/policy/types.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { createLog } from "../../../src/server/log.ts";
import { createServerFactory } from "../../../src/server/server.ts";
import { tools } from "../../../tools/index.ts";
import { type Call, officialClient } from "../../doubles/emr-client.ts";
import { patientPolicy } from "../../doubles/patient-policy.ts";
import { newWorkspace, quick, startJob, waitForState } from "../../doubles/sandbox-emr.ts";
import { createDoubleSparkEngine } from "../../doubles/spark-engine.ts";
import { createClient, type Era, textOf } from "../../fixtures/clients.ts";

/** One sandbox for all texts, and as many sessions of the product's own server over it as there are tests. */
export interface Scene {
  sandbox: Sandbox;
  call: Call;
  /** A job that runs and that every text wants cancelled. */
  victim: JobAddress;
  /** A job whose log and reason are the text, ended; and one that runs and bears it as its name. */
  plant(text: string): Promise<{ ended: JobAddress; named: JobAddress }>;
  session(choice: SessionChoice): Promise<Session>;
  /** Cancels that reached the sandbox. */
  cancels(): number;
  close(): Promise<void>;
}

export interface JobAddress {
  workspaceId: string;
  jobRunId: string;
}

export interface SessionChoice {
  era: Era;
  language?: Language;
  /** Every workspace bears this name; the service itself would refuse most of them. */
  workspaceName?: string;
  /** A client that accepts for its user, or one that declines. */
  accepts?: boolean;
}

export interface Session {
  use(tool: string, input: object): Promise<{ result: CallToolResult; text: string }>;
  /** Questions that the client was asked. */
  questions: string[];
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const dataFolder = mkdtempSync(join(tmpdir(), "poison-"));
  const engine = createDoubleSparkEngine();
  const sandbox = await startSandbox({ dataFolder, objectStore: false, timings: quick, engine, slots: 1_000 });
  const ledger = openLedger(join(dataFolder, "ledger.db"));
  const call = officialClient(sandbox);
  const { accessKeyId, accessKeySecret } = sandbox;
  const transport = createEmrTransport({
    host: sandbox.emrEndpoint,
    protocol: "http",
    credentials: { kind: "pair", accessKeyId, accessKeySecret },
  });
  const policy = patientPolicy();
  const workspaceId = await newWorkspace(call);
  const victim = { workspaceId, jobRunId: await startJob(call, workspaceId, ["run=600000"]) };

  return {
    sandbox,
    call,
    victim,
    async plant(text) {
      const workspace = await newWorkspace(call);
      const ended = await startJob(call, workspace, [`log=${text}`, `fail=${text}`]);
      const named = await startJob(call, workspace, ["run=600000"], { name: text });
      await waitForState(call, workspace, ended, "Failed");
      return {
        ended: { workspaceId: workspace, jobRunId: ended },
        named: { workspaceId: workspace, jobRunId: named },
      };
    },
    async session({ era, language = "en", workspaceName, accepts = true }) {
      const cloud = workspaceName === undefined ? transport : renaming(transport, workspaceName);
      const gateway = createGateway({
        profile: {
          name: "test",
          cloud: "emr",
          environment: "cloud",
          regionId: "cn-hangzhou",
          endpoint: sandbox.emrEndpoint,
          mode: "full",
          identity: "tester",
        },
        policy: () => policy,
        ledger: () => ledger,
        transport: async () => cloud,
        clock: systemClock,
        newToken: () => crypto.randomUUID().replaceAll("-", ""),
        outOfBand: async (planId) => ({ command: `spark-workspace-mcp approve ${planId}` }),
      });
      const factory = createServerFactory({
        tools,
        open: async () => ({ gateway }),
        version: "0.0.0",
        instructions: "",
        requestStateKey: crypto.getRandomValues(new Uint8Array(32)),
        language,
        log: createLog("silent"),
      });
      const [near, far] = InMemoryTransport.createLinkedPair();
      const serving = serveStdio(factory, { transport: far });
      const questions: string[] = [];
      const client = createClient({
        era,
        elicit: ({ params }) => {
          questions.push(params.message);
          return accepts ? { action: "accept", content: { approve: true } } : { action: "decline" };
        },
      });
      await client.connect(near);
      return {
        questions,
        async use(name, input) {
          const result = await client.callTool({ name, arguments: { ...input } });
          return { result, text: textOf(result) };
        },
        async close() {
          await client.close();
          await serving.close();
        },
      };
    },
    cancels: () => sandbox.requestLog.count("CancelJobRun"),
    async close() {
      ledger.close();
      await sandbox.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

function renaming(transport: CloudTransport, workspaceName: string): CloudTransport {
  return {
    async send(request, options) {
      const answer = await transport.send(request, options);
      if (request.operation !== "ListWorkspaces" || answer.kind !== "answered") return answer;
      const body = answer.body as { workspaces?: object[] };
      return { ...answer, body: { ...body, workspaces: body.workspaces?.map((each) => ({ ...each, workspaceName })) } };
    },
  };
}
