import { builtinFunctions } from "./builtin-functions.ts";
import { foreignCall } from "./calls.ts";
import { isSymbol, type Statement } from "./statements.ts";
import type { ParseResult, Verdict } from "./types.ts";

const data = ["INSERT", "MERGE", "UPDATE", "DELETE", "LOAD", "TRUNCATE", "COPY", "IMPORT", "EXPORT", "RESTORE"];
const catalogue = [
  ...["CREATE", "REPLACE", "DROP", "UNDROP", "ALTER", "RENAME", "COMMENT", "MSCK", "REPAIR", "ANALYZE", "CLONE"],
  ...["CONVERT", "OPTIMIZE", "VACUUM", "GRANT", "REVOKE", "DENY", "LOCK", "UNLOCK", "START", "COMMIT", "ROLLBACK"],
];
const code = ["CALL", "EXECUTE", "BEGIN", "DFS"];
const session: Readonly<Record<string, string>> = {
  SET: "SET changes a setting of the session, even the language its statements are taken for, and alone it lists them",
  RESET: "RESET changes the settings of the session",
  USE: "USE changes which tables the names in later statements mean",
  CACHE: "CACHE runs a query and takes memory of every executor for it",
  UNCACHE: "UNCACHE takes from others of the engine what they have cached",
  CLEAR: "CLEAR CACHE takes from others of the engine what they have cached",
  REFRESH: "REFRESH drops what the engine has cached",
  ADD: "ADD loads a file or a program into the engine",
  DECLARE: "DECLARE makes a variable of the session",
};
const readers = new Set([
  "SELECT",
  "WITH",
  "FROM",
  "VALUES",
  "TABLE",
  "MAP",
  "REDUCE",
  "SHOW",
  "DESC",
  "DESCRIBE",
  "EXPLAIN",
  "LIST",
]);

/** What the first word settles; undefined where the statement has to be read as a whole. */
export function judgeVerb({ verb }: Statement): Verdict | undefined {
  if (readers.has(verb)) return undefined;
  if (data.includes(verb)) return write("writes_data", `${verb} changes data.`);
  if (catalogue.includes(verb)) return write("changes_catalogue", `${verb} changes tables or what is known of them.`);
  if (code.includes(verb)) return write("runs_code", `${verb} runs what it names.`);
  const why = Object.hasOwn(session, verb) ? session[verb] : undefined;
  if (why !== undefined) return write("changes_session", `${why}.`);
  return unknown("unknown_verb", "It does not begin as a statement that is known to only read.");
}

/** Two readers have to agree that a statement only reads: the parser, and a look at its words. */
export function judge(statement: Statement, parsed: ParseResult): Verdict {
  const called = calledCode(statement);
  if (called !== undefined) return write("runs_code", `It runs ${called}.`);
  if (parsed.kind === "failed") return unknown("not_parsed", `It is not understood: ${parsed.message}.`);
  const { facts } = parsed;
  const explains = statement.verb === "EXPLAIN";
  if (facts.statements !== 1) return unknown("not_parsed", "It is not one statement.");
  if (facts.runsScript) return write("runs_code", "It runs a script.");
  if (facts.changesData && !explains) return write("writes_data", "It ends in a change of data.");
  if (facts.foreignCommand) return unknown("not_parsed", "It is a command of Hive that Spark does not have.");
  if (namesByExpression(statement)) {
    return unknown("names_by_expression", "IDENTIFIER(...) makes the name of a table or function while it runs.");
  }
  const foreign = foreignCall(statement) ?? facts.functions.find((name) => !builtinFunctions.has(name));
  if (foreign !== undefined) {
    return unknown("unknown_function", `${foreign} is no function of Spark's own, so it may do anything.`);
  }
  if (namesPath(statement) || facts.relations.some(isPath)) {
    return unknown("reads_files", "It reads files by their path, past the catalogue and its permissions.");
  }
  if (!explains && wordsOfChange(statement)) {
    return unknown("two_readings", "It has a word of a change in it that the parser takes for a name.");
  }
  return explains
    ? { kind: "read", reason: "explains", why: "EXPLAIN shows a plan and runs nothing." }
    : { kind: "read", reason: "reads", why: `${statement.verb} reads.` };
}

/** Programs that a query can run, found without the parser. */
function calledCode({ tokens }: Statement): string | undefined {
  const at = tokens.findIndex(
    ({ kind, text }, index) =>
      (kind !== "symbol" &&
        /^["']?(java_method|reflect|try_reflect)["']?$/i.test(text) &&
        isSymbol(tokens[index + 1], "(")) ||
      (kind === "word" && /^using$/i.test(text) && tokens[index + 1]?.kind === "string"),
  );
  const found = tokens[at];
  if (found === undefined) return undefined;
  return found.kind === "word" && /^using$/i.test(found.text) ? "a script" : found.text.toLowerCase();
}

function namesByExpression({ tokens }: Statement): boolean {
  return tokens.some(
    ({ kind, text }, at) => kind === "word" && /^identifier$/i.test(text) && isSymbol(tokens[at + 1], "("),
  );
}

function namesPath({ tokens }: Statement): boolean {
  return tokens.some(({ kind, text }, at) => kind === "quoted" && /[/:\\]/.test(text) && isSymbol(tokens[at - 1], "."));
}

/** In a query these can only be names, or what makes it a change. */
function wordsOfChange({ tokens }: Statement): boolean {
  return tokens.some(
    ({ kind, text }, at) =>
      kind === "word" && /^(insert|merge|update|delete|into|overwrite)$/i.test(text) && !isSymbol(tokens[at - 1], "."),
  );
}

/** Spark takes `format.path` for the files there when no such table is known. */
const fileFormats = new Set(
  "parquet orc csv json text avro binaryfile xml image libsvm delta iceberg hudi paimon jdbc kafka lance".split(" "),
);
function isPath(relation: string): boolean {
  const parts = relation.split(".");
  return parts.length > 1 && fileFormats.has(parts[0] ?? "");
}

function write(reason: Verdict["reason"], why: string): Verdict {
  return { kind: "write", reason, why };
}

function unknown(reason: Verdict["reason"], why: string): Verdict {
  return { kind: "unknown", reason, why };
}
