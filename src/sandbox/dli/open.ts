import { randomBytes } from "node:crypto";
import type { SparkEngine } from "../engine.ts";
import type { Faults } from "../faults.ts";
import type { FlinkEngine } from "../flink-engine.ts";
import type { RequestRecorder } from "../request-log.ts";
import type { AccessKey } from "../signature/verify.ts";
import type { SqlEngine } from "../sql-engine.ts";
import type { Store } from "../store.ts";
import { listen, stop } from "../wire.ts";
import { type DliContext, type DliTimings, defaultDliTimings } from "./context.ts";
import { seedAgency } from "./iam.ts";
import { startSampling } from "./metrics.ts";
import { openOperations } from "./operations.ts";
import { seedResources } from "./resources/seed.ts";
import { createDliServer } from "./server.ts";

export interface DliOptions {
  /** Any free one when 0 or absent. */
  port?: number;
  regionId?: string;
  timings?: Partial<DliTimings>;
  /** One pool with a queue of each kind when there is none yet. */
  firstPool?: boolean;
}

export interface DliParts {
  store: Store;
  engine: SparkEngine;
  sqlEngine: SqlEngine | undefined;
  sqlReaped: Promise<void>;
  flinkEngine: FlinkEngine | undefined;
  storageFolder: string;
  accessKey: AccessKey;
  faults: Faults;
  requestLog: RequestRecorder;
  now: () => number;
}

export interface OpenDli {
  endpoint: string;
  regionId: string;
  projectId: string;
  close(): Promise<void>;
}

/** DLI and the services beside it, listening; the engines stay the caller's to close. */
export async function openDli(parts: DliParts, options: DliOptions): Promise<OpenDli> {
  const { store, engine, sqlEngine, sqlReaped, flinkEngine, storageFolder, accessKey, faults, requestLog, now } = parts;
  const closing: (() => void | Promise<void>)[] = [];
  const dli: DliContext = {
    store,
    engine,
    ...(sqlEngine && { sqlEngine }),
    sqlReaped,
    ...(flinkEngine && { flinkEngine }),
    storageFolder,
    regionId: options.regionId ?? "cn-north-4",
    ...accountIn(store),
    userName: "sandbox",
    timings: { ...defaultDliTimings, ...options.timings },
    now,
    onClose(step) {
      closing.push(step);
    },
  };
  const close = async () => {
    for (let step = closing.pop(); step; step = closing.pop()) await step();
  };
  try {
    seedAgency(dli);
    if (options.firstPool) seedResources(dli);
    const perform = openOperations(dli);
    startSampling(dli);
    const server = createDliServer({ dli, perform, accessKey, faults, requestLog });
    const endpoint = await listen(server, options.port ?? 0);
    closing.push(() => stop(server));
    return { endpoint, regionId: dli.regionId, projectId: dli.projectId, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Account {
  projectId: string;
  domainId: string;
}

/** Made once per data folder, so that a profile that points at the sandbox stays valid over restarts. */
function accountIn(store: Store): Account {
  const [kind, id] = ["dliAccount", "account"];
  const known = store.get(kind, id) as Account | undefined;
  if (known) return known;
  const account: Account = { projectId: randomBytes(16).toString("hex"), domainId: randomBytes(16).toString("hex") };
  store.put(kind, id, account);
  return account;
}
