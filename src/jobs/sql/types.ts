/** `unknown` is for callers to treat as a write: nothing here says that it is safe. */
export type SqlKind = "read" | "write" | "unknown";

/** Why a statement is of its kind; stable. */
export type SqlReason =
  | "reads"
  | "explains"
  | "writes_data"
  | "changes_catalogue"
  | "changes_session"
  | "runs_code"
  | "unknown_function"
  | "names_by_expression"
  | "reads_files"
  | "unknown_verb"
  | "not_parsed"
  | "two_readings"
  | "substitution"
  | "unclear_text"
  | "too_long"
  | "too_deep"
  | "timeout"
  | "empty";

export interface Verdict {
  kind: SqlKind;
  reason: SqlReason;
  /** One sentence. */
  why: string;
}

export interface ClassifiedStatement extends Verdict {
  /** First word, upper case. */
  verb: string;
  /** Where it stands in the text: first character, and the one after its last. */
  start: number;
  end: number;
}

export interface Classification extends Verdict {
  statements: readonly ClassifiedStatement[];
}

/** What the parser sees in one statement. */
export interface ParseFacts {
  statements: number;
  /** INSERT, UPDATE, DELETE or MERGE, also behind WITH and FROM. */
  changesData: boolean;
  /** SELECT TRANSFORM, MAP or REDUCE with a script. */
  runsScript: boolean;
  /** Commands of Hive that Spark refuses. */
  foreignCommand: boolean;
  /** Those it takes for calls, which are not all; quotes taken off, lower case. */
  functions: readonly string[];
  relations: readonly string[];
}

export type ParseResult = { kind: "parsed"; facts: ParseFacts } | { kind: "failed"; message: string };
