import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readAccessKey } from "./credentials.ts";

/** Where a sandbox listens, and as what. */
export interface SandboxEndpoints {
  emrEndpoint: string;
  ossEndpoint?: string;
  /** Where Kyuubi tokens are taken. */
  kyuubiEndpoint?: string;
  /** HOST:PORT of DLI, IAM, Cloud Eye and CTS. */
  dliEndpoint?: string;
  /** The files of OSS in OBS's dialect. */
  obsEndpoint?: string;
  regionId: string;
  /** Region and project of DLI. */
  dliRegionId?: string;
  projectId?: string;
}

/** What another process needs to use a running sandbox. */
export interface SandboxConnection extends SandboxEndpoints {
  accessKeyId: string;
  accessKeySecret: string;
  dataFolder: string;
  storageFolder: string;
  pid: number;
  startedAt: number;
}

interface OwnerFile extends SandboxEndpoints {
  pid: number;
  /** When the process began, as the system tells it: a later process may get the same pid. */
  processStartedAt: string | null;
  startedAt: number;
}

export class SandboxInUse extends Error {
  readonly owner: SandboxConnection | undefined;
  constructor(dataFolder: string, owner: SandboxConnection | undefined) {
    super(
      owner
        ? `The sandbox in ${dataFolder} is already running (process ${owner.pid}, http://${owner.emrEndpoint}). Nothing was started; use that one or stop it.`
        : `Another process is just starting or stopping the sandbox in ${dataFolder}. Nothing was started; try again in a moment.`,
    );
    this.name = "SandboxInUse";
    this.owner = owner;
  }
}

/** https://sqlite.org/rescode.html#busy */
const sqliteBusy = 5;

export interface Ownership {
  /** Tells others where the sandbox listens. */
  publish(endpoints: SandboxEndpoints): void;
  release(): void;
}

/**
 * The lock is SQLite's lock on a file of its own: the system drops it when the process dies however it dies, so two
 * processes that find a stale owner at the same moment cannot both take over. The owner file only informs.
 */
export function takeOwnership(dataFolder: string): Ownership {
  const lock = new DatabaseSync(join(dataFolder, "owner.lock"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error;
    throw new SandboxInUse(dataFolder, runningSandbox(dataFolder));
  }
  const file = ownerFile(dataFolder);
  rmSync(file, { force: true });
  return {
    publish(endpoints) {
      const owner: OwnerFile = {
        pid: process.pid,
        processStartedAt: processStartTime(process.pid),
        startedAt: Date.now(),
        ...endpoints,
      };
      // Renamed into place, so that nobody reads half a file.
      writeFileSync(`${file}.new`, JSON.stringify(owner), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    release() {
      rmSync(file, { force: true });
      lock.close();
    },
  };
}

/** The live sandbox of a data folder, for a second process to join; undefined when there is none. */
export function runningSandbox(dataFolder: string): SandboxConnection | undefined {
  let owner: OwnerFile;
  try {
    owner = JSON.parse(readFileSync(ownerFile(dataFolder), "utf8")) as OwnerFile;
    if (!isAlive(owner.pid) || processStartTime(owner.pid) !== owner.processStartedAt) return undefined;
    const { processStartedAt: _, ...published } = owner;
    return { ...published, ...readAccessKey(dataFolder), dataFolder, storageFolder: storageFolderOf(dataFolder) };
  } catch {
    // No file, or half of one from a crash: nobody to join.
    return undefined;
  }
}

export function storageFolderOf(dataFolder: string): string {
  return join(dataFolder, "oss");
}

function ownerFile(dataFolder: string): string {
  return join(dataFolder, "owner.json");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function processStartTime(pid: number): string | null {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The command name in parentheses may hold blanks; start time is the 20th field after it (proc(5), field 22).
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
    }
    if (process.platform === "win32") return null;
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || null;
  } catch {
    return null;
  }
}
