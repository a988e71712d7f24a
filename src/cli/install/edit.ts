import { isDeepStrictEqual } from "node:util";
import { parse as parseToml, patch, stringify, TomlFormat } from "@decimalturn/toml-patch";
import { applyEdits, type FormattingOptions, modify, type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import type { Client } from "./clients.ts";
import { serverName } from "./clients.ts";

export type Edited = { ok: true; text: string } | { ok: false; problem: string };
type Table = Record<string, unknown>;
type Place = Pick<Client, "format" | "key" | "entry">;

/** The entry alone, as the client's file would hold it. */
export function snippetOf({ format, key, entry }: Place): string {
  const content = { [key]: { [serverName]: entry } };
  return format === "json" ? JSON.stringify(content, null, 2) : tomlOf(content).trimEnd();
}

/**
 * The file with the entry in it. Comments, order and every other value stay; of an entry that is there already, its
 * other fields and variables stay too.
 */
export function withEntry(text: string, place: Place): Edited {
  const before = read(text, place.format);
  if (!before.ok) return before;
  const servers = before.content[place.key] ?? {};
  if (!isTable(servers)) return { ok: false, problem: `${place.key} is not a table of servers` };
  const present = servers[serverName];
  if (present !== undefined && !isTable(present)) return { ok: false, problem: `${serverName} is not a table` };

  const wanted = present ? merged(present, place.entry) : { ...place.entry };
  if (isDeepStrictEqual(present, wanted)) return { ok: true, text };
  const next = place.format === "json" ? editJson(text, place.key, present, wanted) : editToml(text, place.key, wanted);
  const after = read(next, place.format);
  const expected = { ...before.content, [place.key]: { ...servers, [serverName]: wanted } };
  if (after.ok && isDeepStrictEqual(plain(after.content), plain(expected))) return { ok: true, text: next };
  return { ok: false, problem: "it is written in a way that cannot be edited without changing more than the entry" };
}

const sandboxProfiles = new Set<unknown>(["sandbox", "sandbox-dli"]);

function merged(present: Table, entry: Client["entry"]): Table {
  const env: Table = { ...(isTable(present.env) ? present.env : {}), ...entry.env };
  // An account is wanted now, and an earlier --sandbox would hide it.
  if (!entry.env?.SPARK_WORKSPACE_PROFILE && sandboxProfiles.has(env.SPARK_WORKSPACE_PROFILE)) {
    delete env.SPARK_WORKSPACE_PROFILE;
  }
  const { env: _, ...rest } = { ...present, ...entry };
  return Object.keys(env).length > 0 || present.env !== undefined ? { ...rest, env } : rest;
}

function read(text: string, format: Client["format"]): { ok: true; content: Table } | { ok: false; problem: string } {
  if (text.trim() === "") return { ok: true, content: {} };
  let content: unknown;
  if (format === "json") {
    const errors: ParseError[] = [];
    content = parse(text, errors, { allowTrailingComma: true });
    const [first] = errors;
    if (first) return { ok: false, problem: `it is not valid JSON: ${printParseErrorCode(first.error)}` };
  } else {
    try {
      content = parseToml(text);
    } catch (error) {
      const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      return { ok: false, problem: `it is not valid TOML: ${reason}` };
    }
  }
  return isTable(content) ? { ok: true, content } : { ok: false, problem: "it holds no object" };
}

function editJson(text: string, key: string, present: Table | undefined, wanted: Table): string {
  const formattingOptions: FormattingOptions = {
    insertSpaces: !/^\t/m.test(text),
    tabSize: /^( +)\S/m.exec(text)?.[1]?.length ?? 2,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
  const set = (current: string, path: string[], value: unknown) =>
    applyEdits(current, modify(current, path, value, { formattingOptions }));
  const start = text.trim() === "" ? "{}\n" : text;
  if (!present) return set(start, [key, serverName], wanted);
  return changes(present, wanted, [key, serverName]).reduce(
    (current, [path, value]) => set(current, path, value),
    start,
  );
}

/** What differs, leaf by leaf, so that what stays keeps its comments. */
function changes(from: Table, to: Table, path: string[]): Array<[path: string[], value: unknown]> {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((field) => {
    const [old, value] = [from[field], to[field]];
    if (isDeepStrictEqual(old, value)) return [];
    if (isTable(old) && isTable(value)) return changes(old, value, [...path, field]);
    return [[[...path, field], value] as [string[], unknown]];
  });
}

/** A new table goes to the end of the file, where it can change the meaning of nothing before it. */
function editToml(text: string, key: string, wanted: Table): string {
  const content: Table = text.trim() === "" ? {} : parseToml(text);
  const servers = content[key];
  if (isTable(servers) && serverName in servers) {
    return patch(text, { ...content, [key]: { ...servers, [serverName]: wanted } });
  }
  const gap = text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  return `${text}${gap}${tomlOf({ [key]: { [serverName]: wanted } })}`;
}

function tomlOf(content: Table): string {
  const format = TomlFormat.default();
  // Tables get headers of their own, as the client's documentation writes them; only those with values need one.
  format.inlineTableStart = 9;
  return stringify(content, format).replace(/^\[\w+\]\n\n/, "");
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Parsers give tables of their own kinds; what they hold is compared. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
