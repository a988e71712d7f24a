import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SqlColumn, SqlRow } from "../sql-engine.ts";
import { plainFile } from "./job-files.ts";
import type { Statement } from "./sql-documents.ts";
import { structType } from "./sql-types.ts";

/** The rows of a statement as files of the storage, one `{"values":[...]}` a line, and as they go over the wire. */

type Owner = Pick<Statement, "bucket" | "workspaceId" | "runId" | "statementId">;

/** Where the service keeps them: `{workspaceId}/spark/logs/{jr}/driver/{st-...}`. Names of later outputs are a choice. */
export function resultKey(owner: Owner, output: number): string {
  const name = output === 0 ? owner.statementId : `${owner.statementId}-${output}`;
  return `${owner.workspaceId}/spark/logs/${owner.runId}/driver/${name}`;
}

export async function writeRows(
  storageFolder: string,
  owner: Owner,
  output: number,
  columns: readonly SqlColumn[],
  rows: readonly SqlRow[],
): Promise<string> {
  const key = resultKey(owner, output);
  const file = join(storageFolder, owner.bucket, key);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, rows.map((row) => `${rowJson(columns, row)}\n`).join(""), { flag: "wx" });
  return `oss://${owner.bucket}/${key}`;
}

/** Each row's JSON; empty when the file is gone. */
export async function readRows(storageFolder: string, bucket: string, key: string): Promise<string[]> {
  const file = await plainFile(storageFolder, bucket, key);
  const text = file === undefined ? "" : await readFile(file, "utf8");
  return text.split("\n").filter((line) => line !== "");
}

export function rowsText(rows: readonly string[]): string {
  return `[${rows.join(",")}]`;
}

export function schemaText(columns: readonly SqlColumn[]): string {
  return JSON.stringify(structType(columns));
}

/** Built as text, so that a BIGINT or DECIMAL keeps every digit. */
export function rowJson(columns: readonly SqlColumn[], row: SqlRow): string {
  return `{"values":[${row.map((value, index) => valueJson(columns[index]?.type ?? "string", value)).join(",")}]}`;
}

const numeric = /^(tinyint|smallint|int|bigint|float|double|decimal(\(\d+(,\s*-?\d+)?\))?)$/i;
/** JSON's own grammar of a number, which has no NaN and no Infinity. */
const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function valueJson(type: string, value: string | null): string {
  if (value === null) return "null";
  if (type.toLowerCase() === "boolean" && (value === "true" || value === "false")) return value;
  return numeric.test(type) && jsonNumber.test(value) ? value : JSON.stringify(value);
}
