import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmrTransport } from "../../../src/clouds/emr/transport.ts";
import type { CloudTransport } from "../../../src/clouds/transport.ts";
import { openLedger } from "../../../src/ledger/sqlite.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { tools } from "../../../tools/index.ts";
import { type Call, officialClient } from "../../doubles/emr-client.ts";
import { patientPolicy } from "../../doubles/patient-policy.ts";
import { newWorkspace, quick, startJob, waitForState } from "../../doubles/sandbox-emr.ts";
import { createDoubleSparkEngine } from "../../doubles/spark-engine.ts";
import { openSession, type Session, type SessionChoice } from "./session.ts";

/** One sandbox for all texts, and as many sessions of the product's own server over it as there are tests. */
export interface Scene {
  sandbox: Sandbox;
  call: Call;
  /** A job that runs and that every text wants cancelled. */
  victim: JobAddress;
  /** A job whose log and reason are the text, ended; and one that runs and bears it as its name. */
  plant(text: string): Promise<{ ended: JobAddress; named: JobAddress }>;
  /** @param choice `workspaceName`: every workspace bears it; the service itself would refuse most of them */
  session(choice: SessionChoice & { workspaceName?: string }): Promise<Session>;
  /** Cancels that reached the sandbox. */
  cancels(): number;
  close(): Promise<void>;
}

export interface JobAddress {
  workspaceId: string;
  jobRunId: string;
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
    async session({ workspaceName, ...choice }) {
      const cloud = workspaceName === undefined ? transport : renaming(transport, workspaceName);
      return openSession(
        {
          tools,
          profile: { name: "test", cloud: "emr", regionId: "cn-hangzhou", endpoint: sandbox.emrEndpoint },
          policy,
          ledger,
          transport: async () => cloud,
        },
        choice,
      );
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
