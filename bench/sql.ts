import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { foldersOf } from "../src/cli/folders.ts";
import { createSecretMint } from "../src/ledger/secret-files.ts";
import { findOperation } from "../src/operations/registry.ts";
import { renderRequest } from "../src/operations/request.ts";
import { madeHere } from "../src/operations/validate.ts";
import { createSparkEngine } from "../src/sandbox/engines/spark/engine.ts";
import { createSqlEngine } from "../src/sandbox/engines/sql/engine.ts";
import { type Sandbox, startSandbox, storageFolderOf } from "../src/sandbox/sandbox.ts";
import { startBeeline } from "./beeline.ts";
import { send, transportTo } from "./cloud.ts";
import { figure, type Measured, ratios } from "./figures.ts";
import { program } from "./spawned.ts";

const warmUp = 10;
const pairs = 60;
const sql = "SELECT count(*), sum(id) FROM range(1000)";
const row = ["1000", "499500"];

interface Service {
  workspaceId: string;
  kyuubiServiceId: string;
}

/**
 * The same statement on the same engine with the same token: as a call of execute_kyuubi_sql to the real server over
 * stdio, policy and record included, and as a line to a beeline that is connected already. Both are warm.
 */
export async function measureSql(folder: string, progress: (line: string) => void): Promise<Measured> {
  const dataFolder = join(folder, "sandbox");
  const storageFolder = storageFolderOf(dataFolder);
  const spark = createSparkEngine({ storageFolder });
  const sandbox = await startSandbox({
    dataFolder,
    engine: spark,
    sqlEngine: createSqlEngine({ spark, dataFolder: join(dataFolder, "sql"), storageFolder }),
    firstWorkspace: { workspaceName: "bench", cu: 16 },
    timings: { workspaceStartMs: 0 },
  });
  // Undone in reverse order.
  const undo: (() => unknown)[] = [() => sandbox.close()];
  try {
    const { sparkHome } = await spark.prepare(progress, AbortSignal.timeout(15 * 60_000));
    const home = join(folder, "home");
    const service = await startService(sandbox);
    const token = await createToken(sandbox, service, home);

    const beeline = startBeeline(sparkHome, jdbcUrl(sandbox, token));
    undo.push(() => beeline.close());
    const client = await startServer(sandbox, home);
    undo.push(() => client.close());
    const overMcp = () => query(client, service);
    const overBeeline = () => beeline.query(sql, row.join(","));

    progress("the engine starts with the first statement");
    await overMcp();
    for (let round = 0; round < warmUp; round++) {
      await overMcp();
      await overBeeline();
    }
    const mcp: number[] = [];
    const other: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      // Whoever comes second finds the machine's caches warm.
      const turns = [async () => void mcp.push(await overMcp()), async () => void other.push(await overBeeline())];
      for (const turn of pair % 2 === 0 ? turns : turns.reverse()) await turn();
    }
    return [
      figure("execute_kyuubi_sql over stdio", "ms", mcp, { p95: true }),
      figure("the same statement by beeline", "ms", other, { p95: true }),
      figure("execute_kyuubi_sql against beeline", "ratio", ratios(mcp, other), { p95: true, aim: 1.2 }),
    ];
  } finally {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  }
}

async function startService(sandbox: Sandbox): Promise<Service> {
  const transport = transportTo(sandbox);
  const { regionId } = sandbox;
  const { workspaces } = await send(transport, regionId, "ListWorkspaces", {});
  const workspaceId = workspaces?.[0]?.workspaceId ?? "";
  const request = { workspaceId, name: "bench", queue: "root_queue" };
  const { data } = await send(transport, regionId, "CreateKyuubiService", request);
  const service = { workspaceId, kyuubiServiceId: data?.kyuubiServiceId ?? "" };
  await send(transport, regionId, "StartKyuubiService", service);
  for (let state = ""; state !== "RUNNING"; await sleep(50)) {
    state = (await send(transport, regionId, "GetKyuubiService", service)).data?.state ?? "";
  }
  return service;
}

/** Where create_kyuubi_token would have put it. */
async function createToken(sandbox: Sandbox, service: Service, home: string): Promise<string> {
  const mint = createSecretMint(join(foldersOf({ SPARK_WORKSPACE_HOME: home }).state, "secrets"));
  const { value } = mint({ operation: "CreateKyuubiToken", owner: service.kyuubiServiceId });
  const row = findOperation("CreateKyuubiToken");
  if (!row) throw new Error("there is no operation CreateKyuubiToken");
  const input = { ...service, name: "bench", token: madeHere };
  const request = renderRequest(row, input, { regionId: sandbox.regionId, minted: value });
  const answer = await transportTo(sandbox).send(request, { deadlineMs: 30_000, signal: AbortSignal.timeout(60_000) });
  if (answer.kind !== "answered") throw new Error(`CreateKyuubiToken: ${JSON.stringify(answer)}`);
  return value;
}

function jdbcUrl({ kyuubiEndpoint }: Sandbox, token: string): string {
  return `jdbc:hive2://${kyuubiEndpoint}/;transportMode=http;httpPath=cliservice/token/${token}`;
}

async function startServer(sandbox: Sandbox, home: string): Promise<Client> {
  const { PATH = "", HOME = "" } = process.env;
  const client = new Client(
    { name: "bench", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, "serve", "--toolsets", "all"],
      env: {
        PATH,
        HOME,
        SPARK_WORKSPACE_HOME: home,
        SPARK_WORKSPACE_EMR_ENDPOINT: sandbox.emrEndpoint,
        SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
        ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: sandbox.accessKeySecret,
      },
      stderr: "inherit",
    }),
  );
  return client;
}

async function query(client: Client, service: Service): Promise<number> {
  const started = performance.now();
  const result = await client.callTool({ name: "execute_kyuubi_sql", arguments: { ...service, sql } });
  const ms = performance.now() - started;
  const text = JSON.stringify(result.content);
  if (!text.includes(JSON.stringify(JSON.stringify(row)).slice(1, -1))) throw new Error(`no such row in ${text}`);
  return ms;
}
