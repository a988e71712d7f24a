import { createHash } from "node:crypto";
import stringify from "safe-stable-stringify";

/** SHA-256 over the canonical form (members sorted by name) of a JSON value, lower-case hex. */
export function digest(value: unknown): string {
  return createHash("sha256")
    .update(stringify(value) ?? "")
    .digest("hex");
}
