import { utf8Length } from "./clean-text.ts";

export interface SqlColumn {
  name: string;
  type: string;
}

export interface ShownRows {
  columns: readonly SqlColumn[];
  /** One JSON array a line; numbers digit by digit as they came. */
  text: string;
  shown: number;
  total: number;
}

/** One result set as GetSqlStatement gives it: rows as `[{"values":[...]}]`, schema as a Spark struct (notes section 5). */
export interface StatementOutput {
  rows?: string;
  schema?: string;
}

/** @param maxBytes rows beyond that are counted and left out */
export function rowsOfStatement(output: StatementOutput | undefined, maxBytes: number): ShownRows {
  const rows = parseExactly(output?.rows ?? "[]");
  const lines = (Array.isArray(rows) ? rows : []).map((row) => JSON.stringify(isRecord(row) ? row.values : row));
  return { columns: columnsOf(output?.schema), ...linesWithin(lines, maxBytes) };
}

/** As many whole lines as fit. */
export function linesWithin(lines: readonly string[], maxBytes: number): Omit<ShownRows, "columns"> {
  let bytes = 0;
  let shown = 0;
  for (const line of lines) {
    bytes += utf8Length(line) + 1;
    if (bytes > maxBytes) break;
    shown += 1;
  }
  return { text: lines.slice(0, shown).join("\n"), shown, total: lines.length };
}

function columnsOf(schema: string | undefined): SqlColumn[] {
  const struct = schema === undefined ? undefined : parseExactly(schema);
  const fields = isRecord(struct) && Array.isArray(struct.fields) ? struct.fields : [];
  return fields.flatMap((field: unknown) =>
    isRecord(field) ? [{ name: String(field.name), type: typeName(field.type) }] : [],
  );
}

/** Nested types stand there as objects. */
function typeName(type: unknown): string {
  return typeof type === "string" ? type : JSON.stringify(type);
}

/**
 * JSON whose numbers keep their digits: BIGINT and DECIMAL exceed what a double holds. Needs the source text that
 * JSON.parse gives its reviver, and rawJSON, which TypeScript's library does not declare yet.
 */
function parseExactly(text: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(source: string): object };
  const exact = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? rawJSON(context.source) : value;
  try {
    return JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
