import { NotThrift } from "./codec.ts";
import type { SqlCell, SqlColumn } from "./result.ts";
import { type RowSet, type TableSchema, type TypeEntry, typeNames } from "./tcli.ts";

type WireColumn = NonNullable<RowSet["columns"]>[number];

export function columnsOf(schema: TableSchema): SqlColumn[] {
  return (schema.columns ?? []).map(({ columnName = "", typeDesc }) => ({
    name: columnName,
    type: typeName(typeDesc?.types ?? [], 0, 0),
  }));
}

/** The first entry is the type; the others are what nested ones point to. */
function typeName(entries: readonly TypeEntry[], at: number, depth: number): string {
  const entry = depth > 16 ? undefined : entries[at];
  const pointed = (pointer: number | undefined) => typeName(entries, pointer ?? -1, depth + 1);
  const members = (names: Map<string, number> | undefined) =>
    [...(names ?? [])].map(([name, pointer]) => `${name}: ${pointed(pointer)}`).join(", ");
  if (entry?.primitiveEntry) return primitiveName(entry.primitiveEntry);
  if (entry?.arrayEntry) return `ARRAY<${pointed(entry.arrayEntry.objectTypePtr)}>`;
  if (entry?.mapEntry) return `MAP<${pointed(entry.mapEntry.keyTypePtr)}, ${pointed(entry.mapEntry.valueTypePtr)}>`;
  if (entry?.structEntry) return `STRUCT<${members(entry.structEntry.nameToTypePtr)}>`;
  if (entry?.unionEntry) return `UNION<${members(entry.unionEntry.nameToTypePtr)}>`;
  return entry?.userDefinedTypeEntry?.typeClassName ?? "UNKNOWN";
}

function primitiveName({ type, typeQualifiers }: NonNullable<TypeEntry["primitiveEntry"]>): string {
  const name = typeNames[type ?? -1] ?? "UNKNOWN";
  const qualifier = (key: string) => typeQualifiers?.qualifiers?.get(key)?.i32Value;
  const precision = qualifier("precision");
  if (name === "DECIMAL" && precision !== undefined) return `DECIMAL(${precision},${qualifier("scale") ?? 0})`;
  const length = qualifier("characterMaximumLength");
  return length === undefined ? name : `${name}(${length})`;
}

/** @throws NotThrift where columns and schema, or columns among themselves, do not fit together. */
export function rowsOf(results: RowSet | undefined, columns: readonly SqlColumn[]): SqlCell[][] {
  const wire = (results?.columns ?? []).map((column, at) => cellsOf(column, columns[at]?.type));
  if (results?.binaryColumns !== undefined) throw new NotThrift("the rows are in a form that was not asked for");
  if (wire.length === 0) return [];
  if (wire.length !== columns.length) throw new NotThrift("the rows do not have the columns of the schema");
  const count = wire[0]?.length ?? 0;
  if (wire.some((cells) => cells.length !== count)) throw new NotThrift("the columns are not of one length");
  return Array.from({ length: count }, (_, row) => wire.map((cells) => cells[row] ?? null));
}

function cellsOf(column: WireColumn, type: string | undefined): SqlCell[] {
  const { boolVal, byteVal, i16Val, i32Val, i64Val, doubleVal, stringVal, binaryVal } = column;
  if (boolVal) return withNulls(boolVal, (value) => value);
  const small = byteVal ?? i16Val ?? i32Val;
  if (small) return withNulls(small, (value) => value);
  if (i64Val) return withNulls(i64Val, String);
  if (doubleVal) return withNulls(doubleVal, numberCell);
  if (stringVal) return withNulls(stringVal, (value) => value);
  if (binaryVal) {
    // Arrow batches come in a binary column too, whatever the schema says.
    if (type !== "BINARY") throw new NotThrift("the rows are in a form that was not asked for");
    return withNulls(binaryVal, (value) => value.toString("base64"));
  }
  throw new NotThrift("a column has no values");
}

/** JSON has no number for NaN and the infinities, and JavaScript writes none for the negative zero. */
function numberCell(value: number): SqlCell {
  if (Object.is(value, -0)) return "-0.0";
  return Number.isFinite(value) ? value : String(value);
}

/** A set bit is a NULL, lowest bit first; bytes that would be zero may be missing at the end. */
function withNulls<T>(
  { values = [], nulls }: { values?: T[]; nulls?: Buffer },
  cell: (value: T) => SqlCell,
): SqlCell[] {
  return values.map((value, at) => (((nulls?.[at >> 3] ?? 0) >> (at & 7)) & 1 ? null : cell(value)));
}

/** As it will be shown: JSON in UTF-8. */
export function rowBytes(row: readonly SqlCell[]): number {
  return Buffer.byteLength(JSON.stringify(row));
}
