import { randomBytes } from "node:crypto";

/** `prefix-` and 16 hexadecimal digits. */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(8).toString("hex")}`;
}
