import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import dliEntries from "./dli/index.gen.json" with { type: "json" };
import index from "./emr/index.gen.json" with { type: "json" };
import { kyuubiRows } from "./kyuubi/rows.ts";
import { obsRows } from "./obs/rows.ts";
import { ossRows } from "./oss/rows.ts";
import type { OperationIndexEntry, OperationRow } from "./types.ts";

/** Name, method and path of every EMR operation; small, so it is part of the bundle. */
export const operationIndex: readonly OperationIndexEntry[] = index as OperationIndexEntry[];

/** The same of Huawei Cloud DLI and the services beside it; apart, so that no cloud's guard admits another's paths. */
export const dliIndex: readonly OperationIndexEntry[] = dliEntries as OperationIndexEntry[];

const folderOf = new Map([
  ...operationIndex.map(({ name }) => [name, "emr"] as const),
  ...dliIndex.map(({ name }) => [name, "dli"] as const),
]);
const rowsRead = new Map<string, OperationRow>([...ossRows, ...obsRows, ...kyuubiRows].map((row) => [row.name, row]));

const otherDli: ReadonlySet<string> = new Set(obsRows.map(({ name }) => name));

/** The cloud whose profiles can speak of an operation. */
export function cloudOfOperation(name: string): "emr" | "dli" {
  return folderOf.get(name) === "dli" || otherDli.has(name) ? "dli" : "emr";
}

/**
 * The whole row of one operation, read from its file on first use.
 * `undefined`: no such operation, so nothing may be sent.
 */
export function findOperation(name: string): OperationRow | undefined {
  const known = rowsRead.get(name);
  if (known) return known;
  // The name becomes part of a path, so only a name of the index gets that far.
  const folder = folderOf.get(name);
  if (folder === undefined) return undefined;
  const file = join(packageRoot, "src", "operations", folder, "rows", `${name}.json`);
  const row = JSON.parse(readFileSync(file, "utf8")) as OperationRow;
  rowsRead.set(name, row);
  return row;
}
