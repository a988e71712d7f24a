/**
 * The words of a Spark SQL text, by the rules of Spark's own lexer (SqlBaseLexer.g4). Where versions or settings of Spark
 * read a text in two ways, it is not read at all.
 */
import type { Verdict } from "./types.ts";

export interface Token {
  kind: "word" | "quoted" | "string" | "symbol";
  /** A quoted name without its quotes. */
  text: string;
  start: number;
  end: number;
  /** White space or a comment stands before it. */
  apart: boolean;
}

export type Scan = { kind: "tokens"; tokens: readonly Token[] } | { kind: "refused"; verdict: Verdict };

const maxLength = 1024 * 1024;
const maxDepth = 100;

const space = /[ \t\r\n]+/y;
const lineComment = /--[^\r\n]*/y;
const word = /[A-Za-z0-9_]+/y;
const symbol = /[()[\],.;+\-*/%<>=!&|^~?:]/y;

export function scan(sql: string): Scan {
  if (sql.length > maxLength) return refuse("too_long", "The text is longer than 1 MiB.");
  // spark.sql.variable.substitute, which is on by default, replaces it before Spark reads the statement.
  if (sql.includes("${")) {
    return refuse(
      "substitution",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: shown as it is
      "It holds ${...}, which Spark replaces by a setting or an environment variable first.",
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  let apart = true;
  let inHint = false;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  const push = (kind: Token["kind"], length: number, text: string) => {
    if (!inHint) tokens.push({ kind, text, start: at, end: at + length, apart });
    at += length;
    apart = false;
  };

  while (at < sql.length) {
    const skipped = match(space) ?? match(lineComment) ?? bracketedAt(sql, at);
    if (skipped !== undefined) {
      if (skipped.startsWith("--") && skipped.endsWith("\\")) {
        return unclear("a comment that ends in a backslash, which goes on in the next line for some versions");
      }
      if (skipped.startsWith("/*") && skipped.indexOf("/*", 2) !== -1) {
        return unclear("a comment within a comment, whose end versions see in different places");
      }
      at += skipped.length;
      apart = true;
      continue;
    }
    if (sql.startsWith("/*+", at) && !inHint) {
      inHint = true;
      at += 3;
      continue;
    }
    if (sql.startsWith("*/", at)) {
      if (!inHint) return unclear("the end of a comment without its beginning");
      inHint = false;
      apart = true;
      at += 2;
      continue;
    }
    if (sql.startsWith("/*", at)) return unclear("a comment without an end");

    const raw = rawStringAt(sql, at);
    if (raw?.includes("\\")) return unclear("a raw string with a backslash, which ends elsewhere for some versions");
    const literal = raw ?? stringAt(sql, at);
    if (literal !== undefined) {
      if (inHint) return unclear("a string in a hint");
      push("string", literal.length, literal);
      continue;
    }
    const name = quotedAt(sql, at);
    if (name !== undefined) {
      push("quoted", name.length, name.slice(1, -1).replaceAll("``", "`"));
      continue;
    }
    const text = match(word) ?? match(symbol);
    if (text === undefined) return unclear(`the character ${shown(sql, at)} outside of quotes`);
    if (inHint && !/^[\w(),.]/.test(text)) return unclear(`${text} in a hint`);
    if (text === "(" || text === "[") depth += 1;
    if (text === ")" || text === "]") depth -= 1;
    if (depth > maxDepth) return refuse("too_deep", `It nests more than ${maxDepth} brackets.`);
    push(/^\w/.test(text) ? "word" : "symbol", text.length, text);
  }
  return inHint ? unclear("a hint without an end") : { kind: "tokens", tokens };
}

// By hand: a regular expression that goes back over a string of a megabyte runs out of stack.

function bracketedAt(sql: string, at: number): string | undefined {
  if (!sql.startsWith("/*", at) || sql[at + 2] === "+") return undefined;
  return cut(sql, at, sql.indexOf("*/", at + 2), 2);
}

function rawStringAt(sql: string, at: number): string | undefined {
  const quote = sql[at + 1];
  if (!/^r$/i.test(sql[at] ?? "") || (quote !== "'" && quote !== '"')) return undefined;
  return cut(sql, at, sql.indexOf(quote, at + 2), 1);
}

function stringAt(sql: string, at: number): string | undefined {
  const quote = sql[at];
  if (quote !== "'" && quote !== '"') return undefined;
  let end = at + 1;
  while (end < sql.length && sql[end] !== quote) end += sql[end] === "\\" ? 2 : 1;
  return cut(sql, at, end < sql.length ? end : -1, 1);
}

function quotedAt(sql: string, at: number): string | undefined {
  if (sql[at] !== "`") return undefined;
  let end = sql.indexOf("`", at + 1);
  while (end !== -1 && sql[end + 1] === "`") end = sql.indexOf("`", end + 2);
  return end === at + 1 ? undefined : cut(sql, at, end, 1);
}

function cut(sql: string, from: number, end: number, endLength: number): string | undefined {
  return end === -1 ? undefined : sql.slice(from, end + endLength);
}

function shown(sql: string, at: number): string {
  const code = sql.codePointAt(at) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return code > 0x20 && code < 0x7f ? `${String.fromCodePoint(code)} (${name})` : name;
}

function unclear(what: string): Scan {
  return refuse("unclear_text", `It holds ${what}.`);
}

function refuse(reason: Verdict["reason"], why: string): Scan {
  return { kind: "refused", verdict: { kind: "unknown", reason, why } };
}
