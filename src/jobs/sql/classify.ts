/** Whether a Spark SQL text only reads. Only what two readers agree on is called a read. */
import { judge, judgeVerb } from "./judge.ts";
import { parseAll } from "./parser.ts";
import { scan } from "./scan.ts";
import { plainText, type Statement, statementsOf } from "./statements.ts";
import type { Classification, ClassifiedStatement, ParseResult, SqlKind, Verdict } from "./types.ts";

export interface ClassifyOptions {
  /** For all statements together; the first call loads the grammar within it. */
  timeoutMs?: number;
}

const maxStatements = 100;
const worst: Readonly<Record<SqlKind, number>> = { read: 0, unknown: 1, write: 2 };

/** Says nothing of what views, or functions that others have put in the place of Spark's own, do inside. */
export async function classifySql(sql: string, { timeoutMs = 20_000 }: ClassifyOptions = {}): Promise<Classification> {
  const scanned = scan(sql);
  if (scanned.kind === "refused") return { ...scanned.verdict, statements: [] };
  const statements = statementsOf(scanned.tokens);
  if (statements.length === 0) return { ...unknown("empty", "It holds no statement."), statements: [] };
  if (statements.length > maxStatements) {
    return { ...unknown("too_long", `It holds more than ${maxStatements} statements.`), statements: [] };
  }
  const settled = statements.map(judgeVerb);
  const open = statements.filter((_, at) => settled[at] === undefined);
  const parsed = open.length === 0 ? [] : await parseAll(open.map(plainText), timeoutMs);
  const classified = statements.map((statement, at): ClassifiedStatement => {
    const { verb, start, end } = statement;
    return { verb, start, end, ...(settled[at] ?? judgeParsed(statement, open, parsed)) };
  });
  return { ...worstOf(classified), statements: classified };
}

function judgeParsed(
  statement: Statement,
  open: readonly Statement[],
  parsed: readonly ParseResult[] | string,
): Verdict {
  if (parsed === "timeout") return unknown("timeout", "Reading it took too long.");
  const nothing = { kind: "failed", message: "the parser gave no answer" } as const;
  if (typeof parsed === "string") return judge(statement, { kind: "failed", message: parsed });
  return judge(statement, parsed[open.indexOf(statement)] ?? nothing);
}

function worstOf(statements: readonly ClassifiedStatement[]): Verdict {
  const [first, ...others] = statements.map(({ kind, reason, why }) => ({ kind, reason, why }));
  if (first === undefined) return unknown("empty", "It holds no statement.");
  return others.reduce((so, next) => (worst[next.kind] > worst[so.kind] ? next : so), first);
}

function unknown(reason: Verdict["reason"], why: string): Verdict {
  return { kind: "unknown", reason, why };
}
