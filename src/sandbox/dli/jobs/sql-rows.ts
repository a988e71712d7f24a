import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { plainFile } from "../../emr/job-files.ts";
import type { SqlRow } from "../../sql-engine.ts";
import type { DliContext } from "../context.ts";
import { jobBucket, jobBucketName } from "./job-bucket.ts";

/** The rows of a result as a CSV file of the job bucket. A NULL is nothing, an empty text two quotes. */

const fileName = "part-00000.csv";

function resultKey(jobId: string): string {
  return `jobs/result/${jobId}`;
}

export function resultPath(jobId: string): string {
  return `obs://${jobBucketName}/${resultKey(jobId)}`;
}

export async function writeResult(jobId: string, rows: readonly SqlRow[], context: DliContext): Promise<void> {
  const folder = join(context.storageFolder, jobBucket(context), resultKey(jobId));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, fileName), writeCsv(rows), { flag: "wx" });
}

/** None when the file is gone. */
export async function readResult(jobId: string, context: DliContext): Promise<SqlRow[]> {
  const file = await plainFile(context.storageFolder, jobBucketName, `${resultKey(jobId)}/${fileName}`);
  return file === undefined ? [] : readCsv(await readFile(file, "utf8"));
}

export function writeCsv(rows: readonly SqlRow[]): string {
  return rows.map((row) => `${row.map((value) => (value === null ? "" : quoted(value))).join(",")}\n`).join("");
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Reads what `writeCsv` has written. */
export function readCsv(text: string): SqlRow[] {
  const rows: SqlRow[] = [];
  let row: (string | null)[] = [];
  // A value, or the NULL that is nothing, and what stands behind it.
  for (const [, value, separator] of text.matchAll(/(?:"((?:[^"]|"")*)")?([,\n])/g)) {
    row.push(value === undefined ? null : value.replaceAll('""', '"'));
    if (separator === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
