import { request as httpRequest } from "node:http";
import { queryString, sign } from "../../src/clouds/huawei/signer.ts";
import { findOperation } from "../../src/operations/registry.ts";
import { renderRequest } from "../../src/operations/request.ts";
import type { DliTimings } from "../../src/sandbox/dli/context.ts";
import type { DliOptions } from "../../src/sandbox/dli/open.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";
import { createDoubleFlinkEngine, type DoubleFlinkEngine } from "./flink-engine.ts";
import { newDataFolder, onCleanUp, quick } from "./sandbox-emr.ts";
import { createDoubleSparkEngine, type DoubleSparkEngine } from "./spark-engine.ts";
import { createDoubleSqlEngine, type DoubleSqlEngine } from "./sql-engine.ts";

/** A sandbox with double engines and its DLI endpoint, closed after the test. */

export const quickDli: DliTimings = {
  poolReadyMs: 0,
  poolScaleMs: 0,
  connectionReadyMs: 0,
  recoveryDelayMs: 5,
  scaleMinuteMs: 20,
};

export interface DliReply {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Undefined when there was no body. */
  body: unknown;
}

export interface Sending {
  method: string;
  path: string;
  query?: readonly (readonly [name: string, value: string])[];
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  secret?: string;
  /** What is sent in place of what was signed. */
  sentBody?: string;
  /** When the client believes it is. */
  at?: Date;
  signed?: boolean;
}

export interface DliTestSandbox {
  sandbox: Sandbox;
  engine: DoubleSparkEngine;
  sql: DoubleSqlEngine;
  flink: DoubleFlinkEngine;
  projectId: string;
  send(sending: Sending): Promise<DliReply>;
  /** Signed, by the operation's row. */
  call(operation: string, input?: Record<string, unknown>, at?: Date): Promise<DliReply>;
}

export async function openDliSandbox(options: Partial<SandboxOptions> = {}): Promise<DliTestSandbox> {
  const engine = createDoubleSparkEngine();
  const sql = createDoubleSqlEngine();
  const flink = createDoubleFlinkEngine();
  const dli: DliOptions = { timings: quickDli, ...options.dli };
  const sandbox = await startSandbox({
    dataFolder: options.dataFolder ?? newDataFolder(),
    objectStore: false,
    timings: quick,
    engine,
    sqlEngine: sql,
    flinkEngine: flink,
    ...options,
    dli,
  });
  onCleanUp(() => sandbox.close());
  const { projectId = "" } = sandbox;
  const send = (sending: Sending) => sendTo(sandbox, sending);
  return {
    sandbox,
    engine,
    sql,
    flink,
    projectId,
    send,
    call(operation, input = {}, at = new Date()) {
      const row = findOperation(operation);
      if (!row) throw new Error(`no operation ${operation}`);
      const {
        method,
        path,
        query,
        repeatedQuery = {},
        body,
      } = renderRequest(row, input, {
        regionId: sandbox.dliRegionId ?? "",
        projectId,
      });
      const repeated = Object.entries(repeatedQuery).flatMap(([name, values]) =>
        values.map((value) => [name, value] as const),
      );
      return send({ method, path, query: [...Object.entries(query), ...repeated], ...(body && { body }), at });
    },
  };
}

async function sendTo(sandbox: Sandbox, sending: Sending): Promise<DliReply> {
  const { method, path, query = [], signed = true } = sending;
  const body = sending.body === undefined ? undefined : JSON.stringify(sending.body);
  const host = sandbox.dliEndpoint ?? "";
  const key = { accessKeyId: sandbox.accessKeyId, secretAccessKey: sending.secret ?? sandbox.accessKeySecret };
  const plain = { ...(body !== undefined && { "content-type": "application/json" }), ...sending.headers };
  const unsigned = { method, host, path, query, headers: plain, ...(body !== undefined && { body }) };
  const headers = signed ? sign(unsigned, key, sending.at ?? new Date()) : { ...plain, host };
  const sent = sending.sentBody ?? body;
  const [hostname, port] = host.split(":");
  const search = queryString(query);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        hostname,
        port,
        method,
        path: search === "" ? path : `${path}?${search}`,
        headers: { ...headers, ...(sent !== undefined && { "content-length": Buffer.byteLength(sent) }) },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body: text === "" ? undefined : JSON.parse(text),
          });
        });
      },
    );
    request.on("error", reject);
    request.end(sent);
  });
}
