import { randomBytes, randomInt } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** A secret made on this side, in a file that only the user can read. */
export interface MintedSecret {
  value: string;
  path: string;
  /** For a secret that no service has taken. */
  discard(): void;
}

/** `owner`: id of what the secret opens, such as a Kyuubi service; it is found again by that. */
export type MintSecret = (of: { operation: string; owner: string }) => MintedSecret;

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
/** What a Kyuubi gateway takes: 32 lower-case letters and digits, unique in the world (notes section 8); 165 bits. */
const length = 32;

/** The value is on disk before it is given to anybody, so a lost answer does not lose the secret with it. */
export function createSecretMint(folder: string): MintSecret {
  return ({ operation, owner }) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const value = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
    const name = `${prefixOf(owner)}${operation}.${randomBytes(4).toString("hex")}`;
    const path = join(folder, name);
    const file = openSync(path, "wx", 0o600);
    try {
      writeSync(file, `${value}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return { value, path, discard: () => rmSync(path, { force: true }) };
  };
}

/** The newest secret that was made for an owner; undefined where none is kept. */
export function newestSecret(folder: string, owner: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder)
    .filter((name) => name.startsWith(prefixOf(owner)))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const [newest] = files;
  const value = newest === undefined ? "" : readFileSync(newest, "utf8").trim();
  return value === "" ? undefined : value;
}

/** An owner's id has no dot, so no owner's prefix is the start of another's. */
function prefixOf(owner: string): string {
  return `${owner.replaceAll(/[^\w-]/g, "_").slice(0, 128)}.`;
}
