/**
 * Which functions a statement calls, by its words alone. The parser takes `SELECT f(x)` for a column f that is given the
 * names (x), as its grammar allows, so its tree cannot be asked.
 */
import { builtinFunctions } from "./builtin-functions.ts";
import type { Token } from "./scan.ts";
import { isSymbol, type Statement } from "./statements.ts";

/** Words of the grammar before a bracket, unquoted; the types among them take a length. */
const keywords = new Set(
  `all and any anti as between both by case cast cluster cross decimal dec distinct distribute div else escape except
  exists extract filter for from full group having ignore ilike in inner intersect is join lateral left like limit minus
  natural not numeric offset on or order outer over overlay partition percentile_cont percentile_disc pivot position
  qualify range regexp repeatable right rlike rollup rows select semi sets some sort struct table tablesample then trim
  try_cast union unpivot using values varchar character when where window with within cube char array map first last
  any_value substr substring timestampadd timestampdiff dateadd datediff date_add date_diff nulls`.split(/\s+/),
);

const afterDefinition = /^(into|table|exists|overwrite|view)$/i;

/** The first function that is not Spark's own. */
export function foreignCall({ tokens, verb }: Statement): string | undefined {
  if (verb === "SHOW" || verb === "LIST") return undefined;
  for (const [at, token] of tokens.entries()) {
    if (!isSymbol(tokens[at + 1], "(") || !isName(token)) continue;
    const before = tokens[at - 1];
    const name = token.text.toLowerCase();
    if (isSymbol(before, ".")) {
      if (verb === "EXPLAIN" && isDefined(tokens, at)) continue;
      return dottedName(tokens, at);
    }
    if (token.kind === "word" && keywords.has(name)) continue;
    if (builtinFunctions.has(name)) continue;
    // The name of a column list: x AS t(a), (...) t(a), WITH t(a) AS (SELECT ...).
    if (isWord(before, /^as$/i) || isSymbol(before, ")")) continue;
    if (verb === "WITH" && isTableExpression(tokens, at)) continue;
    if (verb === "EXPLAIN" && isDefined(tokens, at)) continue;
    return name;
  }
  return undefined;
}

/** EXPLAIN CREATE TABLE t (a INT): what is described, not called. */
function isDefined(tokens: readonly Token[], at: number): boolean {
  let first = at;
  while (isSymbol(tokens[first - 1], ".")) first -= 2;
  return isWord(tokens[first - 1], afterDefinition);
}

function isTableExpression(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (!isWord(before, /^with$/i) && !isSymbol(before, ",")) return false;
  let end = at + 2;
  while (end < tokens.length && (isName(tokens[end]) || isSymbol(tokens[end], ","))) end += 1;
  const [close, as, open, verb, next] = tokens.slice(end, end + 5);
  if (!isSymbol(close, ")") || !isWord(as, /^as$/i) || !isSymbol(open, "(")) return false;
  // SELECT f(x) AS (select) gives a name; a query goes on.
  return isWord(verb, /^(select|with|values|from|table)$/i) && !isSymbol(next, ")") && !isSymbol(next, ",");
}

function dottedName(tokens: readonly Token[], at: number): string {
  const before = tokens[at - 2];
  return `${before ? `${before.text}.` : ""}${tokens[at]?.text ?? ""}`.toLowerCase();
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === "quoted" || (token?.kind === "word" && /^[A-Za-z_]/.test(token.text));
}

function isWord(token: Token | undefined, pattern: RegExp): boolean {
  return token?.kind === "word" && pattern.test(token.text);
}
