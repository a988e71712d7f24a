import { linesWithin, type ShownRows } from "../sql-rows.ts";

/** Result of a SQL job as the service gives it: columns as one-entry objects, rows in their order (API notes 8). */
export interface SqlResult {
  readonly schema?: readonly unknown[] | undefined;
  readonly rows?: readonly unknown[] | undefined;
  readonly row_count?: number | undefined;
}

/** @param maxBytes rows beyond that are counted and left out */
export function rowsOfResult(result: SqlResult, maxBytes: number): ShownRows {
  const columns = (result.schema ?? []).flatMap((column) =>
    typeof column === "object" && column !== null
      ? Object.entries(column).map(([name, type]) => ({ name, type: String(type) }))
      : [],
  );
  const lines = (result.rows ?? []).map((row) => JSON.stringify(row));
  const within = linesWithin(lines, maxBytes);
  return { columns, ...within, total: Math.max(within.total, result.row_count ?? 0) };
}

/** Settings of one job: the service takes a list of `name=value` (notes 8). */
export function sqlConf(conf: Readonly<Record<string, string>> | undefined): string[] | undefined {
  const entries = Object.entries(conf ?? {});
  return entries.length === 0 ? undefined : entries.map(([name, value]) => `${name}=${value}`);
}
