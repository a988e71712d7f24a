import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { readOrCreateAccessKey } from "./credentials.ts";
import { type DliOptions, openDli } from "./dli/open.ts";
import { createComputeSupervisor } from "./emr/compute-supervisor.ts";
import { defaultTimings, type EmrContext, type Timings } from "./emr/context.ts";
import { type Documents, documentsIn } from "./emr/documents.ts";
import type { RegionIdRule } from "./emr/input.ts";
import { lookUpToken } from "./emr/kyuubi-tokens.ts";
import { createStatementRunner } from "./emr/statement-runner.ts";
import { createJobSupervisor, type JobSupervisor } from "./emr/supervisor.ts";
import { createWorkspace } from "./emr/workspaces.ts";
import type { SparkEngine } from "./engine.ts";
import { createFaults, type Fault, type Faults } from "./faults.ts";
import type { FlinkEngine } from "./flink-engine.ts";
import { createControlPlane } from "./http.ts";
import { createTokenGateway } from "./kyuubi/token-gateway.ts";
import { type SandboxConnection, storageFolderOf, takeOwnership } from "./owner.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { startObjectStore } from "./storage/server.ts";
import { openStore } from "./store.ts";
import { listen, stop } from "./wire.ts";

export { simulatedOperations } from "./emr/operations.ts";
export { runningSandbox, type SandboxConnection, SandboxInUse, storageFolderOf } from "./owner.ts";

export interface SandboxOptions {
  dataFolder: string;
  /** Runs the jobs; closed with the sandbox. */
  engine: SparkEngine;
  /** Runs SQL for Kyuubi services and sessions, which cannot be started without it; closed with the sandbox. */
  sqlEngine?: SqlEngine | undefined;
  /** Runs Flink jobs of DLI, which can be drafted and not started without it; closed with the sandbox. */
  flinkEngine?: FlinkEngine | undefined;
  /** Where the services' tokens are taken, once there is an SQL engine; any free port when 0 or absent. */
  kyuubiPort?: number;
  /** Any free one when 0 or absent. */
  port?: number;
  /** `false`: no object storage over HTTP; the files are there all the same. */
  objectStore?: { port?: number } | false;
  /** Huawei Cloud DLI and the services beside it, on a port of their own; `false`: none of them. */
  dli?: DliOptions | false;
  regionId?: string;
  faults?: readonly Fault[];
  timings?: Partial<Timings>;
  /** Which calls must carry regionId in their query. */
  regionIdRule?: RegionIdRule;
  /** Jobs that really run at once. */
  slots?: number;
  /** Made when the data folder has no workspace yet. */
  firstWorkspace?: { workspaceName: string; cu: number };
  now?: () => number;
}

export interface Sandbox extends SandboxConnection {
  requestLog: RequestLog;
  faults: Faults;
  close(): Promise<void>;
}

const defaultBucket = "sandbox";
/** Ten digits, where real accounts have sixteen. */
const accountId = "1000000001";

/**
 * The cloud on this machine: listens at once, needs Spark only when the first job does.
 * Throws SandboxInUse when another live process owns the data folder.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dataFolder, engine } = options;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const ownership = takeOwnership(dataFolder);
  // Undone in reverse order, at the end or when a later step of the start fails.
  const undo: (() => void | Promise<void>)[] = [() => ownership.release()];
  const close = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };

  try {
    const accessKey = readOrCreateAccessKey(dataFolder);
    const storageFolder = storageFolderOf(dataFolder);
    mkdirSync(join(storageFolder, defaultBucket), { recursive: true });
    const store = openStore(join(dataFolder, "state.db"));
    undo.push(() => store.close());

    const now = options.now ?? Date.now;
    const regionId = options.regionId ?? "cn-hangzhou";
    const documents = documentsIn(store);
    const timings = { ...defaultTimings, ...options.timings };
    const { sqlEngine, flinkEngine } = options;
    // Once for both clouds: what a second call found would be the other's own.
    const sqlReaped = sqlEngine?.reap().catch(() => {}) ?? Promise.resolve();
    const statements = createStatementRunner({ documents, engine: sqlEngine, storageFolder, now });
    const computes = createComputeSupervisor({
      documents,
      engine: sqlEngine,
      reaped: sqlReaped,
      statements,
      storageFolder,
      idleCheckMs: timings.idleCheckMs,
      jobs: { wake: () => jobs.wake(), holds: () => jobs.holds() },
      now,
    });
    const jobs: JobSupervisor = createJobSupervisor({
      documents,
      engine,
      storageFolder,
      slots: options.slots ?? 2,
      computes,
      now,
    });
    undo.push(() => engine.close());
    undo.push(() => sqlEngine?.close());
    undo.push(() => flinkEngine?.close());
    undo.push(() => jobs.close());
    undo.push(() => computes.close());
    undo.push(() => statements.close());

    const gateway = sqlEngine && openTokenGateway(sqlEngine, documents, now);
    const kyuubiEndpoint = gateway && (await listen(gateway, options.kyuubiPort ?? 0));
    if (gateway) undo.push(() => stop(gateway));

    const emr: EmrContext = {
      documents,
      jobs,
      computes,
      statements,
      storageFolder,
      regionId,
      accountId,
      timings,
      now,
      ...(kyuubiEndpoint === undefined ? {} : { kyuubiEndpoint }),
    };
    if (options.firstWorkspace && documents.workspaces.all().length === 0) {
      await makeWorkspace(options.firstWorkspace, emr);
    }

    const requestLog = createRequestLog();
    const faults = createFaults(options.faults);
    const server = createControlPlane({
      emr,
      accessKey,
      faults,
      requestLog,
      regionIdRule: options.regionIdRule ?? "writes",
    });
    const emrEndpoint = await listen(server, options.port ?? 0);
    undo.push(() => stop(server));

    const { dli: dliOptions = {} } = options;
    const dli =
      dliOptions &&
      (await openDli(
        { store, engine, sqlEngine, sqlReaped, flinkEngine, storageFolder, accessKey, faults, requestLog, now },
        dliOptions,
      ));
    if (dli) undo.push(() => dli.close());

    const { objectStore = {} } = options;
    const files =
      objectStore &&
      (await startObjectStore({
        ...objectStore,
        ...accessKey,
        regionId,
        rootFolder: storageFolder,
        ...(dli && { obs: { regionId: dli.regionId } }),
      }));
    if (files) undo.push(() => files.close());
    const endpoints = {
      emrEndpoint,
      ...(files ? { ossEndpoint: files.endpoint } : {}),
      ...(files && files.obsEndpoint !== undefined ? { obsEndpoint: files.obsEndpoint } : {}),
      ...(kyuubiEndpoint === undefined ? {} : { kyuubiEndpoint }),
      ...(dli ? { dliEndpoint: dli.endpoint, dliRegionId: dli.regionId, projectId: dli.projectId } : {}),
    };

    ownership.publish({ ...endpoints, regionId });
    return {
      ...endpoints,
      ...accessKey,
      regionId,
      dataFolder,
      storageFolder,
      pid: process.pid,
      startedAt: now(),
      requestLog,
      faults,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeWorkspace(first: { workspaceName: string; cu: number }, emr: EmrContext): Promise<void> {
  const answer = await createWorkspace(
    {
      workspaceName: first.workspaceName,
      ossBucket: `oss://${defaultBucket}`,
      ramRoleName: "AliyunEMRSparkJobRunDefaultRole",
      paymentType: "PayAsYouGo",
      resourceSpec: { cu: String(first.cu) },
    },
    emr,
  );
  if ("error" in answer) throw new Error(`The first workspace was not made: ${answer.error.message}`);
}

function openTokenGateway(engine: SqlEngine, documents: Documents, now: () => number): Server {
  return createTokenGateway({
    lookup: async (token) => lookUpToken(token, documents, now()),
    target: (user) => engine.thriftAddress(user),
  });
}
