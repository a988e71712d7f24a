import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccessKey } from "./signature/verify.ts";

/** Made once per data folder, so that a profile that points at the sandbox stays valid over restarts. */
export function readOrCreateAccessKey(dataFolder: string): AccessKey {
  if (!existsSync(accessKeyFile(dataFolder))) {
    const key: AccessKey = {
      // Not of the form that real keys have (LTAI...), so that nobody takes one for the other.
      accessKeyId: `SANDBOX${randomBytes(8).toString("hex")}`,
      accessKeySecret: randomBytes(24).toString("base64url"),
    };
    writeFileSync(accessKeyFile(dataFolder), `${JSON.stringify(key)}\n`, { mode: 0o600, flag: "wx" });
  }
  return readAccessKey(dataFolder);
}

export function readAccessKey(dataFolder: string): AccessKey {
  return JSON.parse(readFileSync(accessKeyFile(dataFolder), "utf8")) as AccessKey;
}

function accessKeyFile(dataFolder: string): string {
  return join(dataFolder, "access-key.json");
}
