import { join } from "node:path";
import { readPolicy } from "../../src/cli/workbench.ts";
import { createEmrTransport } from "../../src/clouds/emr/transport.ts";
import { createKyuubiTransport } from "../../src/clouds/kyuubi/transport.ts";
import type { CloudAnswer, CloudTransport } from "../../src/clouds/transport.ts";
import { systemClock } from "../../src/gateway/clock.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import type { Approver, Clock } from "../../src/gateway/types.ts";
import { classifySql } from "../../src/jobs/sql/classify.ts";
import { createSecretMint } from "../../src/ledger/secret-files.ts";
import { openLedger } from "../../src/ledger/sqlite.ts";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";
import type { ToolResult } from "../../tools/define.ts";
import { tools } from "../../tools/index.ts";
import type { Call } from "../doubles/emr-client.ts";
import { contextWith } from "../doubles/gateway-parts.ts";
import { startServer } from "../doubles/real-server.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox } from "../doubles/sandbox-emr.ts";
import { type Script, startDouble } from "../unit/kyuubi-client.support.ts";

export const token = "0123456789abcdef0123456789abcdef";

export interface ServiceIds extends Record<string, unknown> {
  workspaceId: string;
  kyuubiServiceId: string;
}

export interface SceneOptions {
  sandbox?: Partial<SandboxOptions>;
  /** The token kept on this machine; null: none. Default: the one the service knows. */
  kept?: string | null;
  /** `double`: the service's endpoint is the double itself, without the sandbox's gateway that checks tokens. */
  endpoint?: "gateway" | "double";
  /** Of the tools. */
  clock?: Clock;
}

/** The tools over the sandbox's control plane, and behind its gateway a HiveServer2 that plays a script. */
export async function openScene(script: Script, options: SceneOptions = {}) {
  const { sandbox, sql, call } = await openSandbox(options.sandbox);
  const double = await startDouble(script);
  onCleanUp(() => double.stop());
  const { host, hostname, port } = new URL(double.url);
  sql.thriftAddress = async () => ({ host: hostname, port: Number(port), authorization: "Basic double" });
  const service = await startService(call);

  const { emrEndpoint, accessKeyId, accessKeySecret, regionId } = sandbox;
  const emr = createEmrTransport({
    host: emrEndpoint,
    protocol: "http",
    credentials: { kind: "pair", accessKeyId, accessKeySecret },
  });
  const { kept = token } = options;
  const kyuubi = createKyuubiTransport({
    emr: async () => (options.endpoint === "double" ? listeningAt(host, emr) : emr),
    regionId,
    reach: "inner",
    tokenFor: () => kept ?? undefined,
  });
  onCleanUp(() => kyuubi.close());
  const ledger = openLedger(join(newDataFolder(), "ledger.db"));
  onCleanUp(() => ledger.close());
  const policy = readPolicy();
  let tokens = 0;
  const gateway = createGateway({
    profile: {
      name: "test",
      cloud: "emr",
      environment: "sandbox",
      regionId,
      endpoint: emrEndpoint,
      mode: "full",
      identity: "test",
    },
    policy: () => policy,
    ledger: () => ledger,
    transport: async (cloud) => (cloud === "kyuubi" ? kyuubi : emr),
    classifySql,
    clock: systemClock,
    newToken: () => `token${++tokens}`,
  });

  /** As the server runs a tool, with a person who says yes. */
  async function use(name: string, input: Record<string, unknown>, signal?: AbortSignal): Promise<ToolResult> {
    const tool = tools.find((each) => each.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    const run = (approver: Approver) =>
      tool.run(tool.input.parse(input), {
        gateway,
        clock: options.clock ?? systemClock,
        context: contextWith(approver, signal),
      });
    const result = await run({ strength: "accepted" });
    if (result.kind !== "ask") return result;
    return run({ strength: "accepted", answer: { planId: result.plan.planId, decision: "accepted" } });
  }

  const look = (name: string, input: Record<string, unknown>, signal?: AbortSignal) =>
    use(name, { ...service, ...input }, signal).then(seen);
  return {
    sandbox,
    call,
    double,
    service,
    execute: (text: string, more: { waitSeconds?: number; signal?: AbortSignal } = {}) =>
      look("execute_kyuubi_sql", { sql: text, waitSeconds: more.waitSeconds ?? 20 }, more.signal),
    get: (input: Record<string, unknown>, signal?: AbortSignal) => look("get_kyuubi_sql", input, signal),
    cancel: (statementId: unknown) => look("cancel_kyuubi_sql", { statementId }),
  };
}

/** The program as a client starts it, the sandbox and its gateway between it and the double. */
export async function openProcess(script: Script, environment: Record<string, string> = {}) {
  const { sandbox, sql, call } = await openSandbox();
  const double = await startDouble(script);
  onCleanUp(() => double.stop());
  const { hostname, port } = new URL(double.url);
  sql.thriftAddress = async () => ({ host: hostname, port: Number(port), authorization: "Basic double" });
  const service = await startService(call);
  const home = newDataFolder();
  const minted = createSecretMint(`${home}/state/secrets`)({
    operation: "CreateKyuubiToken",
    owner: service.kyuubiServiceId,
  });
  await call("CreateKyuubiToken", { ...service, name: "kept", token: minted.value });
  const server = await startServer({
    sandbox,
    home,
    person: "accepts",
    era: "2026-07-28",
    environment: { SPARK_WORKSPACE_TOOLSETS: "all", ...environment },
  });
  onCleanUp(() => server.close());
  return { double, server, service };
}

export interface Seen {
  code: string | undefined;
  text: string;
  next: string | undefined;
  data: Record<string, unknown>;
  rows: unknown[][];
}

function seen(result: ToolResult): Seen {
  if (result.kind === "refused" || result.kind === "unknown") {
    return { code: result.code, text: result.what, next: result.next, data: {}, rows: [] };
  }
  if (result.kind !== "reply") throw new Error(JSON.stringify(result));
  const { summary, next, data = {}, untrusted = [] } = result;
  const code = typeof data.code === "string" ? data.code : undefined;
  const text = [summary, ...untrusted.map((part) => part.text)].join("\n");
  return { code, text, next, data, rows: code === undefined ? rowsIn(text) : [] };
}

/** The lines that hold a row. */
export function rowsIn(text: string): unknown[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("["))
    .map((line) => JSON.parse(line) as unknown[]);
}

/** A running service of a workspace of its own, which takes the token. */
export async function startService(call: Call): Promise<ServiceIds> {
  const workspaceId = await newWorkspace(call);
  const { data } = await call("CreateKyuubiService", { workspaceId, name: "reports", queue: "root_queue" });
  const service = { workspaceId, kyuubiServiceId: data?.kyuubiServiceId ?? "" };
  const autoExpireConfiguration = { enable: true, expireDays: 1 };
  await call("CreateKyuubiToken", { ...service, name: "bi", token, autoExpireConfiguration });
  await call("StartKyuubiService", service);
  for (let state = ""; state !== "RUNNING"; ) {
    state = (await call("GetKyuubiService", service)).data?.state ?? "";
  }
  return service;
}

/** The control plane as it is, but for the endpoint that a service is said to have. */
function listeningAt(innerEndpoint: string, emr: CloudTransport): CloudTransport {
  return {
    async send(request, options): Promise<CloudAnswer> {
      const answer = await emr.send(request, options);
      if (request.operation !== "GetKyuubiService" || answer.kind !== "answered") return answer;
      const { data } = answer.body as { data?: object };
      return { ...answer, body: { data: { ...data, innerEndpoint } } };
    },
  };
}

/** Drops the connection without an answer. */
export const hangUp: Script[string][number] = (request) => {
  request.socket.destroy();
};
