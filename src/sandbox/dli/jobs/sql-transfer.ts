import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { splitStatements } from "../../emr/sql-split.ts";
import { badParameter, type DliError, missingObject, objectExists } from "../answers.ts";
import type { DliContext } from "../context.ts";
import { PlanFailure, type SqlPlan } from "./sql-runner.ts";

/** Exports and imports, which Spark does like any INSERT. */

type Options = Readonly<Record<string, string | boolean | undefined>>;

export interface ExportTo {
  /** obs://bucket/folder */
  folder: string;
  overwrite: boolean;
  format: string;
  options: Options;
}

/** What follows obs:// or, in older calls, s3a:// or nothing (section 13 of the API notes). */
export function obsLocation(path: string, context: DliContext): { location: string } | { error: DliError } {
  const [, bucket, key] = /^(?:obs:\/\/|s3a:\/\/|\/)?([a-z0-9][a-z0-9.-]+)\/(.+)$/.exec(path) ?? [];
  if (bucket === undefined || key === undefined || key.split("/").includes("..")) {
    return badParameter(`data_path ${path} is not of the form obs://bucket/path.`);
  }
  if (entriesOf(join(context.storageFolder, bucket)) === undefined) {
    return missingObject(`The OBS bucket ${bucket} does not exist.`);
  }
  return { location: `obs://${bucket}/${key}` };
}

/**
 * The query is run again and its rows go to the folder, as the sandbox keeps only the first rows of a result.
 * Folders of OBS are prefixes: one without an object is not there.
 */
export function exportPlan(query: string, limit: number, to: ExportTo, context: DliContext): SqlPlan {
  const [statement = query] = splitStatements(query);
  const rows = `SELECT * FROM (${statement}\n)${limit > 0 ? ` LIMIT ${limit}` : ""}`;
  return async (run) => {
    const folder = join(context.storageFolder, to.folder.slice("obs://".length));
    if (!to.overwrite && (entriesOf(folder)?.length ?? 0) > 0) {
      throw new PlanFailure(objectExists(`${to.folder} already exists.`).error);
    }
    const directory = `INSERT OVERWRITE DIRECTORY ${textInSql(to.folder)} USING ${to.format} ${optionsInSql(to.options)}`;
    const { rows: _none, columns: _noColumns, ...rest } = await run(`${directory} ${rows}`);
    return { ...rest, rows: [], columns: [] };
  };
}

/** The table's own columns give the types, so that dates and numbers are read by the rules of the call. */
export function importPlan(location: string, input: DliRequests["ImportTable"]): SqlPlan {
  const { database_name = "", table_name = "", data_type = "csv", overwrite = false, partition_spec } = input;
  const table = `${quotedName(database_name)}.${quotedName(table_name)}`;
  const partition = readPartition(partition_spec);
  const options: Options = {
    path: location,
    header: input.with_column_header ?? false,
    sep: input.delimiter,
    quote: input.quote_char,
    escape: input.escape_char,
    dateFormat: input.date_format ?? "yyyy-MM-dd",
    timestampFormat: input.timestamp_format ?? "yyyy-MM-dd HH:mm:ss",
  };
  return async (run) => {
    const described = await run(`DESCRIBE TABLE ${table}`);
    const end = described.rows.findIndex(([name]) => !name || name.startsWith("#"));
    const columns = (end < 0 ? described.rows : described.rows.slice(0, end)).filter(
      ([name]) => !partition.some(([key]) => key === name),
    );
    const view = "`dli import`";
    const schema = columns.map(([name, type]) => `${quotedName(name ?? "")} ${type}`).join(", ");
    await run(
      `CREATE OR REPLACE TEMPORARY VIEW ${view} (${schema}) USING ${formatInSql(data_type)} ${optionsInSql(options)}`,
    );
    const where = partition.map(([key, value]) => `${quotedName(key)} = ${textInSql(value)}`).join(", ");
    const into = `${overwrite ? "INSERT OVERWRITE TABLE" : "INSERT INTO"} ${table}${where && ` PARTITION (${where})`}`;
    try {
      return await run(`${into} SELECT * FROM ${view}`);
    } finally {
      await run(`DROP VIEW IF EXISTS ${view}`);
    }
  };
}

export function tableInSql(database: string, table: string): string {
  return `${quotedName(database)}.${quotedName(table)}`;
}

/** A JSON object in a text, or `column=value` pairs: the sources differ about it. */
function readPartition(spec: string | undefined): [key: string, value: string][] {
  if (!spec) return [];
  try {
    const parsed: unknown = JSON.parse(spec);
    if (typeof parsed === "object" && parsed !== null) {
      return Object.entries(parsed).map(([key, value]) => [key, String(value)]);
    }
  } catch {
    // Then it is the other form.
  }
  return spec.split(",").map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
}

function optionsInSql(options: Options): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return `OPTIONS (${given.map(([key, value]) => `${key} ${textInSql(String(value))}`).join(", ")})`;
}

function formatInSql(format: string): string {
  return /^[a-z]+$/i.test(format) ? format : quotedName(format);
}

function quotedName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function textInSql(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function entriesOf(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
