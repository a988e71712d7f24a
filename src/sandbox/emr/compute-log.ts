import { closeSync, constants, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Compute } from "./sql-documents.ts";

/**
 * GetKyuubiService has no member that could say why a start failed, so the sandbox keeps a log of each service:
 * `oss://{bucket}/{workspaceId}/kyuubi/logs/{kyuubiServiceId}/service.log`.
 */
export function serviceLogKey(workspaceId: string, kyuubiServiceId: string): string {
  return `${workspaceId}/kyuubi/logs/${kyuubiServiceId}/service.log`;
}

/** Jobs write into the same storage; a link that one left there is not followed. */
const appendPlain = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;

export function appendServiceLog(storageFolder: string, compute: Compute, now: number, line: string): void {
  const file = join(storageFolder, compute.bucket, serviceLogKey(compute.workspaceId, compute.computeId));
  try {
    mkdirSync(dirname(file), { recursive: true });
    const descriptor = openSync(file, appendPlain, 0o644);
    try {
      writeSync(descriptor, `${new Date(now).toISOString()} ${line}\n`);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // A full disk, or a job's link in its place: a service works without its log.
  }
}
